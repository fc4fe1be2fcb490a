"""Prove the certifications: every receipt recomputed from the budget's movements, to the dollar."""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa

from zhuji_accounting.domain.request import Brought
from zhuji_accounting.queries.forward_verification import compare_forward
from zhuji_core.contracts.funds import HeldFunds, ReplayedReserve
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

REQUEST_KIND = "accounting.request"
# Certifications recomputed per round trip. Each trip goes through the whole history of the rows
# that they draw on, and most trips meet those that the whole county draws on: few trips, then,
# and an agency's certifications together, since nobody else draws on most of its rows.
CHUNK = 5_000
ERRORS_MAX = 100

RECEIPTS = sa.text("""
    SELECT c.certification_id, c.request_id, c.fiscal_year, c.agency_code, c.certification_no,
           c.commit_basis, c.amount_ntd, r.state,
           (SELECT COALESCE(sum(q.amount_ntd), 0)::bigint
              FROM accounting.request_line AS q
             WHERE q.request_id = c.request_id) AS lines_ntd,
           (SELECT json_agg(x ORDER BY x.line_no)
              FROM accounting.receipt_line AS x
             WHERE x.certification_id = c.certification_id) AS receipt
      FROM accounting.certification AS c
      JOIN accounting.spending_request AS r USING (request_id)
     WHERE (c.agency_code, c.fiscal_year, c.certification_no)
           > (:agency_code, :fiscal_year, :number)
     ORDER BY c.agency_code, c.fiscal_year, c.certification_no
     LIMIT :limit
""")
GAPS = sa.text("""
    SELECT c.agency_code, c.fiscal_year, count(*) AS numbers, max(c.certification_no) AS last_no
      FROM accounting.certification AS c
     GROUP BY c.agency_code, c.fiscal_year
    HAVING count(*) <> max(c.certification_no)
     LIMIT 1000
""")
# A certified request without a certification, or the reverse, would be money nobody answers for;
# one of former years answers to the certification of the request that it continues.
UNMATCHED = sa.text("""
    SELECT r.request_id, r.state
      FROM accounting.spending_request AS r
      LEFT JOIN accounting.certification AS c USING (request_id)
     WHERE (r.state IN ('certified', 'closed')) <> (c.request_id IS NOT NULL)
       AND r.brought = ''
     LIMIT 1000
""")
# What the requests themselves say they hold: certified less claimed, advanced and released. What
# they say is claimed, advanced or released is what claims, dues decided at the year's end (應付),
# advances and releases say.
HOLDS = sa.text("""
    SELECT l.request_id, l.control_row_id, min(r.brought) AS brought,
           sum(l.amount_ntd - l.claimed_ntd - l.advanced_ntd - l.released_ntd)::bigint
               AS held_ntd,
           sum(l.advanced_ntd)::bigint AS advanced_ntd,
           sum(l.claimed_ntd)::bigint AS claimed_ntd,
           sum(l.advanced_ntd)::bigint
               - COALESCE((SELECT sum(x.amount_ntd - x.settled_ntd - x.returned_ntd)
                             FROM accounting.advance_line AS x
                             JOIN accounting.advance AS y USING (advance_id)
                            WHERE x.request_id = l.request_id
                              AND x.control_row_id = l.control_row_id
                              AND y.state IN ('granted', 'closed')), 0)::bigint
               AS unadvanced_ntd,
           sum(l.released_ntd)::bigint
               - COALESCE((SELECT sum(x.amount_ntd)
                             FROM accounting.release AS x
                             JOIN accounting.request_line AS y USING (request_id, line_no)
                            WHERE x.request_id = l.request_id
                              AND y.control_row_id = l.control_row_id), 0)::bigint
               AS unexplained_ntd,
           sum(l.claimed_ntd)::bigint
               - COALESCE((SELECT sum(x.amount_ntd - x.recovered_ntd)
                             FROM accounting.claim_line AS x
                             JOIN accounting.claim AS y USING (claim_id)
                            WHERE x.request_id = l.request_id
                              AND x.control_row_id = l.control_row_id
                              AND y.state = 'approved'), 0)::bigint
               - COALESCE((SELECT sum(x.granted_payable_ntd)
                             FROM accounting.carry_line AS x
                             JOIN accounting.carry_over AS y USING (carry_id)
                            WHERE x.request_id = l.request_id
                              AND x.control_row_id = l.control_row_id
                              AND y.state = 'decided'), 0)::bigint
               AS unclaimed_ntd,
           COALESCE((SELECT sum(x.granted_payable_ntd)
                       FROM accounting.carry_line AS x
                       JOIN accounting.carry_over AS y USING (carry_id)
                      WHERE x.request_id = l.request_id
                        AND x.control_row_id = l.control_row_id
                        AND y.state = 'decided'), 0)::bigint AS payable_ntd
      FROM accounting.request_line AS l
      JOIN accounting.spending_request AS r USING (request_id)
     WHERE l.request_id = ANY(:ids) AND r.state IN ('certified', 'closed')
     GROUP BY l.request_id, l.control_row_id
     LIMIT 100000
""")
# What the books keep of each contract (契約責任) is what its request still holds. What the end of a
# year opens the next one's books with (period 0) is compared by CARRIED; of what was carried over
# the vouchers of the year itself say what went of it.
CONTRACTS = sa.text("""
    WITH entered AS (
        SELECT v.source_id AS request_id, sum(e.debit_ntd - e.credit_ntd) AS entered_ntd
          FROM accounting.voucher AS v
          JOIN accounting.ledger_entry AS e USING (voucher_id)
         WHERE v.event_code IN ('contract.encumbered', 'contract.cleared')
           AND e.control_row_id IS NOT NULL AND v.period BETWEEN 1 AND 13
         GROUP BY v.source_id
    ), held AS (
        SELECT r.request_id, sum(l.amount_ntd - l.claimed_ntd - l.advanced_ntd - l.released_ntd
                                 - CASE r.brought WHEN 'carried' THEN l.amount_ntd ELSE 0 END)
               AS held_ntd
          FROM accounting.spending_request AS r
          JOIN accounting.request_line AS l USING (request_id)
         WHERE (r.contract_no <> '' OR r.brought = 'carried')
           AND r.brought <> 'owed' AND r.state <> 'withdrawn'
         GROUP BY r.request_id
    )
    SELECT request_id,
           abs(COALESCE(h.held_ntd, 0) - COALESCE(e.entered_ntd, 0))::bigint AS difference_ntd
      FROM held AS h
      FULL JOIN entered AS e USING (request_id)
     WHERE COALESCE(h.held_ntd, 0) <> COALESCE(e.entered_ntd, 0)
     LIMIT 1000
""")
# What an ended year opened the next one's books with (支出保留數, period 0) is what was decided to
# be carried over, as far as it was still held; of a year that is open, or open again, nothing.
CARRIED = sa.text("""
    WITH entered AS (
        SELECT e.agency_code, e.fiscal_year, sum(e.debit_ntd - e.credit_ntd) AS entered_ntd
          FROM accounting.ledger_entry AS e
         WHERE e.subsidiary_kind = 'contract' AND e.period = 0
         GROUP BY e.agency_code, e.fiscal_year
    ), carried AS (
        SELECT y.agency_code, y.fiscal_year + 1 AS fiscal_year,
               sum(least(q.amount_ntd - q.claimed_ntd - q.advanced_ntd - q.released_ntd,
                         l.granted_carry_ntd)) AS carried_ntd
          FROM accounting.year_end AS y
          JOIN accounting.carry_over AS c USING (agency_code, fiscal_year)
          JOIN accounting.carry_line AS l USING (carry_id)
          JOIN accounting.request_line AS q
            ON q.request_id = l.request_id AND q.line_no = l.request_line_no
         WHERE y.state = 'closed' AND c.state = 'decided'
         GROUP BY y.agency_code, y.fiscal_year
    )
    SELECT agency_code, fiscal_year,
           abs(COALESCE(c.carried_ntd, 0) - COALESCE(e.entered_ntd, 0))::bigint AS difference_ntd
      FROM carried AS c
      FULL JOIN entered AS e USING (agency_code, fiscal_year)
     WHERE COALESCE(c.carried_ntd, 0) <> COALESCE(e.entered_ntd, 0)
     LIMIT 1000
""")
# What became of each advance and of each claim's line is what claims and recoveries say.
ANSWERED = sa.text("""
    SELECT w.what, w.difference_ntd
      FROM (
        SELECT 'advance ' || a.advance_id || ' line ' || l.line_no AS what,
               abs(l.settled_ntd - COALESCE(
                       (SELECT sum(x.settled_ntd)
                          FROM accounting.claim AS c
                          JOIN accounting.claim_line AS x USING (claim_id)
                         WHERE c.advance_id = a.advance_id AND c.state = 'approved'
                           AND x.request_id = l.request_id
                           AND x.request_line_no = l.request_line_no), 0))::bigint
                   + abs(l.returned_ntd - COALESCE(
                       (SELECT sum(x.amount_ntd)
                          FROM accounting.recovery AS v
                          JOIN accounting.recovery_line AS x USING (recovery_id)
                         WHERE v.advance_id = a.advance_id AND x.line_no = l.line_no), 0))::bigint
                   AS difference_ntd
          FROM accounting.advance AS a
          JOIN accounting.advance_line AS l USING (advance_id)
         WHERE a.state IN ('granted', 'closed')
         UNION ALL
        SELECT 'claim ' || c.claim_id || ' line ' || l.line_no,
               abs(l.recovered_ntd - COALESCE(
                       (SELECT sum(x.amount_ntd)
                          FROM accounting.recovery AS v
                          JOIN accounting.recovery_line AS x USING (recovery_id)
                         WHERE v.claim_id = c.claim_id AND x.line_no = l.line_no), 0))::bigint
          FROM accounting.claim AS c
          JOIN accounting.claim_line AS l USING (claim_id)
         WHERE c.state = 'approved'
           ) AS w
     WHERE w.difference_ntd <> 0
     LIMIT 1000
""")
COMPARED = (
    "enacted_ntd",
    "changes_ntd",
    "frozen_ntd",
    "allotted_to_date_ntd",
    "encumbered_ntd",
    "advanced_ntd",
    "expended_ntd",
)


