"""Emergency access (緊急調閱): a host operator reads one county, for a time, under its eyes.

The operator has no account here. A pass is opened by the host after a second operator approved it
(or flagged as single-handed), gives nothing but rights to read, and ends by itself, by the
county's administrators, or by the operator. Each answer given under it stands in the county's own
audit trail before it is given (core/docs/decisions/0018-break-glass.md).
"""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from typing import Any

import msgspec
import sqlalchemy as sa

from zhuji_core.access import CountyAccess
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.county import SESSION
from zhuji_core.identity.actor import WHOLE_COUNTY, Actor
from zhuji_core.identity.sessions import TOKEN_BYTES, CountyNow, SignedIn, digest
from zhuji_core.permissions import END_PASS, READ_PASSES
from zhuji_core.settings import business_date
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError, Value

LIST_MAX = 200
MINUTES_MAX = 240
# A path of ours is shorter; what was asked for is what matters, not all of a search.
ASKED_MAX = 300

OPEN = sa.text("""
    INSERT INTO kernel.break_glass
           (pass_id, pass_no, operator_id, operator_account, operator_name, reason, approved_by,
            single_handed, language, token_digest, opened_at, expires_at)
    VALUES (:pass_id, :pass_no, :operator_id, :operator_account, :operator_name, :reason,
            :approved_by, :single_handed, :language, :token_digest, :now, :expires_at)
""")
# Whoever holds a pass may do what is declared as reading, in the whole county, and nothing else.
RESOLVE = sa.text("""
    SELECT b.pass_id, b.pass_no, b.operator_id, b.operator_account, b.operator_name, b.reason,
           b.language, b.expires_at,
           (SELECT COALESCE(jsonb_object_agg(m.module, m.entries), '{}')
              FROM (SELECT module, jsonb_object_agg(key, value) AS entries
                      FROM kernel.setting
                     GROUP BY module) AS m) AS settings,
           (SELECT jsonb_build_object('state', t.state, 'epoch', t.epoch, 'reason', t.reason)
              FROM kernel.this_county AS t) AS county,
           (SELECT to_jsonb(modules) FROM kernel.module_set) AS modules,
           (SELECT COALESCE(jsonb_agg(permission), '[]') FROM kernel.permission
             WHERE permission LIKE '%.read') AS readable
      FROM kernel.break_glass AS b
     WHERE b.token_digest = :token_digest AND b.ended_at IS NULL AND b.expires_at > :now
""")
LIST = sa.text("""
    SELECT b.pass_id, b.pass_no, b.operator_account, b.operator_name, b.reason, b.approved_by,
           b.single_handed, b.opened_at, b.expires_at, b.ended_at, b.ended_by,
           b.ended_at IS NULL AND b.expires_at > :now AS is_open,
           (SELECT count(*) FROM kernel.audit_entry AS e
             WHERE e.document_id = b.pass_id AND e.action = 'kernel.break-glass.read') AS answers
      FROM kernel.break_glass AS b
     ORDER BY b.opened_at DESC
     LIMIT :limit
""")
END = sa.text("""
    UPDATE kernel.break_glass
       SET ended_at = :now, ended_by = :ended_by
     WHERE pass_id = :pass_id AND ended_at IS NULL AND expires_at > :now
    RETURNING pass_no, operator_account
""")
KNOWN = sa.text("SELECT count(*) FROM kernel.break_glass WHERE pass_id = :pass_id")


class PassReadsOnly(DomainError):
    """Under an emergency access nothing is changed, whatever the route."""

    code = "E-BREAK-GLASS-READ-ONLY"
    message = N_("緊急調閱僅供查詢，不得異動，也不得以本縣市使用者身分作業。")
    status_code = 403


class PassUnknown(DomainError):
    """There is no such emergency access, nor a request for it."""

    code = "E-BREAK-GLASS-UNKNOWN"
    message = N_("查無這項緊急調閱。")
    status_code = 404


class PassNotOpen(DomainError):
    """The pass has ended."""

    code = "E-BREAK-GLASS-ENDED"
    message = N_("這項緊急調閱已結束。")


class HeldPass(Value, frozen=True, kw_only=True):
    """The pass under which a request is made."""

    pass_id: uuid.UUID
    pass_no: int
    reason: str
    expires_at: dt.datetime

    @property
    def document(self) -> DocumentRef:
        return _document(self.pass_id, self.pass_no)


class CountyPass(Value, frozen=True, kw_only=True):
    """A pass as the county's administrators see it; ``answers``: how many were given under it."""

    pass_id: uuid.UUID
    pass_no: int
    operator_account: str
    operator_name: str
    reason: str
    approved_by: str
    single_handed: bool
    opened_at: dt.datetime
    expires_at: dt.datetime
    ended_at: dt.datetime | None
    ended_by: str
    is_open: bool
    answers: int


class PassToOpen(Value, frozen=True, kw_only=True):
    """What the host decided; ``approved_by`` '': single-handed."""

    pass_id: uuid.UUID
    pass_no: int
    operator_id: uuid.UUID
    operator_account: str
    operator_name: str
    reason: str
    approved_by: str
    minutes: int


