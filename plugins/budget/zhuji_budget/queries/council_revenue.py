"""The council's view of revenue: the bill against last year, decisions, how the bill balances."""

from __future__ import annotations

import uuid

import msgspec
import sqlalchemy as sa

from zhuji_budget.permissions import READ_LINES
from zhuji_budget.queries.council import OWN, own_agencies
from zhuji_budget.queries.years import read_year
from zhuji_budget.store.years import BUDGET
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

# By key: code, agency and account are once in a year.
BILL = f"""
    SELECT v.revenue_row_id, v.code, v.name, v.source_name, v.agency_code, v.agency_name, v.account,
           v.last_year_ntd, v.bill_ntd, v.explanation,
           COALESCE(c.change_ntd, 0) AS change_ntd, COALESCE(c.reason, '') AS reason,
           false AS is_gone, c.revenue_row_id IS NOT NULL AS is_decided
      FROM budget.revenue_row AS v
      LEFT JOIN budget.council_revenue AS c USING (revenue_row_id)
     WHERE v.fiscal_year = :fiscal_year
       AND {OWN.format(agency="v.agency_code")}
"""
# What was expected last year and is not in the bill any more, with nothing.
GONE = f"""
    SELECT r.revenue_row_id, r.code, r.name, r.source_name, r.agency_code, r.agency_name, r.account,
           {BUDGET}, 0, '', 0, '', true, false
      FROM budget.revenue_row AS r
      JOIN budget.fiscal_year AS y USING (fiscal_year)
     WHERE r.fiscal_year = CAST(:fiscal_year AS integer) - 1 AND {BUDGET} > 0
       AND {OWN.format(agency="r.agency_code")}
       AND NOT EXISTS (SELECT FROM budget.revenue_row AS n
                        WHERE n.fiscal_year = :fiscal_year AND n.code = r.code
                          AND n.agency_code = r.agency_code AND n.account = r.account)
"""
# What is picked or decided is of the bill itself.
LINES = sa.text(f"""
    SELECT a.revenue_row_id, a.code, a.name, a.source_name, a.agency_code, a.agency_name, a.account,
           a.last_year_ntd, a.bill_ntd, a.explanation, a.change_ntd, a.reason, a.is_gone
      FROM ({BILL} UNION ALL {GONE}) AS a
     WHERE (a.code, a.agency_code, a.account) > (:code, :agency_code, :account)
       AND (:gone OR NOT a.is_gone)
       AND (NOT :decided OR a.is_decided)
       AND (:text = '' OR starts_with(a.code, :text)
            OR strpos(a.name || a.source_name || a.agency_name, :text) > 0)
     ORDER BY a.code, a.agency_code, a.account
     LIMIT :limit
""")
TOTALS = sa.text(f"""
    SELECT count(*) AS lines, count(*) FILTER (WHERE a.is_gone) AS gone,
           CASE WHEN count(a.last_year_ntd) = count(*)
                THEN COALESCE(sum(a.last_year_ntd), 0)::bigint END AS last_year_ntd,
           COALESCE(sum(a.bill_ntd), 0)::bigint AS bill_ntd,
           COALESCE(sum(a.change_ntd), 0)::bigint AS change_ntd
      FROM ({BILL} UNION ALL {GONE}) AS a
""")
# The whole bill, whoever reads: its totals are public (預算法 52, 地方制度法 42).
BALANCE = sa.text("""
    SELECT v.revenue_ntd, v.revenue_council_ntd, r.expenditure_ntd, r.expenditure_council_ntd
      FROM (SELECT COALESCE(sum(bill_ntd), 0)::bigint AS revenue_ntd,
                   COALESCE(sum(council_ntd), 0)::bigint AS revenue_council_ntd
              FROM budget.revenue_row WHERE fiscal_year = :fiscal_year) AS v
     CROSS JOIN
           (SELECT COALESCE(sum(bill_ntd), 0)::bigint AS expenditure_ntd,
                   COALESCE(sum(council_ntd), 0)::bigint AS expenditure_council_ntd
              FROM budget.control_row WHERE fiscal_year = :fiscal_year) AS r
""")