class Verification(Value, frozen=True, kw_only=True):
    """``checked`` receipt lines, the sum of all differences in NT dollars, and what is wrong."""

    checked: int
    drift_ntd: int
    errors: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Nothing checked proves nothing, so it does not pass."""
        return self.checked > 0 and self.drift_ntd == 0 and not self.errors


def verify_certifications(uow: UnitOfWork) -> Verification:
    """Recompute every receipt of the county, and who holds what; read-only, in chunks."""
    checked, drift_ntd, errors = 0, 0, _structure_errors(uow)
    after: tuple[str, int, int] = ("", 0, 0)
    while rows := _chunk(uow, after):
        last = rows[-1]
        after = (last["agency_code"], last["fiscal_year"], last["certification_no"])
        replayed: dict[uuid.UUID, list[ReplayedReserve]] = {}
        for reserve in uow.hooks.replay_reserves(uow, [row["request_id"] for row in rows]):
            replayed.setdefault(reserve.document_id, []).append(reserve)
        for row in rows:
            lines, drift, found = _compare(row, replayed.get(row["request_id"], []))
            checked += lines
            drift_ntd += drift
            errors += found
    for compare in (
        _compare_holds,
        _compare_contracts,
        _compare_carried,
        compare_forward,
        _compare_answers,
    ):
        drift, found = compare(uow)
        drift_ntd += drift
        errors += found
    return Verification(checked=checked, drift_ntd=drift_ntd, errors=tuple(errors[:ERRORS_MAX]))


def _compare_holds(uow: UnitOfWork) -> tuple[int, list[str]]:
    """Compare what the budget says that requests hold with what they say themselves.

    Finds a hold that no certification answers for, and a release that only one side knows.
    """
    drift_ntd, errors = 0, []
    after = uuid.UUID(int=0)
    while page := uow.hooks.held_funds(uow, document_kind=REQUEST_KIND, after=after):
        after = page[-1].document_id
        ids = list({held.document_id for held in page})
        own = {
            (row.request_id, row.control_row_id): row
            for row in uow.connection.execute(HOLDS, {"ids": ids})
        }
        for held in page:
            row = own.get((held.document_id, held.control_row_id))
            difference_ntd = _held_difference(held, row)
            if difference_ntd:
                drift_ntd += difference_ntd
                errors.append(f"request {held.document_id}: holds differ by {difference_ntd:,}")
    return drift_ntd, errors


def _held_difference(held: HeldFunds, row: sa.Row[Any] | None) -> int:
    """Return by how much the budget and the request differ; what is owed was spent in its year."""
    told: tuple[int, ...] = (held.held_ntd, held.advanced_ntd, held.expended_ntd, held.payable_ntd)
    if row is None:
        return sum(abs(ntd) for ntd in told)
    own: tuple[int, ...] = (row.held_ntd, row.advanced_ntd, row.claimed_ntd, row.payable_ntd)
    if row.brought == Brought.OWED:
        own = (0, row.advanced_ntd, 0, row.held_ntd)
    unexplained: tuple[int, ...] = (row.unexplained_ntd, row.unclaimed_ntd, row.unadvanced_ntd)
    return sum(abs(a - b) for a, b in zip(told, own, strict=True)) + sum(map(abs, unexplained))


def _compare_contracts(uow: UnitOfWork) -> tuple[int, list[str]]:
    """Compare what the books keep of each contract with what its request holds."""
    rows = uow.connection.execute(CONTRACTS).all()
    errors = [
        f"contract of request {row.request_id}: books differ by {row.difference_ntd:,}"
        for row in rows
    ]
    return sum(row.difference_ntd for row in rows), errors


def _compare_carried(uow: UnitOfWork) -> tuple[int, list[str]]:
    """Compare what the books of a year began with with what was carried over to it."""
    rows = uow.connection.execute(CARRIED).all()
    errors = [
        f"carried over to {row.fiscal_year} of {row.agency_code}:"
        f" books differ by {row.difference_ntd:,}"
        for row in rows
    ]
    return sum(row.difference_ntd for row in rows), errors


def _compare_answers(uow: UnitOfWork) -> tuple[int, list[str]]:
    """Compare what became of advances and claims with the claims and recoveries that say so."""
    rows = uow.connection.execute(ANSWERED).all()
    errors = [f"{row.what}: answers differ by {row.difference_ntd:,}" for row in rows]
    return sum(row.difference_ntd for row in rows), errors


def _chunk(uow: UnitOfWork, after: tuple[str, int, int]) -> list[dict[str, Any]]:
    agency_code, fiscal_year, number = after
    rows = uow.connection.execute(
        RECEIPTS,
        {
            "agency_code": agency_code,
            "fiscal_year": fiscal_year,
            "number": number,
            "limit": CHUNK,
        },
    ).mappings()
    return [dict(row) for row in rows]


def _structure_errors(uow: UnitOfWork) -> list[str]:
    gaps = [
        f"{row.agency_code} {row.fiscal_year}: {row.numbers} numbers, the last is {row.last_no}"
        for row in uow.connection.execute(GAPS)
    ]
    unmatched = [
        f"request {row.request_id} is {row.state} without its counterpart"
        for row in uow.connection.execute(UNMATCHED)
    ]
    return gaps + unmatched


def _compare(row: dict[str, Any], replayed: list[ReplayedReserve]) -> tuple[int, int, list[str]]:
    """Compare one receipt with the replay; return (lines, drift in NT dollars, errors)."""
    label = f"{row['fiscal_year']}簽{row['certification_no']:05} ({row['agency_code']})"
    receipt = row["receipt"] or []
    errors, drift_ntd = [], 0
    if len(receipt) != len(replayed):
        errors.append(f"{label}: {len(receipt)} receipt lines, {len(replayed)} movements")
    total_ntd = sum(line["requested_ntd"] for line in receipt)
    if not total_ntd == row["amount_ntd"] == row["lines_ntd"]:
        drift_ntd += abs(total_ntd - row["amount_ntd"]) + abs(total_ntd - row["lines_ntd"])
        errors.append(f"{label}: receipt, certification and request differ in amount")
    for line, reserve in zip(receipt, replayed, strict=False):
        difference_ntd = _difference(line, reserve, row["commit_basis"])
        if difference_ntd:
            drift_ntd += difference_ntd
            errors.append(f"{label} line {line['line_no']}: differs by {difference_ntd:,}")
    return len(receipt), drift_ntd, errors


def _difference(line: dict[str, Any], reserve: ReplayedReserve, basis: str) -> int:
    before = reserve.before
    difference_ntd: int = sum(abs(line[name] - getattr(before, name)) for name in COMPARED)
    difference_ntd += abs(line["requested_ntd"] - reserve.amount_ntd)
    available_ntd = before.annual_available_ntd
    if basis == "allotted":
        available_ntd = min(available_ntd, before.allotted_available_ntd)
    difference_ntd += abs(line["remaining_ntd"] - (available_ntd - reserve.amount_ntd))
    if line["control_row_id"] != str(before.control_row_id):
        difference_ntd += reserve.amount_ntd
    return difference_ntd
