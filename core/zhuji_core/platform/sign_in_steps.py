"""What stands between an operator's right password and a session: a key, a new password.

What remains is decided by the same rule as in a county (``identity/sign_in_steps.py``); here it
is kept and proved in the host's own tables and trail.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable

import sqlalchemy as sa

from zhuji_core.identity import ceremonies
from zhuji_core.identity.ceremonies import FactorRefused, Holder, Party
from zhuji_core.identity.password_rules import has_aged
from zhuji_core.identity.passwords import Passwords
from zhuji_core.identity.security_keys import CodeRefused
from zhuji_core.identity.sessions import TOKEN_BYTES, digest
from zhuji_core.identity.set_password import NewPassword, judged_hash
from zhuji_core.identity.sign_in_steps import (
    FAILURES_MAX,
    LASTS,
    Entered,
    Standing,
    Step,
    StepKind,
    StepUnknown,
    remaining,
)
from zhuji_core.platform.accounts import POLICY
from zhuji_core.platform.operators import Operator
from zhuji_core.platform.own_password import find_secret, keep_password
from zhuji_core.platform.security_keys import (
    credentials_of,
    host_challenges,
    use_key,
    use_recovery_code,
)
from zhuji_core.platform.sessions import open_session
from zhuji_core.platform.uow import Platform, PlatformUnitOfWork
from zhuji_core.values import N_, DomainError, Value

# The step ends when the account is disabled or the password replaced by somebody else.
FIND = sa.text("""
    SELECT s.operator_id AS user_id, s.password_hash, s.factor, s.failures, o.account, o.name,
           '' AS agency_code
      FROM platform.operator_step AS s
      JOIN platform.operator AS o
        ON o.operator_id = s.operator_id AND o.state = 'active'
       AND o.password_hash = s.password_hash
     WHERE s.token_digest = :token_digest AND s.expires_at > :now
""")
STANDING = sa.text("""
    SELECT o.operator_id AS user_id, o.account, o.name, '' AS agency_code, o.password_hash,
           o.temporary_until IS NOT NULL AS password_temporary,
           o.temporary_until AS password_until, o.password_set_at, false AS needs_key,
           EXISTS (SELECT FROM platform.operator_key AS k
                    WHERE k.operator_id = o.operator_id) AS has_key
      FROM platform.operator AS o
     WHERE o.operator_id = :operator_id AND o.state = 'active'
""")
# Steps that were left lying about go with the next one of the same operator.
OPEN = sa.text("""
    WITH expired AS (
        DELETE FROM platform.operator_step
         WHERE operator_id = :operator_id AND expires_at <= :now
    )
    INSERT INTO platform.operator_step
           (token_digest, operator_id, password_hash, factor, expires_at)
    VALUES (:token_digest, :operator_id, :password_hash, :factor, :expires_at)
""")
CLOSE = sa.text("""
    DELETE FROM platform.operator_step WHERE token_digest = :token_digest RETURNING 1
""")
FAIL = sa.text("""
    UPDATE platform.operator_step
       SET failures = failures + 1
     WHERE token_digest = :token_digest
    RETURNING failures
""")
# Who reads a step before anybody is proved; nothing is written in this name.
NOBODY = Operator(operator_id=None, account="（未登入）", name="", roles=())


class HostPasswordExpired(DomainError):
    """The password that was typed on the host was not replaced in time."""

    code = "E-HOST-PASSWORD-EXPIRED"
    message = N_("暫用密碼已逾期，請由主機管理者以 zhuji operator password 重新設定。")
    status_code = 401


class AtHost(Value, frozen=True, kw_only=True):
    """The browser in the middle of signing in; ``token`` of its step, '' before the first."""

    language: str
    address: str
    token: str = ""


def enter(uow: PlatformUnitOfWork, at: AtHost, *, operator_id: uuid.UUID, factor: str) -> Entered:
    """Open the session of an operator whose password (and ``factor``) is proved, or the next step.

    Raises HostPasswordExpired; StepUnknown for somebody who was disabled meanwhile.
    """
    standing = _standing(uow, operator_id)
    until = standing.password_until
    if until is not None and until <= uow.now:
        raise HostPasswordExpired
    step = remaining(standing, factor=factor, aged=_has_aged(uow, standing))
    told = {"account": standing.account, "address": at.address, "factor": factor}
    if step is None:
        uow.audit("host.session.open", after=told)
        token = open_session(
            uow, operator_id=operator_id, language=at.language, address=at.address, factor=factor
        )
        return Entered(token=token)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    uow.connection.execute(
        OPEN,
        {
            "token_digest": digest(token),
            "operator_id": operator_id,
            "password_hash": standing.password_hash,
            "factor": factor,
            "now": uow.now,
            "expires_at": uow.now + LASTS,
        },
    )
    uow.audit("host.session.step", after={**told, "step": step})
    return Entered(token=token, step=step)


def find_step(platform: Platform, *, token: str) -> tuple[Step, StepKind | None]:
    """Return an unfinished sign-in and what remains of it; raise StepUnknown."""
    with platform.begin(NOBODY, read_only=True) as uow:
        step = _step(uow, token)
        standing = _standing(uow, step.user_id)
        return step, remaining(standing, factor=step.factor, aged=_has_aged(uow, standing))


def begin_second_factor(platform: Platform, at: AtHost, *, party: Party) -> str:
    """Return the options that a browser asks the operator's keys with; raise StepUnknown."""
    step = _due(platform, at, StepKind.SECOND_FACTOR)
    known = credentials_of(platform, operator_id=step.user_id)
    return ceremonies.begin_sign_in(
        host_challenges(platform), _holder(step, at), party=party, known=known
    )


