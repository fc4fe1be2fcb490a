"""What is carried over to the next year's books, kept apart by its year of origin. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from zhuji_accounting.domain.commitments.award import ENCUMBERED
from zhuji_accounting.domain.ledger.fact import Fact, FactLine
from zhuji_accounting.domain.ledger.voucher import LINES_MAX, OPENING_PERIOD, Subsidiary
from zhuji_accounting.domain.year_end import YearHead
from zhuji_core.values import Value

CHUNK = LINES_MAX // 2  # of each line two entries at most


class CarriedLine(Value, frozen=True, kw_only=True):
    """What of one line of a request is carried over: granted, and still held when its year ends."""

    request_id: uuid.UUID
    request_label: str
    line_no: int
    control_row_id: uuid.UUID
    line_code: str
    line_name: str
    object_code: str
    object_name: str
    account: str
    detail_object_code: str
    contract_no: str
    creditor: str
    carried_ntd: int


def carried_facts(head: YearHead, lines: Sequence[CarriedLine]) -> list[Fact]:
    """Return what opens the next year's books with what is carried over (支出保留數).

    By the rule of contracts, on the row of the year of origin: it never mixes with the new year's
    own. What is carried over without a contract stands under its request.
    """
    return [
        Fact(
            event_code=ENCUMBERED,
            agency_code=head.agency_code,
            agency_name=head.agency_name,
            fiscal_year=head.fiscal_year + 1,
            posting_date=head.opens_on,
            memo=f"{head.fiscal_year} 年度保留數轉入",
            document=head.document,
            lines=tuple(_line(head, line) for line in lines[start : start + CHUNK]),
            period=OPENING_PERIOD,
        )
        for start in range(0, len(lines), CHUNK)
    ]


def _line(head: YearHead, line: CarriedLine) -> FactLine:
    whose = Subsidiary(
        kind="contract", key=line.contract_no or line.request_label, name=line.creditor
    )
    return FactLine(
        amounts_ntd={"amount": line.carried_ntd},
        control_row_id=line.control_row_id,
        row_label=f"{head.fiscal_year} 年度 {line.line_code}-{line.object_code}"
        f" {line.line_name}　{line.object_name}",
        object_code=line.object_code,
        detail_object_code=line.detail_object_code,
        account=line.account,
        description=line.request_label,
        subsidiaries={"contract": whose},
    )
