"""Changes of the budget as a list, as one page with its effect, and the rows that a form picks."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import msgspec
import sqlalchemy as sa

from zhuji_budget.domain.adjustment import RevenueBefore, RowBefore
from zhuji_budget.domain.changes import rules
from zhuji_budget.domain.changes.effects import (
    RevenueEffect,
    RowEffect,
    effects_of,
    revenue_effects_of,
)
from zhuji_budget.domain.changes.model import BY_AGENCY, Change, ChangeState
from zhuji_budget.domain.changes.new_rows import revenues_to_be, rows_to_be
from zhuji_budget.domain.changes.permit import refusal_of
from zhuji_budget.domain.changes.refusals import ChangeNotFound
from zhuji_budget.permissions import (
    AGREE_CHANGE,
    DECIDE_CHANGE,
    ENDORSE_CHANGE,
    READ_CHANGES,
    READ_LINES,
    RETURN_CHANGE,
    WRITE_CHANGE,
    WRITE_COUNTY_CHANGE,
)
from zhuji_budget.queries.advances import AdvanceEffect, advance_effect
from zhuji_budget.store import adjustments, changes, new_rows
from zhuji_budget.store.roles import ROLE
from zhuji_core.audit.history import HistoryEntry, history
from zhuji_core.db.by_agency import CHOSEN, ByAgency, PageByAgency
from zhuji_core.identity.actor import Forbidden
from zhuji_core.ids import AFTER_ALL
from zhuji_core.matching import containing
from zhuji_core.modules import Permission
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError, Value

PAGE_MAX = 200
PICK_MAX = 20

LIST = PageByAgency(
    columns="""
    d.document_id, d.fiscal_year, d.agency_code, d.agency_name, d.kind, d.state,
    COALESCE(d.change_no, 0) AS change_no, d.purpose, d.amount_ntd, d.created_by_name,
    d.posted_on, d.act_no""",
    table="budget.change_document",
    alias="d",
    where="""
        d.fiscal_year = :fiscal_year
        AND (:agency_code = '' OR d.agency_code = :agency_code)
        AND (:kind = '' OR d.kind = :kind)
        AND (:state = '' OR d.state = :state)
        AND d.document_id < :before
    """,
    order="d.document_id DESC",
    supervised=True,
)
ONE = sa.text(f"""
    SELECT {changes.CHANGE_COLUMNS}, d.posted_on, d.effects AS met,
           d.revenue_effects AS revenue_met,
           (SELECT o.document_id FROM budget.change_document AS o
             WHERE o.reverses_id = d.document_id AND o.state <> 'withdrawn') AS reversal_id
      FROM budget.change_document AS d
     WHERE d.document_id = :document_id
""")
# Rows to choose from, every word found; the second reserve is there for every agency to ask for.
PICK = ByAgency(
    f"""
    SELECT r.control_row_id
      FROM budget.control_row AS r
      JOIN budget.budget_line AS b USING (line_id)
     WHERE r.fiscal_year = :fiscal_year
       AND ({CHOSEN} OR {ROLE} = 'second_reserve')
       AND NOT EXISTS (SELECT FROM unnest(CAST(:patterns AS text[])) AS w (pattern)
                        WHERE r.line_code || '-' || r.object_code || ' ' || r.line_name || ' '
                              || r.object_name NOT LIKE w.pattern)
     ORDER BY (r.agency_code = :agency_code) DESC, r.line_code, r.object_code, r.account
     LIMIT :limit
""",
    agency="r.agency_code",
)
PICK_REVENUE = ByAgency(
    f"""
    SELECT v.revenue_row_id
      FROM budget.revenue_row AS v
     WHERE v.fiscal_year = :fiscal_year
       AND {CHOSEN}
       AND NOT EXISTS (SELECT FROM unnest(CAST(:patterns AS text[])) AS w (pattern)
                        WHERE v.code || ' ' || v.name || ' ' || v.source_name || ' '
                              || v.agency_name NOT LIKE w.pattern)
     ORDER BY v.code, v.agency_code, v.account
     LIMIT :limit
""",
    agency="v.agency_code",
)


class ChangeFilter(Value, frozen=True, kw_only=True):
    """What a list shows; ``before`` is the last document of the page before, newest first."""

    fiscal_year: int
    agency_code: str = ""
    kind: str = ""
    state: str = ""
    before: uuid.UUID | None = None
    limit: int = 50


class ChangeRow(Value, frozen=True, kw_only=True):
    """One document in a list."""

    document_id: uuid.UUID
    fiscal_year: int
    agency_code: str
    agency_name: str
    kind: str
    state: str
    change_no: int
    purpose: str
    amount_ntd: int
    created_by_name: str
    posted_on: dt.date | None
    act_no: str


class NextStep(Value, frozen=True, kw_only=True):
    """A verb of the document's state; ``refusal`` says why it is not possible now."""

    verb: str
    refusal: DomainError | None = None


