"""Read a statement of the budget's execution: the budget's figures beside those of the books."""

from __future__ import annotations

from collections.abc import Mapping

from zhuji_accounting.domain.books.definition import require_begun
from zhuji_accounting.domain.books.levels import (
    EXPENDITURE,
    REVENUE,
    LevelStatement,
    statement_named,
)
from zhuji_accounting.domain.books.refusals import BookMonths
from zhuji_accounting.domain.ledger.voucher import ADJUSTMENT_PERIOD
from zhuji_accounting.domain.request import Period
from zhuji_accounting.queries.books.reading import readable
from zhuji_accounting.queries.books.row_accounts import row_accounts
from zhuji_accounting.queries.charts import chart_of
from zhuji_core.contracts.figures import RowFigures, RowFiguresQuery
from zhuji_core.db.by_agency import CHOSEN, ByAgency
from zhuji_core.reports.adding import Leaf, add_up
from zhuji_core.reports.reading import ReportFilter, ReportFound, levels_asked
from zhuji_core.uow import UnitOfWork

# What the books say of each row, and of each agency's rows: of the balances kept by row, since a
# city's year has a million entries.
PARTS = {
    EXPENDITURE: """
           COALESCE(sum(b.debit_ntd - b.credit_ntd)
                        FILTER (WHERE b.account_code = ANY(:realised)), 0)::bigint AS booked_ntd,
           COALESCE(sum(b.debit_ntd - b.credit_ntd)
                        FILTER (WHERE b.account_code = ANY(:contract)), 0)::bigint AS contract_ntd
    """,
    REVENUE: """
           COALESCE(sum(b.credit_ntd - b.debit_ntd)
                        FILTER (WHERE b.account_code = ANY(:collected)), 0)::bigint
               AS collected_ntd,
           COALESCE(sum(b.credit_ntd - b.debit_ntd)
                        FILTER (WHERE b.account_code = ANY(:collected) AND b.period = :period),
                    0)::bigint AS month_ntd,
           COALESCE(sum(b.debit_ntd - b.credit_ntd)
                        FILTER (WHERE b.account_code = ANY(:remitted)), 0)::bigint AS remitted_ntd,
           COALESCE(sum(b.debit_ntd - b.credit_ntd)
                        FILTER (WHERE b.account_code = ANY(:remitted) AND b.period = :period),
                    0)::bigint AS month_remitted_ntd
    """,
}
OF_ACCOUNTS = {
    EXPENDITURE: "CAST(:realised AS text[]) || CAST(:contract AS text[])",
    REVENUE: "CAST(:collected AS text[]) || CAST(:remitted AS text[])",
}
BOOKED = {
    (side, whose): ByAgency(
        f"""
    SELECT {whose} AS whose, {parts}
      FROM accounting.row_balance AS b
     WHERE b.fiscal_year = :fiscal_year AND b.side = :side AND b.period BETWEEN 1 AND :period
       AND b.account_code = ANY({OF_ACCOUNTS[side]})
       AND {CHOSEN}
     GROUP BY {whose}
     LIMIT 200000
""",
        agency="b.agency_code",
    )
    for side, parts in PARTS.items()
    for whose in ("b.row_id", "b.agency_code")
}


class LevelFilter(ReportFilter, frozen=True, kw_only=True):
    """What is shown: as of the end of ``period`` of a fiscal year, of an agency or of all."""

    fiscal_year: int
    period: int
    agency_code: str = ""


def level_filter(  # noqa: PLR0913 (what an address of a statement says, by name)
    statement: LevelStatement,
    *,
    fiscal_year: int,
    period: int,
    agency_code: str = "",
    within: str = "",
    depth: int = 0,
    after: str = "",
    limit: int = 100,
) -> LevelFilter:
    """Return what a reader asked for; one agency is shown down to its rows. Raises ReportLevel."""
    whole = len(statement.dimensions) if agency_code and not within else 0
    opened, wanted = levels_asked(statement, within=within, depth=depth or whole)
    return LevelFilter(
        fiscal_year=fiscal_year,
        period=period,
        agency_code=agency_code,
        within=opened,
        depth=wanted,
        after=after,
        limit=limit,
    )


