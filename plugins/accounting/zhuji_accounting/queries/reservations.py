"""Certifications that still hold money (未結清簽證): how much on which row, who, until when."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from zhuji_accounting.domain.certification import certification_label
from zhuji_accounting.domain.commitments.rules import ends_on
from zhuji_accounting.permissions import READ_REQUESTS
from zhuji_core.matching import containing
from zhuji_core.reports.sheet import Sheet, SheetColumn, SheetKind, SheetRow
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, Value

EXPORT_MAX = 100_000  # rows of one file
ENDED_MAX = 5_000  # of one night; the next night goes on

# The certified requests of one agency and year that hold something, by the number of their
# certification: the order in which money was held. After them those that go on with money carried
# over (保留), which were certified in the year that they come from; what is due (應付) is no hold.
FORMER_AFTER = 1_000_000_000
PLACE = f"COALESCE(c.certification_no, {FORMER_AFTER} + r.request_no)"
OPEN = """
      FROM accounting.spending_request AS r
      LEFT JOIN accounting.certification AS c USING (request_id)
      JOIN accounting.request_line AS l USING (request_id)
      LEFT JOIN accounting.certification AS o ON o.request_id = r.continues_id
     WHERE r.agency_code = :agency_code AND r.fiscal_year = :fiscal_year
       AND r.state = 'certified' AND r.brought <> 'owed'
       AND l.amount_ntd - l.claimed_ntd - l.advanced_ntd - l.released_ntd > 0
       AND (CAST(:until AS date) IS NULL OR COALESCE(r.hold_until, :year_end) <= :until)
       AND (NOT :contracts OR r.contract_no <> '')
       AND (NOT :mine OR r.created_by = :actor_id)
       AND (:text = '' OR r.purpose LIKE :pattern OR r.payee LIKE :pattern
            OR r.contract_no LIKE :pattern OR r.contractor LIKE :pattern
            OR r.created_by_name LIKE :pattern OR l.line_code LIKE :pattern
            OR l.line_name LIKE :pattern)
"""
LIST = sa.text(f"""
    SELECT {PLACE} AS place, COALESCE(c.fiscal_year, o.fiscal_year) AS certified_year,
           COALESCE(c.certification_no, o.certification_no) AS certification_no,
           COALESCE(c.business_date, o.business_date) AS business_date, r.continues_label,
           r.request_id, r.request_no, r.purpose,
           CASE WHEN r.contract_no = '' THEN r.payee ELSE r.contractor END AS payee,
           r.contract_no, r.created_by_name, COALESCE(r.hold_until, :year_end) AS held_until,
           l.line_no, l.control_row_id, l.line_code, l.line_name, l.object_code, l.object_name,
           l.amount_ntd AS certified_ntd, l.claimed_ntd, l.advanced_ntd, l.released_ntd,
           l.amount_ntd - l.claimed_ntd - l.advanced_ntd - l.released_ntd AS held_ntd
    {OPEN}
       AND ({PLACE}, l.line_no) > (:after_no, :after_line)
     ORDER BY {PLACE}, l.line_no
     LIMIT :limit
""")
TOTALS = sa.text(f"""
    SELECT count(*) AS lines, COALESCE(sum(l.amount_ntd), 0)::bigint AS certified_ntd,
           COALESCE(sum(l.claimed_ntd), 0)::bigint AS claimed_ntd,
           COALESCE(sum(l.advanced_ntd), 0)::bigint AS advanced_ntd,
           COALESCE(sum(l.released_ntd), 0)::bigint AS released_ntd,
           COALESCE(sum(l.amount_ntd - l.claimed_ntd - l.advanced_ntd - l.released_ntd), 0)::bigint
               AS held_ntd
    {OPEN}
""")
# By the partial index spending_request_ends: what has a day of its own, soonest first.
ENDED = sa.text("""
    SELECT r.request_id
      FROM accounting.spending_request AS r
     WHERE r.state = 'certified' AND r.hold_until < :today AND r.fiscal_year = :fiscal_year
       AND EXISTS (SELECT FROM accounting.request_line AS l
                    WHERE l.request_id = r.request_id
                      AND l.amount_ntd - l.claimed_ntd - l.advanced_ntd - l.released_ntd > 0)
     ORDER BY r.hold_until, r.request_id
     LIMIT :limit
""")
# An advance that is not settled may still need more than it took; of what is asked to be carried
# over the county decides.
IN_USE = sa.text("""
    SELECT EXISTS (SELECT FROM accounting.claim_line AS l
                     JOIN accounting.claim AS c USING (claim_id)
                    WHERE l.request_id = :request_id
                      AND c.state NOT IN ('approved', 'withdrawn'))
        OR EXISTS (SELECT FROM accounting.advance AS a
                    WHERE a.request_id = :request_id
                      AND a.state NOT IN ('closed', 'withdrawn'))
        OR EXISTS (SELECT FROM accounting.carry_over AS v
                    WHERE v.request_id = :request_id AND v.state <> 'withdrawn')
