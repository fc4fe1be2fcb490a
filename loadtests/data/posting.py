"""The vouchers of a year's work, by the county's own posting rules, posted by COPY and in sets."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from collections.abc import Iterator, Sequence

import msgspec

from loadtests.data.city import Agency
from loadtests.data.copying import copy
from loadtests.data.documents import Done, claim_id, claim_label, request_label
from loadtests.data.year import AskedLine, Until, Work
from zhuji_accounting.domain.commitments.award import CLEARED, ENCUMBERED, MEMOS
from zhuji_accounting.domain.ledger.fact import Fact, FactLine
from zhuji_accounting.domain.ledger.voucher import Subsidiary, Voucher, VoucherState
from zhuji_accounting.queries.charts import Posting, posting_of
from zhuji_accounting.store import charts, vouchers
from zhuji_accounting.usecases._record_fact import AUTOMATIC, voucher_from
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

PREPARER, REVIEWER, CHIEF = (uuid.UUID(int=number) for number in (1006, 1004, 1005))
# Guarantees of others come and go all year, each in a subsidiary ledger; they touch no budget.
FREE = ("guarantee.received", "guarantee.returned")
FREE_NTD = 12_000

VOUCHERS = """
    COPY accounting.voucher
         (voucher_id, fiscal_year, agency_code, agency_name, kind, state, period, posting_date,
          memo, amount_ntd, document_count, event_code, rule_set_id, source_kind, source_id,
          source_label, automatic, prepared_by, prepared_by_name, prepared_at, reviewed_by,
          reviewed_by_name, reviewed_at, approved_by, approved_by_name, approved_at, created_at)
    FROM STDIN
"""
LINES = """
    COPY accounting.voucher_line
         (voucher_id, line_no, account_code, account_name, debit_ntd, credit_ntd, description,
          control_row_id, row_label, object_code, subsidiary_kind, subsidiary_key, subsidiary_name)
    FROM STDIN
"""


class Posted(Value, frozen=True, kw_only=True):
    vouchers: int
    lines: int


def post_year(uow: UnitOfWork, own: Agency, done: Done, *, free: int, until: Until) -> Posted:
    """Write and post the vouchers of claims and contracts, and ``free`` ones of guarantees."""
    charts.ensure_shipped(uow)
    year = done.fiscal_year
    posting = posting_of(uow, fiscal_year=year, on_date=dt.date(year + 1911, 12, 31))
    facts = itertools.chain(
        (_paid(one, own, year) for one in done.claims),
        _contracts(own, done),
        _guarantees(own, year, free, months=until.month),
    )
    made = sorted(
        (_approved(fact, posting) for fact in facts), key=lambda one: (one.posting_date, one.memo)
    )
    if not made:
        return Posted(vouchers=0, lines=0)
    copy(uow, VOUCHERS, (_record(one) for one in made))
    copy(
        uow,
        LINES,
        (
            (one.voucher_id, line.line_no, line.account_code, line.account_name, line.debit_ntd,
             line.credit_ntd, line.description, line.control_row_id, line.row_label,
             line.object_code, line.subsidiary_kind, line.subsidiary_key, line.subsidiary_name)
            for one in made
            for line in one.lines
        ),
    )  # fmt: skip
    vouchers.post(uow, made)
    return Posted(vouchers=len(made), lines=sum(len(one.lines) for one in made))


def _paid(one: Work, own: Agency, fiscal_year: int) -> Fact:
    return Fact(
        event_code="expenditure.paid",
        agency_code=own.code,
        agency_name=own.name,
        fiscal_year=fiscal_year,
        posting_date=one.day,
        memo=one.asked.purpose,
        document=DocumentRef(
            kind="accounting.claim",
            document_id=claim_id(one),
            label=claim_label(one, fiscal_year),
            agency_code=own.code,
        ),
        document_count=1,
        lines=tuple(_line(line, claimed_ntd) for line, claimed_ntd, _ in one.parts),
    )


def _contracts(own: Agency, done: Done) -> Iterator[Fact]:
    """Yield what the books are told of contracts: entered at their award, cleared when paid."""
    for one in done.works:
        number = done.contract_no(one)
        if number:
            for event_code in (ENCUMBERED, CLEARED) if one.claimed else (ENCUMBERED,):
                yield _contract(one, own, done.fiscal_year, number, event_code)


def _contract(one: Work, own: Agency, fiscal_year: int, number: str, event_code: str) -> Fact:
    whose = {"contract": Subsidiary(kind="contract", key=number, name=one.asked.payee)}
    label = request_label(one, fiscal_year)
    return Fact(
        event_code=event_code,
        agency_code=own.code,
        agency_name=own.name,
        fiscal_year=fiscal_year,
        posting_date=one.day,
        memo=f"{label} {MEMOS[event_code]}",
        document=DocumentRef(
            kind="accounting.request",
            document_id=one.asked.request_id,
            label=label,
            agency_code=own.code,
        ),
        lines=tuple(
            msgspec.structs.replace(
                _line(line, line.amount_ntd), description=number, subsidiaries=whose
            )
            for line in one.asked.lines
        ),
    )


def _line(line: AskedLine, amount_ntd: int) -> FactLine:
    return FactLine(
        amounts_ntd={"amount": amount_ntd},
        control_row_id=line.control_row_id,
        row_label=f"{line.line_code}-{line.object_code} {line.line_name}　{line.object_name}",
        object_code=line.object_code,
        account=line.account,
    )


def _guarantees(own: Agency, fiscal_year: int, count: int, *, months: int) -> Iterator[Fact]:
    for number in range(count):
        pair, turn = divmod(number, len(FREE))
        deposit = Subsidiary(kind="deposit", key=f"示範{pair + 1}", name=f"示範保證金 {pair + 1}")
        yield Fact(
            event_code=FREE[turn],
            agency_code=own.code,
            agency_name=own.name,
            fiscal_year=fiscal_year,
            posting_date=dt.date(
                fiscal_year + 1911, 1 + number * months // count, 1 + turn + pair % 26
            ),
            memo=deposit.name,
            lines=(
                FactLine(
                    amounts_ntd={"amount": FREE_NTD + pair}, subsidiaries={"deposit": deposit}
                ),
            ),
        )


def _approved(fact: Fact, posting: Posting) -> Voucher:
    return msgspec.structs.replace(
        voucher_from(fact, posting),
        state=VoucherState.APPROVED,
        automatic=posting.rules.rule(fact.event_code).automatic,
    )


def _record(one: Voucher) -> Sequence[object]:
    at = dt.datetime.combine(one.posting_date, dt.time(3), tzinfo=dt.UTC)
    source = one.source
    people: Sequence[object] = (
        PREPARER, "示範製票", at, REVIEWER, "示範審核", at, CHIEF, "示範主辦會計", at,
    )  # fmt: skip
    if one.automatic:
        people = (None, AUTOMATIC, None, None, "", None, None, "", None)
    return (
        one.voucher_id, one.fiscal_year, one.agency_code, one.agency_name, str(one.kind),
        "approved", one.period, one.posting_date, one.memo, one.debit_ntd, one.document_count,
        one.event_code, one.rule_set_id, source.kind if source else "",
        source.document_id if source else None, source.label if source else "",
        one.automatic, *people, at,
    )  # fmt: skip