def read_statement(
    uow: UnitOfWork, name: str, wanted: LevelFilter, *, whole: bool = False
) -> ReportFound:
    """Return a page of the statement, or with ``whole`` all of it.

    Raises Forbidden, ReportNotFound, BookMonths, BookOfFuture or NoChart.
    """
    statement = statement_named(name)
    if not 1 <= wanted.period <= ADJUSTMENT_PERIOD:
        raise BookMonths(first=1, period=wanted.period)
    require_begun(statement.title, wanted.fiscal_year, wanted.period, today=uow.business_date)
    agencies = _inside(wanted, readable(uow, wanted.agency_code))
    by_agency = wanted.depth == 1
    month = Period(fiscal_year=wanted.fiscal_year, period=wanted.period)
    rows = uow.hooks.row_figures(
        uow,
        RowFiguresQuery(
            fiscal_year=wanted.fiscal_year,
            side=statement.side,
            month=min(wanted.period, 12),
            since=month.begins_on,
            until=month.ends_on,
            agencies=None if agencies is None else tuple(agencies),
            by_agency=by_agency,
        ),
    )
    booked = _booked(uow, statement, wanted, agencies)
    leaves = []
    for row in rows:
        whose = row.agency_code if by_agency else str(row.row_id)
        leaf = _leaf(statement, row, booked.get(whose, {}))
        if any(leaf.amounts.values()):
            leaves.append(leaf)
    return add_up(statement, wanted, leaves, whole=whole)


def _inside(wanted: LevelFilter, agencies: list[str] | None) -> list[str] | None:
    """Return the agencies to read: inside of one agency's row, no other one's rows are."""
    opened = wanted.within[:1]
    if not opened:
        return agencies
    return [one for one in opened if agencies is None or one in agencies]


def _booked(
    uow: UnitOfWork, statement: LevelStatement, wanted: LevelFilter, agencies: list[str] | None
) -> dict[str, Mapping[str, int]]:
    """Return what the books say of each row, or of each agency where no more is shown."""
    chart = chart_of(uow, wanted.fiscal_year)
    accounts = row_accounts(
        uow,
        chart,
        fiscal_year=wanted.fiscal_year,
        until=Period(fiscal_year=wanted.fiscal_year, period=wanted.period).ends_on,
    )
    whose = "b.agency_code" if wanted.depth == 1 else "b.row_id"
    found = uow.connection.execute(
        BOOKED[statement.side, whose].of(agencies),
        {
            "fiscal_year": wanted.fiscal_year,
            "side": statement.side,
            "period": wanted.period,
            "agencies": agencies,
            **accounts,
        },
    ).mappings()
    return {
        str(row["whose"]): {name: value for name, value in row.items() if name != "whose"}
        for row in found
    }


def _leaf(statement: LevelStatement, row: RowFigures, booked: Mapping[str, int]) -> Leaf:
    reference = f"{row.line_id or ''}/{row.row_id}"
    known = _amounts(row, booked)
    read = [figure.name for figure in statement.figures if figure.is_read]
    # The last level has its code and 經資門; a row of revenue its code alone.
    last = f"{row.object_code or '-'}/{row.account}"
    if statement.side == EXPENDITURE:
        keys: tuple[str, ...] = (row.agency_code, row.group_code, row.code, last)
        labels: tuple[str, ...] = (row.agency_name, row.group_name, row.name, row.object_name)
    else:
        keys = (row.agency_code, row.group_code, f"{row.code}/{row.account}")
        labels = (row.agency_name, row.group_name, row.name)
    return Leaf(
        keys=keys,
        labels=labels,
        references=(*[""] * (len(keys) - 1), reference),
        amounts={name: known[name] for name in read},
    )


def _amounts(row: RowFigures, booked: Mapping[str, int]) -> Mapping[str, int]:
    return {
        "enacted_ntd": row.enacted_ntd,
        "supplement_ntd": row.supplement_ntd,
        "virement_ntd": row.virement_ntd,
        "reserve_ntd": row.reserve_ntd,
        "other_ntd": row.other_ntd,
        "budget_ntd": row.budget_ntd,
        "allotted_ntd": row.allotted_ntd,
        "month_realised_ntd": row.month_expended_ntd,
        "expended_ntd": row.expended_ntd,
        "realised_ntd": row.expended_ntd - row.payable_ntd,
        "payable_ntd": row.payable_ntd,
        "advanced_ntd": row.advanced_ntd,
        "encumbered_ntd": row.encumbered_ntd,
        "contract_ntd": booked.get("contract_ntd", 0),
        "unposted_ntd": row.expended_ntd - booked.get("booked_ntd", 0),
        "collected_ntd": booked.get("collected_ntd", 0),
        "month_ntd": booked.get("month_ntd", 0),
        "remitted_ntd": booked.get("remitted_ntd", 0),
        "month_remitted_ntd": booked.get("month_remitted_ntd", 0),
    }
