"""What every row of the budget had by the end of a month, for books and statements (additive only).

All amounts are whole NT dollars. Figures are those of the movements until then, so a month that is
over reads the same whenever it is asked for.
"""

from __future__ import annotations

import datetime as dt
import uuid

from zhuji_core.values import Value


class RowFiguresQuery(Value, frozen=True, kw_only=True):
    """Rows of a fiscal year: ``side`` is ``expenditure`` (歲出) or ``revenue`` (歲入).

    Movements count up to ``until``, the last day of a month, months of the allotment up to
    ``month``; the month's own figures are of the months from ``since``, a first day, on.
    ``agencies`` None: of all agencies. Who may read is the caller's question. ``by_agency``: one
    sum for each agency in place of its rows, with the nil UUID for the row and nothing below the
    agency named; a city has 21,600 rows.
    """

    fiscal_year: int
    side: str
    month: int
    since: dt.date
    until: dt.date
    agencies: tuple[str, ...] | None = None
    by_agency: bool = False


class RowFigures(Value, frozen=True, kw_only=True):
    """One control row, or row of revenue (then only budget and allotment are told).

    ``line_id`` and the programme are those of its budget line; a row of revenue has a source
    (來源別) there and no line. ``supplement_ntd`` is 追加減, ``reserve_ntd`` 預備金, ``other_ntd``
    what else changed the budget (統籌, 墊付). ``expended_ntd`` counts what is due and not yet paid.
    """

    row_id: uuid.UUID
    line_id: uuid.UUID | None
    agency_code: str
    agency_name: str
    group_code: str
    group_name: str
    code: str
    name: str
    object_code: str
    object_name: str
    account: str
    enacted_ntd: int
    supplement_ntd: int
    virement_ntd: int
    reserve_ntd: int
    other_ntd: int
    allotted_ntd: int
    month_expended_ntd: int = 0
    expended_ntd: int = 0
    payable_ntd: int = 0
    advanced_ntd: int = 0
    encumbered_ntd: int = 0

    @property
    def budget_ntd(self) -> int:
        """預算合計: what was enacted, and every change of it."""
        return (
            self.enacted_ntd
            + self.supplement_ntd
            + self.virement_ntd
            + self.reserve_ntd
            + self.other_ntd
        )