def cookie_name(county_code: str) -> str:
    """Name the cookie of a pass: another one than a session's, so that neither is taken for it."""
    return f"zhuji_pass_{county_code.lower()}"


def open_pass(uow: UnitOfWork, given: PassToOpen, *, language: str) -> str:
    """Open the pass and return its token, which is kept nowhere but in the cookie.

    Called by the host alone (``platform/break_glass.py``), which has asked who may.
    """
    assert 0 < given.minutes <= MINUTES_MAX, "the host refuses other times"
    token = secrets.token_urlsafe(TOKEN_BYTES)
    expires_at = uow.now + dt.timedelta(minutes=given.minutes)
    uow.connection.execute(
        OPEN,
        {
            "pass_id": given.pass_id,
            "pass_no": given.pass_no,
            "operator_id": given.operator_id,
            "operator_account": given.operator_account,
            "operator_name": given.operator_name,
            "reason": given.reason,
            "approved_by": given.approved_by,
            "single_handed": not given.approved_by,
            "language": language,
            "token_digest": digest(token),
            "now": uow.now,
            "expires_at": expires_at,
        },
    )
    uow.audit(
        "kernel.break-glass.open",
        _document(given.pass_id, given.pass_no),
        after={
            "reason": given.reason,
            "approved_by": given.approved_by,
            "single_handed": not given.approved_by,
            "expires_at": expires_at,
        },
    )
    return token


def resolve_pass(access: CountyAccess, *, token: str) -> tuple[SignedIn, HeldPass] | None:
    """Return who holds ``token`` and under which pass; None once it has ended."""
    now = access.clock()
    with access.statements.connect() as connection:
        row = connection.execute(RESOLVE, {"token_digest": digest(token), "now": now}).one_or_none()
    if row is None:
        return None
    held = HeldPass(
        pass_id=row.pass_id, pass_no=row.pass_no, reason=row.reason, expires_at=row.expires_at
    )
    signed_in = SignedIn(
        actor=pass_actor(row, permissions=dict.fromkeys(row.readable, (WHOLE_COUNTY,))),
        language=row.language,
        business_date=business_date(row.settings, now=now),
        settings=row.settings,
        county=msgspec.convert(row.county, CountyNow),
        modules=None if row.modules is None else frozenset(row.modules),
    )
    return signed_in, held


def pass_actor(row: Any, *, permissions: dict[str, tuple[str, ...]]) -> Actor:
    """Return the actor of a pass: named as one of the host, whom no account here can look like."""
    return Actor(
        user_id=row.operator_id,
        account=f"host:{row.operator_account}",
        name=row.operator_name,
        agency_code="",
        agency_name="集中維運",
        roles=(),
        role_titles=("緊急調閱",),
        permissions=permissions,
        context={"break_glass": str(row.pass_no)},
        reads_only=True,
    )


def note_read(
    access: CountyAccess, signed_in: SignedIn, held: HeldPass, *, asked: str, operation_id: str
) -> None:
    """Write into the county's trail what is about to be answered, or raise: then it is not."""
    writer = msgspec.structs.replace(signed_in.actor, permissions={}, reads_only=False)
    with access.begin(actor=writer, settings=signed_in.settings, writes=SESSION) as uow:
        uow.audit(
            "kernel.break-glass.read",
            held.document,
            after={"asked": asked[:ASKED_MAX], "operation": operation_id, "reason": held.reason},
        )


def list_passes(uow: UnitOfWork) -> list[CountyPass]:
    """Return the passes of this county, newest first (at most 200); raise Forbidden."""
    uow.require(READ_PASSES)
    rows = uow.connection.execute(LIST, {"now": uow.now, "limit": LIST_MAX}).mappings()
    return [CountyPass(**row) for row in rows]


def end_pass(uow: UnitOfWork, *, pass_id: uuid.UUID) -> None:
    """End a pass at once, as an administrator of the county; raise Forbidden, or as below."""
    uow.require(END_PASS)
    close_pass(uow, pass_id=pass_id)


def close_pass(uow: UnitOfWork, *, pass_id: uuid.UUID) -> None:
    """End a pass at once; raise PassUnknown or PassNotOpen. The host asks who may (its holder)."""
    ended = uow.connection.execute(
        END, {"pass_id": pass_id, "now": uow.now, "ended_by": uow.actor.account}
    ).one_or_none()
    if ended is None:
        known = uow.connection.execute(KNOWN, {"pass_id": pass_id}).scalar_one()
        raise PassNotOpen if known else PassUnknown
    uow.audit("kernel.break-glass.end", _document(pass_id, ended.pass_no))


def _document(pass_id: uuid.UUID, pass_no: int) -> DocumentRef:
    return DocumentRef(
        kind="kernel.break-glass",
        document_id=pass_id,
        label=f"緊急調閱 {pass_no}",
        agency_code="",
    )
