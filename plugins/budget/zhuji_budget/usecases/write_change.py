"""Write a change of the budget, new or changed, as a draft."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import msgspec

from zhuji_budget.domain.adjustment import RevenueBefore, RowBefore
from zhuji_budget.domain.changes import rules
from zhuji_budget.domain.changes.model import (
    BY_AGENCY,
    GROUNDS,
    LINES_MAX,
    MONTHS,
    NTD_MAX,
    RESERVES,
    Change,
    ChangeKind,
    ChangeLine,
    ChangeState,
)
from zhuji_budget.domain.changes.new_rows import WantedRow
from zhuji_budget.domain.changes.refusals import (
    AdvanceNeeded,
    ChangeLines,
    ChangeRow,
    ChangeStale,
    ChangeYear,
    ReversalFixed,
)
from zhuji_budget.domain.changes.reserve_use import ReserveUse, kept_use
from zhuji_budget.permissions import WRITE_CHANGE, WRITE_COUNTY_CHANGE
from zhuji_budget.store import adjustments, changes, new_rows, years
from zhuji_budget.usecases._change import lock_to_write
from zhuji_budget.usecases._new_rows import planned
from zhuji_core.identity.actor import Actor
from zhuji_core.identity.agencies import find_agency
from zhuji_core.ids import new_id
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, Value


class WantedChangeLine(Value, frozen=True, kw_only=True):
    """NT dollars that leave (−) or reach (+) a row; ``month`` 0: of what is not allotted.

    A control row, or a row of revenue in a supplement or reduction; or ``new_row``, one that does
    not exist yet.
    """

    amount_ntd: int
    control_row_id: uuid.UUID | None = None
    revenue_row_id: uuid.UUID | None = None
    month: int = 0
    new_row: WantedRow | None = None


class WantedChange(Value, frozen=True, kw_only=True):
    """What is keyed for a document; ``revision`` is the one that the form was opened with.

    ``reserve_use``: of a reserve alone; submission asks for what 預算法 22 and 70 ask.
    """

    kind: ChangeKind
    purpose: str
    lines: tuple[WantedChangeLine, ...]
    ground: str = ""
    fiscal_year: int = 0
    agency_code: str = ""
    advance_id: uuid.UUID | None = None
    reserve_use: ReserveUse | None = None
    revision: int = 0


def write_change(
    uow: UnitOfWork, *, wanted: WantedChange, document_id: uuid.UUID | None = None
) -> Change:
    """Write a new draft, or change the draft or returned document ``document_id``.

    A draft may be incomplete: submission asks for all of it. Raises Forbidden, ChangeNotFound,
    a refusal of state or writer, ChangeStale, ChangeYear, ChangeTextLong, ChangeLines, ChangeRow,
    NewRowsInvalid, AdvanceNeeded, ReserveCaseMissing or ReversalFixed; then nothing is kept.
    """
    before = None if document_id is None else _open(uow, document_id, wanted)
    draft = before or new_draft(uow, wanted)
    if before is None and years.lock_shared(uow, fiscal_year=draft.fiscal_year) is None:
        raise ChangeYear(fiscal_year=draft.fiscal_year, reason=N_("尚無法定預算"))
    change = drafted(uow, draft, wanted, advance=_advance(uow, wanted, draft))
    (changes.insert if before is None else changes.rewrite)(uow, change)
    uow.audit(
        WRITE_CHANGE.name,
        change.document,
        before=before.summary() if before else None,
        after=change.summary(),
    )
    return change


def drafted(
    uow: UnitOfWork, draft: Change, wanted: WantedChange, *, advance: Change | None
) -> Change:
    """Return the draft as it was keyed; raise what ``write_change`` refuses of its content."""
    _require_right(uow, draft)
    return msgspec.structs.replace(
        draft,
        writers=rules.writers_with(draft, by=uow.actor),
        purpose=rules.require_text(wanted.purpose, field=N_("事由")),
        ground=rules.require_text(wanted.ground, field=N_("法令依據")) or GROUNDS[draft.kind],
        advance_id=_advance_id(advance, wanted, draft),
        reserve_use=_reserve_use(wanted, draft),
        lines=_lines(uow, wanted.lines, draft),
    )


def _require_right(uow: UnitOfWork, draft: Change) -> None:
    """An agency asks for what is its own; the rest begins in the budget office (domain §7)."""
    uow.require(WRITE_CHANGE, agency_code=draft.agency_code)
    if draft.kind not in BY_AGENCY:
        uow.require(WRITE_COUNTY_CHANGE)


def new_draft(uow: UnitOfWork, wanted: WantedChange) -> Change:
    """Return an empty draft of the kind, of the actor."""
    agency_code = wanted.agency_code or uow.actor.agency_code
    agency = find_agency(uow, agency_code=agency_code)
    principal = uow.actor.on_behalf_of
    return Change(
        document_id=new_id(),
        fiscal_year=wanted.fiscal_year or uow.fiscal_year,
        agency_code=agency_code,
        agency_name=agency.name if agency else uow.actor.agency_name,
        kind=wanted.kind,
        state=ChangeState.DRAFT,
        purpose="",
        ground="",
        created_by=uow.actor.user_id,
        created_for=None if principal is None else principal.user_id,
        created_by_name=uow.actor.signature,
        lines=(),
    )


def _open(uow: UnitOfWork, document_id: uuid.UUID, wanted: WantedChange) -> Change:
    """Lock the document to be changed; raise unless this actor may change it now."""
    change = lock_to_write(uow, document_id).change
    require_editable(change, wanted, by=uow.actor)
    return change


def require_editable(change: Change, wanted: WantedChange, *, by: Actor) -> None:
    """Raise unless the document may be changed by this actor, from what the form showed."""
    rules.require_state(change, rules.EDITABLE, action=N_("修改"))
    rules.require_writer(change, by=by, action=N_("修改"))
    if change.reverses_id is not None:
        raise ReversalFixed(label=change.label)
    if wanted.revision and wanted.revision != change.revision:
        raise ChangeStale(label=change.label)


def _advance(uow: UnitOfWork, wanted: WantedChange, draft: Change) -> Change | None:
    """Lock the advance that is to be included, where one is named."""
    if draft.kind is not ChangeKind.INCLUSION or wanted.advance_id is None:
        return None
    return changes.lock(uow, wanted.advance_id).get(wanted.advance_id)


def _advance_id(advance: Change | None, wanted: WantedChange, draft: Change) -> uuid.UUID | None:
    """Return the advance that is included; it is a document of its kind that took effect."""
    if draft.kind is not ChangeKind.INCLUSION or wanted.advance_id is None:
        return None
    if advance is None or (advance.kind, advance.state, advance.reverses_id) != (
        ChangeKind.ADVANCE, ChangeState.POSTED, None,
    ):  # fmt: skip
        raise AdvanceNeeded(fields={"advance": AdvanceNeeded.message})
    return advance.document_id


def _reserve_use(wanted: WantedChange, draft: Change) -> ReserveUse | None:
    if draft.kind not in RESERVES:
        return None
    return kept_use(wanted.reserve_use, is_second=draft.kind is ChangeKind.SECOND_RESERVE)


def _lines(
    uow: UnitOfWork, wanted: Sequence[WantedChangeLine], draft: Change
) -> tuple[ChangeLine, ...]:
    """Look the rows up, plan those that are to be, and freeze their words in the lines."""
    fits = all(0 < abs(line.amount_ntd) <= NTD_MAX and 0 <= line.month <= MONTHS for line in wanted)
    if len(wanted) > LINES_MAX or not fits:
        rule = N_("月份為 1 至 12 或未分配")
        raise ChangeLines(kind=N_("明細"), lines_max=LINES_MAX, rule=rule, fields={"lines": rule})
    ids = sorted({line.control_row_id for line in wanted if line.control_row_id})
    revenue_ids = sorted({line.revenue_row_id for line in wanted if line.revenue_row_id})
    known: dict[uuid.UUID | None, RowBefore | RevenueBefore] = {
        row.control_row_id: row for row in adjustments.positions_for_preview(uow, ids)
    }
    known |= {row.revenue_row_id: row for row in adjustments.revenue_for_preview(uow, revenue_ids)}
    lines = []
    to_be = {number: line.new_row for number, line in enumerate(wanted, 1) if line.new_row}
    plans = planned(uow, to_be, fiscal_year=draft.fiscal_year, agency_code=draft.agency_code)
    for line_no, line in enumerate(wanted, 1):
        row = known.get(line.control_row_id or line.revenue_row_id)
        named = (line.control_row_id, line.revenue_row_id, line.new_row)
        plan = plans.get(line_no)
        if sum(one is not None for one in named) != 1 or (row is None and plan is None):
            raise ChangeRow(line_no=line_no, fiscal_year=draft.fiscal_year)
        if plan is not None:
            lines.append(
                msgspec.structs.replace(plan, amount_ntd=line.amount_ntd, month=line.month)
            )
        elif row is not None and row.fiscal_year == draft.fiscal_year:
            lines.append(_line(line_no, line, row))
        else:
            raise ChangeRow(line_no=line_no, fiscal_year=draft.fiscal_year)
    return new_rows.placed(uow, msgspec.structs.replace(draft, lines=tuple(lines))).lines


def _line(line_no: int, wanted: WantedChangeLine, row: RowBefore | RevenueBefore) -> ChangeLine:
    if isinstance(row, RevenueBefore):
        return ChangeLine(
            line_no=line_no,
            revenue_row_id=row.revenue_row_id,
            agency_code=row.agency_code,
            line_code=row.code,
            line_name=row.name,
            object_code=row.source_code,
            object_name=row.source_name,
            account=row.account,
            amount_ntd=wanted.amount_ntd,
            month=wanted.month,
        )
    return ChangeLine(
        line_no=line_no,
        control_row_id=row.control_row_id,
        agency_code=row.agency_code,
        line_code=row.line_code,
        line_name=row.line_name,
        object_code=row.object_code,
        object_name=row.object_name,
        account=row.account,
        amount_ntd=wanted.amount_ntd,
        month=wanted.month,
    )
