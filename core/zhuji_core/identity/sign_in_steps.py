"""What stands between the right password and a session: a security key, a new password.

Each step is a row with the digest of a token in the browser's cookie. The row says what has been
proved; what remains follows from the person's account at that moment, so a step cannot be skipped
by asking for the page of the next one.
"""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import msgspec
import sqlalchemy as sa

from zhuji_core.access import CountyAccess
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.county import SESSION
from zhuji_core.identity.actor import Actor, system_actor
from zhuji_core.identity.password_rules import has_aged
from zhuji_core.identity.passwords import Passwords
from zhuji_core.identity.sessions import TOKEN_BYTES, Client, digest, open_session
from zhuji_core.identity.set_password import (
    NewPassword,
    county_settings,
    find_secret,
    judged_hash,
    keep_password,
    policy_of,
)
from zhuji_core.permissions import MODULE
from zhuji_core.settings import CountySettings, demo_accounts
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError, Value

# Long enough to find the key in a bag and to think of a password.
LASTS = dt.timedelta(minutes=15)
FAILURES_MAX = 5

# The step ends when the account is disabled or the password replaced by somebody else.
FIND = sa.text("""
    SELECT s.user_id, s.password_hash, s.factor, s.failures, u.account, u.name, u.agency_code
      FROM kernel.sign_in_step AS s
      JOIN kernel.user_account AS u
        ON u.user_id = s.user_id AND u.state = 'active' AND u.password_hash = s.password_hash
     WHERE s.token_digest = :token_digest AND s.expires_at > :now
""")
STANDING = sa.text("""
    SELECT u.user_id, u.account, u.name, u.agency_code, u.password_hash, u.password_temporary,
           u.password_until, COALESCE(u.password_set_at, u.created_at) AS password_set_at,
           EXISTS (SELECT FROM kernel.security_key AS k WHERE k.user_id = u.user_id) AS has_key,
           EXISTS (SELECT
                     FROM kernel.role_grant AS g
                    WHERE g.user_id = u.user_id
                      AND g.role_code = ANY (CAST(:factor_roles AS text[]))
                      AND g.valid_from <= :business_date
                      AND (g.valid_to IS NULL OR g.valid_to >= :business_date)) AS needs_key
      FROM kernel.user_account AS u
     WHERE u.user_id = :user_id AND u.state = 'active'
""")
# Steps that were left lying about go with the next one of the same person.
OPEN = sa.text("""
    WITH expired AS (
        DELETE FROM kernel.sign_in_step WHERE user_id = :user_id AND expires_at <= :now
    )
    INSERT INTO kernel.sign_in_step (token_digest, user_id, password_hash, factor, expires_at)
    VALUES (:token_digest, :user_id, :password_hash, :factor, :expires_at)
""")
CLOSE = sa.text("DELETE FROM kernel.sign_in_step WHERE token_digest = :token_digest RETURNING 1")
FAIL = sa.text("""
    WITH failed AS (
        UPDATE kernel.sign_in_step
           SET failures = failures + 1
         WHERE token_digest = :token_digest
        RETURNING failures
    )
    SELECT failures FROM failed
""")
SIGNED_IN = sa.text("""
    UPDATE kernel.user_account SET last_sign_in_at = :now WHERE user_id = :user_id
""")


class StepKind(StrEnum):
    """What remains to be done; the value is the last part of the page's address."""

    SECOND_FACTOR = "second-factor"
    NEW_PASSWORD = "new-password"  # noqa: S105 (an address)
    ENROL_KEY = "enrol-key"


class StepUnknown(DomainError):
    """Too late, done already, or of another browser: sign in again."""

    code = "E-SIGN-IN-STEP"
    message = N_("登入步驟已逾時或已完成，請重新登入。")
    status_code = 401


