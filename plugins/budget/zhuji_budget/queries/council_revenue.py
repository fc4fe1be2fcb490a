"""The council's view of revenue: the bill against last year, decisions, how the bill balances."""

from __future__ import annotations

import uuid

import msgspec
import sqlalchemy as sa

from zhuji_budget.permissions import READ_LINES
from zhuji_budget.queries.years import read_year
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

# By key: code, agency and account are once in a year.
LINES = sa.text("""
    SELECT v.revenue_row_id, v.code, v.name, v.source_name, v.agency_code, v.agency_name, v.account,
           COALESCE(v.last_year_ntd, 0) AS last_year_ntd, v.bill_ntd, v.explanation,
           COALESCE(c.change_ntd, 0) AS change_ntd, COALESCE(c.reason, '') AS reason
      FROM budget.revenue_row AS v
      LEFT JOIN budget.council_revenue AS c USING (revenue_row_id)
     WHERE v.fiscal_year = :fiscal_year
       AND (CAST(:agencies AS text[]) IS NULL OR v.agency_code = ANY(CAST(:agencies AS text[])))
       AND (v.code, v.agency_code, v.account) > (:code, :agency_code, :account)
       AND (NOT :decided OR c.revenue_row_id IS NOT NULL)
       AND (:text = '' OR starts_with(v.code, :text)
            OR strpos(v.name || v.source_name || v.agency_name, :text) > 0)
     ORDER BY v.code, v.agency_code, v.account
     LIMIT :limit
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
    """One row of revenue before the council, NT dollars; ``change_ntd`` is the council's."""

    revenue_row_id: uuid.UUID
    code: str
    name: str
    source_name: str
    agency_code: str
    agency_name: str
    account: str
    last_year_ntd: int
    bill_ntd: int
    explanation: str
    change_ntd: int
    reason: str

    @property
    def key(self) -> RevenueKey:
        return RevenueKey(code=self.code, agency_code=self.agency_code, account=self.account)


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
    after: RevenueKey | None = None,
    text: str = "",
    decided: bool = False,
    limit: int = 100,
) -> list[CouncilRevenueLine]:
    """Return rows of revenue of the year, in order of code; raise Forbidden or YearNotFound."""
    read_year(uow, fiscal_year)
    allowed = uow.actor.agencies(READ_LINES)
    rows = uow.connection.execute(
        LINES,
        {
            "fiscal_year": fiscal_year,
            "agencies": None if allowed is None else list(allowed),
            "text": text,
            "decided": decided,
            "limit": limit,
            **msgspec.structs.asdict(after or RevenueKey()),
        },
    )
    return [CouncilRevenueLine(**row) for row in rows.mappings()]


def bill_balance(uow: UnitOfWork, fiscal_year: int) -> BillBalance:
    """Return both sides of the year's bill."""
    uow.require(READ_LINES)
    row = uow.connection.execute(BALANCE, {"fiscal_year": fiscal_year}).mappings().one()
    return BillBalance(**row)
