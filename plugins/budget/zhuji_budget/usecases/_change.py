"""Lock one change for a verb; decide about it and make it effective."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

import msgspec

from zhuji_budget.domain.changes.effects import (
    RevenueEffect,
    RowEffect,
    effects_of,
    revenue_effects_of,
)
from zhuji_budget.domain.changes.model import BY_AGENCY, Change, ChangeKind, ChangeState
from zhuji_budget.domain.changes.new_rows import revenues_to_be, rows_to_be
from zhuji_budget.domain.changes.permit import require_allowed
from zhuji_budget.domain.changes.refusals import ChangeNotFound
from zhuji_budget.domain.schedule import Side
from zhuji_budget.domain.year import BudgetYear
from zhuji_budget.permissions import WRITE_CHANGE, WRITE_COUNTY_CHANGE
from zhuji_budget.store import adjustments, changes, digests, new_rows, years
from zhuji_budget.usecases._telling import release_begun, tell_change
from zhuji_core.modules import Permission
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value


class Locked(Value, frozen=True, kw_only=True):
    """A locked document, and the one that it reverses or includes, locked with it."""

    change: Change
    others: Mapping[uuid.UUID, Change]

    @property
    def advance(self) -> Change | None:
        advance_id = self.change.advance_id
        return self.others.get(advance_id) if advance_id else None


class Judged(Value, frozen=True, kw_only=True):
    """What the document does to each row of expenditure and of revenue, on locked rows.

    ``change`` names the rows that were made since it was written.
    """

    change: Change
    effects: tuple[RowEffect, ...]
    revenues: tuple[RevenueEffect, ...]


def lock_one(
    uow: UnitOfWork,
    document_id: uuid.UUID,
    *,
    permission: Permission,
    of_supervisor: bool = False,
) -> Locked:
    """Lock the document; raise ChangeNotFound, or Forbidden without the right in its agency.

    ``of_supervisor``: the right is asked for in the agency that supervises.
    """
    found = changes.lock(uow, document_id)
    if document_id not in found:
        raise ChangeNotFound
    change = found[document_id]
    where = change.supervisor_code if of_supervisor else ""
    uow.require(permission, agency_code=where or change.agency_code)
    return Locked(change=change, others=found)


def lock_to_write(uow: UnitOfWork, document_id: uuid.UUID) -> Locked:
    """Lock the document for one of its writers; what begins in the budget office stays there."""
    locked = lock_one(uow, document_id, permission=WRITE_CHANGE)
    if locked.change.kind not in BY_AGENCY:
        uow.require(WRITE_COUNTY_CHANGE)
    return locked


def judge(uow: UnitOfWork, locked: Locked) -> Judged:
    """Lock year and rows and return the effects; raise what forbids the document at this moment."""
    years.lock_shared(uow, fiscal_year=locked.change.fiscal_year)
    change = new_rows.placed(uow, locked.change)
    rows = adjustments.positions_for_change(uow, change.row_ids)
    revenue_rows = adjustments.revenue_for_change(uow, change.revenue_row_ids)
    met = changes.circumstances(uow, change, advance=locked.advance, hold=True)
    effects = effects_of(change, [*rows, *rows_to_be(change)])
    revenues = revenue_effects_of(change, [*revenue_rows, *revenues_to_be(change)])
    require_allowed(change, effects, met, revenues)
    return Judged(change=change, effects=effects, revenues=revenues)


def settle(
    uow: UnitOfWork, decided: Change, locked: Locked, *, action: str, noted: Mapping[str, object]
) -> Change:
    """Save a decision; when the document takes effect by it, move the counters."""
    year = years.hold(uow, fiscal_year=decided.fiscal_year)
    judged = judge(uow, locked)
    posted = decided.state is ChangeState.POSTED
    kept: dict[str, object] = {}
    if posted:
        assert year is not None, "judge refuses a document without a year"
        decided = msgspec.structs.replace(decided, lines=judged.change.lines)
        if decided.kind is not ChangeKind.ADVANCE:  # an advance moves nothing, so it makes nothing
            decided = new_rows.make(uow, decided)
        new_rows.keep_places(uow, decided)
        _take_effect(uow, decided, judged, year=year)
        changes.save_state(uow, decided, judged.effects, judged.revenues)
        kept = {digests.DIGEST: digests.of_change(uow, decided.document_id)}
    else:
        changes.save_state(uow, decided)
    uow.audit(
        action,
        decided.document,
        before={"state": str(locked.change.state)},
        after={"state": str(decided.state), "act_no": decided.act_no, **noted, **kept},
    )
    if posted and decided.reverses_id is not None:
        taken_back = locked.others[decided.reverses_id]
        changes.mark_reversed(uow, taken_back)
        uow.audit(
            "budget.change.reverse",
            taken_back.document,
            before={"state": str(taken_back.state)},
            after={"state": str(ChangeState.REVERSED), "reason": decided.label},
        )
    return decided


def _take_effect(uow: UnitOfWork, change: Change, judged: Judged, *, year: BudgetYear) -> None:
    """Move the counters and tell it. Months that have begun are released before, as they stood."""
    _release(uow, year, Side.EXPENDITURE, judged.effects)
    _release(uow, year, Side.REVENUE, judged.revenues)
    moved = [effect.adjustment for effect in judged.effects if not effect.is_neutral]
    adjustments.adjust(uow, change.document, moved)
    collected = [effect.adjustment for effect in judged.revenues]
    adjustments.adjust_revenue(uow, change.document, collected)
    tell_change(uow, year, change, judged.effects, judged.revenues)


def _release(
    uow: UnitOfWork, year: BudgetYear, side: Side, effects: Sequence[RowEffect | RevenueEffect]
) -> None:
    touched = {effect.before.agency_code for effect in effects}
    allotted = {effect.before.agency_code for effect in effects if any(effect.adjustment.months)}
    if touched:
        release_begun(uow, year, side=side, agencies=sorted(touched), marked=sorted(allotted))
