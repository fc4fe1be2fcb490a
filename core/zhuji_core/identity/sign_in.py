"""Sign in with account and password, and sign out.

Opens its own units of work: the password is verified between two short transactions, since that
takes longer than any lock should be held, and a failed attempt must be kept although it ends in
a refusal. What has to be done after the right password (a security key, a new password) is in
``sign_in_steps.py``; there is no session before all of it is done.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import msgspec
import sqlalchemy as sa

from zhuji_core.access import CountyAccess
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.county import SESSION
from zhuji_core.identity.actor import Actor, system_actor
from zhuji_core.identity.county_rates import limit_sign_in
from zhuji_core.identity.lockout import locked_until, refuse_when_locked
from zhuji_core.identity.passwords import LENGTH_MAX, Passwords
from zhuji_core.identity.sessions import Client, close_session
from zhuji_core.identity.set_password import claim_try
from zhuji_core.identity.sign_in_steps import Entered, enter
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError, Value

# Attempts at an account that does not exist are counted in the audit trail under this name, so
# that such an account locks like a real one, and nobody can tell the two apart.
ATTEMPT_NAMESPACE = uuid.UUID("0198c5a0-0000-7000-8000-0a77e4971001")

# A command or test that signs in without a browser.
NO_CLIENT = Client()

# One row always, for a known account and an unknown one alike.
FIND = sa.text("""
    SELECT u.user_id, u.account, u.name, u.agency_code, u.password_hash,
           r.refused, r.last_refused_at
      FROM (VALUES (CAST(:account AS text))) AS w (account)
      LEFT JOIN kernel.user_account AS u ON u.account = w.account AND u.state = 'active'
      CROSS JOIN (SELECT count(*) AS refused, max(recorded_at) AS last_refused_at
                    FROM kernel.audit_entry
                   WHERE document_id = :attempt_id) AS r
""")
# Guarded again: the account may have been disabled or its password changed while this one was
# being verified. A lock that came meanwhile does not matter: this try was one of the five.
ADMIT = sa.text("""
    UPDATE kernel.user_account
       SET failed_sign_ins = 0, locked_until = NULL
     WHERE user_id = :user_id AND password_hash = :password_hash AND state = 'active'
    RETURNING user_id
""")


class SignInRefused(DomainError):
    """Account or password is wrong; which of the two is not said."""

    code = "E-SIGN-IN"
    message = N_("帳號或密碼不正確。連續 5 次不正確時，該帳號將鎖定 15 分鐘。")
    status_code = 401


class Attempt(Value, frozen=True, kw_only=True):
    """What is known of an account before its password is verified; None: nobody has it."""

    user_id: uuid.UUID | None
    account: str
    name: str | None
    agency_code: str | None
    password_hash: str | None
    refused: int
    last_refused_at: dt.datetime | None

    @property
    def attempt_id(self) -> uuid.UUID:
        return uuid.uuid5(ATTEMPT_NAMESPACE, self.account)

    @property
    def locked_until(self) -> dt.datetime | None:
        """Return until when an unknown account is locked, by the rule for known ones."""
        return locked_until(refused=self.refused, last_refused_at=self.last_refused_at)


def sign_in(
    access: CountyAccess,
    *,
    account: str,
    password: str,
    passwords: Passwords,
    language: str,
    client: Client = NO_CLIENT,
) -> Entered:
    """Open a session, or say what has to be done first; raise SignInRefused or AccountLocked.

    Raises TemporaryPasswordExpired when the right password has come too late, and TooManyRequests.

    Runs in the threads kept for passwords (``AT_ONCE``), never on the event loop.
    """
    known_as = account.strip().lower()[:LENGTH_MAX]
    raw = access.settings()
    limit_sign_in(access, settings=raw, account=known_as, address=client.address)
    attempt = _find(access, account=known_as)
    if attempt.user_id is None:
        refuse_when_locked(attempt.locked_until, now=access.clock())
    else:
        claim_try(access, user_id=attempt.user_id)
    verified = passwords.verify(attempt.password_hash, password[:LENGTH_MAX])
    proved = verified and len(password) <= LENGTH_MAX
    with access.begin(actor=_actor(attempt, proved=proved), writes=SESSION) as uow:
        entered = _admit(uow, attempt, language=language, client=client) if proved else None
        if entered is None:
            uow.audit("kernel.session.refuse", _document(attempt), after=client)
    if entered is None:
        raise SignInRefused
    return entered


def sign_out(uow: UnitOfWork, *, token: str) -> None:
    """End this session; the others of the same person go on."""
    close_session(uow, token=token)
    uow.audit(
        "kernel.session.close",
        DocumentRef(
            kind="kernel.session",
            document_id=uow.actor.user_id,
            label=uow.actor.account,
            agency_code=uow.actor.agency_code,
        ),
    )


def _find(access: CountyAccess, *, account: str) -> Attempt:
    attempt_id = uuid.uuid5(ATTEMPT_NAMESPACE, account)
    with access.statements.connect() as connection:
        row: dict[str, Any] = dict(
            connection.execute(FIND, {"account": account, "attempt_id": attempt_id})
            .mappings()
            .one()
        )
    return msgspec.convert({**row, "account": account}, Attempt)


def _actor(attempt: Attempt, *, proved: bool) -> Actor:
    """Who is written into the audit trail: nobody is that person before the password is proved."""
    nobody = system_actor({})
    if attempt.user_id is None or not proved:
        return nobody
    return msgspec.structs.replace(
        nobody,
        user_id=attempt.user_id,
        account=attempt.account,
        name=attempt.name or "",
        agency_code=attempt.agency_code or "",
    )


def _admit(uow: UnitOfWork, attempt: Attempt, *, language: str, client: Client) -> Entered | None:
    assert attempt.user_id is not None, "a proved password belongs to somebody"
    admitted = uow.connection.execute(
        ADMIT,
        {"user_id": attempt.user_id, "password_hash": attempt.password_hash},
    ).one_or_none()
    if admitted is None:
        return None
    return enter(uow, user_id=attempt.user_id, language=language, client=client)


def _document(attempt: Attempt) -> DocumentRef:
    # People type their password into the wrong field: what is not an account is never written.
    return DocumentRef(
        kind="kernel.session",
        document_id=attempt.user_id or attempt.attempt_id,
        label=attempt.account if attempt.user_id else "（查無此帳號）",
        agency_code=attempt.agency_code or "",
    )
