"""What the books are told of an approved claim: what it settles, and what is paid. Pure."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence

import msgspec

from zhuji_accounting.domain.advances.advance import Advance, AdvanceKind
from zhuji_accounting.domain.advances.advance_facts import subsidiaries_of
from zhuji_accounting.domain.claims.claim import ClaimLine, ExpenseClaim
from zhuji_accounting.domain.ledger.fact import Fact, FactLine
from zhuji_accounting.domain.ledger.voucher import Subsidiary

PAID, SETTLED, PREPAID = "expenditure.paid", "advance.settled", "prepayment.settled"
OWED_PAID = "payable.paid"


def facts_of(
    claim: ExpenseClaim,
    advance: Advance | None,
    *,
    on_date: dt.date,
    owed: Mapping[uuid.UUID, Subsidiary],
) -> list[Fact]:
    """Return a fact for what an advance had paid, for what is paid now, and for dues that are paid.

    ``owed``: of the requests of former years whose dues (應付) are claimed, to whom each is owed.
    """
    facts: list[Fact] = []
    if advance is not None and claim.settled_ntd:
        code = PREPAID if advance.kind is AdvanceKind.PREPAYMENT else SETTLED
        settled = [
            _line(line, line.settled_ntd, advance) for line in claim.lines if line.settled_ntd
        ]
        facts.append(_fact(claim, code, settled, on_date=on_date))
    due = [line for line in claim.lines if line.due_ntd]
    withheld_ntd = claim.withheld_ntd
    for code, lines in (
        (PAID, [line for line in due if line.request_id not in owed]),
        (OWED_PAID, [line for line in due if line.request_id in owed]),
    ):
        if lines:
            facts.append(_paid(claim, code, lines, owed, withheld_ntd, on_date=on_date))
            withheld_ntd = 0
    return facts


def _paid(
    claim: ExpenseClaim,
    event_code: str,
    lines: Sequence[ClaimLine],
    owed: Mapping[uuid.UUID, Subsidiary],
    withheld_ntd: int,
    *,
    on_date: dt.date,
) -> Fact:
    paid = [_line(line, line.due_ntd, None) for line in lines]
    for number, line in enumerate(lines):
        if line.request_id in owed:
            whose = {"payee": owed[line.request_id]}
            paid[number] = msgspec.structs.replace(paid[number], subsidiaries=whose)
    # What is withheld is of the whole payroll: its entries name no budget row.
    amounts = {**paid[0].amounts_ntd, "withheld": withheld_ntd}
    paid[0] = msgspec.structs.replace(paid[0], amounts_ntd=amounts)
    return _fact(claim, event_code, paid, on_date=on_date)


def _fact(
    claim: ExpenseClaim, event_code: str, lines: Sequence[FactLine], *, on_date: dt.date
) -> Fact:
    return Fact(
        event_code=event_code,
        agency_code=claim.agency_code,
        agency_name=claim.agency_name,
        fiscal_year=claim.fiscal_year,
        posting_date=on_date,
        memo=claim.memo,
        document=claim.document,
        document_count=len(claim.documents),
        lines=tuple(lines),
    )


def _line(line: ClaimLine, amount_ntd: int, advance: Advance | None) -> FactLine:
    return FactLine(
        amounts_ntd={"amount": amount_ntd},
        control_row_id=line.control_row_id,
        row_label=f"{line.line_code}-{line.object_code} {line.line_name}　{line.object_name}",
        object_code=line.object_code,
        detail_object_code=line.detail_object_code,
        account=line.account,
        description=line.request_label,
        subsidiaries={} if advance is None else subsidiaries_of(advance),
    )
