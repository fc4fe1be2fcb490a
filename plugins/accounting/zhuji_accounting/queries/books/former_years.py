"""What was brought in of former years (以前年度應付及保留累計表): realised, paid, lapsed, left.

Read from the documents themselves by their days, so that a month that is over reads the same later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from zhuji_accounting.domain.books.definition import Book, BookFilter, path_of
from zhuji_accounting.domain.carries.brought import BROUGHT_TITLES
from zhuji_accounting.domain.request import Brought, Period
from zhuji_core.db.by_agency import ByAgency
from zhuji_core.reports.sheet import Sheet, SheetRow, SheetValue
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_

# Of each line that goes on: claimed less recovered up to a day, and released (which is also what a
# recovery and an advance paid back gave up). Few lines: by the index of former years.
LINES = """
    SELECT r.request_id, r.agency_code, r.origin_year, r.brought, r.continues_id,
           r.continues_label,
           r.fiscal_year || lpad(r.request_no::text, greatest(5, length(r.request_no::text)), '0')
               AS label,
           r.purpose, r.payee, l.line_no, l.control_row_id, l.line_code, l.line_name,
           l.object_code, l.object_name, l.account, l.amount_ntd,
           claimed.until_ntd - back.until_ntd AS realised_ntd,
           claimed.month_ntd - back.month_ntd AS month_ntd,
           released.until_ntd AS released_ntd
      FROM accounting.spending_request AS r
      JOIN accounting.request_line AS l USING (request_id)
     CROSS JOIN LATERAL (
           SELECT COALESCE(sum(x.amount_ntd), 0) AS until_ntd,
                  COALESCE(sum(x.amount_ntd) FILTER (WHERE c.business_date >= :since), 0)
                      AS month_ntd
             FROM accounting.claim_line AS x
             JOIN accounting.claim AS c USING (claim_id)
            WHERE x.request_id = l.request_id AND x.request_line_no = l.line_no
              AND c.state = 'approved' AND c.business_date <= :until) AS claimed
     CROSS JOIN LATERAL (
           SELECT COALESCE(sum(y.amount_ntd), 0) AS until_ntd,
                  COALESCE(sum(y.amount_ntd) FILTER (WHERE v.business_date >= :since), 0)
                      AS month_ntd
             FROM accounting.claim_line AS x
             JOIN accounting.recovery AS v ON v.claim_id = x.claim_id
             JOIN accounting.recovery_line AS y
               ON y.recovery_id = v.recovery_id AND y.line_no = x.line_no
            WHERE x.request_id = l.request_id AND x.request_line_no = l.line_no
              AND v.business_date <= :until) AS back
     CROSS JOIN LATERAL (
           SELECT COALESCE(sum(x.amount_ntd), 0) AS until_ntd
             FROM accounting.release AS x
            WHERE x.request_id = l.request_id AND x.line_no = l.line_no
              AND x.business_date <= :until) AS released
     WHERE r.fiscal_year = :fiscal_year AND r.brought <> ''
       AND r.state IN ('certified', 'closed')
       AND {agencies}
"""
FIGURES = """
    sum(f.amount_ntd)::bigint AS amount_ntd, sum(f.month_ntd)::bigint AS month_ntd,
    sum(f.realised_ntd)::bigint AS realised_ntd, sum(f.released_ntd)::bigint AS released_ntd
"""
ROWS = ByAgency(
    f"""
    SELECT f.agency_code, f.origin_year, f.brought, f.control_row_id, f.line_code, f.line_name,
           f.object_code, f.object_name, {FIGURES}
      FROM ({LINES}) AS f
     GROUP BY f.agency_code, f.origin_year, f.brought, f.control_row_id, f.line_code, f.line_name,
           f.object_code, f.object_name
     ORDER BY f.origin_year, f.brought DESC, f.agency_code, f.line_code, f.object_code,
           f.control_row_id
     LIMIT 100000
