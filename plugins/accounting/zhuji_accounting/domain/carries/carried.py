"""What is carried over to the next year's books, kept apart by its year of origin. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from zhuji_accounting.domain.commitments.award import ENCUMBERED, contract_fact
from zhuji_accounting.domain.ledger.fact import Fact
from zhuji_accounting.domain.ledger.voucher import LINES_MAX, OPENING_PERIOD
from zhuji_accounting.domain.request import Brought, SpendingRequest
from zhuji_accounting.domain.year_end import YearHead

CHUNK = LINES_MAX // 2  # of each line two entries at most


def carried_facts(head: YearHead, requests: Sequence[SpendingRequest]) -> list[Fact]:
    """Return what opens the next year's books with what is carried over (支出保留數).

    By the rule of contracts, on the rows of former years: it never mixes with the new year's own.
    """
    lines = [
        line
        for request in requests
        if request.brought is Brought.CARRIED
        for line in contract_fact(
            request,
            ENCUMBERED,
            {line.line_no: line.amount_ntd for line in request.lines},
            on_date=head.opens_on,
        ).lines
    ]
    return [
        Fact(
            event_code=ENCUMBERED,
            agency_code=head.agency_code,
            agency_name=head.agency_name,
            fiscal_year=head.fiscal_year + 1,
            posting_date=head.opens_on,
            memo=f"{head.fiscal_year} 年度保留數轉入",
            document=head.document,
            lines=tuple(lines[start : start + CHUNK]),
            period=OPENING_PERIOD,
        )
        for start in range(0, len(lines), CHUNK)
    ]
