"""Advances that are out (未結清暫付): who has how much of which row, and since when it is due."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from zhuji_accounting.domain.advances.advance import KIND_TITLES, AdvanceKind
from zhuji_accounting.permissions import READ_ADVANCES
from zhuji_core.matching import containing
from zhuji_core.reports.sheet import Sheet, SheetColumn, SheetKind, SheetRow
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, Value

EXPORT_MAX = 100_000  # rows of one file

OPEN = """
      FROM accounting.advance AS a
      JOIN accounting.advance_line AS l USING (advance_id)
     WHERE a.agency_code = :agency_code AND a.fiscal_year = :fiscal_year
       AND a.state = 'granted' AND l.amount_ntd - l.settled_ntd - l.returned_ntd > 0
       AND (NOT :overdue OR a.settle_by < :today)
       AND (NOT :mine OR a.created_by = :actor_id)
       AND (:text = '' OR a.memo LIKE :pattern OR a.receiver_name LIKE :pattern
            OR a.contract_no LIKE :pattern OR a.created_by_name LIKE :pattern
            OR l.line_code LIKE :pattern OR l.line_name LIKE :pattern)
"""
LIST = sa.text(f"""
    SELECT a.advance_id, a.advance_no, a.kind, a.granted_on, a.settle_by, a.receiver_name, a.memo,
           a.created_by_name, a.request_id, a.request_label, l.line_no, l.control_row_id,
           l.line_code, l.line_name, l.object_code, l.object_name, l.amount_ntd AS advanced_ntd,
           l.settled_ntd, l.returned_ntd,
           l.amount_ntd - l.settled_ntd - l.returned_ntd AS outstanding_ntd
    {OPEN}
       AND (a.advance_no, l.line_no) > (:after_no, :after_line)
     ORDER BY a.advance_no, l.line_no
     LIMIT :limit
""")
TOTALS = sa.text(f"""
    SELECT count(*) AS lines, COALESCE(sum(l.amount_ntd), 0)::bigint AS advanced_ntd,
           COALESCE(sum(l.settled_ntd), 0)::bigint AS settled_ntd,
           COALESCE(sum(l.returned_ntd), 0)::bigint AS returned_ntd,
           COALESCE(sum(l.amount_ntd - l.settled_ntd - l.returned_ntd), 0)::bigint
               AS outstanding_ntd
    {OPEN}
""")
# The arithmetic of what is out stands before the words, so that a small screen shows it.
COLUMNS = (
    SheetColumn(name="advance", title=N_("暫付編號"), kind=SheetKind.CODE),
    SheetColumn(name="granted_on", title=N_("撥付日期"), kind=SheetKind.DATE),
    SheetColumn(name="receiver", title=N_("領款人"), wide=True),
    SheetColumn(name="row", title=N_("預算科目"), wide=True),
    SheetColumn(name="advanced_ntd", title=N_("暫付金額"), kind=SheetKind.AMOUNT),
    SheetColumn(name="settled_ntd", title=N_("已轉正"), kind=SheetKind.AMOUNT),
    SheetColumn(name="returned_ntd", title=N_("已繳回"), kind=SheetKind.AMOUNT),
    SheetColumn(name="outstanding_ntd", title=N_("未結清"), kind=SheetKind.AMOUNT),
    SheetColumn(name="settle_by", title=N_("預定結清日"), kind=SheetKind.DATE),
    SheetColumn(name="days_over", title=N_("逾期日數"), kind=SheetKind.NUMBER),
    SheetColumn(name="kind", title=N_("種類"), kind=SheetKind.CODE),
    SheetColumn(name="memo", title=N_("事由"), wide=True),
    SheetColumn(name="holder", title=N_("經辦"), kind=SheetKind.CODE),
    SheetColumn(name="request", title=N_("動支申請"), kind=SheetKind.CODE),
)


class OpenAdvanceFilter(Value, frozen=True, kw_only=True):
    """One agency's advances of a year that are out; ``overdue``: only those that are late.

    ``after_no`` and ``after_line`` are the last row of the page before.
    """

    agency_code: str
    fiscal_year: int
    overdue: bool = False
    mine: bool = False
    text: str = ""
    after_no: int = 0
    after_line: int = 0
    limit: int = 100


def read_open_advances(uow: UnitOfWork, wanted: OpenAdvanceFilter) -> Sheet:
    """Return a page of what is out, with the sums of all of it; ``next`` is ``number-line``.

    Raises Forbidden for an agency that the actor may not read.
    """
    uow.require(READ_ADVANCES, agency_code=wanted.agency_code)
    given = _parameters(uow, wanted)
    asked = {**given, "after_no": wanted.after_no, "after_line": wanted.after_line}
    limit = min(wanted.limit, EXPORT_MAX)
    rows = uow.connection.execute(LIST, {**asked, "limit": limit + 1}).mappings().all()
    sums = uow.connection.execute(TOTALS, given).mappings().one()
    page = rows[:limit]
    following = f"{page[-1]['advance_no']}-{page[-1]['line_no']}" if len(rows) > limit else ""
    return Sheet(
        name="open-advances",
        title=N_("未結清暫付清單"),
        columns=COLUMNS,
        rows=tuple(_row(uow, wanted, row) for row in page),
        totals=tuple(
            N_("合計") if column.name == "advance" else sums.get(column.name) for column in COLUMNS
        ),
        count=sums["lines"],
        next=following,
    )


def _row(uow: UnitOfWork, wanted: OpenAdvanceFilter, row: Mapping[Any, Any]) -> SheetRow:
    own = f"accounting/advances/{row['advance_id']}"
    values = {
        **row,
        "advance": f"{wanted.fiscal_year}暫{row['advance_no']:05}",
        "granted_on": row["granted_on"].isoformat(),
        "settle_by": row["settle_by"].isoformat(),
        "days_over": max(0, (uow.business_date - row["settle_by"]).days) or None,
        "receiver": row["receiver_name"],
        "row": f"{row['line_code']}-{row['object_code']} {row['line_name']}　{row['object_name']}",
        "kind": KIND_TITLES[AdvanceKind(row["kind"])],
        "holder": row["created_by_name"],
        "request": row["request_label"],
    }
    return SheetRow(
        values=tuple(values[column.name] for column in COLUMNS),
        paths={
            "advance": own,
            "outstanding_ntd": own,
            "request": f"accounting/requests/{row['request_id']}",
            "row": f"budget/lines/by-control-row/{row['control_row_id']}",
        },
    )


def _parameters(uow: UnitOfWork, wanted: OpenAdvanceFilter) -> dict[str, object]:
    return {
        "agency_code": wanted.agency_code,
        "fiscal_year": wanted.fiscal_year,
        "overdue": wanted.overdue,
        "today": uow.business_date,
        "mine": wanted.mine,
        "actor_id": uow.actor.user_id,
        "text": wanted.text.strip(),
        "pattern": containing(wanted.text),
    }