""",
    agency="r.agency_code",
)
REQUESTS = ByAgency(
    f"""
    SELECT f.request_id, f.label, f.continues_id, f.continues_label, f.origin_year, f.brought,
           f.purpose, f.payee, {FIGURES}
      FROM ({LINES}) AS f
     WHERE f.control_row_id = CAST(:row_id AS uuid) AND (:part = '' OR f.brought = :part)
     GROUP BY f.request_id, f.label, f.continues_id, f.continues_label, f.origin_year, f.brought,
           f.purpose, f.payee
     ORDER BY f.label, f.request_id
     LIMIT 100000
""",
    agency="r.agency_code",
)
TOTAL = N_("合計")


def former_years(
    uow: UnitOfWork, book: Book, wanted: BookFilter, *, agencies: list[str] | None
) -> Sheet:
    """Return a row for each row of the budget of former years, by year of origin and kind.

    Or, opened for one of them, the requests that go on on it, each leading to its page.
    """
    if wanted.row_id:
        return _requests(uow, book, wanted, agencies=agencies)
    found = uow.connection.execute(ROWS.of(agencies), _asked(wanted, agencies)).all()
    rows = [
        SheetRow(
            values=(
                row.origin_year,
                BROUGHT_TITLES[Brought(row.brought)],
                row.agency_code,
                f"{row.line_code}-{row.object_code}",
                f"{row.line_name}　{row.object_name}",
                *_figures(row),
            ),
            paths=dict.fromkeys(
                ("row", "amount_ntd", "month_ntd", "realised_ntd", "released_ntd", "left_ntd"),
                path_of(
                    "former-years-requests",
                    wanted,
                    agency_code=row.agency_code,
                    row=str(row.control_row_id),
                    part=row.brought,
                ),
            ),
        )
        for row in found
    ]
    return _sheet(book, rows, found, before=(TOTAL, None, None, None, None))


def _requests(
    uow: UnitOfWork, book: Book, wanted: BookFilter, *, agencies: list[str] | None
) -> Sheet:
    given = {**_asked(wanted, agencies), "row_id": wanted.row_id, "part": wanted.part}
    found = uow.connection.execute(REQUESTS.of(agencies), given).all()
    rows = []
    for row in found:
        path = f"accounting/requests/{row.request_id}"
        rows.append(
            SheetRow(
                values=(
                    row.label,
                    row.continues_label,
                    row.origin_year,
                    BROUGHT_TITLES[Brought(row.brought)],
                    row.purpose,
                    row.payee,
                    *_figures(row),
                ),
                paths={
                    **dict.fromkeys(("request", "realised_ntd", "released_ntd", "left_ntd"), path),
                    "continues": f"accounting/requests/{row.continues_id}",
                },
            )
        )
    return _sheet(book, rows, found, before=(TOTAL, None, None, None, None, None))


def _asked(wanted: BookFilter, agencies: list[str] | None) -> Mapping[str, object]:
    month = Period(fiscal_year=wanted.fiscal_year, period=wanted.period)
    return {
        "fiscal_year": wanted.fiscal_year,
        "since": month.begins_on,
        "until": month.ends_on,
        "agencies": agencies,
    }


def _figures(row: sa.Row[Any]) -> tuple[int, ...]:
    """Return brought forward, this month's, up to now, lapsed, and what is left of it."""
    left_ntd = row.amount_ntd - row.realised_ntd - row.released_ntd
    return (row.amount_ntd, row.month_ntd, row.realised_ntd, row.released_ntd, left_ntd)


def _sheet(
    book: Book,
    rows: list[SheetRow],
    found: Sequence[sa.Row[Any]],
    *,
    before: tuple[SheetValue, ...],
) -> Sheet:
    figures = [_figures(row) for row in found]
    sums = tuple(sum(column) for column in zip(*figures, strict=True)) or (0,) * 5
    return Sheet(
        name=book.name,
        title=book.title,
        columns=book.columns,
        rows=tuple(rows),
        totals=(*before, *sums),
        count=len(rows),
    )