class TemporaryPasswordExpired(DomainError):
    """The password that somebody else had typed was not replaced in time."""

    code = "E-PASSWORD-EXPIRED"
    message = N_("暫用密碼已逾期，請洽系統管理人員產生密碼重設碼。")
    status_code = 401


class Entered(Value, frozen=True, kw_only=True):
    """A session's token, or with ``step`` the token of an unfinished sign-in."""

    token: str
    step: StepKind | None = None


class Standing(Value, frozen=True, kw_only=True):
    """What an active person's account asks for at sign-in."""

    user_id: uuid.UUID
    account: str
    name: str
    agency_code: str
    password_hash: str
    password_temporary: bool
    password_until: dt.datetime | None
    password_set_at: dt.datetime
    has_key: bool
    needs_key: bool

    @property
    def document(self) -> DocumentRef:
        return DocumentRef(
            kind="kernel.session",
            document_id=self.user_id,
            label=self.account,
            agency_code=self.agency_code,
        )


class Step(Value, frozen=True, kw_only=True):
    """An unfinished sign-in: whose, by which password, and which factor has been proved."""

    user_id: uuid.UUID
    password_hash: str
    factor: str
    failures: int
    account: str
    name: str
    agency_code: str


def remaining(standing: Standing, *, factor: str, aged: bool) -> StepKind | None:
    """Decide what is next: first who somebody is, then what they must mend.

    A recovery code stands for the key that was lost.
    """
    if standing.has_key and factor == "password":
        return StepKind.SECOND_FACTOR
    if standing.password_temporary or aged:
        return StepKind.NEW_PASSWORD
    if standing.needs_key and not standing.has_key:
        return StepKind.ENROL_KEY
    return None


def enter(
    uow: UnitOfWork,
    *,
    user_id: uuid.UUID,
    language: str,
    client: Client,
    factor: str = "password",
) -> Entered:
    """Open the session of a person whose password (and ``factor``) is proved, or the next step.

    Raises TemporaryPasswordExpired; StepUnknown for somebody who was disabled meanwhile.
    """
    standing = _standing(uow, user_id=user_id)
    until = standing.password_until
    if standing.password_temporary and until is not None and until <= uow.now:
        raise TemporaryPasswordExpired
    step = remaining(standing, factor=factor, aged=_has_aged(uow, standing))
    if step is None:
        return Entered(token=_open(uow, standing, language=language, client=client, factor=factor))
    token = secrets.token_urlsafe(TOKEN_BYTES)
    uow.connection.execute(
        OPEN,
        {
            "token_digest": digest(token),
            "user_id": user_id,
            "password_hash": standing.password_hash,
            "factor": factor,
            "now": uow.now,
            "expires_at": uow.now + LASTS,
        },
    )
    uow.audit("kernel.session.step", standing.document, after={"step": step})
    return Entered(token=token, step=step)


def find_step(access: CountyAccess, *, token: str) -> tuple[Step, StepKind | None]:
    """Return an unfinished sign-in and what remains of it; raise StepUnknown."""
    with access.begin(actor=system_actor({}), read_only=True) as uow:
        step = step_of(uow, token=token)
        standing = _standing(uow, user_id=step.user_id)
        return step, remaining(standing, factor=step.factor, aged=_has_aged(uow, standing))


def step_of(uow: UnitOfWork, *, token: str) -> Step:
    """Return the unfinished sign-in of ``token``; raise StepUnknown."""
    row = (
        uow.connection.execute(FIND, {"token_digest": digest(token), "now": uow.now})
        .mappings()
        .one_or_none()
    )
    if row is None or not token:
        raise StepUnknown
    return Step(**row)


def go_on(uow: UnitOfWork, *, token: str, factor: str, language: str, client: Client) -> Entered:
    """End this step as done and open the next one or the session; raise StepUnknown."""
    step = step_of(uow, token=token)
    if uow.connection.execute(CLOSE, {"token_digest": digest(token)}).one_or_none() is None:
        raise StepUnknown
    return enter(uow, user_id=step.user_id, language=language, client=client, factor=factor)


