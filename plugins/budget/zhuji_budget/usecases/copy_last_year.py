"""Fill an estimate from the year before (帶入上年度): only work plans without items are filled."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import msgspec

from zhuji_budget.domain.books.codes import ObjectCode
from zhuji_budget.domain.estimate import Estimate, EstimateLine
from zhuji_budget.domain.estimate_items import WantedItem, WantedLine, items_of
from zhuji_budget.domain.last_year import LastYearFacts, struck_out, wanted_by_line
from zhuji_budget.queries.estimates import objects_of
from zhuji_budget.queries.last_year import left_out_of
from zhuji_budget.queries.passed import last_year_facts
from zhuji_budget.store import estimates
from zhuji_budget.usecases._estimate import lock_editable
from zhuji_core.ids import new_id
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError


class NothingLastYear(DomainError):
    """The agency had nothing in the year before that could be taken over."""

    code = "E-ESTIMATE-LAST-YEAR"
    message = N_("{label}：沒有可帶入的上年度項目（上年度無資料，或各工作計畫都已編列）。")


def copy_last_year(uow: UnitOfWork, *, estimate_id: uuid.UUID) -> Estimate:
    """Take over last year's items with what was passed of them, or its money by object.

    What the review and the council struck out stays out (``domain/last_year.py``).
    Raises EstimateNotFound, Forbidden, EstimateState, EstimateYearEnacted or NothingLastYear; then
    nothing is kept.
    """
    estimate = lock_editable(uow, estimate_id)
    objects = objects_of(uow, estimate.fiscal_year)
    facts = last_year_facts(uow, estimate)
    filled = [
        _filled(line, wanted, objects)
        for line, wanted in _wanted(facts, estimate, objects)
        if wanted
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
            "struck_ntd": sum(one.struck_ntd for one in struck_out(facts, objects=objects)),
            "left_out_ntd": left_out_of(uow, estimate).amount_ntd,
        },
    )
    return estimates.read(uow, [estimate_id])[0]


def _wanted(
    facts: LastYearFacts, estimate: Estimate, objects: Sequence[ObjectCode]
) -> list[tuple[EstimateLine, list[WantedItem]]]:
    """Give for each line that is to be filled what it had; unknown lines of last year are added."""
    had = wanted_by_line(facts, objects=objects)
    known = {(line.side, line.code): line for line in estimate.lines}
    for line in facts.lines:
        if (line.side, line.code) in had:
            known.setdefault((line.side, line.code), _fresh(line, facts))
    return [(line, had.get(key, [])) for key, line in known.items() if not line.items]


def _fresh(line: EstimateLine, facts: LastYearFacts) -> EstimateLine:
    passed_ntd = sum(
        row.passed_ntd
        for row in facts.rows
        if (row.place.side, row.place.line_code) == (line.side, line.code)
    )
    return msgspec.structs.replace(
        line,
        estimate_line_id=new_id(),
        items=(),
        reason="",
        revision=1,
        last_year_ntd=passed_ntd if facts.is_passed else line.approved_ntd,
    )


def _filled(
    line: EstimateLine, wanted: Sequence[WantedItem], objects: Sequence[ObjectCode]
) -> EstimateLine:
    whole = WantedLine(side=line.side, code=line.code, name=line.name, items=tuple(wanted))
    return msgspec.structs.replace(line, items=items_of(whole, objects=objects, new_id=new_id))
