"""The open sessions of a person: listed, ended one by one, and all at once when rights change."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa

from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.identity.sessions import digest
from zhuji_core.permissions import END_SESSION
from zhuji_core.settings import CountySettings
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError, Value

# Nobody works at more browsers; older sessions of a forgetful person are ended all the same.
LIST_MAX = 200

LIST = sa.text("""
    SELECT s.session_id, s.created_at, COALESCE(s.seen_at, s.created_at) AS seen_at,
           s.expires_at, s.address, s.device, s.factor,
           s.token_digest = :token_digest AS this_one
      FROM kernel.web_session AS s
     WHERE s.user_id = :user_id AND s.expires_at > :now
       AND COALESCE(s.seen_at, s.created_at) > :idle_since
     ORDER BY s.token_digest = :token_digest DESC, seen_at DESC, s.session_id
     LIMIT :limit
""")
# The row of the person is locked first, as a grant of a role locks it: of a sign-in at the same
# moment one sees the other. An unfinished sign-in and its challenges end with the sessions.
END = sa.text("""
    WITH person AS (
        SELECT user_id, account, name, agency_code
          FROM kernel.user_account
         WHERE user_id = :user_id
           FOR UPDATE
    ), ended AS (
        DELETE FROM kernel.web_session
         WHERE user_id = (SELECT user_id FROM person)
           AND (CAST(:session_id AS uuid) IS NULL OR session_id = :session_id)
           AND token_digest <> :kept_digest
        RETURNING session_id
    ), unfinished AS (
        DELETE FROM kernel.sign_in_step
         WHERE user_id = (SELECT user_id FROM person) AND CAST(:session_id AS uuid) IS NULL
    )
    SELECT p.user_id, p.account, p.name, p.agency_code, (SELECT count(*) FROM ended) AS ended
      FROM person AS p
""")


class SessionUnknown(DomainError):
    """No such session of this person is open any more."""

    code = "E-SESSION-UNKNOWN"
    message = N_("查無這個登入階段，可能已登出或逾時。")
    status_code = 404


class OpenSession(Value, frozen=True, kw_only=True):
    """A browser in which somebody is signed in; ``this_one``: the one that asks."""

    session_id: uuid.UUID
    created_at: dt.datetime
    seen_at: dt.datetime
    expires_at: dt.datetime
    address: str
    device: str
    factor: str
    this_one: bool


def list_sessions(uow: UnitOfWork, *, user_id: uuid.UUID, token: str = "") -> list[OpenSession]:
    """Return the open sessions of ``user_id``, that of ``token`` first, then the latest seen.

    A person sees their own; for those of others raises Forbidden without END_SESSION.
    """
    if user_id != uow.actor.user_id:
        uow.require(END_SESSION)
    idle = uow.settings(CountySettings, module="kernel").session_idle_minutes
    rows = uow.connection.execute(
        LIST,
        {
            "user_id": user_id,
            "token_digest": digest(token),
            "now": uow.now,
            "idle_since": uow.now - dt.timedelta(minutes=idle),
            "limit": LIST_MAX,
        },
    )
    return [OpenSession(**row) for row in rows.mappings()]


def end_session(uow: UnitOfWork, *, user_id: uuid.UUID, session_id: uuid.UUID) -> None:
    """End one session of ``user_id``; raise SessionUnknown when it has ended already.

    A person ends their own; for those of others raises Forbidden without END_SESSION.
    """
    if user_id != uow.actor.user_id:
        uow.require(END_SESSION)
    if not _end(uow, user_id=user_id, session_id=session_id, reason="revoked"):
        raise SessionUnknown


def end_sessions(uow: UnitOfWork, *, user_id: uuid.UUID, reason: str, keep_token: str = "") -> int:
    """Sign ``user_id`` out everywhere from the next request on; return how many sessions ended.

    Called by every use case that changes what a person may do, disables the account or sets its
    password, in the same transaction and under that use case's own permission. ``keep_token``
    leaves the caller's own session open. ``reason`` is a word for the audit (``role-changed``).
    An unfinished sign-in ends too. Nothing happens for a person who does not exist.
    """
    return _end(uow, user_id=user_id, session_id=None, reason=reason, keep_token=keep_token)


def revoke_sessions(uow: UnitOfWork, *, user_id: uuid.UUID, keep_token: str = "") -> int:
    """Sign somebody out everywhere by order, oneself or (with END_SESSION) another.

    Raises Forbidden; with nothing to end the unit of work is abandoned.
    """
    if user_id != uow.actor.user_id:
        uow.require(END_SESSION)
    ended = end_sessions(uow, user_id=user_id, reason="revoked", keep_token=keep_token)
    if not ended:
        uow.abandon("nobody is signed in elsewhere")
    return ended


def _end(
    uow: UnitOfWork,
    *,
    user_id: uuid.UUID,
    session_id: uuid.UUID | None,
    reason: str,
    keep_token: str = "",
) -> int:
    row = uow.connection.execute(
        END, {"user_id": user_id, "session_id": session_id, "kept_digest": digest(keep_token)}
    ).one_or_none()
    # A role given to somebody who is not signed in ends nothing, and there is nothing to tell.
    if row is None or not row.ended:
        return 0
    document = DocumentRef(
        kind="kernel.session",
        document_id=row.user_id,
        label=row.account,
        agency_code=row.agency_code,
    )
    after = {"reason": reason, "ended": row.ended}
    uow.audit(END_SESSION.name, document, after=after)
    return int(row.ended)
