"""Fill an estimate from the year before (帶入上年度): only work plans without items are filled."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import msgspec

from zhuji_budget.domain.books.codes import ObjectCode
from zhuji_budget.domain.estimate import EXPENDITURE, Estimate, EstimateLine
from zhuji_budget.domain.estimate_items import WantedItem, WantedLine, items_of, wanted_from
from zhuji_budget.queries.estimates import objects_of
from zhuji_budget.queries.last_year import last_year_estimate, last_year_rows, left_out_of
from zhuji_budget.store import estimates
from zhuji_budget.usecases._estimate import lock_editable
from zhuji_core.ids import new_id
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError

UNIT = "年"


class NothingLastYear(DomainError):
    """The agency had nothing in the year before that could be taken over."""

    code = "E-ESTIMATE-LAST-YEAR"
    message = N_("{label}：沒有可帶入的上年度項目（上年度無資料，或各工作計畫都已編列）。")


def copy_last_year(uow: UnitOfWork, *, estimate_id: uuid.UUID) -> Estimate:
    """Take over last year's items, or, where there were none here, its money by object.

    Raises EstimateNotFound, Forbidden, EstimateState, EstimateYearEnacted or NothingLastYear; then
    nothing is kept.
    """
    estimate = lock_editable(uow, estimate_id)
    objects = objects_of(uow, estimate.fiscal_year)
    filled = [
        _filled(line, wanted, objects) for line, wanted in _wanted(uow, estimate, objects) if wanted
    ]
    if not filled:
        raise NothingLastYear(label=estimate.label)
    estimates.keep_lines(uow, estimate, filled)
    estimates.note_writers(uow, estimate)
    uow.audit(
        "budget.estimate.copy",
        estimate.document,
        after={
            "lines": len(filled),
            "items": sum(len(line.items) for line in filled),
            "amount_ntd": sum(line.amount_ntd for line in filled),
            "left_out_ntd": left_out_of(uow, estimate).amount_ntd,
        },
    )
    return estimates.read(uow, [estimate_id])[0]


def _wanted(
    uow: UnitOfWork, estimate: Estimate, objects: Sequence[ObjectCode]
) -> list[tuple[EstimateLine, list[WantedItem]]]:
    """Give for each line that is to be filled what it had; unknown lines of last year are added."""
    of_year = {"fiscal_year": estimate.fiscal_year, "agency_code": estimate.agency_code}
    known = {(line.side, line.code): line for line in estimate.lines}
    before_id = last_year_estimate(uow, **of_year)  # type: ignore[arg-type]
    had: dict[tuple[str, str], list[WantedItem]] = {}
    codes = {one.code for one in objects}
    for line in estimates.read(uow, [before_id])[0].lines if before_id else ():
        key = (line.side, line.code)
        had[key] = [
            wanted_from(item)
            for item in line.items
            if item.object_code in codes or line.side != EXPENDITURE
        ]
        known.setdefault(key, _fresh(line))
    if not any(had.values()):
        had = _by_object(uow, estimate, codes)
    return [(line, had.get(key, [])) for key, line in known.items() if not line.items]


def _by_object(
    uow: UnitOfWork, estimate: Estimate, codes: set[str]
) -> dict[tuple[str, str], list[WantedItem]]:
    rows = last_year_rows(uow, fiscal_year=estimate.fiscal_year, agency_code=estimate.agency_code)
    found: dict[tuple[str, str], list[WantedItem]] = {}
    for row in rows:
        if row.object_code in codes and row.budget_ntd > 0:
            found.setdefault((EXPENDITURE, row.line_code), []).append(
                WantedItem(
                    object_code=row.object_code,
                    account=row.account,
                    unit=UNIT,
                    quantity="1",
                    price_ntd=row.budget_ntd,
                )
            )
    return found


def _fresh(line: EstimateLine) -> EstimateLine:
    return msgspec.structs.replace(
        line,
        estimate_line_id=new_id(),
        items=(),
        reason="",
        revision=1,
        last_year_ntd=line.approved_ntd,
    )


def _filled(
    line: EstimateLine, wanted: Sequence[WantedItem], objects: Sequence[ObjectCode]
) -> EstimateLine:
    whole = WantedLine(side=line.side, code=line.code, name=line.name, items=tuple(wanted))
    return msgspec.structs.replace(line, items=items_of(whole, objects=objects, new_id=new_id))
