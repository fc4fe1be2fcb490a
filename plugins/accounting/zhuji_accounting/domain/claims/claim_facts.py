"""What the books are told of an approved claim: what it settles, and what is paid. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec

from zhuji_accounting.domain.advances.advance import Advance, AdvanceKind
from zhuji_accounting.domain.advances.advance_facts import subsidiaries_of
from zhuji_accounting.domain.claims.claim import ClaimLine, ExpenseClaim
from zhuji_accounting.domain.ledger.fact import Fact, FactLine

PAID, SETTLED, PREPAID = "expenditure.paid", "advance.settled", "prepayment.settled"


def facts_of(claim: ExpenseClaim, advance: Advance | None, *, on_date: dt.date) -> list[Fact]:
    """Return one fact for what an advance had paid and one for what is paid now, as there is."""
    facts: list[Fact] = []
    if advance is not None and claim.settled_ntd:
        code = PREPAID if advance.kind is AdvanceKind.PREPAYMENT else SETTLED
        settled = [
            _line(line, line.settled_ntd, advance) for line in claim.lines if line.settled_ntd
        ]
        facts.append(_fact(claim, code, settled, on_date=on_date))
    if claim.due_ntd:
        paid = [_line(line, line.due_ntd, None) for line in claim.lines if line.due_ntd]
        # What is withheld is of the whole payroll: its entries name no budget row.
        amounts = {**paid[0].amounts_ntd, "withheld": claim.withheld_ntd}
        paid[0] = msgspec.structs.replace(paid[0], amounts_ntd=amounts)
        facts.append(_fact(claim, PAID, paid, on_date=on_date))
    return facts


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