class ChangePage(Value, frozen=True, kw_only=True):
    """A document with its effect: what it met when it was posted, or what it would do now."""

    change: Change
    posted_on: dt.date | None
    reversal_id: uuid.UUID | None
    effects: tuple[RowEffect, ...]
    refusal: DomainError | None
    revenues: tuple[RevenueEffect, ...] = ()
    advance: AdvanceEffect | None = None
    steps: tuple[NextStep, ...] = ()
    history: tuple[HistoryEntry, ...] = ()


class Preview(Value, frozen=True, kw_only=True):
    """What a document would do now, or did, and what forbids it."""

    effects: tuple[RowEffect, ...]
    revenues: tuple[RevenueEffect, ...] = ()
    refusal: DomainError | None = None
    advance: AdvanceEffect | None = None


def list_changes(
    uow: UnitOfWork, wanted: ChangeFilter, *, most: int = PAGE_MAX + 1
) -> list[ChangeRow]:
    """Return documents of the agencies that the actor may read, newest first, at most ``most``."""
    uow.require(READ_CHANGES)
    allowed = uow.actor.agencies(READ_CHANGES)
    agencies = [wanted.agency_code] if allowed is None and wanted.agency_code else allowed
    rows = uow.connection.execute(
        LIST.of(agencies),
        {
            **msgspec.structs.asdict(wanted),
            "before": wanted.before or AFTER_ALL,
            "limit": min(wanted.limit, most),
            "agencies": None if agencies is None else list(agencies),
        },
    )
    return [ChangeRow(**row) for row in rows.mappings()]


def find_change(uow: UnitOfWork, document_id: uuid.UUID) -> ChangePage:
    """Return the page of one document; one of another agency is not told of (ChangeNotFound)."""
    uow.require(READ_CHANGES)
    row = uow.connection.execute(ONE, {"document_id": document_id}).mappings().one_or_none()
    if row is None:
        raise ChangeNotFound
    fields: dict[str, Any] = dict(row)
    posted_on, met = fields.pop("posted_on"), fields.pop("met")
    revenue_met = fields.pop("revenue_met")
    reversal_id = fields.pop("reversal_id")
    change = changes.change_of(fields)
    if not _is_readable(uow, change):
        raise ChangeNotFound
    if met is not None:
        shown = Preview(
            effects=msgspec.convert(met, tuple[RowEffect, ...], strict=False),
            revenues=msgspec.convert(revenue_met or [], tuple[RevenueEffect, ...], strict=False),
            advance=advance_effect(uow, change, advance=find_advance(uow, change.advance_id)),
        )
    else:
        shown = preview_change(uow, change)
    return ChangePage(
        change=change,
        posted_on=posted_on,
        reversal_id=reversal_id,
        effects=shown.effects,
        revenues=shown.revenues,
        refusal=shown.refusal,
        advance=shown.advance,
        steps=_steps(uow, change, refusal=shown.refusal, reversed_=reversal_id is not None),
        history=tuple(history(uow, document_id)),
    )


def _is_readable(uow: UnitOfWork, change: Change) -> bool:
    """Tell whether the actor reads changes of the agency, or of the one it was sent through."""
    through = change.supervisor_code
    return uow.actor.may(READ_CHANGES, agency_code=change.agency_code) or (
        bool(through) and uow.actor.may(READ_CHANGES, agency_code=through)
    )


def preview_change(uow: UnitOfWork, change: Change) -> Preview:
    """Return what the document would do at this moment, and what forbids it.

    The same functions decide about it, on the locked rows.
    """
    change = new_rows.placed(uow, change)
    rows = adjustments.positions_for_preview(uow, change.row_ids)
    revenue_rows = adjustments.revenue_for_preview(uow, change.revenue_row_ids)
    advance = find_advance(uow, change.advance_id)
    met = changes.circumstances(uow, change, advance=advance, hold=False)
    effects = effects_of(change, [*rows, *rows_to_be(change)])
    revenues = revenue_effects_of(change, [*revenue_rows, *revenues_to_be(change)])
    return Preview(
        effects=effects,
        revenues=revenues,
        refusal=refusal_of(change, effects, met, revenues),
        advance=advance_effect(uow, change, advance=advance),
    )


def find_advance(uow: UnitOfWork, advance_id: uuid.UUID | None) -> Change | None:
    """Return the document that an inclusion names, without a lock."""
    if advance_id is None:
        return None
    row = uow.connection.execute(ONE, {"document_id": advance_id}).mappings().one_or_none()
    if row is None:
        return None
    fields: dict[str, Any] = dict(row)
    for name in ("posted_on", "met", "revenue_met", "reversal_id"):
        fields.pop(name)
    return changes.change_of(fields)


