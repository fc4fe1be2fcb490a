"""What the books are told of a granted advance: who has the money, by budget row. Pure."""

from __future__ import annotations

import datetime as dt

from zhuji_accounting.domain.advances.advance import Advance, AdvanceKind, AdvanceLine
from zhuji_accounting.domain.ledger.fact import Fact, FactLine
from zhuji_accounting.domain.ledger.voucher import Subsidiary

EVENT_CODES = {
    AdvanceKind.GENERAL: "advance.paid",
    AdvanceKind.TRAVEL: "advance.paid",
    AdvanceKind.PREPAYMENT: "prepayment.paid",
    AdvanceKind.PETTY_CASH: "petty-cash.drawn",
}


def fact_of(advance: Advance, *, on_date: dt.date) -> Fact:
    """Return what the books are told: who has the money, by budget row."""
    return Fact(
        event_code=EVENT_CODES[advance.kind],
        agency_code=advance.agency_code,
        agency_name=advance.agency_name,
        fiscal_year=advance.fiscal_year,
        posting_date=on_date,
        memo=advance.memo,
        document=advance.document,
        document_count=1,
        lines=tuple(_line(advance, line) for line in advance.lines),
    )


def _line(advance: Advance, line: AdvanceLine) -> FactLine:
    """Return one part of what the books are told of ``line``: budget row, object, whose it is."""
    return FactLine(
        amounts_ntd={"amount": line.amount_ntd},
        control_row_id=line.control_row_id,
        row_label=f"{line.line_code}-{line.object_code} {line.line_name}　{line.object_name}",
        object_code=line.object_code,
        detail_object_code=line.detail_object_code,
        account=line.account,
        description=advance.receiver_name,
        subsidiaries=subsidiaries_of(advance),
    )


def subsidiaries_of(advance: Advance) -> dict[str, Subsidiary]:
    """Return whose the entries are in the subsidiary ledgers of advances and of contracts."""
    name = advance.receiver_name
    contract_no = advance.contract_no or advance.label
    return {
        "advance": Subsidiary(kind="advance", key=advance.label, name=name),
        "contract": Subsidiary(kind="contract", key=contract_no, name=name),
    }
