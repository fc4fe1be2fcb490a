"""Sessions of signed-in people: a random token in a cookie, its digest in the county's database.

A request is resolved by one statement that gives everything the request needs to know of who
acts: the person, roles and permissions valid on the business date, the county's settings and its
enabled modules, so that a switch is exact for the very next request of every process.
When a person was last seen is written at most once in ``SEEN_EVERY_MINUTES`` of a session, so an
ordinary request stays one statement.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec
import psycopg
import sqlalchemy as sa

from zhuji_core.county import SESSION, CountyState
from zhuji_core.identity.actor import WHOLE_COUNTY, Actor, DutyException, Principal
from zhuji_core.settings import TAIPEI, business_date
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

# 256 random bits: nobody guesses one, and no secret is needed to check one.
TOKEN_BYTES = 32

# What kernel.web_session takes; what a program says of itself beyond this tells nobody anything.
ADDRESS_MAX, DEVICE_MAX = 100, 300

# How exactly the last sight of a session is known. An idle session ends at most this much before
# the setting says; RESOLVE names the same number (and the default of ``session_idle_minutes``),
# because its text is also what pgbench runs.
SEEN_EVERY_MINUTES = 2

# Whole-county grants give every permission of the role; a grant in one agency gives only those
# that are held per agency (a clerk of one bureau does not enact the county's budget).
# A deputy's session has the roles and permissions of whom it acts for, as far as they were lent
# and that person holds them today; an appointment that is over leaves the person's own. What few
# sessions need is asked by functions, because a table in the statement costs each of them.
# One text goes back: the driver's own JSON and the conversion of ten columns cost more than the
# statement itself, and every request pays for this one before anything else.
RESOLVE = """
    WITH setting AS (
        SELECT COALESCE(jsonb_object_agg(m.module, m.entries), '{}') AS settings
          FROM (SELECT module, jsonb_object_agg(key, value) AS entries
                  FROM kernel.setting
                 GROUP BY module) AS m
    ), day AS (
        SELECT COALESCE((settings #>> '{kernel,business_date}')::date, %(today)s::date) AS today
          FROM setting
    ), who AS (
        SELECT s.user_id, s.language, u.account, u.name, a.agency_code, a.name AS agency_name,
               u.duty_exceptions, lent.lent,
               COALESCE((lent.lent ->> 'user_id')::uuid, s.user_id) AS as_user,
               COALESCE(s.seen_at, s.created_at) <= %(now)s::timestamptz - interval '2 minutes'
                   AS seen_long_ago
          FROM kernel.web_session AS s
          JOIN kernel.user_account AS u ON u.user_id = s.user_id AND u.state = 'active'
          CROSS JOIN setting
          CROSS JOIN LATERAL (
                SELECT CASE WHEN s.delegation_id IS NOT NULL
                            THEN kernel.lent(s.delegation_id, s.user_id,
                                             (SELECT today FROM day)) END AS lent
                OFFSET 0) AS lent
          JOIN kernel.agency AS a
            ON a.agency_code = COALESCE(
                   CASE WHEN s.delegation_id IS NULL OR lent.lent IS NOT NULL
                        THEN s.agency_code END,
                   lent.lent ->> 'agency_code', lent.lent ->> 'home_agency', u.agency_code)
         WHERE s.token_digest = %(token_digest)s AND s.expires_at > %(now)s
           AND COALESCE(s.seen_at, s.created_at)
               + make_interval(mins => COALESCE(
                     (setting.settings #>> '{kernel,session_idle_minutes}')::int, 30)) > %(now)s
    ), held AS (
        SELECT g.role_code, r.title,
               COALESCE(who.lent ->> 'agency_code', g.agency_code) AS agency_code
          FROM who
          JOIN kernel.role_grant AS g ON g.user_id = who.as_user
          JOIN kernel.role AS r ON r.role_code = g.role_code
          CROSS JOIN day
         WHERE g.valid_from <= day.today AND (g.valid_to IS NULL OR g.valid_to >= day.today)
           AND (r.valid_from IS NULL OR r.valid_from <= day.today)
           AND (r.valid_to IS NULL OR r.valid_to >= day.today)
           AND (who.lent IS NULL
                OR (who.lent -> 'roles' ? g.role_code
                    AND (who.lent ->> 'agency_code' IS NULL OR g.agency_code IS NULL
                         OR g.agency_code = who.lent ->> 'agency_code')))
    ), permission AS (
        SELECT p.permission,
               jsonb_agg(DISTINCT COALESCE(held.agency_code, %(whole_county)s)) AS codes
          FROM held
          CROSS JOIN who
          JOIN kernel.role_permission AS rp USING (role_code)
          JOIN kernel.permission AS p USING (permission)
         WHERE (p.scope = 'agency' OR held.agency_code IS NULL)
           AND (who.lent IS NULL OR who.lent ->> 'permissions' IS NULL
                OR who.lent -> 'permissions' ? p.permission)
         GROUP BY p.permission
    )
    SELECT jsonb_build_object(
               'user_id', who.user_id, 'account', who.account, 'name', who.name,
               'agency_code', who.agency_code, 'agency_name', who.agency_name,
               'language', who.language, 'settings', setting.settings,
               'seen_long_ago', who.seen_long_ago,
               'county', (SELECT jsonb_build_object('state', t.state, 'epoch', t.epoch,
                                                    'reason', t.reason)
                            FROM kernel.this_county AS t),
               'modules', (SELECT to_jsonb(modules) FROM kernel.module_set),
               'open_passes', (SELECT count(*) FROM kernel.break_glass
                                WHERE ended_at IS NULL AND expires_at > %(now)s),
               'principal', who.lent -> 'principal',
               'duty_exceptions',
                   CASE WHEN who.duty_exceptions OR who.lent IS NOT NULL
                        THEN kernel.duty_exceptions_of(
                                 ARRAY[who.user_id, who.as_user], (SELECT today FROM day))
                        ELSE '[]'::jsonb END,
               'roles', (SELECT COALESCE(jsonb_object_agg(role_code, title), '{}') FROM held),
               'permissions', (SELECT COALESCE(jsonb_object_agg(permission, codes), '{}')
                                 FROM permission))::text
      FROM who CROSS JOIN setting
"""
# The same of several sessions, asked in one statement; who is not found has no row.
RESOLVE_ALL = f"""
    SELECT wanted.token_digest, found.told
      FROM unnest(%(token_digests)s::bytea[]) AS wanted (token_digest)
     CROSS JOIN LATERAL ({RESOLVE.replace("%(token_digest)s", "wanted.token_digest")}
          ) AS found (told)
"""  # noqa: S608 (a constant)
OPEN = sa.text("""
    WITH expired AS (
        DELETE FROM kernel.web_session WHERE user_id = :user_id AND expires_at <= :now
    )
    INSERT INTO kernel.web_session
           (token_digest, user_id, language, created_at, expires_at, address, device, factor)
    VALUES (:token_digest, :user_id, :language, :now, :expires_at, :address, :device, :factor)
""")
# Of many requests at one moment one writes; the others neither wait nor write.
SEE = """
    UPDATE kernel.web_session AS s SET seen_at = %(now)s
      FROM (SELECT token_digest
              FROM kernel.web_session
             WHERE token_digest = %(token_digest)s
               AND COALESCE(seen_at, created_at) < %(now)s
               FOR UPDATE SKIP LOCKED) AS free
     WHERE s.token_digest = free.token_digest
"""
CLOSE = sa.text("DELETE FROM kernel.web_session WHERE token_digest = :token_digest")


# The session stays the same one; only its name and its token are new, as after a rise of rights.
RENEW = sa.text("""
    UPDATE kernel.web_session
       SET token_digest = :new_digest, session_id = gen_random_uuid(), seen_at = :now
     WHERE token_digest = :token_digest
""")


class Client(Value, frozen=True, kw_only=True):
    """The program that asks: its network address and what it calls itself (both as told)."""

    address: str = ""
    device: str = ""


class CountyNow(Value, frozen=True, kw_only=True):
    """State and epoch of the county as its own database has them."""

    state: CountyState
    epoch: int
    reason: str


class SignedIn(Value, frozen=True, kw_only=True):
    """Who acts, and what the county is and has set, as of this request.

    ``modules`` are those that the county has enabled; None: it leaves that to the register.
    ``open_passes``: so many operators of the host may read the county at this moment.
    """

    actor: Actor
    language: str
    business_date: dt.date
    settings: Mapping[str, Mapping[str, Any]]
    county: CountyNow
    modules: frozenset[str] | None
    open_passes: int = 0


def cookie_name(county_code: str) -> str:
    """Name the cookie of one county's sessions, so that two counties never share one."""
    return f"zhuji_session_{county_code.lower()}"


def digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


class _Resolved(Value, frozen=True, kw_only=True):
    user_id: uuid.UUID
    account: str
    name: str
    agency_code: str
    agency_name: str
    language: str
    roles: dict[str, str]
    permissions: dict[str, tuple[str, ...]]
    settings: dict[str, dict[str, Any]]
    seen_long_ago: bool
    county: CountyNow
    modules: frozenset[str] | None
    principal: Principal | None
    duty_exceptions: tuple[DutyException, ...]
    open_passes: int


_DECODER = msgspec.json.Decoder(_Resolved)


def resolve(engine: sa.Engine, *, token: str, now: dt.datetime) -> SignedIn | None:
    """Return who holds ``token``, or None for an unknown, expired or disabled one."""
    return resolve_all(engine, tokens=(token,), now=now).get(token)


def resolve_all(
    engine: sa.Engine, *, tokens: Collection[str], now: dt.datetime
) -> dict[str, SignedIn]:
    """Return who holds which of ``tokens``; unknown, expired and disabled ones are left out.

    By the driver itself and in autocommit: one round trip and half the CPU of the same statement
    through SQLAlchemy (measured in ``core/docs/evidence``); no transaction is left open.
    """
    wanted = {digest(token): token for token in tokens}
    found = _ask(
        engine,
        list(wanted),
        {
            "now": now,
            "today": now.astimezone(TAIPEI).date(),
            "whole_county": WHOLE_COUNTY,
        },
    )
    return {wanted[key]: _signed_in(one, now=now) for key, one in found.items()}


def _ask(
    engine: sa.Engine, digests: Sequence[bytes], parameters: Mapping[str, object]
) -> dict[bytes, _Resolved]:
    pooled = engine.raw_connection()
    try:
        connection: Any = pooled.driver_connection
        connection.autocommit = True
        if len(digests) == 1:
            (only,) = digests
            row = connection.execute(RESOLVE, {**parameters, "token_digest": only}).fetchone()
            rows = [] if row is None else [(only, row[0])]
        else:
            asked = connection.execute(RESOLVE_ALL, {**parameters, "token_digests": digests})
            rows = asked.fetchall()
        found = {key: _DECODER.decode(told) for key, told in rows}
        for key, one in found.items():
            if one.seen_long_ago and one.county.state in SESSION:
                connection.execute(SEE, {**parameters, "token_digest": key})
        connection.autocommit = False
    except psycopg.Error:
        # The pool learns of a lost connection from SQLAlchemy alone, which was not asked here.
        pooled.invalidate()
        raise
    finally:
        pooled.close()
    return found


def decode(text: str, *, now: dt.datetime) -> SignedIn:
    """Read what RESOLVE answers (also inside of another statement)."""
    return _signed_in(_DECODER.decode(text), now=now)


def _signed_in(found: _Resolved, *, now: dt.datetime) -> SignedIn:
    principal = found.principal
    return SignedIn(
        actor=Actor(
            user_id=found.user_id,
            account=found.account,
            name=found.name,
            agency_code=found.agency_code,
            agency_name=found.agency_name,
            roles=tuple(found.roles),
            role_titles=tuple(found.roles.values()),
            permissions=found.permissions,
            context={} if principal is None else {"on_behalf_of": principal.account},
            on_behalf_of=principal,
            duty_exceptions=found.duty_exceptions,
        ),
        language=found.language,
        business_date=business_date(found.settings, now=now),
        settings=found.settings,
        county=found.county,
        modules=found.modules,
        open_passes=found.open_passes,
    )


def open_session(
    uow: UnitOfWork,
    *,
    user_id: uuid.UUID,
    language: str,
    lifetime: dt.timedelta,
    client: Client,
    factor: str = "password",
) -> str:
    """Make a new session and return its token, which is kept nowhere but in the cookie.

    ``factor``: how the person was proved, ``password``, or with a ``key`` or ``recovery`` code.
    """
    token = secrets.token_urlsafe(TOKEN_BYTES)
    uow.connection.execute(
        OPEN,
        {
            "token_digest": digest(token),
            "user_id": user_id,
            "language": language,
            "now": uow.now,
            "expires_at": uow.now + lifetime,
            "address": client.address[:ADDRESS_MAX],
            "device": client.device[:DEVICE_MAX],
            "factor": factor,
        },
    )
    return token


def renew_session(uow: UnitOfWork, *, token: str) -> str:
    """Give the session of ``token`` a new token and return it; the old one opens nothing more.

    For whatever raises what a session may do or follows a change of secrets, so that a token that
    was seen before is worth nothing afterwards.
    """
    renewed = secrets.token_urlsafe(TOKEN_BYTES)
    uow.connection.execute(
        RENEW,
        {"new_digest": digest(renewed), "token_digest": digest(token), "now": uow.now},
    )
    return renewed


def close_session(uow: UnitOfWork, *, token: str) -> None:
    """End the session of ``token``; nothing happens when it has ended already."""
    uow.connection.execute(CLOSE, {"token_digest": digest(token)})
