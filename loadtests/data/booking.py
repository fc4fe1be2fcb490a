"""A year's work written by COPY: certified, claimed, paid, posted; one transaction an agency.

What the product would have written request by request, in its order; ``zhuji budget verify`` and
``zhuji accounting verify`` recompute all of it. Written only where no one has certified yet.
"""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Callable, Iterable, Sequence

import msgspec
import sqlalchemy as sa

from loadtests.data.city import Agency
from loadtests.data.copying import APPROVER, WRITER, Begin, Size, agency_of, copy, year_of
from loadtests.data.posting import post_year
from loadtests.data.year import Asked, Money, Work, months
from zhuji_accounting.domain.certification import NUMBER_KIND
from zhuji_accounting.domain.claims.claim import ClaimStep
from zhuji_accounting.usecases.submit_claim import NUMBER_KIND as CLAIM_NUMBER_KIND
from zhuji_budget.store import control_rows
from zhuji_core.contracts.funds import CommitBasis
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

ACTION = "budget.loadtests.work"
# A year of an agency is one statement here, of people some hundreds; and the machine may be busy.
PATIENT = sa.text("SET LOCAL statement_timeout = '10min'")
CERTIFIER, REVIEWER, CHIEF = (uuid.UUID(int=number) for number in (1003, 1004, 1005))
SIGNED = {
    ClaimStep.ACCEPT: (WRITER, "示範驗收"),
    ClaimStep.APPROVE: (APPROVER, "示範主管"),
    ClaimStep.REVIEW: (REVIEWER, "示範審核"),
    ClaimStep.GRANT: (CHIEF, "示範主辦會計"),
}
BANK = "004", "0037", "123456789012"

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
CERTIFICATIONS = """
    COPY accounting.certification
         (certification_id, request_id, fiscal_year, agency_code, certification_no, amount_ntd,
          commit_basis, business_date, certified_by, certified_by_name, certified_at)
    FROM STDIN
"""
RECEIPTS = """
    COPY accounting.receipt_line
         (certification_id, line_no, control_row_id, enacted_ntd, changes_ntd, frozen_ntd,
          allotted_to_date_ntd, encumbered_ntd, advanced_ntd, expended_ntd, requested_ntd,
          remaining_ntd)
    FROM STDIN
"""
CLAIMS = """
    COPY accounting.claim
         (claim_id, fiscal_year, agency_code, agency_name, state, claim_no, kind, memo, final,
          amount_ntd, created_by, created_by_name, created_at, submitted_at, business_date)
    FROM STDIN
"""
CLAIM_LINES = """
    COPY accounting.claim_line
         (claim_id, line_no, request_id, request_label, request_line_no, control_row_id, line_code,
          line_name, object_code, object_name, account, amount_ntd)
    FROM STDIN
"""
DOCUMENTS = """
    COPY accounting.source_document
         (claim_id, document_no, kind, number, dated_on, amount_ntd)
    FROM STDIN
"""
PAYEES = """
    COPY accounting.claim_payee
         (claim_id, payee_no, name, bank_code, branch_code, account_no, amount_ntd)
    FROM STDIN
"""
SIGNATURES = "COPY accounting.claim_signature (claim_id, step, user_id, name, signed_at) FROM STDIN"
MOVEMENTS = """
    COPY budget.budget_movement
         (control_row_id, kind, amount_ntd, document_kind, document_id, document_label,
          commitment_kind, commitment_id, commitment_label, business_date, recorded_at, actor_id)
    FROM STDIN
"""
# What the moves of these requests add up to, on their rows, months and lines.
SETTLE = (
    """
    UPDATE accounting.spending_request SET state = 'closed', revision = revision + 2
     WHERE request_id = ANY(:ids)
    """,
    """
    UPDATE accounting.request_line SET claimed_ntd = amount_ntd WHERE request_id = ANY(:ids)
    """,
    """
    WITH spent AS (
        SELECT control_row_id, sum(amount_ntd) AS ntd
          FROM accounting.request_line WHERE request_id = ANY(:ids) GROUP BY control_row_id
    )
    UPDATE budget.control_row AS r SET expended_ntd = r.expended_ntd + s.ntd
      FROM spent AS s WHERE r.control_row_id = s.control_row_id
    """,
    """
    INSERT INTO budget.execution_month AS m
           (control_row_id, month_key, certified_ntd, released_ntd, documents)
    SELECT l.control_row_id, :months + extract(month FROM c.business_date)::integer,
           sum(l.amount_ntd), 0, count(DISTINCT l.request_id)
      FROM accounting.certification AS c
      JOIN accounting.request_line AS l USING (request_id)
     WHERE c.request_id = ANY(:ids)
     GROUP BY 1, 2
        ON CONFLICT (control_row_id, month_key) DO UPDATE
       SET certified_ntd = m.certified_ntd + excluded.certified_ntd,
           documents = m.documents + excluded.documents
    """,
    """
    INSERT INTO budget.realised_month AS m (control_row_id, month_key, spent_ntd)
    SELECT l.control_row_id, :months + extract(month FROM c.business_date)::integer,
           sum(l.amount_ntd)
      FROM accounting.certification AS c
      JOIN accounting.request_line AS l USING (request_id)
     WHERE c.request_id = ANY(:ids)
     GROUP BY 1, 2
        ON CONFLICT (control_row_id, month_key) DO UPDATE
       SET spent_ntd = m.spent_ntd + excluded.spent_ntd
    """,
)
COUNTER = sa.text("""
    INSERT INTO kernel.number_counter (agency_code, fiscal_year, kind, last_no)
    VALUES (:agency, :year, :kind, :last_no)
""")


