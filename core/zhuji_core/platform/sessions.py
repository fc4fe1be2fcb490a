"""Sessions of operators, in the platform's database; nothing of a county hangs on them."""

from __future__ import annotations

import datetime as dt
import secrets
import uuid

import sqlalchemy as sa

from zhuji_core.identity.sessions import TOKEN_BYTES, digest
from zhuji_core.platform.operators import Operator
from zhuji_core.platform.uow import Platform, PlatformUnitOfWork
from zhuji_core.values import Value

COOKIE = "zhuji_host_session"
# Shorter than a county's: whoever can close a county does not leave a browser open overnight.
LASTS = dt.timedelta(hours=8)
IDLE = dt.timedelta(minutes=30)
# The time of the last request is written at most this often.
SEEN_EVERY = dt.timedelta(minutes=1)

RESOLVE = sa.text("""
    SELECT o.operator_id, o.account, o.name, s.language, s.seen_at,
           ARRAY (SELECT r.role FROM platform.operator_role AS r
                   WHERE r.operator_id = o.operator_id ORDER BY r.role) AS roles
      FROM platform.operator_session AS s
      JOIN platform.operator AS o ON o.operator_id = s.operator_id AND o.state = 'active'
     WHERE s.token_digest = :token_digest AND s.expires_at > :now AND s.seen_at > :idle_since
""")
SEE = sa.text("UPDATE platform.operator_session SET seen_at = :now WHERE token_digest = :digest")
OPEN = sa.text("""
    WITH ended AS (
        DELETE FROM platform.operator_session
         WHERE operator_id = :operator_id AND (expires_at <= :now OR seen_at <= :idle_since)
    )
    INSERT INTO platform.operator_session
           (token_digest, operator_id, language, created_at, seen_at, expires_at, address, factor)
    VALUES (:token_digest, :operator_id, :language, :now, :now, :expires_at, :address, :factor)
""")
RENEW = sa.text("""
    UPDATE platform.operator_session SET token_digest = :new_digest, seen_at = :now
     WHERE token_digest = :token_digest
""")
CLOSE = sa.text("DELETE FROM platform.operator_session WHERE token_digest = :token_digest")


class HostSignedIn(Value, frozen=True, kw_only=True):
    """Which operator asks, and in which language."""

    operator: Operator
    language: str


def resolve(platform: Platform, *, token: str) -> HostSignedIn | None:
    """Return who holds ``token``, or None for an unknown, expired, idle or disabled one."""
    now = platform.clock()
    with platform.statements.connect() as connection:
        row = connection.execute(
            RESOLVE, {"token_digest": digest(token), "now": now, "idle_since": now - IDLE}
        ).one_or_none()
        if row is None:
            return None
        if row.seen_at < now - SEEN_EVERY:
            connection.execute(SEE, {"now": now, "digest": digest(token)})
    operator = Operator(
        operator_id=row.operator_id, account=row.account, name=row.name, roles=tuple(row.roles)
    )
    return HostSignedIn(operator=operator, language=row.language)


def open_session(
    uow: PlatformUnitOfWork, *, operator_id: uuid.UUID, language: str, address: str, factor: str
) -> str:
    """Make a new session and return its token, which is kept nowhere but in the cookie.

    ``factor``: how the operator was proved, ``password``, or with a ``key`` or ``recovery`` code.
    """
    token = secrets.token_urlsafe(TOKEN_BYTES)
    uow.connection.execute(
        OPEN,
        {
            "token_digest": digest(token),
            "operator_id": operator_id,
            "language": language,
            "now": uow.now,
            "idle_since": uow.now - IDLE,
            "expires_at": uow.now + LASTS,
            "address": address,
            "factor": factor,
        },
    )
    return token


def renew_session(uow: PlatformUnitOfWork, *, token: str) -> str:
    """Give the session of ``token`` a new token and return it; the old one opens nothing more."""
    renewed = secrets.token_urlsafe(TOKEN_BYTES)
    uow.connection.execute(
        RENEW, {"new_digest": digest(renewed), "token_digest": digest(token), "now": uow.now}
    )
    return renewed


def close_session(uow: PlatformUnitOfWork, *, token: str) -> None:
    """End the session of ``token``; nothing happens when it has ended already."""
    uow.connection.execute(CLOSE, {"token_digest": digest(token)})
    uow.audit("host.session.close")
