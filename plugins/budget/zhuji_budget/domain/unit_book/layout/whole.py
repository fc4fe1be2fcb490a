"""The whole book in the official order, or one of its tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from zhuji_budget.domain.unit_book.edition import Edition
from zhuji_budget.domain.unit_book.layout.agency import expenditure_sheet, revenue_sheet
from zhuji_budget.domain.unit_book.layout.people import contract_staff_sheet, trip_sheets
from zhuji_budget.domain.unit_book.layout.plan import plan_sheets, revenue_item_sheets
from zhuji_budget.domain.unit_book.layout.summaries import (
    capital_sheet,
    economic_sheet,
    objects_sheet,
    personnel_sheets,
)
from zhuji_core.booklets.model import FormSheet
from zhuji_core.values import N_


def _some(sheet: FormSheet | None) -> Iterator[FormSheet]:
    if sheet is not None:
        yield sheet


def _revenue(edition: Edition) -> Iterator[FormSheet]:
    if edition.book.revenues or edition.entered.taken:
        yield revenue_sheet(edition)


def _expenditure(edition: Edition) -> Iterator[FormSheet]:
    yield expenditure_sheet(edition)


def _objects(edition: Edition) -> Iterator[FormSheet]:
    yield objects_sheet(edition)


def _capital(edition: Edition) -> Iterator[FormSheet]:
    return _some(capital_sheet(edition))


def _contract_staff(edition: Edition) -> Iterator[FormSheet]:
    return _some(contract_staff_sheet(edition))


def _economic(edition: Edition) -> Iterator[FormSheet]:
    yield economic_sheet(edition)


PARTS: Mapping[str, tuple[str, Callable[[Edition], Iterator[FormSheet]]]] = {
    "revenue": (N_("歲入來源別預算表"), _revenue),
    "expenditure": (N_("歲出機關別預算表"), _expenditure),
    "revenue-items": (N_("歲入項目說明提要與預算明細表"), revenue_item_sheets),
    "plans": (N_("歲出計畫說明提要與各項費用明細表"), plan_sheets),
    "objects": (N_("歲出用途別科目分析表"), _objects),
    "capital": (N_("資本支出分析表"), _capital),
    "personnel": (N_("人事費彙計表及分析表"), personnel_sheets),
    "contract-staff": (N_("約聘僱人員費用分析表"), _contract_staff),
    "trips": (N_("派員出國計畫預算總表及類別表"), trip_sheets),
    "economic": (N_("歲出按職能及經濟性綜合分類表"), _economic),
}
"""Name → its title and what lays it out, in the order of the official book."""


def sheets_of(edition: Edition, *, part: str = "") -> tuple[FormSheet, ...]:
    """Return the sheets of the whole book, or of one part; a part without money has none."""
    wanted = [part] if part else list(PARTS)
    return tuple(sheet for name in wanted for sheet in PARTS[name][1](edition))