""")
# The arithmetic of what is held stands before the words, so that a small screen shows it.
COLUMNS = (
    SheetColumn(name="certification", title=N_("簽證號"), kind=SheetKind.CODE),
    SheetColumn(name="business_date", title=N_("日期"), kind=SheetKind.DATE),
    SheetColumn(name="row", title=N_("預算科目"), wide=True),
    SheetColumn(name="certified_ntd", title=N_("簽證金額"), kind=SheetKind.AMOUNT),
    SheetColumn(name="claimed_ntd", title=N_("已報支"), kind=SheetKind.AMOUNT),
    SheetColumn(name="advanced_ntd", title=N_("暫付"), kind=SheetKind.AMOUNT),
    SheetColumn(name="released_ntd", title=N_("已釋放"), kind=SheetKind.AMOUNT),
    SheetColumn(name="held_ntd", title=N_("尚保留"), kind=SheetKind.AMOUNT),
    SheetColumn(name="held_until", title=N_("保留至"), kind=SheetKind.DATE),
    SheetColumn(name="days_over", title=N_("逾期日數"), kind=SheetKind.NUMBER),
    SheetColumn(name="holder", title=N_("經辦"), kind=SheetKind.CODE),
    SheetColumn(name="purpose", title=N_("用途"), wide=True),
    SheetColumn(name="payee", title=N_("受款人或廠商"), wide=True),
    SheetColumn(name="contract", title=N_("契約編號"), kind=SheetKind.CODE),
    SheetColumn(name="request", title=N_("動支編號"), kind=SheetKind.CODE),
)


class ReservationFilter(Value, frozen=True, kw_only=True):
    """One agency's open certifications of a year; ``until``: of those that end by that day.

    ``after_no`` and ``after_line`` are the last row of the page before.
    """

    agency_code: str
    fiscal_year: int
    until: dt.date | None = None
    contracts: bool = False
    mine: bool = False
    text: str = ""
    after_no: int = 0
    after_line: int = 0
    limit: int = 100


def read_reservations(uow: UnitOfWork, wanted: ReservationFilter) -> Sheet:
    """Return a page of what is held, with the sums of all of it; ``next`` is ``place-line``.

    Raises Forbidden for an agency that the actor may not read.
    """
    uow.require(READ_REQUESTS, agency_code=wanted.agency_code)
    given = _parameters(uow, wanted)
    asked = {**given, "after_no": wanted.after_no, "after_line": wanted.after_line}
    limit = min(wanted.limit, EXPORT_MAX)
    rows = uow.connection.execute(LIST, {**asked, "limit": limit + 1}).mappings().all()
    sums = uow.connection.execute(TOTALS, given).mappings().one()
    page = rows[:limit]
    following = ""
    if len(rows) > limit:
        following = f"{page[-1]['place']}-{page[-1]['line_no']}"
    return Sheet(
        name="reservations",
        title=N_("未結清簽證清單"),
        columns=COLUMNS,
        rows=tuple(_row(wanted, row, today=uow.business_date) for row in page),
        totals=tuple(
            N_("合計") if column.name == "certification" else sums.get(column.name)
            for column in COLUMNS
        ),
        count=sums["lines"],
        next=following,
    )


def _row(wanted: ReservationFilter, row: Mapping[Any, Any], *, today: dt.date) -> SheetRow:
    own = f"accounting/requests/{row['request_id']}"
    if row["certification_no"] is None:
        certified = (row["continues_label"], None)  # it goes on for the second time
    else:
        label = certification_label(row["certified_year"], row["certification_no"])
        certified = (label, row["business_date"].isoformat())
    values = {
        **row,
        "certification": certified[0],
        "business_date": certified[1],
        "request": f"{wanted.fiscal_year}{row['request_no']:05}",
        "row": f"{row['line_code']}-{row['object_code']} {row['line_name']}　{row['object_name']}",
        "contract": row["contract_no"],
        "holder": row["created_by_name"],
        "held_until": row["held_until"].isoformat(),
        "days_over": max(0, (today - row["held_until"]).days) or None,
    }
    return SheetRow(
        values=tuple(values[column.name] for column in COLUMNS),
        paths={
            "certification": own,
            "request": own,
            "held_ntd": own,
            "row": f"budget/lines/by-control-row/{row['control_row_id']}",
        },
    )


def _parameters(uow: UnitOfWork, wanted: ReservationFilter) -> dict[str, object]:
    return {
        "agency_code": wanted.agency_code,
        "fiscal_year": wanted.fiscal_year,
        "year_end": ends_on(wanted.fiscal_year),
        "until": wanted.until,
        "contracts": wanted.contracts,
        "mine": wanted.mine,
        "actor_id": uow.actor.user_id,
        "text": wanted.text.strip(),
        "pattern": containing(wanted.text),
    }


def ended_reservations(uow: UnitOfWork) -> list[uuid.UUID]:
    """Return the requests of this year whose day has passed while they hold something."""
    given = {"today": uow.business_date, "fiscal_year": uow.fiscal_year, "limit": ENDED_MAX}
    return list(uow.connection.execute(ENDED, given).scalars())


def is_in_use(uow: UnitOfWork, request_id: uuid.UUID) -> bool:
    """Say whether a claim or an advance of the request is on its way: its money is needed."""
    return bool(uow.connection.execute(IN_USE, {"request_id": request_id}).scalar_one())
