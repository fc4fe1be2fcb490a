"""What each kind of claim asks for. A rule raises or changes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from zhuji_accounting.domain.advances.advance import Advance, AdvanceKind, AdvanceState
from zhuji_accounting.domain.claims.claim import TEXT_MAX, ClaimKind, ExpenseClaim
from zhuji_accounting.domain.claims.details import MONTHS, ClaimDetails
from zhuji_accounting.domain.claims.refusals import (
    ClaimIncomplete,
    ClaimLimit,
    JourneyInvalid,
    PayrollInvalid,
    PettyCashDocument,
    PettyCashFund,
    PettyCashOver,
    SubsidyOver,
)
from zhuji_accounting.domain.refusals import TooLong
from zhuji_accounting.domain.request import NTD_MAX, RequestKind
from zhuji_core.values import N_


def kind_for(kind: RequestKind) -> ClaimKind:
    """Return the kind of claim that a request of ``kind`` usually ends in."""
    return ClaimKind(kind) if str(kind) in set(ClaimKind) else ClaimKind.ORDINARY


def details_of(kind: ClaimKind, given: ClaimDetails) -> ClaimDetails:
    """Return only what belongs to the kind: a claim that changed its kind forgets the rest."""
    return ClaimDetails(
        journey=given.journey if kind is ClaimKind.TRAVEL else None,
        payroll=given.payroll if kind is ClaimKind.PAYROLL else None,
        subsidy=given.subsidy if kind is ClaimKind.SUBSIDY else None,
    )


def require_readable_details(details: ClaimDetails) -> None:
    """Raise TooLong or ClaimLimit for what even a draft may not hold."""
    for part in (details.journey, details.payroll, details.subsidy):
        for value in () if part is None else msgspec.structs.astuple(part):
            if isinstance(value, str) and len(value) > TEXT_MAX:
                raise TooLong(field=N_("種類資料"), text_max=TEXT_MAX)
            if isinstance(value, int) and abs(value) > NTD_MAX:
                raise ClaimLimit(field=N_("種類資料"), row=1, text_max=TEXT_MAX)
    for one in details.payroll.withholdings if details.payroll else ():
        if abs(one.amount_ntd) > NTD_MAX:
            raise ClaimLimit(field=N_("代扣款"), row=1, text_max=TEXT_MAX)


def require_details(claim: ExpenseClaim) -> None:
    """Raise what the kind of the claim lacks, or what in it does not add up."""
    rules = {
        ClaimKind.TRAVEL: _require_journey,
        ClaimKind.PAYROLL: _require_payroll,
        ClaimKind.SUBSIDY: _require_subsidy,
    }
    if claim.kind in rules:
        rules[claim.kind](claim)


def _lacking(claim: ExpenseClaim, words: Mapping[str, tuple[str, str]]) -> None:
    """Raise ClaimIncomplete naming each field without a text, or with one beyond its limit."""
    lacking = {
        field: title
        for field, (title, text) in words.items()
        if not text.strip() or len(text) > TEXT_MAX
    }
    if lacking:
        raise ClaimIncomplete(
            label=claim.label,
            missing=tuple(lacking.values()),
            fields=dict.fromkeys(lacking, N_("必填")),
        )


def _require_journey(claim: ExpenseClaim) -> None:
    journey = claim.details.journey
    if journey is None:
        _lacking(claim, {"journey-traveller": (N_("出差人"), "")})
        return
    _lacking(
        claim,
        {
            "journey-traveller": (N_("出差人"), journey.traveller),
            "journey-destination": (N_("出差地點"), journey.destination),
        },
    )
    figures: dict[str, Any] = {
        "transport_ntd": journey.transport_ntd,
        "lodging_ntd": journey.lodging_ntd,
        "allowance_ntd": journey.allowance_ntd,
        "sum_ntd": journey.amount_ntd,
        "claimed_ntd": claim.amount_ntd,
    }
    wrong = min(journey.transport_ntd, journey.lodging_ntd, journey.allowance_ntd) < 0
    if wrong or journey.amount_ntd != claim.amount_ntd or journey.returned_on < journey.left_on:
        raise JourneyInvalid(
            arithmetic=figures,
            fields={"journey-transport": N_("三項合計須等於報支金額。")},
            **figures,
        )


def _require_payroll(claim: ExpenseClaim) -> None:
    payroll = claim.details.payroll
    if payroll is None:
        _lacking(claim, {"payroll-month": (N_("薪給月份"), "")})
        return
    kinds = [one.kind for one in payroll.withholdings]
    figures: dict[str, Any] = {
        "claimed_ntd": claim.amount_ntd,
        "settled_ntd": claim.settled_ntd,
        "withheld_ntd": payroll.withheld_ntd,
        "net_ntd": claim.net_ntd,
    }
    if (
        payroll.month not in MONTHS
        or payroll.head_count <= 0
        or len(set(kinds)) != len(kinds)
        or any(one.amount_ntd <= 0 for one in payroll.withholdings)
        or claim.net_ntd < 0
    ):
        raise PayrollInvalid(
            arithmetic=figures, fields={"payroll-month": N_("請核對薪給資料。")}, **figures
        )


def _require_subsidy(claim: ExpenseClaim) -> None:
    subsidy = claim.details.subsidy
    if subsidy is None:
        _lacking(claim, {"subsidy-recipient": (N_("受補助對象"), "")})
        return
    _lacking(
        claim,
        {
            "subsidy-recipient": (N_("受補助對象"), subsidy.recipient),
            "subsidy-plan": (N_("補助計畫"), subsidy.plan),
            "subsidy-approval_no": (N_("核定文號"), subsidy.approval_no),
        },
    )
    require_subsidy_left(claim, others_ntd=0)


def require_subsidy_left(
    claim: ExpenseClaim, *, others_ntd: int, known_ntd: int | None = None
) -> None:
    """Raise SubsidyOver when with ``others_ntd`` more is claimed than was approved.

    ``known_ntd``: the least that other claims of the approval say it is. An approval has one
    amount, so a later claim that types a larger one gains nothing by it.
    """
    subsidy = claim.details.subsidy
    if subsidy is None:
        return
    approved_ntd = (
        subsidy.approved_ntd if known_ntd is None else min(subsidy.approved_ntd, known_ntd)
    )
    rest_ntd = approved_ntd - others_ntd
    if not 0 < subsidy.approved_ntd <= NTD_MAX or claim.amount_ntd > rest_ntd:
        figures: dict[str, Any] = {
            "approved_ntd": approved_ntd,
            "others_ntd": others_ntd,
            "rest_ntd": rest_ntd,
            "requested_ntd": claim.amount_ntd,
            "short_ntd": claim.amount_ntd - rest_ntd,
        }
        raise SubsidyOver(
            arithmetic=figures,
            approval_no=subsidy.approval_no,
            recipient=subsidy.recipient,
            fields={"subsidy-approved": N_("超過核定補助金額。")},
            **figures,
        )


def is_replenishment(claim: ExpenseClaim) -> bool:
    """Tell whether the claim replenishes petty cash (零用金撥還): it settles nothing."""
    return claim.kind is ClaimKind.PETTY_CASH


def require_replenishment(
    claim: ExpenseClaim, fund: Advance | None, *, others_ntd: int, document_ntd_max: int
) -> None:
    """Raise unless the claim replenishes a fund: paid to its keeper, small receipts, not too much.

    ``others_ntd`` is what other replenishments of the fund ask for that are not approved yet.
    """
    if not is_replenishment(claim):
        return
    if (
        fund is None
        or fund.kind is not AdvanceKind.PETTY_CASH
        or fund.state is not AdvanceState.GRANTED
        or any(payee.name.strip() != fund.receiver_name for payee in claim.payees)
    ):
        raise PettyCashFund(
            receiver=fund.receiver_name if fund else "—",
            fields={"advance": N_("請填零用金之暫付編號。")},
        )
    _require_small(claim, document_ntd_max)
    rest_ntd = fund.outstanding_ntd - others_ntd
    if claim.amount_ntd > rest_ntd:
        figures: dict[str, Any] = {
            "fund_ntd": fund.outstanding_ntd,
            "others_ntd": others_ntd,
            "rest_ntd": rest_ntd,
            "requested_ntd": claim.amount_ntd,
            "short_ntd": claim.amount_ntd - rest_ntd,
        }
        raise PettyCashOver(arithmetic=figures, fund=fund.label, **figures)


def _require_small(claim: ExpenseClaim, document_ntd_max: int) -> None:
    too_large: Sequence[tuple[int, int]] = [
        (row, one.amount_ntd)
        for row, one in enumerate(claim.documents, 1)
        if one.amount_ntd > document_ntd_max
    ]
    if too_large:
        row, amount_ntd = too_large[0]
        figures: dict[str, Any] = {"requested_ntd": amount_ntd, "max_ntd": document_ntd_max}
        raise PettyCashDocument(
            arithmetic=figures,
            row=row,
            fields={f"documents-{row - 1}-amount": N_("超過零用金單筆限額。")},
            **figures,
        )