class Booked(Value, frozen=True, kw_only=True):
    """What this run wrote."""

    agencies: int = 0
    certifications: int = 0
    certified_lines: int = 0
    claims: int = 0
    vouchers: int = 0
    voucher_lines: int = 0
    spent_ntd: int = 0

    def __add__(self, other: Booked) -> Booked:
        return Booked(
            **{name: getattr(self, name) + getattr(other, name) for name in self.__struct_fields__}
        )


def work(begin: Begin, size: Size, *, vouchers: int, told: Callable[[int, int], None]) -> Booked:
    """Do the year's work of each agency that has certified nothing yet.

    ``vouchers``: how many free ones the city posts beside those of its claims.
    """
    booked = Booked()
    for number in range(size.agencies):
        own = agency_of(number, size)
        with begin() as uow:
            uow.connection.execute(PATIENT)
            found = _work_agency(uow, own, size, vouchers=vouchers // size.agencies)
            if found == Booked():
                uow.abandon("the agency has worked already, or nothing waits there")
            else:
                uow.audit(ACTION, year_of(uow, size).document, after=msgspec.structs.asdict(found))
        booked += found
        told(number + 1, size.agencies)
    return booked


def _work_agency(uow: UnitOfWork, own: Agency, size: Size, *, vouchers: int) -> Booked:
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
    done = list(months(asked, _money(uow, asked), year=size.fiscal_year, basis=basis))
    whole = [one for month in done for one in month]
    _write(uow, own, whole, basis, size)
    copy(uow, MOVEMENTS, _movements(done, size.fiscal_year))
    settled = {"ids": [one.asked.request_id for one in whole], "months": size.fiscal_year * 100}
    for statement in SETTLE:
        uow.connection.execute(sa.text(statement), settled)
    for kind in (NUMBER_KIND, CLAIM_NUMBER_KIND):
        uow.connection.execute(COUNTER, {**where, "kind": kind, "last_no": len(whole)})
    posted = post_year(uow, own, whole, fiscal_year=size.fiscal_year, free=vouchers)
    return Booked(
        agencies=1,
        certifications=len(whole),
        certified_lines=sum(len(one.met) for one in whole),
        claims=len(whole),
        vouchers=posted.vouchers,
        voucher_lines=posted.lines,
        spent_ntd=sum(one.asked.amount_ntd for one in whole),
    )


def _money(uow: UnitOfWork, asked: Sequence[Asked]) -> dict[uuid.UUID, Money]:
    ids = list({line.control_row_id for one in asked for line in one.lines})
    money = {}
    for row in uow.connection.execute(ROWS, {"ids": ids}).mappings():
        counters = dict(row)
        money[counters.pop("control_row_id")] = msgspec.convert(counters, Money)
    return money


def request_label(one: Work, year: int) -> str:
    return f"{year}{one.asked.request_no:05}"


def claim_label(one: Work, year: int) -> str:
    return f"{year}報{one.number:05}"


def claim_id(one: Work) -> uuid.UUID:
    """Return the id of the claim: drawn from its request's, so that it is known everywhere."""
    return uuid.UUID(int=one.asked.request_id.int ^ 1)


def _at(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(2), tzinfo=dt.UTC)


def _write(
    uow: UnitOfWork, own: Agency, whole: Sequence[Work], basis: CommitBasis, size: Size
) -> None:
    year = size.fiscal_year
    ids = {one.number: uuid.UUID(int=one.asked.request_id.int ^ 2) for one in whole}
    copy(
        uow,
        CERTIFICATIONS,
        (
            (ids[one.number], one.asked.request_id, year, own.code, one.number,
             one.asked.amount_ntd, str(basis), one.day, CERTIFIER, "示範會計", _at(one.day))
            for one in whole
        ),
    )  # fmt: skip
    copy(
        uow,
        RECEIPTS,
        (
            (ids[one.number], met.line.line_no, met.line.control_row_id, met.enacted_ntd,
             met.changes_ntd, met.frozen_ntd, met.allotted_to_date_ntd, met.encumbered_ntd,
             met.advanced_ntd, met.expended_ntd, met.line.amount_ntd, met.remaining_ntd)
            for one in whole
            for met in one.met
        ),
    )  # fmt: skip
    copy(
        uow,
        CLAIMS,
        (
            (claim_id(one), year, own.code, own.name, "approved", one.number, "ordinary",
             one.asked.purpose, True, one.asked.amount_ntd, WRITER, "示範經辦", _at(one.day),
             _at(one.day), one.day)
            for one in whole
        ),
    )  # fmt: skip
    _write_parts(uow, own, whole, year)


def _write_parts(uow: UnitOfWork, own: Agency, whole: Sequence[Work], year: int) -> None:
    copy(
        uow,
        CLAIM_LINES,
        (
            (claim_id(one), line.line_no, one.asked.request_id, request_label(one, year),
             line.line_no, line.control_row_id, line.line_code, line.line_name, line.object_code,
             line.object_name, line.account, line.amount_ntd)
            for one in whole
            for line in one.asked.lines
        ),
    )  # fmt: skip
    drawn = random.Random(own.code)  # noqa: S311 (repeatable, no secret)
    copy(
        uow,
        DOCUMENTS,
        (
            (claim_id(one), 1, "receipt", f"{drawn.randrange(10**8):08}", one.day,
             one.asked.amount_ntd)
            for one in whole
        ),
    )  # fmt: skip
    copy(
        uow,
        PAYEES,
        ((claim_id(one), 1, one.asked.payee, *BANK, one.asked.amount_ntd) for one in whole),
    )
    copy(
        uow,
        SIGNATURES,
        (
            (claim_id(one), str(step), user_id, name, _at(one.day))
            for one in whole
            for step, (user_id, name) in SIGNED.items()
        ),
    )


def _movements(done: Iterable[Sequence[Work]], year: int) -> Iterable[Sequence[object]]:
    """Yield the moves in their order: a month's certifications, then its claims."""
    for month in done:
        for one in month:
            request = ("accounting.request", one.asked.request_id, request_label(one, year))
            for line in one.asked.lines:
                yield (line.control_row_id, "reserve", line.amount_ntd, *request,
                       None, None, None, one.day, _at(one.day), CERTIFIER)  # fmt: skip
        for one in month:
            request = ("accounting.request", one.asked.request_id, request_label(one, year))
            for line in one.asked.lines:
                yield (line.control_row_id, "expend", line.amount_ntd, "accounting.claim",
                       claim_id(one), claim_label(one, year), *request, one.day, _at(one.day),
                       CHIEF)  # fmt: skip
