"""Tokens of machines: what they look like, whom they act for, and what they may do now.

``zjt_`` + 40 letters and digits (238 random bits) + 6 of a checksum. The prefix lets scanners of
code and logs find a token that was left lying about; the checksum tells a slip of copying without
asking the database. Only the SHA-256 of a token is kept: it is looked up by that digest, so no
comparison takes longer the nearer a guess comes.

A request by token is resolved by one statement, as one by session is: owner, roles and permissions
of today, the token's own limits, its rate, and when it was last used.
"""

from __future__ import annotations

import datetime as dt
import secrets
import string
import uuid
import zlib
from collections.abc import Mapping
from typing import Any

import msgspec
import psycopg
import sqlalchemy as sa

from zhuji_core.identity import sessions
from zhuji_core.identity.actor import WHOLE_COUNTY
from zhuji_core.identity.rates import Allowance, Rate, judged
from zhuji_core.identity.sessions import SignedIn, digest
from zhuji_core.settings import TAIPEI
from zhuji_core.values import Value

PREFIX = "zjt_"
ALPHABET = string.digits + string.ascii_letters
SECRET_LENGTH, CHECK_LENGTH = 40, 6
LENGTH = len(PREFIX) + SECRET_LENGTH + CHECK_LENGTH
# What people recognise a token by in a list.
HINT_LENGTH = 4

# How exactly the last use is known; named in RESOLVE as the default of the rate is.
USED_EVERY_MINUTES = 5
RATE_NAME = "token"
RATE_PER_S = 60

# The session's own statement, with a token in the place of a session: its owner is who acts, so
# that a disabled owner, an ended role or a changed setting means the same for both. A column that
# sessions get later is NULL here.
AS_SESSION = """(SELECT (jsonb_populate_record(CAST(NULL AS kernel.web_session), jsonb_build_object(
                   'user_id', token.owner_id, 'token_digest', token.token_digest::text,
                   'language', '', 'created_at', %(now)s::timestamptz,
                   'expires_at', token.valid_to))).*
                  FROM token) AS s"""
SESSION_TABLE = "kernel.web_session AS s"
assert sessions.RESOLVE.count(SESSION_TABLE) == 1, "RESOLVE asks for one session"
RESOLVE = f"""
    WITH token AS MATERIALIZED (
        SELECT token_id, token_digest, owner_id, name, permissions, agencies, valid_to, used_at
          FROM kernel.machine_token
         WHERE token_digest = %(token_digest)s AND revoked_at IS NULL
           AND valid_from <= %(now)s AND valid_to > %(now)s
    ), rate AS (
        SELECT COALESCE((SELECT value::integer
                           FROM kernel.setting
                          WHERE module = 'kernel' AND key = 'rate_token_per_minute'), 600) AS quota
    ), taken AS (
        INSERT INTO kernel.rate_limit AS r (bucket, subject, full_at)
        SELECT '{RATE_NAME}', token_id::text,
               %(now)s::timestamptz + make_interval(secs => ceil(60e6 / quota) / 1e6)
          FROM token CROSS JOIN rate
            ON CONFLICT (bucket, subject) DO UPDATE
           SET full_at = CASE WHEN r.full_at > %(now)s::timestamptz + interval '2 minutes'
                              THEN %(now)s ELSE GREATEST(r.full_at, %(now)s) END
                         + make_interval(secs => (SELECT ceil(60e6 / quota) / 1e6 FROM rate))
         WHERE CASE WHEN r.full_at > %(now)s::timestamptz + interval '2 minutes'
                    THEN %(now)s ELSE GREATEST(r.full_at, %(now)s) END
               + make_interval(secs => (SELECT ceil(60e6 / quota) / 1e6 FROM rate))
               <= %(now)s::timestamptz
                  + make_interval(secs => (SELECT ceil(60e6 / quota) / 1e6 * quota FROM rate))
        RETURNING full_at
    ), used AS (
        UPDATE kernel.machine_token
           SET used_at = %(now)s
         WHERE token_id = (SELECT token_id FROM token
                            WHERE used_at IS NULL
                               OR used_at <= %(now)s::timestamptz - interval '5 minutes')
    )
    SELECT ({sessions.RESOLVE.replace(SESSION_TABLE, AS_SESSION)}),
           token.token_id, token.name, token.permissions, token.agencies, rate.quota,
           (SELECT full_at FROM taken),
           (SELECT r.full_at FROM kernel.rate_limit AS r
             WHERE r.bucket = '{RATE_NAME}' AND r.subject = token.token_id::text)
      FROM token CROSS JOIN rate
"""  # noqa: S608 (the one statement of sessions inside of this one; no input)


