"""SQL of what a control row had by the end of a month, from what is kept by row and month.

What commitments did stands in ``execution_month`` (told by events) and ``realised_month`` (written
with the movement); what the counters lost since by changes, and what is due, in the few movements
of ``budget_movement_seldom``. So a report reads no movement of the year, however many there are.
Where the months do not come to a row's counters, an event is still to be told or a month is wrong:
that row alone is read from its movements.

The baseline, what the council froze and the months of a schedule are of the whole year, whenever
they were recorded; a change counts from its own day (core/docs/funds.md).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import NamedTuple

from zhuji_budget.store.movements import signed
from zhuji_core.formats import ROC_OFFSET

ALLOTTED = " + ".join(
    f"CASE WHEN :month >= {month} THEN r.allotment_ntd[{month}] ELSE 0 END"
    for month in range(1, 13)
)
COUNTERS = ("encumbered", "advanced", "expended")
# What a month of ``realised_month`` adds to each counter; what was certified is told apart.
REALISED: Mapping[str, str] = {
    "drawn": "k.spent_ntd + k.advanced_ntd",
    "advanced": "k.advanced_ntd - k.settled_ntd - k.returned_ntd",
    "expended": "k.spent_ntd + k.settled_ntd - k.recovered_ntd",
}
NET = "k.certified_ntd - k.released_ntd"
SO_FAR = "FILTER (WHERE k.month_key <= :last_key)"
CERTIFIED_SUMS = f"sum({NET}) AS now_ntd, sum({NET}) {SO_FAR} AS then_ntd"
REALISED_SUMS = ", ".join(
    f"sum({value}) AS {name}_now_ntd, sum({value}) {SO_FAR} AS {name}_ntd"
    for name, value in REALISED.items()
)
MONTH_SUMS = f"""{REALISED_SUMS},
    sum({REALISED["expended"]}) FILTER (WHERE k.month_key BETWEEN :first_key AND :last_key)
        AS month_expended_ntd"""
# As the index says it, word by word: a plan looks for what changes and what is due nowhere else.
SELDOM = """
    (m.kind IN ('change', 'owe', 'pay', 'lapse') OR m.document_kind = 'budget.change')
"""
LATER_SUMS = f"""
    sum({signed("payable")}) AS payable_ntd,
    sum(m.amount_ntd) FILTER (WHERE m.kind = 'change') AS changes_ntd,
    sum(m.amount_ntd) FILTER (WHERE m.kind = 'freeze' AND m.document_kind = 'budget.change')
        AS frozen_ntd,
    sum(m.amount_ntd) FILTER (WHERE m.kind = 'allot' AND m.document_kind = 'budget.change'
                                AND m.month <= :month) AS allotted_ntd
"""
# Of all in one pass; a year's rows are certified and spent from the year before to the one after.
NEAR = "k.month_key BETWEEN (:fiscal_year - 1) * 100 AND (:fiscal_year + 2) * 100"
LATER = f"{SELDOM} AND m.business_date > :last_day"
# What is whole is not looked up: the condition names nothing of the table.
MOVED = f"""
      LEFT JOIN LATERAL (
            SELECT {", ".join(f"sum({signed(one)}) AS {one}_ntd" for one in COUNTERS)},
                   sum({signed("expended")}) FILTER (WHERE m.business_date >= :first_day)
                       AS month_expended_ntd
              FROM budget.budget_movement AS m
             WHERE m.control_row_id = r.control_row_id AND m.business_date <= :last_day
               AND NOT kept.whole) AS moved ON true
"""
WHOLE = """
     CROSS JOIN LATERAL (
            SELECT (r.encumbered_ntd, r.advanced_ntd, r.expended_ntd)
                   = (COALESCE(e.now_ntd, 0) - COALESCE(x.drawn_now_ntd, 0),
                      COALESCE(x.advanced_now_ntd, 0), COALESCE(x.expended_now_ntd, 0)) AS whole
           ) AS kept
"""


class _Added(NamedTuple):
    """Sums of a table by control row, as ``name``; ``asked``: of which of its rows ``alias``."""

    name: str
    sums: str
    table: str
    alias: str
    asked: str = "true"
    near: str = ""

    @property
    def of_all(self) -> str:
        return f"""
      LEFT JOIN (SELECT {self.alias}.control_row_id, {self.sums}
                   FROM {self.table} AS {self.alias} WHERE {self.near or self.asked}
                  GROUP BY {self.alias}.control_row_id) AS {self.name}
        ON {self.name}.control_row_id = r.control_row_id"""

    @property
    def of_some(self) -> str:
        return f"""
     CROSS JOIN LATERAL (
            SELECT {self.sums}
              FROM {self.table} AS {self.alias}
             WHERE {self.alias}.control_row_id = r.control_row_id AND {self.asked}
           ) AS {self.name}"""


ADDED = (
    _Added("e", CERTIFIED_SUMS, "budget.execution_month", "k", near=NEAR),
    _Added("x", MONTH_SUMS, "budget.realised_month", "k", near=NEAR),
    _Added("l", LATER_SUMS, "budget.budget_movement", "m", asked=LATER),
)
# To be joined beside ``budget.control_row AS r``: of every agency's rows, or of some rows by their
# keys. Asked with ``asked_of_time`` and ``:fiscal_year``.
JOINED = {
    "all": "".join(one.of_all for one in ADDED) + WHOLE + MOVED,
    "some": "".join(one.of_some for one in ADDED) + WHOLE + MOVED,
}


def _then(kept: str, moved: str) -> str:
    return f"COALESCE(CASE WHEN kept.whole THEN {kept} ELSE moved.{moved} END, 0)"


# What the row had: whole NT dollars, never unknown.
FIGURES: Mapping[str, str] = {
    "budget_ntd": "r.enacted_ntd + r.changes_ntd - COALESCE(l.changes_ntd, 0)",
    "changes_ntd": "r.changes_ntd - COALESCE(l.changes_ntd, 0)",
    "frozen_ntd": "r.frozen_ntd - COALESCE(l.frozen_ntd, 0)",
    "allotted_ntd": f"{ALLOTTED} - COALESCE(l.allotted_ntd, 0)",
    "payable_ntd": "r.payable_ntd - COALESCE(l.payable_ntd, 0)",
    "encumbered_ntd": _then("COALESCE(e.then_ntd, 0) - COALESCE(x.drawn_ntd, 0)", "encumbered_ntd"),
    "advanced_ntd": _then("x.advanced_ntd", "advanced_ntd"),
    "expended_ntd": _then("x.expended_ntd", "expended_ntd"),
    "month_expended_ntd": _then("x.month_expended_ntd", "month_expended_ntd"),
}


def asked_of_time(*, month: int, first_day: dt.date, last_day: dt.date) -> dict[str, object]:
    """Return the parameters of JOINED and FIGURES: whole months, and months of the allotment."""
    return {
        "month": month,
        "first_day": first_day,
        "last_day": last_day,
        "first_key": _key(first_day),
        "last_key": _key(last_day),
    }


def _key(day: dt.date) -> int:
    return (day.year - ROC_OFFSET) * 100 + day.month
