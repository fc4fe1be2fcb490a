"""What a year's work leaves beside money: certifications, contracts, claims, releases, by COPY."""

from __future__ import annotations

import datetime as dt
import random
import uuid
import zlib
from collections.abc import Iterable, Mapping, Sequence

from loadtests.data.city import Agency
from loadtests.data.copying import APPROVER, WRITER, copy
from loadtests.data.year import Work
from zhuji_accounting.domain.claims.claim import ClaimStep
from zhuji_core.contracts.funds import CommitBasis
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

CERTIFIER, REVIEWER, CHIEF = (uuid.UUID(int=number) for number in (1003, 1004, 1005))
SIGNED = {
    ClaimStep.ACCEPT: (WRITER, "示範驗收"),
    ClaimStep.APPROVE: (APPROVER, "示範主管"),
    ClaimStep.REVIEW: (REVIEWER, "示範審核"),
    ClaimStep.GRANT: (CHIEF, "示範主辦會計"),
}
BANK = "004", "0037"

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
AWARDS = """
    COPY accounting.award
         (award_id, request_id, contract_no, contractor, tax_id, awarded_on, due_on, amount_ntd,
          surplus_ntd, business_date, awarded_by, awarded_by_name, awarded_at)
    FROM STDIN
"""
AWARD_LINES = """
    COPY accounting.award_line (award_id, line_no, awarded_ntd, surplus_ntd) FROM STDIN
"""
RELEASES = """
    COPY accounting.release
         (release_id, request_id, line_no, amount_ntd, reason, business_date, released_by,
          released_by_name, released_at)
    FROM STDIN
"""


class Done(Value, frozen=True, kw_only=True):
    """An agency's work of a year, and which of it are contracts: request → contract number."""

    fiscal_year: int
    basis: CommitBasis
    months: tuple[tuple[Work, ...], ...]
    contracts: Mapping[uuid.UUID, str]

    @property
    def works(self) -> list[Work]:
        return [one for month in self.months for one in month]

    @property
    def claims(self) -> list[Work]:
        return [one for one in self.works if one.claimed]

    def contract_no(self, one: Work) -> str:
        """Return the number of the contract that the request became; empty: of none."""
        return self.contracts.get(one.asked.request_id, "")


def request_label(one: Work, year: int) -> str:
    return f"{year}{one.asked.request_no:05}"


def claim_label(one: Work, year: int) -> str:
    return f"{year}報{one.number:05}"


def id_of(one: Work, mark: int) -> uuid.UUID:
    """Return an id drawn from the request's, so that it is known everywhere."""
    return uuid.UUID(int=one.asked.request_id.int ^ mark)


def claim_id(one: Work) -> uuid.UUID:
    return id_of(one, 1)


def certification_id(one: Work) -> uuid.UUID:
    return id_of(one, 2)


def award_id(one: Work) -> uuid.UUID:
    return id_of(one, 3)


def release_id(one: Work, line_no: int) -> uuid.UUID:
    return id_of(one, 16 + line_no)


def at(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(2), tzinfo=dt.UTC)


def write(uow: UnitOfWork, own: Agency, done: Done) -> None:
    """Write the documents of an agency's year; their money is the caller's."""
    _write_certifications(uow, own, done)
    _write_awards(uow, done)
    _write_claims(uow, own, done)
    _write_parts(uow, own, done)
    copy(
        uow,
        RELEASES,
        (
            (release_id(one, line.line_no), one.asked.request_id, line.line_no, rest_ntd,
             f"末次報支 {claim_label(one, done.fiscal_year)}", one.day, CHIEF, "示範主辦會計",
             at(one.day))
            for one in done.claims
            for line, _, rest_ntd in one.parts
            if rest_ntd
        ),
    )  # fmt: skip


def _write_certifications(uow: UnitOfWork, own: Agency, done: Done) -> None:
    copy(
        uow,
        CERTIFICATIONS,
        (
            (certification_id(one), one.asked.request_id, done.fiscal_year, own.code, one.number,
             one.asked.amount_ntd, str(done.basis), one.day, CERTIFIER, "示範會計", at(one.day))
            for one in done.works
        ),
    )  # fmt: skip
    copy(
        uow,
        RECEIPTS,
        (
            (certification_id(one), met.line.line_no, met.line.control_row_id, met.enacted_ntd,
             met.changes_ntd, met.frozen_ntd, met.allotted_to_date_ntd, met.encumbered_ntd,
             met.advanced_ntd, met.expended_ntd, met.line.amount_ntd, met.remaining_ntd)
            for one in done.works
            for met in one.met
        ),
    )  # fmt: skip


