"""A year's work written by COPY: certified, claimed, paid, posted; one transaction an agency.

What the product would have written request by request, in its order; ``zhuji budget verify`` and
``zhuji accounting verify`` recompute all of it. Written only where no one has certified yet.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence

import msgspec
import sqlalchemy as sa

from loadtests.data import documents
from loadtests.data.city import Agency
from loadtests.data.copying import PATIENT, Begin, Size, agency_of, copy, share, year_of
from loadtests.data.documents import Done
from loadtests.data.posting import post_year
from loadtests.data.year import Asked, Money, Until, Work, months, shares
from zhuji_accounting.domain.certification import NUMBER_KIND
from zhuji_accounting.usecases.submit_claim import NUMBER_KIND as CLAIM_NUMBER_KIND
from zhuji_budget.store import control_rows
from zhuji_core.contracts.funds import CommitBasis
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

ACTION = "budget.loadtests.work"

WAITING = sa.text("""
    SELECT r.request_id, r.request_no, r.purpose, r.payee,
           (SELECT json_agg(l ORDER BY l.line_no)
              FROM (SELECT q.line_no, q.control_row_id, q.line_code, q.line_name, q.object_code,
                           q.object_name, q.account, q.amount_ntd
                      FROM accounting.request_line AS q
                     WHERE q.request_id = r.request_id) AS l) AS lines
      FROM accounting.spending_request AS r
     WHERE r.fiscal_year = :year AND r.agency_code = :agency AND r.state = 'unit_approved'
     ORDER BY r.request_no
""")
CERTIFIED = sa.text("""
    SELECT count(*) FROM accounting.certification
     WHERE fiscal_year = :year AND agency_code = :agency
""")
ROWS = sa.text("""
    SELECT control_row_id, enacted_ntd, changes_ntd, frozen_ntd, encumbered_ntd, advanced_ntd,
           expended_ntd,
           ARRAY (SELECT COALESCE(sum(a.ntd), 0)::bigint
                    FROM generate_series(0, 12) AS month
                    LEFT JOIN unnest(allotment_ntd) WITH ORDINALITY AS a (ntd, at)
                           ON a.at <= month
                   GROUP BY month ORDER BY month) AS allotted
      FROM budget.control_row
     WHERE control_row_id = ANY(:ids)
     ORDER BY control_row_id
       FOR NO KEY UPDATE
""")
# What became of these lines, then what their moves add up to, on their rows and months.
LINES = sa.text("""
    UPDATE accounting.request_line AS l
       SET claimed_ntd = w.claimed_ntd, released_ntd = w.released_ntd
      FROM unnest(CAST(:requests AS uuid[]), CAST(:lines AS integer[]),
                  CAST(:claimed AS bigint[]), CAST(:released AS bigint[]))
           AS w (request_id, line_no, claimed_ntd, released_ntd)
     WHERE l.request_id = w.request_id AND l.line_no = w.line_no
""")
CONTRACTS = sa.text("""
    UPDATE accounting.spending_request AS r
       SET contract_no = w.contract_no, contractor = r.payee, revision = r.revision + 1
      FROM unnest(CAST(:requests AS uuid[]), CAST(:numbers AS text[]))
           AS w (request_id, contract_no)
     WHERE r.request_id = w.request_id
""")
RETURNED = sa.text("""
    UPDATE accounting.spending_request
       SET state = 'returned', return_reason = '示範：可用餘額不足', approved_by = NULL,
           approved_by_name = '', revision = revision + 1
     WHERE request_id = ANY(:ids)
