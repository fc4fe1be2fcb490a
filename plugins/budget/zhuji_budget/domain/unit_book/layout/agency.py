"""Pages 6 and 7-8: revenue by source, expenditure by agency, with their explanations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from zhuji_budget.domain.unit_book.edition import Edition, changes_text, with_every_line
from zhuji_budget.domain.unit_book.layout.cells import THOUSANDS, amount, blank, centre, head, text
from zhuji_budget.domain.unit_book.table import StatTable, TableRow
from zhuji_budget.domain.unit_book.tables.agency import (
    Prior,
    expenditure_table,
    revenue_table,
)
from zhuji_budget.domain.unit_book.tables.explanations import objects_text, revenue_texts
from zhuji_core.booklets.model import FormCell, FormRow, FormSheet

LEVELS = ("款", "項", "目", "節")
_WIDTHS = (4, 5, 4, 4, 26, 12, 12, 12, 12, 34)
_KEYS = ("this", "last", "final", "difference")

Explain = Callable[[str], Sequence[str]]


def revenue_sheet(edition: Edition) -> FormSheet:
    """Page 6."""
    book = edition.book
    codes = [page.code for page in book.revenues]
    priors = with_every_line(edition.entered.taken, codes, book.scheme, revenue=True)
    names = {page.code: page.name for page in book.revenues}
    groups = {book.scheme.up_to(page.code, "plan"): page.group for page in book.revenues}
    said = {page.code: revenue_texts(page) for page in book.revenues}
    return _sheet(
        edition,
        revenue_table(book, priors),
        priors,
        names=groups | names,
        explain=lambda code: ("\n".join(said[code]),) if said.get(code) else (),
        explained="說明及法令依據",
    )


def expenditure_sheet(edition: Edition) -> FormSheet:
    """Pages 7-8."""
    book = edition.book
    codes = [plan.code for plan in book.plans]
    priors = with_every_line(edition.entered.spent, codes, book.scheme, revenue=False)
    plans = {plan.code: plan for plan in book.plans}
    programs = {book.scheme.up_to(plan.code, "plan"): plan.program for plan in book.plans}

    def explain(code: str) -> Sequence[str]:
        plan = plans.get(code)
        if plan is None or not plan.items:
            return ()
        objects = objects_text(plan, edition.objects, between="\n　　")
        said = (f"一、本科目包括{plan.name}", objects, changes_text(edition, code))
        return tuple(one for one in said if one)

    return _sheet(
        edition,
        expenditure_table(book, priors),
        priors,
        names=programs | {code: plan.name for code, plan in plans.items()},
        explain=explain,
        explained="說明",
    )


def _sheet(
    edition: Edition,
    table: StatTable,
    priors: Sequence[Prior],
    *,
    names: Mapping[str, str],
    explain: Explain,
    explained: str,
) -> FormSheet:
    named = (
        dict(names)
        | dict(edition.names)
        | {code: one.name for code, one in edition.headings.items()}
    )
    deepest = max((row.level for row in table.rows), default=1)
    numbers = _numbers(edition, table.rows)
    rows: list[FormRow] = []
    entered = {one.code: {"last": one.last_ntd, "final": one.final_ntd} for one in priors}
    for row in table.rows:
        cells = dict(row.cells) | entered.get(row.code, {})
        level = len(LEVELS) - deepest + row.level if row.code else 0
        told = msgspec.structs.replace(row, cells=cells)
        rows += _rows(told, level, numbers.get(row.code, ""), named, explain)
    return FormSheet(
        name=table.title,
        title=table.title,
        period=edition.period,
        unit=THOUSANDS,
        widths=_WIDTHS,
        heads=(
            (
                head("科目", across=5),
                *(head(column.head, down=2) for column in table.columns),
                head(explained, down=2),
            ),
            (*(head(level) for level in LEVELS), head("名稱及編號")),
        ),
        rows=tuple(rows),
    )


def _rows(
    row: TableRow, level: int, number: str, names: Mapping[str, str], explain: Explain
) -> Iterator[FormRow]:
    """Give the row of a code, and one more for each further piece of its explanation."""
    marks = [centre(number if at == level else "") for at in range(1, len(LEVELS) + 1)]
    name = f"{row.code}\n{names.get(row.code, '')}" if row.code else row.label
    said = list(explain(row.code)) if row.code else []
    amounts = (_amount(row, key) for key in _KEYS)
    yield (
        *marks,
        text(name, indent=max(level - 1, 0)),
        *amounts,
        text(said[0] if said else ""),
    )
    for more in said[1:]:
        yield (*blank(9), text(more))


def _amount(row: TableRow, key: str) -> FormCell:
    return amount(row.cells.get(key), unit_ntd=1_000, dash=True)


def _numbers(edition: Edition, rows: Sequence[TableRow]) -> Mapping[str, str]:
    """Return each code's number below its parent: as printed before, or counted."""
    known = edition.headings
    counts: dict[int, int] = {}
    found = {}
    for row in rows:
        if not row.code:
            continue
        counts[row.level] = counts.get(row.level, 0) + 1
        for deeper in [one for one in counts if one > row.level]:
            del counts[deeper]
        printed = known[row.code].number if row.code in known else ""
        found[row.code] = printed or f"{counts[row.level]:02}"
    return found
