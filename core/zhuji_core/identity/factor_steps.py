"""The second step of signing in: by a key or a recovery code; or a first key is registered."""

from __future__ import annotations

from collections.abc import Callable

from zhuji_core.access import CountyAccess
from zhuji_core.county import SESSION
from zhuji_core.identity import ceremonies
from zhuji_core.identity.ceremonies import FactorRefused, Holder, Party
from zhuji_core.identity.challenges import county_challenges
from zhuji_core.identity.security_keys import (
    checked_name,
    credentials_of,
    keep_key,
    use_key,
    use_recovery_code,
)
from zhuji_core.identity.sessions import Client
from zhuji_core.identity.sign_in_steps import (
    Entered,
    Step,
    StepKind,
    StepUnknown,
    fail_step,
    find_step,
    go_on,
    person,
)
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import DomainError, Value


class AtStep(Value, frozen=True, kw_only=True):
    """The browser in the middle of signing in: its step's token, language and itself."""

    token: str
    language: str
    client: Client


def begin_second_factor(access: CountyAccess, at: AtStep, *, party: Party) -> str:
    """Return the options that a browser asks the person's keys with; raise StepUnknown."""
    step = _due(access, at, StepKind.SECOND_FACTOR)
    known = credentials_of(access, user_id=step.user_id)
    return ceremonies.begin_sign_in(
        county_challenges(access), _holder(step, at), party=party, known=known
    )


def prove_by_key(access: CountyAccess, at: AtStep, *, party: Party, answer: str) -> Entered:
    """Go on with a key that the browser proved; raise StepUnknown or FactorRefused (counted)."""
    step = _due(access, at, StepKind.SECOND_FACTOR)
    known = credentials_of(access, user_id=step.user_id)
    try:
        used, count = ceremonies.verify_sign_in(
            county_challenges(access), _holder(step, at), party=party, known=known, answer=answer
        )
    except FactorRefused:
        _count_failure(access, at)
        raise
    return _go_on(access, at, step, "key", lambda uow: use_key(uow, used, sign_count=count))


def prove_by_code(access: CountyAccess, at: AtStep, *, code: str) -> Entered:
    """Go on with a recovery code, which is used up; raise StepUnknown or CodeRefused (counted)."""
    step = _due(access, at, StepKind.SECOND_FACTOR)

    try:
        return _go_on(
            access,
            at,
            step,
            "recovery",
            lambda uow: use_recovery_code(uow, user_id=step.user_id, code=code),
        )
    except StepUnknown:
        raise
    except DomainError:
        _count_failure(access, at)
        raise


def begin_enrolment(access: CountyAccess, at: AtStep, *, party: Party) -> str:
    """Return the options that a browser makes a first key with; raise StepUnknown."""
    step = _due(access, at, StepKind.ENROL_KEY)
    return ceremonies.begin_registration(
        county_challenges(access), _holder(step, at), party=party, known=()
    )


def enrol_key(
    access: CountyAccess,
    at: AtStep,
    *,
    party: Party,
    answer: str,
    name: str,
) -> Entered:
    """Register a first key, which the person's role asks for, and go on.

    Raises StepUnknown, FactorName, FactorTaken or FactorRefused.
    """
    step = _due(access, at, StepKind.ENROL_KEY)
    kept_name = checked_name(name)
    proved = ceremonies.verify_registration(
        county_challenges(access), _holder(step, at), party=party, answer=answer
    )
    return _go_on(
        access,
        at,
        step,
        "key",
        lambda uow: keep_key(uow, proved, name=kept_name),
    )


def _due(access: CountyAccess, at: AtStep, kind: StepKind) -> Step:
    step, due = find_step(access, token=at.token)
    if due is not kind:
        raise StepUnknown
    return step


def _holder(step: Step, at: AtStep) -> Holder:
    return Holder(token=at.token, user_id=step.user_id, account=step.account, name=step.name)


def _go_on(
    access: CountyAccess,
    at: AtStep,
    step: Step,
    factor: str,
    use: Callable[[UnitOfWork], None],
) -> Entered:
    with access.begin(actor=person(step), writes=SESSION) as uow:
        use(uow)
        return go_on(uow, token=at.token, factor=factor, language=at.language, client=at.client)


def _count_failure(access: CountyAccess, at: AtStep) -> None:
    step, _ = find_step(access, token=at.token)
    with access.begin(actor=person(step), writes=SESSION) as uow:
        fail_step(uow, token=at.token)
