"""Write a work plan or a source of revenue of an estimate: its head and all of its items."""

from __future__ import annotations

import uuid

import msgspec

from zhuji_budget.domain.estimate import (
    EXPENDITURE,
    LINES_MAX,
    REVENUE,
    TEXT_MAX,
    Estimate,
    EstimateItem,
    EstimateLine,
    EstimateLineCode,
    EstimateLineNotFound,
    EstimateLineTwice,
    EstimateStale,
    code_is_valid,
)
from zhuji_budget.domain.estimate_items import TOO_LONG, WantedLine, items_of
from zhuji_budget.permissions import WRITE_ESTIMATE
from zhuji_budget.queries.estimates import objects_of
from zhuji_budget.store import estimates
from zhuji_budget.usecases._estimate import lock_editable
from zhuji_core.ids import new_id
from zhuji_core.uow import UnitOfWork


def write_estimate(
    uow: UnitOfWork,
    *,
    estimate_id: uuid.UUID,
    wanted: WantedLine,
    estimate_line_id: uuid.UUID | None = None,
) -> EstimateLine:
    """Add the line ``wanted``, or rewrite ``estimate_line_id`` with its items.

    Raises EstimateNotFound, Forbidden, EstimateState, EstimateYearEnacted, EstimateLineNotFound,
    EstimateStale, EstimateLineCode, EstimateLineTwice or ItemsInvalid; then nothing is kept.
    """
    estimate = lock_editable(uow, estimate_id)
    before = None if estimate_line_id is None else line_of(estimate, estimate_line_id)
    line = _line(uow, estimate, wanted, before)
    estimates.keep_lines(uow, estimate, [line])
    estimates.note_writers(uow, estimate)
    uow.audit(
        WRITE_ESTIMATE.name,
        estimate.document,
        before=None if before is None else _summary(before),
        after=_summary(line),
    )
    return line


def line_of(estimate: Estimate, estimate_line_id: uuid.UUID) -> EstimateLine:
    """Return the line of this id; raise EstimateLineNotFound."""
    for line in estimate.lines:
        if line.estimate_line_id == estimate_line_id:
            return line
    raise EstimateLineNotFound


def _line(
    uow: UnitOfWork, estimate: Estimate, wanted: WantedLine, before: EstimateLine | None
) -> EstimateLine:
    if before is None:
        _require_new(estimate, wanted)
    elif wanted.revision not in {0, before.revision}:
        raise EstimateStale(name=before.name)
    side = before.side if before else wanted.side
    wanted = msgspec.structs.replace(wanted, side=side)
    items = items_of(wanted, objects=objects_of(uow, estimate.fiscal_year), new_id=new_id)
    return EstimateLine(
        estimate_line_id=before.estimate_line_id if before else new_id(),
        side=side,
        code=before.code if before else wanted.code.strip(),
        name=wanted.name.strip() or (before.name if before else ""),
        group_code=wanted.group_code.strip(),
        group_name=wanted.group_name.strip(),
        legal_basis=wanted.legal_basis.strip(),
        reason=wanted.reason.strip(),
        last_year_ntd=before.last_year_ntd if before else None,
        revision=before.revision + 1 if before else 1,
        items=_with_comments(items, before),
    )


def _require_new(estimate: Estimate, wanted: WantedLine) -> None:
    code, is_known = wanted.code.strip(), wanted.side in {EXPENDITURE, REVENUE}
    texts = (wanted.name, wanted.group_code, wanted.group_name, wanted.legal_basis, wanted.reason)
    if any(len(text) > TEXT_MAX for text in texts):
        raise EstimateLineCode(code_given=code, fields={"name": TOO_LONG})
    if not is_known or not code_is_valid(code) or not wanted.name.strip():
        raise EstimateLineCode(code_given=code, fields={"code": EstimateLineCode.message})
    if len(estimate.lines) >= LINES_MAX:
        raise EstimateLineCode(code_given=code, fields={"code": EstimateLineCode.message})
    if any((line.side, line.code) == (wanted.side, code) for line in estimate.lines):
        raise EstimateLineTwice(line_code=code, fields={"code": EstimateLineTwice.message})


def _with_comments(
    items: tuple[EstimateItem, ...], before: EstimateLine | None
) -> tuple[EstimateItem, ...]:
    """Keep the review's comment at an item that is still there; its cut is for the next review."""
    said = {_same(item): item.comment for item in (before.items if before else ())}
    return tuple(msgspec.structs.replace(item, comment=said.get(_same(item), "")) for item in items)


def _same(item: EstimateItem) -> tuple[str, ...]:
    return (item.object_code, item.account, item.sub_plan, item.explanation)


def _summary(line: EstimateLine) -> dict[str, object]:
    return {
        "line_code": line.code,
        "line_name": line.name,
        "items": len(line.items),
        "amount_ntd": line.amount_ntd,
        "reason": line.reason,
    }