""")
SETTLE = (
    """
    UPDATE accounting.spending_request AS r
       SET state = CASE WHEN r.request_id = ANY(:claimed) THEN 'closed' ELSE 'certified' END,
           revision = r.revision + CASE WHEN r.request_id = ANY(:claimed) THEN 2 ELSE 1 END
     WHERE r.request_id = ANY(:ids)
    """,
    """
    WITH spent AS (
        SELECT control_row_id, sum(claimed_ntd) AS ntd,
               sum(amount_ntd - claimed_ntd - released_ntd) AS held_ntd
          FROM accounting.request_line WHERE request_id = ANY(:ids) GROUP BY control_row_id
    )
    UPDATE budget.control_row AS r
       SET expended_ntd = r.expended_ntd + s.ntd, encumbered_ntd = r.encumbered_ntd + s.held_ntd
      FROM spent AS s WHERE r.control_row_id = s.control_row_id
    """,
    """
    INSERT INTO budget.execution_month AS m
           (control_row_id, month_key, certified_ntd, released_ntd, documents)
    SELECT l.control_row_id, :months + extract(month FROM c.business_date)::integer,
           sum(l.amount_ntd), sum(l.released_ntd),
           count(DISTINCT l.request_id)
           + count(DISTINCT l.request_id) FILTER (WHERE l.released_ntd > 0)
      FROM accounting.certification AS c
      JOIN accounting.request_line AS l USING (request_id)
     WHERE c.request_id = ANY(:ids)
     GROUP BY 1, 2
        ON CONFLICT (control_row_id, month_key) DO UPDATE
       SET certified_ntd = m.certified_ntd + excluded.certified_ntd,
           released_ntd = m.released_ntd + excluded.released_ntd,
           documents = m.documents + excluded.documents
    """,
    """
    INSERT INTO budget.realised_month AS m (control_row_id, month_key, spent_ntd)
    SELECT l.control_row_id, :months + extract(month FROM c.business_date)::integer,
           sum(l.claimed_ntd)
      FROM accounting.certification AS c
      JOIN accounting.request_line AS l USING (request_id)
     WHERE c.request_id = ANY(:ids) AND l.claimed_ntd > 0
     GROUP BY 1, 2
        ON CONFLICT (control_row_id, month_key) DO UPDATE
       SET spent_ntd = m.spent_ntd + excluded.spent_ntd
    """,
)
COUNTER = sa.text("""
    INSERT INTO kernel.number_counter (agency_code, fiscal_year, kind, last_no)
    VALUES (:agency, :year, :kind, :last_no)
""")


class Effort(Value, frozen=True, kw_only=True):
    """What of a city's year is done. ``vouchers``: free ones, beside those of documents.

    ``contracts``: how many of what is certified are awarded, the largest of each agency.
    ``returns``: what finds no money goes back to its writer; without it, it stays waiting.
    """

    vouchers: int = 0
    contracts: int = 0
    until: Until = Until()
    returns: bool = False


class Booked(Value, frozen=True, kw_only=True):
    """What this run wrote."""

    agencies: int = 0
    certifications: int = 0
    certified_lines: int = 0
    returned: int = 0
    contracts: int = 0
    claims: int = 0
    vouchers: int = 0
    voucher_lines: int = 0
    spent_ntd: int = 0

    def __add__(self, other: Booked) -> Booked:
        return Booked(
            **{name: getattr(self, name) + getattr(other, name) for name in self.__struct_fields__}
        )


def work(begin: Begin, size: Size, effort: Effort, *, told: Callable[[int, int], None]) -> Booked:
    """Do the year's work of each agency that has certified nothing yet."""
    booked = Booked()
    told(0, size.agencies)
    for number in range(size.agencies):
        own = agency_of(number, size)
        mine = msgspec.structs.replace(
            effort,
            vouchers=share(effort.vouchers, number, size.agencies),
            contracts=share(effort.contracts, number, size.agencies),
        )
        with begin() as uow:
            uow.connection.execute(PATIENT)
            found = _work_agency(uow, own, size, mine)
            if found == Booked():
                uow.abandon("the agency has worked already, or nothing waits there")
            else:
                uow.audit(ACTION, year_of(uow, size).document, after=msgspec.structs.asdict(found))
        booked += found
        told(number + 1, size.agencies)
    return booked


