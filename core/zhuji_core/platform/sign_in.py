"""An operator signs in, by the rules that county users sign in by: hashed, counted, locked."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa

from zhuji_core.identity.lockout import locked_until, refuse_when_locked
from zhuji_core.identity.passwords import LENGTH_MAX, Passwords
from zhuji_core.identity.sign_in import SignInRefused
from zhuji_core.identity.sign_in_steps import Entered
from zhuji_core.platform.lockout import claim_try
from zhuji_core.platform.operators import Operator
from zhuji_core.platform.sign_in_steps import AtHost, enter
from zhuji_core.platform.uow import Platform, PlatformUnitOfWork
from zhuji_core.values import Value

# People type their password into the wrong field: what is no account is never written. Attempts
# at it are counted in the audit trail under this name, so that it locks like a real one.
ATTEMPT_NAMESPACE = uuid.UUID("0198c5a0-0000-7000-8000-0a77e4971002")
REFUSED = "host.session.refuse"

FIND = sa.text("""
    SELECT o.operator_id, o.account, o.name, o.password_hash, o.locked_until,
           r.refused, r.last_refused_at
      FROM (VALUES (CAST(:account AS text))) AS w (account)
      LEFT JOIN platform.operator AS o ON o.account = w.account AND o.state = 'active'
      CROSS JOIN (SELECT count(*) AS refused, max(recorded_at) AS last_refused_at
                    FROM platform.audit_entry
                   WHERE action = :refused AND county_code = ''
                     AND after ->> 'attempt' = :attempt) AS r
""")
ADMIT = sa.text("""
    UPDATE platform.operator SET failed_sign_ins = 0, locked_until = NULL
     WHERE operator_id = :operator_id AND password_hash = :password_hash AND state = 'active'
    RETURNING operator_id
""")


class _Attempt(Value, frozen=True, kw_only=True):
    operator_id: uuid.UUID | None
    account: str
    name: str
    password_hash: str | None
    locked_until: dt.datetime | None

    @property
    def attempt_id(self) -> uuid.UUID:
        return uuid.uuid5(ATTEMPT_NAMESPACE, self.account)


def host_sign_in(
    platform: Platform,
    *,
    account: str,
    password: str,
    passwords: Passwords,
    at: AtHost,
) -> Entered:
    """Return a new session or the step that is due first.

    Raises SignInRefused, AccountLocked or HostPasswordExpired.

    Runs in the threads kept for passwords, never on the event loop.
    """
    attempt = _find(platform, account.strip().lower()[:LENGTH_MAX])
    _claim(platform, attempt)
    verified = passwords.verify(attempt.password_hash, password[:LENGTH_MAX])
    proved = verified and len(password) <= LENGTH_MAX
    with platform.begin(_who(attempt, proved=proved)) as uow:
        if proved and _admits(uow, attempt):
            assert attempt.operator_id is not None, "a proved password belongs to somebody"
            return enter(uow, at, operator_id=attempt.operator_id, factor="password")
        told = {"attempt": str(attempt.attempt_id), "address": at.address}
        known_account = {"account": attempt.account} if attempt.operator_id else {}
        uow.audit(REFUSED, after={**told, **known_account})
    raise SignInRefused


def _admits(uow: PlatformUnitOfWork, attempt: _Attempt) -> bool:
    known = {"operator_id": attempt.operator_id, "password_hash": attempt.password_hash}
    return uow.connection.execute(ADMIT, known).one_or_none() is not None


def _find(platform: Platform, account: str) -> _Attempt:
    attempt = str(uuid.uuid5(ATTEMPT_NAMESPACE, account))
    with platform.engines.platform.connect() as connection:
        row = connection.execute(
            FIND, {"account": account, "refused": REFUSED, "attempt": attempt}
        ).one()
    unknown = row.operator_id is None
    until = (
        locked_until(refused=row.refused, last_refused_at=row.last_refused_at)
        if unknown
        else row.locked_until
    )
    return _Attempt(
        operator_id=row.operator_id,
        account=account,
        name=row.name or "",
        password_hash=row.password_hash,
        locked_until=until,
    )


def _claim(platform: Platform, attempt: _Attempt) -> None:
    """Count this try, or raise AccountLocked; the right password takes it back."""
    refuse_when_locked(attempt.locked_until, now=platform.clock())
    if attempt.operator_id is not None:
        claim_try(platform, operator_id=attempt.operator_id)


def _who(attempt: _Attempt, *, proved: bool) -> Operator:
    """Nobody is that operator before the password is proved."""
    if attempt.operator_id is None or not proved:
        return Operator(operator_id=None, account="（未登入）", name="", roles=())
    return Operator(
        operator_id=attempt.operator_id, account=attempt.account, name=attempt.name, roles=()
    )