class RevenueKey(Value, frozen=True, kw_only=True):
    """Where a list goes on: after this row."""

    code: str = ""
    agency_code: str = ""
    account: str = ""


class CouncilRevenueLine(Value, frozen=True, kw_only=True):
    """One row of revenue before the council, NT dollars; ``change_ntd`` is the council's.

    ``is_gone``: last year's, and not in the bill any more. ``last_year_ntd`` None: the bill does
    not say.
    """

    revenue_row_id: uuid.UUID
    code: str
    name: str
    source_name: str
    agency_code: str
    agency_name: str
    account: str
    last_year_ntd: int | None
    bill_ntd: int
    explanation: str
    change_ntd: int
    reason: str
    is_gone: bool = False

    @property
    def key(self) -> RevenueKey:
        return RevenueKey(code=self.code, agency_code=self.agency_code, account=self.account)


class RevenueTotals(Value, frozen=True, kw_only=True):
    """All revenue of the view that the actor may read, added up, NT dollars.

    Last year's is known where every row says it: else two rows would stand for all of them.
    """

    lines: int
    gone: int
    last_year_ntd: int | None
    bill_ntd: int
    change_ntd: int


class BillBalance(Value, frozen=True, kw_only=True):
    """The bill's two sides with what the council did to each, NT dollars."""

    revenue_ntd: int
    revenue_council_ntd: int
    expenditure_ntd: int
    expenditure_council_ntd: int

    @property
    def difference_ntd(self) -> int:
        """歲入歲出差短 (−) or 賸餘 (+) as the council leaves it."""
        return (
            self.revenue_ntd
            + self.revenue_council_ntd
            - self.expenditure_ntd
            - self.expenditure_council_ntd
        )


def council_revenues(
    uow: UnitOfWork,
    fiscal_year: int,
    *,
    text: str = "",
    decided: bool = False,
    limit: int = 100,
) -> list[CouncilRevenueLine]:
    """Return rows of the bill in order of code, as they are picked and decided on.

    Raises Forbidden or YearNotFound.
    """
    return _lines(uow, fiscal_year, text=text, decided=decided, gone=False, limit=limit)


def revenue_view(
    uow: UnitOfWork, fiscal_year: int, *, after: RevenueKey | None = None, limit: int = 100
) -> list[CouncilRevenueLine]:
    """Return rows of the bill, and last year's that are not in it any more, in order of code."""
    key = msgspec.structs.asdict(after or RevenueKey())
    return _lines(uow, fiscal_year, gone=True, limit=limit, **key)


def _lines(uow: UnitOfWork, fiscal_year: int, **asked: object) -> list[CouncilRevenueLine]:
    read_year(uow, fiscal_year)
    rows = uow.connection.execute(
        LINES,
        {
            "fiscal_year": fiscal_year,
            **own_agencies(uow),
            "text": "",
            "decided": False,
            **msgspec.structs.asdict(RevenueKey()),
            **asked,
        },
    )
    return [CouncilRevenueLine(**row) for row in rows.mappings()]


def revenue_totals(uow: UnitOfWork, fiscal_year: int) -> RevenueTotals:
    """Return the sums of the whole view with what is gone, however many pages it has."""
    read_year(uow, fiscal_year)
    asked = {"fiscal_year": fiscal_year, **own_agencies(uow)}
    return RevenueTotals(**uow.connection.execute(TOTALS, asked).mappings().one())


def bill_balance(uow: UnitOfWork, fiscal_year: int) -> BillBalance:
    """Return both sides of the year's bill."""
    uow.require(READ_LINES)
    row = uow.connection.execute(BALANCE, {"fiscal_year": fiscal_year}).mappings().one()
    return BillBalance(**row)
