"""What the kinds of claims ask for besides, on their form: a journey, a payroll, a subsidy."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

from zhuji_accounting.domain.claims.claim import ClaimKind
from zhuji_accounting.domain.claims.details import (
    ClaimDetails,
    Journey,
    Payroll,
    Subsidy,
    Withholding,
    WithholdingKind,
)
from zhuji_accounting.web.typed import needed_day, typed_amount
from zhuji_core.formats import (
    date_key,
    format_ntd,
)
from zhuji_core.values import N_

PARTS = ("journey-", "payroll-", "withheld-", "subsidy-")
NUMBER_BAD = N_("請填數字。")


def typed_details(fields: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    """Return what was typed into the fields of the kinds."""
    return {name: text.strip() for name, text in fields if name.startswith(PARTS)}


def typed_from(details: ClaimDetails) -> Mapping[str, str]:
    """Return saved details as they would be typed."""
    typed: dict[str, str] = {}
    if journey := details.journey:
        typed |= {
            "journey-traveller": journey.traveller,
            "journey-destination": journey.destination,
            "journey-left_on": date_key(journey.left_on),
            "journey-returned_on": date_key(journey.returned_on),
            "journey-transport": format_ntd(journey.transport_ntd),
            "journey-lodging": format_ntd(journey.lodging_ntd),
            "journey-allowance": format_ntd(journey.allowance_ntd),
        }
    if payroll := details.payroll:
        typed |= {
            "payroll-month": str(payroll.month),
            "payroll-head_count": str(payroll.head_count),
            **{f"withheld-{one.kind}": format_ntd(one.amount_ntd) for one in payroll.withholdings},
        }
    if subsidy := details.subsidy:
        typed |= {
            "subsidy-recipient": subsidy.recipient,
            "subsidy-recipient_id": subsidy.recipient_id,
            "subsidy-plan": subsidy.plan,
            "subsidy-approval_no": subsidy.approval_no,
            "subsidy-approved": format_ntd(subsidy.approved_ntd),
        }
    return typed


class _Reader:
    """Reads fields and notes what cannot be read, by field."""

    def __init__(self, typed: Mapping[str, str], faults: dict[str, str], today: dt.date) -> None:
        self._typed, self._faults, self._today = typed, faults, today

    def text(self, name: str) -> str:
        return self._typed.get(name, "")

    def amount(self, name: str) -> int:
        return typed_amount(self.text(name), name, self._faults)

    def number(self, name: str) -> int:
        text = self.text(name)
        if not (text.isascii() and text.isdecimal()) or len(text) > 6:  # noqa: PLR2004 (people)
            self._faults[name] = NUMBER_BAD
            return 0
        return int(text)

    def date(self, name: str) -> dt.date:
        return needed_day(self.text(name), name, self._faults, today=self._today)


def wanted_details(
    typed: Mapping[str, str], kind: str, faults: dict[str, str], *, today: dt.date
) -> ClaimDetails:
    """Read the details of ``kind``; what cannot be read is added to ``faults``."""
    read = _Reader(typed, faults, today)
    if kind == ClaimKind.TRAVEL:
        return ClaimDetails(journey=_journey(read))
    if kind == ClaimKind.PAYROLL:
        return ClaimDetails(payroll=_payroll(read))
    if kind == ClaimKind.SUBSIDY:
        return ClaimDetails(subsidy=_subsidy(read))
    return ClaimDetails()


def _journey(read: _Reader) -> Journey:
    return Journey(
        traveller=read.text("journey-traveller"),
        destination=read.text("journey-destination"),
        left_on=read.date("journey-left_on"),
        returned_on=read.date("journey-returned_on"),
        transport_ntd=read.amount("journey-transport"),
        lodging_ntd=read.amount("journey-lodging"),
        allowance_ntd=read.amount("journey-allowance"),
    )


def _payroll(read: _Reader) -> Payroll:
    withheld = [(kind, read.amount(f"withheld-{kind}")) for kind in WithholdingKind]
    return Payroll(
        month=read.number("payroll-month"),
        head_count=read.number("payroll-head_count"),
        withholdings=tuple(
            Withholding(kind=kind, amount_ntd=amount_ntd)
            for kind, amount_ntd in withheld
            if amount_ntd
        ),
    )


def _subsidy(read: _Reader) -> Subsidy:
    return Subsidy(
        recipient=read.text("subsidy-recipient"),
        recipient_id=read.text("subsidy-recipient_id"),
        plan=read.text("subsidy-plan"),
        approval_no=read.text("subsidy-approval_no"),
        approved_ntd=read.amount("subsidy-approved"),
    )