def _write_awards(uow: UnitOfWork, done: Done) -> None:
    """Write each contract at the sum that was certified: nothing of it is left over (標餘)."""
    awarded = [one for one in done.works if done.contract_no(one)]
    due_on = dt.date(done.fiscal_year + 1911, 12, 31)
    copy(
        uow,
        AWARDS,
        (
            (award_id(one), one.asked.request_id, done.contract_no(one), one.asked.payee, "",
             one.day, due_on, one.asked.amount_ntd, 0, one.day, CERTIFIER, "示範會計", at(one.day))
            for one in awarded
        ),
    )  # fmt: skip
    copy(
        uow,
        AWARD_LINES,
        (
            (award_id(one), line.line_no, line.amount_ntd, 0)
            for one in awarded
            for line in one.asked.lines
        ),
    )


def _write_claims(uow: UnitOfWork, own: Agency, done: Done) -> None:
    year = done.fiscal_year
    copy(
        uow,
        CLAIMS,
        (
            (claim_id(one), year, own.code, own.name, "approved", one.number,
             "contract" if done.contract_no(one) else "ordinary", one.asked.purpose, True,
             one.claimed_ntd, WRITER, "示範經辦", at(one.day), at(one.day), one.day)
            for one in done.claims
        ),
    )  # fmt: skip
    copy(
        uow,
        CLAIM_LINES,
        (
            (claim_id(one), line.line_no, one.asked.request_id, request_label(one, year),
             line.line_no, line.control_row_id, line.line_code, line.line_name, line.object_code,
             line.object_name, line.account, claimed_ntd)
            for one in done.claims
            for line, claimed_ntd, _ in one.parts
        ),
    )  # fmt: skip


def _write_parts(uow: UnitOfWork, own: Agency, done: Done) -> None:
    drawn = random.Random(f"{done.fiscal_year}/{own.code}")  # noqa: S311 (repeatable, no secret)
    copy(
        uow,
        DOCUMENTS,
        (
            (claim_id(one), 1, "receipt", f"{drawn.randrange(10**8):08}", one.day,
             one.claimed_ntd)
            for one in done.claims
        ),
    )  # fmt: skip
    copy(
        uow,
        PAYEES,
        (
            (claim_id(one), 1, one.asked.payee, *BANK, account_of(one.asked.payee),
             one.claimed_ntd)
            for one in done.claims
        ),
    )  # fmt: skip
    copy(
        uow,
        SIGNATURES,
        (
            (claim_id(one), str(step), user_id, name, at(one.day))
            for one in done.claims
            for step, (user_id, name) in SIGNED.items()
        ),
    )


def account_of(payee: str) -> str:
    """Return the number of a seller's account: the same wherever the seller is paid."""
    return f"{zlib.crc32(payee.encode()):012}"


def movements(done: Done) -> Iterable[Sequence[object]]:
    """Yield the moves in their order: a month's certifications, then its claims."""
    for month in done.months:
        for one in month:
            request = _request(one, done)
            for line in one.asked.lines:
                yield (line.control_row_id, "reserve", line.amount_ntd, *request,
                       None, None, None, one.day, at(one.day), CERTIFIER)  # fmt: skip
        for one in month:
            yield from _claimed_moves(one, done)


def _claimed_moves(one: Work, done: Done) -> Iterable[Sequence[object]]:
    request = _request(one, done)
    claim = ("accounting.claim", claim_id(one), claim_label(one, done.fiscal_year))
    for line, claimed_ntd, _ in one.parts:
        yield (line.control_row_id, "expend", claimed_ntd, *claim, *request, one.day,
               at(one.day), CHIEF)  # fmt: skip
    for line, _, rest_ntd in one.parts:
        if rest_ntd:
            yield (line.control_row_id, "release", rest_ntd, *request, None, None, None, one.day,
                   at(one.day), CHIEF)  # fmt: skip


def _request(one: Work, done: Done) -> tuple[str, uuid.UUID, str]:
    label = request_label(one, done.fiscal_year)
    return ("accounting.request", one.asked.request_id, label)