def prove_by_key(platform: Platform, at: AtHost, *, party: Party, answer: str) -> Entered:
    """Go on with a key that the browser proved; raise StepUnknown or FactorRefused.

    A wrong proof is counted.
    """
    step = _due(platform, at, StepKind.SECOND_FACTOR)
    known = credentials_of(platform, operator_id=step.user_id)
    try:
        used, count = ceremonies.verify_sign_in(
            host_challenges(platform), _holder(step, at), party=party, known=known, answer=answer
        )
    except FactorRefused:
        _count_failure(platform, at, step)
        raise
    # Whom another answer of the same key overtook has proved nothing wrong: refused, not counted.
    return _go_on(platform, at, step, "key", lambda uow: use_key(uow, used, sign_count=count))


def prove_by_code(platform: Platform, at: AtHost, *, code: str) -> Entered:
    """Go on with a recovery code, which is used up; raise StepUnknown or CodeRefused (counted)."""
    step = _due(platform, at, StepKind.SECOND_FACTOR)
    try:
        return _go_on(
            platform,
            at,
            step,
            "recovery",
            lambda uow: use_recovery_code(uow, operator_id=step.user_id, code=code),
        )
    except CodeRefused:
        _count_failure(platform, at, step)
        raise


def set_new_password(
    platform: Platform, at: AtHost, *, new: NewPassword, passwords: Passwords
) -> Entered:
    """Replace a temporary or aged password in the middle of signing in, and go on.

    Raises StepUnknown, PasswordsDiffer, PasswordReused, or what ``check_password`` raises; then
    the step is still open. Runs in the threads kept for passwords.
    """
    step = _due(platform, at, StepKind.NEW_PASSWORD)
    secret = find_secret(platform, operator_id=step.user_id)
    password_hash = judged_hash(secret, new, policy=POLICY, passwords=passwords)
    return _go_on(
        platform,
        at,
        step,
        step.factor,
        lambda uow: keep_password(uow, secret, password_hash=password_hash),
    )


def _go_on(
    platform: Platform,
    at: AtHost,
    step: Step,
    factor: str,
    prove: Callable[[PlatformUnitOfWork], None],
) -> Entered:
    """End this step as done and open the next one or the session; raise StepUnknown."""
    with platform.begin(_operator(step)) as uow:
        _step(uow, at.token)
        if uow.connection.execute(CLOSE, {"token_digest": digest(at.token)}).first() is None:
            raise StepUnknown
        prove(uow)
        return enter(uow, at, operator_id=step.user_id, factor=factor)


def _count_failure(platform: Platform, at: AtHost, step: Step) -> None:
    """Count a wrong proof; after five the sign-in has to begin anew, with the password."""
    with platform.begin(_operator(step)) as uow:
        failures = uow.connection.execute(FAIL, {"token_digest": digest(at.token)}).scalar()
        if failures is not None and failures >= FAILURES_MAX:
            uow.connection.execute(CLOSE, {"token_digest": digest(at.token)})
        told = {"account": step.account, "address": at.address, "factor": "wrong"}
        uow.audit("host.session.refuse", after=told)


def _due(platform: Platform, at: AtHost, kind: StepKind) -> Step:
    step, due = find_step(platform, token=at.token)
    if due is not kind:
        raise StepUnknown
    return step


def _step(uow: PlatformUnitOfWork, token: str) -> Step:
    row = (
        uow.connection.execute(FIND, {"token_digest": digest(token), "now": uow.now})
        .mappings()
        .one_or_none()
    )
    if row is None or not token:
        raise StepUnknown
    return Step(**row)


def _standing(uow: PlatformUnitOfWork, operator_id: uuid.UUID) -> Standing:
    row = uow.connection.execute(STANDING, {"operator_id": operator_id}).mappings().one_or_none()
    if row is None:
        raise StepUnknown
    return Standing(**row)


def _has_aged(uow: PlatformUnitOfWork, standing: Standing) -> bool:
    return has_aged(standing.password_set_at, policy=POLICY, now=uow.now)


def _holder(step: Step, at: AtHost) -> Holder:
    return Holder(token=at.token, user_id=step.user_id, account=step.account, name=step.name)


def _operator(step: Step) -> Operator:
    """Return the operator with a name and no rights yet."""
    return Operator(operator_id=step.user_id, account=step.account, name=step.name, roles=())
