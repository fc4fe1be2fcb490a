"""Money paid back of an advance, and what a row of the budget and the records then hold."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from tests.plugins.accounting.given import Office, everything
from tests.plugins.accounting.given_advances import Advances
from zhuji_accounting.domain.advances.advance import Advance
from zhuji_accounting.domain.recoveries.recovery import (
    DepositSlip,
    Recovery,
    RecoveryLine,
    WantedRecovery,
)
from zhuji_accounting.usecases.pay_back_advance import pay_back_advance
from zhuji_core.identity.actor import Actor

MARCH_15 = dt.date(2016, 3, 15)
COUNTERS = """
    SELECT encumbered_ntd, advanced_ntd, expended_ntd FROM budget.control_row
     WHERE control_row_id = :row
"""
TABLES = ("advance", "advance_line", "claim_line", "recovery", "recovery_line", "voucher")


def wanted(*amounts_ntd: int, **more: Any) -> WantedRecovery:
    slip: dict[str, Any] = {
        "payer": "出差戊", "slip_no": uuid.uuid4().hex[:10], "deposited_on": MARCH_15,
        "reason": "結餘繳回", **more,
    }  # fmt: skip
    return WantedRecovery(
        slip=DepositSlip(**slip),
        lines=tuple(
            RecoveryLine(line_no=line_no, amount_ntd=amount_ntd)
            for line_no, amount_ntd in enumerate(amounts_ntd, 1)
        ),
    )


def pay_back(
    advances: Advances, advance: Advance, *amounts_ntd: int, by: Actor | None = None, **more: Any
) -> Recovery:
    with advances.office.county.uow(by or advances.chief) as uow:
        return pay_back_advance(
            uow, advance_id=advance.advance_id, wanted=wanted(*amounts_ntd, **more)
        )


def counters(office: Office) -> tuple[int, int, int]:
    row = office.county.rows(COUNTERS, row=office.supplies)[0]
    return row.encumbered_ntd, row.advanced_ntd, row.expended_ntd


def kept(office: Office) -> dict[str, list[str]]:
    more = {
        table: sorted(
            row.kept
            for row in office.county.rows(
                f"SELECT t::text AS kept FROM accounting.{table} AS t"  # noqa: S608
            )
        )
        for table in TABLES
    }
    return {**everything(office.county), **more}
