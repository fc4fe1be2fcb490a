"""The award (決標): a certified request becomes a contract; what it does not need is released.

From then on the books keep it as 契約責任 (支出保留數) until it is claimed or released. Pure.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

import msgspec

from zhuji_accounting.domain.carries.brought import require_own, row_label
from zhuji_accounting.domain.claims.tax_id import is_tax_id
from zhuji_accounting.domain.commitments.refusals import (
    AwardIncomplete,
    AwardLines,
    AwardOver,
    AwardSpent,
    AwardTwice,
)
from zhuji_accounting.domain.commitments.rules import ends_on
from zhuji_accounting.domain.ledger.fact import Fact, FactLine
from zhuji_accounting.domain.ledger.voucher import Subsidiary
from zhuji_accounting.domain.request import (
    Brought,
    Period,
    RequestLine,
    RequestState,
    SpendingRequest,
)
from zhuji_accounting.domain.rules import release, require_short_text, require_state
from zhuji_core.values import N_, Value

ENCUMBERED, CLEARED = "contract.encumbered", "contract.cleared"
MEMOS = {ENCUMBERED: "契約責任保留", CLEARED: "契約責任沖轉"}


class AwardLine(Value, frozen=True, kw_only=True):
    """What of a line was awarded, and what of it goes back."""

    line_no: int
    awarded_ntd: int
    surplus_ntd: int


class Contract(Value, frozen=True, kw_only=True):
    """What an office registers of a contract: its number, whose it is, its days."""

    contract_no: str
    contractor: str
    awarded_on: dt.date
    tax_id: str = ""
    due_on: dt.date | None = None


class Award(Value, frozen=True, kw_only=True):
    """A registered award; it never changes."""

    award_id: uuid.UUID
    request_id: uuid.UUID
    contract: Contract
    business_date: dt.date
    awarded_by: uuid.UUID
    awarded_by_name: str
    lines: tuple[AwardLine, ...]

    @property
    def amount_ntd(self) -> int:
        return sum(line.awarded_ntd for line in self.lines)

    @property
    def surplus_ntd(self) -> int:
        return sum(line.surplus_ntd for line in self.lines)


def require_contract(contract: Contract, *, fiscal_year: int, today: dt.date) -> Contract:
    """Return the contract without blanks around its words; raise AwardIncomplete or TooLong."""
    told = msgspec.structs.replace(
        contract,
        contract_no=contract.contract_no.strip(),
        contractor=contract.contractor.strip(),
        tax_id=contract.tax_id.strip(),
    )
    begins = Period(fiscal_year=fiscal_year, period=1).begins_on
    due_on = told.due_on
    faults = {
        "contract_no": (not told.contract_no, N_("必填")),
        "contractor": (not told.contractor, N_("必填")),
        "tax_id": (told.tax_id != "" and not is_tax_id(told.tax_id), N_("請核對統一編號。")),
        "awarded_on": (
            not begins <= told.awarded_on <= min(today, ends_on(fiscal_year)),
            N_("須為本年度內、不晚於今日之日期。"),
        ),
        "due_on": (due_on is not None and due_on < told.awarded_on, N_("不得早於決標日期。")),
    }
    wrong = {name: text for name, (bad, text) in faults.items() if bad}
    if wrong:
        raise AwardIncomplete(count=len(wrong), fields=wrong)
    require_short_text(told.contract_no, field=N_("契約編號"))
    require_short_text(told.contractor, field=N_("廠商"))
    return told


def require_awardable(request: SpendingRequest) -> None:
    """Raise WrongState, BroughtOnly, AwardTwice or AwardSpent unless it may become a contract."""
    require_state(request, [RequestState.CERTIFIED], action=N_("決標"))
    require_own(request, action=N_("決標"), unless=Brought.CARRIED)
    if request.contract_no:
        raise AwardTwice(label=request.label, contract_no=request.contract_no)
    for line in request.lines:
        whole_ntd = line.amount_ntd - line.released_ntd
        if line.held_ntd != whole_ntd:
            raise AwardSpent(
                arithmetic={"whole_ntd": whole_ntd, "held_ntd": line.held_ntd},
                label=request.label,
                line_no=line.line_no,
                certified_ntd=line.amount_ntd,
                released_ntd=line.released_ntd,
                whole_ntd=whole_ntd,
                held_ntd=line.held_ntd,
            )


def award(
    request: SpendingRequest, contract: Contract, amounts_ntd: Mapping[int, int]
) -> tuple[SpendingRequest, tuple[AwardLine, ...]]:
    """Return the request as a contract, its surplus released, and what was awarded of each line.

    ``amounts_ntd``: line number → NT dollars, of every line that holds something. Raises what
    ``require_awardable`` raises, AwardLines or AwardOver.
    """
    require_awardable(request)
    holding = [line for line in request.lines if line.held_ntd]
    if (
        set(amounts_ntd) != {line.line_no for line in holding}
        or min(amounts_ntd.values()) < 0
        or not any(amounts_ntd.values())
    ):
        raise AwardLines
    lines = tuple(_award_line(line, amounts_ntd[line.line_no]) for line in holding)
    surplus = {line.line_no: line.surplus_ntd for line in lines if line.surplus_ntd}
    awarded = msgspec.structs.replace(
        request, contract_no=contract.contract_no, contractor=contract.contractor
    )
    return (release(awarded, surplus) if surplus else awarded), lines


def _award_line(line: RequestLine, awarded_ntd: int) -> AwardLine:
    if awarded_ntd > line.held_ntd:
        figures: dict[str, Any] = {
            "held_ntd": line.held_ntd,
            "awarded_ntd": awarded_ntd,
            "short_ntd": awarded_ntd - line.held_ntd,
        }
        raise AwardOver(arithmetic=figures, line_no=line.line_no, **figures)
    return AwardLine(
        line_no=line.line_no,
        awarded_ntd=awarded_ntd,
        surplus_ntd=line.held_ntd - awarded_ntd,
    )


def contract_of(request: SpendingRequest) -> Subsidiary:
    """Return whose the entries of the contract are in the subsidiary ledger of contracts.

    What was carried over without a contract stands under the request that it continues.
    """
    key = request.contract_no or request.continues_label
    return Subsidiary(kind="contract", key=key, name=request.contractor or request.payee)


def contract_fact(
    request: SpendingRequest,
    event_code: str,
    amounts_ntd: Mapping[int, int],
    *,
    on_date: dt.date,
) -> Fact:
    """Return what the books are told of a contract: ``amounts_ntd`` is line number → NT dollars.

    Of one of former years the row is told with the year whose budget it is of.
    """
    rows = {line.line_no: line for line in request.lines}
    return Fact(
        event_code=event_code,
        agency_code=request.agency_code,
        agency_name=request.agency_name,
        fiscal_year=request.fiscal_year,
        posting_date=on_date,
        memo=f"{request.label} {MEMOS[event_code]}",
        document=request.document,
        lines=tuple(
            _fact_line(request, rows[line_no], amount_ntd)
            for line_no, amount_ntd in sorted(amounts_ntd.items())
            if amount_ntd
        ),
    )


def _fact_line(request: SpendingRequest, line: RequestLine, amount_ntd: int) -> FactLine:
    return FactLine(
        amounts_ntd={"amount": amount_ntd},
        control_row_id=line.control_row_id,
        row_label=row_label(request, line),
        object_code=line.object_code,
        detail_object_code=line.detail_object_code,
        account=line.account,
        description=request.contract_no or request.continues_label,
        subsidiaries={"contract": contract_of(request)},
    )
