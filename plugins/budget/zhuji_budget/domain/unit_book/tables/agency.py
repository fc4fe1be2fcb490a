"""Pages 6 and 7-8: revenue by source, expenditure by agency, with last year and final accounts.

This year's column is made from line items; last year's and the final accounts of the lowest
level are entered, their sums and every difference are made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from zhuji_budget.domain.unit_book.model import UnitBook, sum_ntd
from zhuji_budget.domain.unit_book.table import ENTERED, Cell, Column, StatTable, TableRow
from zhuji_core.values import Value

COLUMNS = (
    Column(key="this", head="本年度預算數"),
    Column(key="last", head="上年度預算數"),
    Column(key="final", head="前年度決算數"),
    Column(key="difference", head="本年度與上年度比較"),
)
NOT_DERIVABLE = ("上年度預算數（各節）", "前年度決算數（各節）", "款、項之序號與名稱")


class Prior(Value, frozen=True, kw_only=True):
    """What the lowest level had before: entered, and printed in these tables alone.

    ``parents`` are the codes above, from 款 down. None is what nobody knows: it stays blank, and
    so does every sum and difference that it would be part of. 0 is a dash.
    """

    code: str
    parents: tuple[str, ...]
    last_ntd: int | None
    final_ntd: int | None


def expenditure_table(book: UnitBook, priors: Sequence[Prior]) -> StatTable:
    """Pages 7-8: department, agency, program and work plan."""
    this = {plan.code: sum_ntd(plan.items) for plan in book.plans}
    return _table("7-8", "歲出機關別預算表", this, priors, total=False)


def revenue_table(book: UnitBook, priors: Sequence[Prior]) -> StatTable:
    """Page 6: kind, agency, source, item; all of it is current revenue (經常門)."""
    this = {page.code: sum_ntd(page.items) for page in book.revenues}
    return _table("6", "歲入來源別預算表", this, priors, total=True)


def _table(
    page: str, title: str, this: Mapping[str, int], priors: Sequence[Prior], *, total: bool
) -> StatTable:
    return StatTable(
        page=page,
        title=title,
        unit_ntd=1_000,
        columns=COLUMNS,
        rows=tuple(_rows(this, priors, total=total)),
        not_derivable=NOT_DERIVABLE,
    )


def _rows(this: Mapping[str, int], priors: Sequence[Prior], *, total: bool) -> Iterator[TableRow]:
    if total:
        whole = _cells(this, priors)
        yield TableRow(label="合計", cells=whole)
        yield TableRow(label="經常門合計", cells=whole)
    known = {prior.code for prior in priors}
    for code in [code for code in this if code not in known]:
        # A line that nobody printed in the table: compared as missing there.
        yield TableRow(label=code, code=code, cells={"this": this[code]})
    seen: set[str] = set()
    for prior in priors:
        for level, code in enumerate((*prior.parents, prior.code), start=1):
            if code not in seen:
                seen.add(code)
                inside = [one for one in priors if code in (*one.parents, one.code)]
                cells = _cells({one.code: this.get(one.code, 0) for one in inside}, inside)
                if code == prior.code:
                    cells |= {"last": ENTERED, "final": ENTERED}
                yield TableRow(label=code, code=code, level=level, cells=cells)


def _cells(this: Mapping[str, int], priors: Sequence[Prior]) -> dict[str, Cell]:
    now = sum(this.values())
    last = _sum_of([prior.last_ntd for prior in priors])
    return {
        "this": now,
        "last": last,
        "final": _sum_of([prior.final_ntd for prior in priors]),
        "difference": None if last is None else now - last,
    }


def _sum_of(amounts: Sequence[int | None]) -> int | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if len(known) == len(amounts) else None