def pick_rows(
    uow: UnitOfWork, *, agency_code: str, fiscal_year: int, text: str, everywhere: bool
) -> list[RowBefore]:
    """Return at most twenty rows for what was keyed, of one agency or of all that may be read."""
    uow.require(READ_LINES, agency_code=None if everywhere else agency_code)
    agencies = uow.actor.agencies(READ_LINES) if everywhere else [agency_code]
    found = uow.connection.execute(
        PICK.of(agencies),
        {
            "fiscal_year": fiscal_year,
            "agencies": None if agencies is None else list(agencies),
            "agency_code": agency_code,
            "patterns": [containing(word) for word in text.split()],
            "limit": PICK_MAX,
        },
    ).scalars()
    order = list(found)
    rows = {row.control_row_id: row for row in adjustments.positions_for_preview(uow, order)}
    return [rows[row_id] for row_id in order]


def pick_revenues(uow: UnitOfWork, *, fiscal_year: int, text: str) -> list[RevenueBefore]:
    """Return at most twenty rows of revenue for what was keyed, of all that may be read."""
    uow.require(READ_LINES)
    allowed = uow.actor.agencies(READ_LINES)
    order = list(
        uow.connection.execute(
            PICK_REVENUE.of(allowed),
            {
                "fiscal_year": fiscal_year,
                "agencies": None if allowed is None else list(allowed),
                "patterns": [containing(word) for word in text.split()],
                "limit": PICK_MAX,
            },
        ).scalars()
    )
    rows = {row.revenue_row_id: row for row in adjustments.revenue_for_preview(uow, order)}
    return [rows[row_id] for row_id in order]


VERBS: dict[ChangeState, tuple[str, ...]] = {
    ChangeState.DRAFT: ("submission", "edit", "withdrawal"),
    ChangeState.RETURNED: ("submission", "edit", "withdrawal"),
    ChangeState.SUBMITTED: ("approval", "return", "withdrawal"),
    ChangeState.SUPERVISING: ("endorsement", "endorsement-return", "withdrawal"),
    ChangeState.AGREED: ("decision", "return", "withdrawal"),
    ChangeState.POSTED: ("reversal",),
}
RIGHTS: dict[str, Permission] = {
    "submission": WRITE_CHANGE,
    "edit": WRITE_CHANGE,
    "withdrawal": WRITE_CHANGE,
    "approval": AGREE_CHANGE,
    "endorsement": ENDORSE_CHANGE,
    "endorsement-return": ENDORSE_CHANGE,
    "decision": DECIDE_CHANGE,
    "return": RETURN_CHANGE,
    "reversal": WRITE_CHANGE,
}
# What the document waits for is shown also to those who may not do it, so that they know.
WAITED_FOR = frozenset({"approval", "endorsement", "decision"})
BY_SUPERVISOR = frozenset({"endorsement", "endorsement-return"})
OWN = frozenset({"submission", "edit", "withdrawal"})
NEEDS_MONEY = frozenset({"submission", "approval", "endorsement", "decision"})


def _steps(
    uow: UnitOfWork, change: Change, *, refusal: DomainError | None, reversed_: bool
) -> tuple[NextStep, ...]:
    """Try each verb of the document's state against the rules of the use cases."""
    if change.state is ChangeState.POSTED and (change.reverses_id or reversed_):
        return ()
    found = []
    for verb in VERBS.get(change.state, ()):
        if verb == "edit" and change.reverses_id is not None:
            continue
        against = _against(uow, change, verb)
        if against is not None and verb in OWN and change.created_by != uow.actor.user_id:
            continue
        if isinstance(against, Forbidden) and verb not in WAITED_FOR:
            continue
        if against is None and verb in NEEDS_MONEY:
            against = refusal
        found.append(NextStep(verb=verb, refusal=against))
    return tuple(found)


def _against(uow: UnitOfWork, change: Change, verb: str) -> DomainError | None:
    tries: dict[str, Callable[[], object]] = {
        "submission": lambda: rules.submit(change, by=uow.actor, change_no=change.change_no),
        "edit": lambda: rules.require_writer(change, by=uow.actor, action=N_("修改")),
        "withdrawal": lambda: rules.withdraw(change, by=uow.actor),
        "approval": lambda: rules.agree(change, by=uow.actor),
        "endorsement": lambda: rules.endorse(change, by=uow.actor),
        "endorsement-return": lambda: rules.require_endorser(change, by=uow.actor),
        "decision": lambda: rules.decide(change, by=uow.actor, act_no="-"),
        "return": lambda: rules.send_back(change, reason="-"),
        "reversal": lambda: _require_reversal(uow, change),
    }
    try:
        where = change.supervisor_code if verb in BY_SUPERVISOR else change.agency_code
        uow.require(RIGHTS[verb], agency_code=where)
        if verb in OWN and change.kind not in BY_AGENCY:
            uow.require(WRITE_COUNTY_CHANGE)
        tries[verb]()
    except DomainError as refusal:
        return refusal
    return None


def _require_reversal(uow: UnitOfWork, change: Change) -> None:
    if change.kind not in BY_AGENCY:
        uow.require(WRITE_COUNTY_CHANGE)
    rules.require_reversible(change)