class TokenHolder(Value, frozen=True, kw_only=True):
    """Who acts by a token, what is left of its rate, and which token it is."""

    signed_in: SignedIn
    token_id: uuid.UUID
    allowance: Allowance


def new_token() -> str:
    """Return a new token; it is shown once and kept nowhere."""
    secret = "".join(secrets.choice(ALPHABET) for _ in range(SECRET_LENGTH))
    return f"{PREFIX}{secret}{_checksum(PREFIX + secret)}"


def is_well_formed(token: str) -> bool:
    """Tell whether ``token`` can be one of ours; a slip of copying cannot."""
    return (
        len(token) == LENGTH
        and token.startswith(PREFIX)
        and token.isascii()
        and token[len(PREFIX) :].isalnum()
        and secrets.compare_digest(token[-CHECK_LENGTH:], _checksum(token[:-CHECK_LENGTH]))
    )


def hint_of(token: str) -> str:
    return f"{PREFIX}…{token[-HINT_LENGTH:]}"


def resolve(engine: sa.Engine, *, token: str, now: dt.datetime) -> TokenHolder | None:
    """Return who holds ``token``; None when it is unknown, revoked, out of date, or its owner is.

    Raises TooManyRequests. By the driver itself and in autocommit, as a session is resolved.
    """
    row = _ask(
        engine,
        {
            "token_digest": digest(token),
            "now": now,
            "today": now.astimezone(TAIPEI).date(),
            "whole_county": WHOLE_COUNTY,
        },
    )
    if row is None or row[0] is None:
        return None
    found, token_id, name, permissions, agencies, quota, taken, before = row
    rate = Rate(name=RATE_NAME, limit=quota, per_s=RATE_PER_S)
    full_at = taken or before or now + rate.whole
    allowance = judged(rate, granted=taken is not None, full_at=full_at, now=now)
    signed_in = sessions.decode(found, now=now)
    actor = msgspec.structs.replace(
        signed_in.actor,
        permissions=narrowed(
            signed_in.actor.permissions, to=frozenset(permissions), agencies=agencies
        ),
        owner_may=signed_in.actor.permissions,
        context={**signed_in.actor.context, "token": name},
    )
    return TokenHolder(
        signed_in=msgspec.structs.replace(signed_in, actor=actor),
        token_id=token_id,
        allowance=allowance,
    )


def narrowed(
    permissions: Mapping[str, tuple[str, ...]],
    *,
    to: frozenset[str],
    agencies: list[str] | None,
) -> dict[str, tuple[str, ...]]:
    """Return what both the owner may today and the token may at all."""
    both: dict[str, tuple[str, ...]] = {}
    for name, codes in permissions.items():
        if name not in to:
            continue
        if agencies is None:
            both[name] = codes
        elif WHOLE_COUNTY in codes:
            both[name] = tuple(agencies)
        elif common := tuple(code for code in codes if code in agencies):
            both[name] = common
    return both


def _ask(engine: sa.Engine, parameters: Mapping[str, object]) -> tuple[Any, ...] | None:
    pooled = engine.raw_connection()
    try:
        connection: Any = pooled.driver_connection
        connection.autocommit = True
        row: tuple[Any, ...] | None = connection.execute(RESOLVE, parameters).fetchone()
        connection.autocommit = False
    except psycopg.Error:
        pooled.invalidate()
        raise
    finally:
        pooled.close()
    return row


def _checksum(text: str) -> str:
    number = zlib.crc32(text.encode())
    letters = []
    for _ in range(CHECK_LENGTH):
        number, rest = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[rest])
    return "".join(reversed(letters))