def fail_step(uow: UnitOfWork, *, token: str) -> None:
    """Count a wrong proof; after five the sign-in has to begin anew, with the password."""
    step = step_of(uow, token=token)
    failures = uow.connection.execute(FAIL, {"token_digest": digest(token)}).scalar_one()
    if failures >= FAILURES_MAX:
        uow.connection.execute(CLOSE, {"token_digest": digest(token)})
    standing = _standing(uow, user_id=step.user_id)
    uow.audit("kernel.session.refuse", standing.document, after={"factor": "wrong"})


def set_new_password(
    access: CountyAccess,
    *,
    token: str,
    new: NewPassword,
    passwords: Passwords,
    language: str,
    client: Client,
) -> Entered:
    """Replace a temporary or aged password in the middle of signing in, and go on.

    Raises StepUnknown, PasswordsDiffer, PasswordReused, or what ``check_password`` raises; then
    the step is still open. Runs in the threads kept for passwords.
    """
    step, kind = find_step(access, token=token)
    if kind is not StepKind.NEW_PASSWORD:
        raise StepUnknown
    raw = access.settings()
    policy = policy_of(county_settings(raw))
    secret = find_secret(access, user_id=step.user_id, policy=policy)
    password_hash = judged_hash(secret, new, policy=policy, passwords=passwords)
    with access.begin(actor=person(secret), settings=raw, writes=SESSION) as uow:
        entered = _replace(uow, token=token)
        keep_password(uow, secret, password_hash=password_hash, action="kernel.password.change")
        return enter(
            uow, user_id=entered.user_id, language=language, client=client, factor=entered.factor
        )


def person(known: Any) -> Actor:
    """Return the person as the actor of their own sign-in: with a name, and no rights yet."""
    return msgspec.structs.replace(
        system_actor({}),
        user_id=known.user_id,
        account=known.account,
        name=known.name,
        agency_code=known.agency_code,
    )


def _replace(uow: UnitOfWork, *, token: str) -> Step:
    step = step_of(uow, token=token)
    if uow.connection.execute(CLOSE, {"token_digest": digest(token)}).one_or_none() is None:
        raise StepUnknown
    return step


def _standing(uow: UnitOfWork, *, user_id: uuid.UUID) -> Standing:
    roles: Sequence[str] = uow.settings(CountySettings, module=MODULE).second_factor_roles
    row = (
        uow.connection.execute(
            STANDING,
            {"user_id": user_id, "factor_roles": list(roles), "business_date": uow.business_date},
        )
        .mappings()
        .one_or_none()
    )
    if row is None:
        raise StepUnknown
    return Standing(**row)


def is_demo_account(uow: UnitOfWork, *, account: str) -> bool:
    """Tell whether ``zhuji demo`` made it: its password is derived, and printed at each start.

    No page, API or command writes what names these accounts: ``demo`` is no module of settings.
    """
    return any(one.account == account for one in demo_accounts(uow.raw_settings))


def _has_aged(uow: UnitOfWork, standing: Standing) -> bool:
    if is_demo_account(uow, account=standing.account):
        return False
    policy = policy_of(uow.settings(CountySettings, module=MODULE))
    return has_aged(standing.password_set_at, policy=policy, now=uow.now)


def _open(
    uow: UnitOfWork, standing: Standing, *, language: str, client: Client, factor: str
) -> str:
    hours = uow.settings(CountySettings, module=MODULE).session_hours
    uow.connection.execute(SIGNED_IN, {"user_id": standing.user_id, "now": uow.now})
    uow.audit(
        "kernel.session.open",
        standing.document,
        after={"address": client.address, "device": client.device, "factor": factor},
    )
    return open_session(
        uow,
        user_id=standing.user_id,
        language=language,
        lifetime=dt.timedelta(hours=hours),
        client=client,
        factor=factor,
    )