def _work_agency(uow: UnitOfWork, own: Agency, size: Size, effort: Effort) -> Booked:
    where = {"year": size.fiscal_year, "agency": own.code}
    if uow.connection.execute(CERTIFIED, where).scalar_one():
        return Booked()
    asked = [
        msgspec.convert(dict(row), Asked, strict=False)
        for row in uow.connection.execute(WAITING, where).mappings()
    ]
    if not asked:
        return Booked()
    basis = CommitBasis(control_rows.commit_basis(uow))
    by_month = tuple(
        tuple(month)
        for month in months(
            asked, _money(uow, asked), year=size.fiscal_year, basis=basis, until=effort.until
        )
    )
    done = Done(
        fiscal_year=size.fiscal_year,
        basis=basis,
        months=by_month,
        contracts=_contracts(by_month, effort.contracts, size.fiscal_year),
    )
    documents.write(uow, own, done)
    copy(uow, documents.MOVEMENTS, documents.movements(done))
    _settle(uow, done)
    for kind, last_no in ((NUMBER_KIND, len(done.works)), (CLAIM_NUMBER_KIND, len(done.claims))):
        uow.connection.execute(COUNTER, {**where, "kind": kind, "last_no": last_no})
    returned = _return(uow, asked, done, effort) if effort.returns else 0
    posted = post_year(uow, own, done, free=effort.vouchers, until=effort.until)
    return Booked(
        agencies=1,
        certifications=len(done.works),
        certified_lines=sum(len(one.met) for one in done.works),
        returned=returned,
        contracts=len(done.contracts),
        claims=len(done.claims),
        vouchers=posted.vouchers,
        voucher_lines=posted.lines,
        spent_ntd=sum(one.claimed_ntd for one in done.works),
    )


def _contracts(
    by_month: Sequence[Sequence[Work]], count: int, fiscal_year: int
) -> Mapping[uuid.UUID, str]:
    """Return the numbers of the contracts that the ``count`` largest become, by their requests."""
    largest = sorted(
        (one for month in by_month for one in month),
        key=lambda one: (-one.asked.amount_ntd, one.number),
    )
    return {one.asked.request_id: f"示範{fiscal_year}契{one.number:05}" for one in largest[:count]}


def _settle(uow: UnitOfWork, done: Done) -> None:
    parts = [
        (one.asked.request_id, line.line_no, claimed_ntd, rest_ntd)
        for one in done.claims
        for line, claimed_ntd, rest_ntd in one.parts
    ]
    names = ("requests", "lines", "claimed", "released")
    uow.connection.execute(
        LINES, {name: [part[at] for part in parts] for at, name in enumerate(names)}
    )
    uow.connection.execute(
        CONTRACTS,
        {"requests": list(done.contracts), "numbers": list(done.contracts.values())},
    )
    settled = {
        "ids": [one.asked.request_id for one in done.works],
        "claimed": [one.asked.request_id for one in done.claims],
        "months": done.fiscal_year * 100,
    }
    for statement in SETTLE:
        uow.connection.execute(sa.text(statement), settled)


def _return(uow: UnitOfWork, asked: Sequence[Asked], done: Done, effort: Effort) -> int:
    """Return to their writers what was not certified in its month; tell how many these are."""
    certified = {one.asked.request_id for one in done.works}
    refused = [
        one.request_id
        for month in shares(asked)[: effort.until.month]
        for one in month
        if one.request_id not in certified
    ]
    uow.connection.execute(RETURNED, {"ids": refused})
    return len(refused)


def _money(uow: UnitOfWork, asked: Sequence[Asked]) -> dict[uuid.UUID, Money]:
    ids = list({line.control_row_id for one in asked for line in one.lines})
    money = {}
    for row in uow.connection.execute(ROWS, {"ids": ids}).mappings():
        counters = dict(row)
        money[counters.pop("control_row_id")] = msgspec.convert(counters, Money)
    return money
