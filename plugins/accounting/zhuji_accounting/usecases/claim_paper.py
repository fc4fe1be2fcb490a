"""The evidence slip of a claim (支出憑證黏存單) on paper: what for, who signed, by which proof."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from zhuji_accounting.domain.claims.claim import (
    DOCUMENT_TITLES,
    STATE_TITLES,
    ClaimState,
    ClaimStep,
    ExpenseClaim,
)
from zhuji_accounting.domain.claims.details import WITHHOLDING_TITLES
from zhuji_core import formats
from zhuji_core.export_pdf import chinese_fonts, typeset
from zhuji_core.settings import TAIPEI
from zhuji_core.uow import UnitOfWork

TEMPLATE = files("zhuji_accounting") / "print" / "evidence_slip.typ"
# An official document, so in Chinese. The last place is 元; no slip has fewer than nine.
PLACES = ("兆", "千億", "百億", "十億", "億", "千萬", "百萬", "十萬", "萬", "千", "百", "十", "元")
PLACES_MIN = 9
SIGNATURES = (
    (ClaimStep.ACCEPT, "驗收或證明"),
    (None, "保管"),
    (ClaimStep.APPROVE, "業務單位主管"),
    (ClaimStep.REVIEW, "會計審核"),
    (ClaimStep.GRANT, "主辦會計"),
    (None, "機關長官"),
)


def print_slip(uow: UnitOfWork, claim: ExpenseClaim) -> bytes:
    """Return the slip as a PDF; raise PdfFontMissing on a host without a Chinese font."""
    return typeset(TEMPLATE, slip_of(uow, claim))


def slip_of(uow: UnitOfWork, claim: ExpenseClaim) -> dict[str, Any]:
    """Return what the template is told: texts only, amounts as people read them."""
    printed_on = uow.now.astimezone(TAIPEI)
    places, digits = places_of(claim.amount_ntd)
    approved = claim.state is ClaimState.APPROVED
    return {
        "title": f"支出憑證黏存單 {claim.label}",
        "author": uow.actor.name,
        "fonts": chinese_fonts(),
        "printed": f"列印　{uow.actor.name}　{formats.format_date(printed_on.date())}"
        f" {printed_on:%H:%M}",
        "owner": f"{uow.county.name}　{claim.agency_name}",
        "heading": "支出憑證黏存單",
        "date": _dated(claim),
        "year": f"預算年度 {claim.fiscal_year}",
        "label": claim.label,
        # What is not approved yet says so: nobody pays on it.
        "state": "" if approved else f"（{STATE_TITLES[claim.state]}，尚未核定）",
        "places": places,
        "digits": digits,
        "in_words": f"新臺幣 {formats.ntd_in_words(claim.amount_ntd)}",
        "memo": claim.memo,
        "lines": _lines(claim),
        "documents": _documents(claim),
        "payees": _payees(claim),
        "notes": notes_of(claim),
        "signatures": _signatures(claim),
        "words": {
            "number": "憑證編號",
            "amount": "金　　額",
            "in_words": "大　　寫",
            "memo": "用途說明",
            "lines": ("預算科目", "用途別", "動支編號", "金額"),
            "documents": ("憑證種類", "號碼", "日期", "統一編號", "金額"),
            "payees": ("受款人", "統一編號", "金融機構及帳號", "金額"),
            "paste": "憑　證　黏　貼　線",
            "attached": f"附原始憑證 {len(claim.documents)} 張",
        },
    }


def places_of(amount_ntd: int) -> tuple[list[str], list[str]]:
    """Return the places (億 … 元) and the digit in each; the first is preceded by the mark $."""
    digits = str(amount_ntd)
    width = max(PLACES_MIN, len(digits) + 1)
    names = [*PLACES[-width:]]
    names = [""] * (width - len(names)) + names
    return names, [""] * (width - len(digits) - 1) + ["$", *digits]


def _dated(claim: ExpenseClaim) -> str:
    """Return the day on which it was approved, else on which it was last signed."""
    last = max((one.signed_at for one in claim.signatures), default=None)
    return "" if last is None else formats.format_date_long(last.astimezone(TAIPEI).date())


def _lines(claim: ExpenseClaim) -> list[dict[str, str]]:
    return [
        {
            "code": line.line_code,
            "name": line.line_name,
            "object": f"{line.detail_object_code or line.object_code} {line.object_name}",
            "request": line.request_label,
            "amount": formats.format_ntd(line.amount_ntd),
        }
        for line in claim.lines
    ]


def _documents(claim: ExpenseClaim) -> list[dict[str, str]]:
    return [
        {
            "kind": DOCUMENT_TITLES[one.kind],
            "number": one.number,
            "date": formats.format_date(one.dated_on),
            "tax_id": one.tax_id,
            "amount": formats.format_ntd(one.amount_ntd),
        }
        for one in claim.documents
    ]


def _payees(claim: ExpenseClaim) -> list[dict[str, str]]:
    return [
        {
            "name": one.name,
            "identifier": one.identifier,
            "account": "-".join(
                part for part in (one.bank_code, one.branch_code, one.account_no) if part
            ),
            "amount": formats.format_ntd(one.amount_ntd),
        }
        for one in claim.payees
    ]


def notes_of(claim: ExpenseClaim) -> list[str]:
    """Return what the kind of the claim says besides, and how the payees' amount comes of it."""
    notes = []
    details = claim.details
    if (trip := details.journey) is not None:
        days = f"{formats.format_date(trip.left_on)} 至 {formats.format_date(trip.returned_on)}"
        notes.append(
            f"出差人 {trip.traveller}　地點 {trip.destination}　{days}　"
            f"交通費 {trip.transport_ntd:,}　住宿費 {trip.lodging_ntd:,}"
            f"　雜費 {trip.allowance_ntd:,}"
        )
    if (payroll := details.payroll) is not None:
        notes.append(f"{payroll.month} 月份薪給　{payroll.head_count} 人")
    if (grant := details.subsidy) is not None:
        notes.append(
            f"受補助者 {grant.recipient}　計畫 {grant.plan}　核定文號 {grant.approval_no}"
            f"　核定補助 {grant.approved_ntd:,}"
        )
    if claim.net_ntd != claim.amount_ntd:
        settled = f" − 暫付轉正（{claim.advance_label}）{claim.settled_ntd:,}"
        withheld = "、".join(
            f"{WITHHOLDING_TITLES[one.kind]} {one.amount_ntd:,}"
            for one in (payroll.withholdings if payroll else ())
        )
        notes.append(
            f"報支 {claim.amount_ntd:,}"
            + (settled if claim.settled_ntd else "")
            + (f" − 代扣 {claim.withheld_ntd:,}（{withheld}）" if claim.withheld_ntd else "")
            + f" = 實付 {claim.net_ntd:,}"
        )
    return notes


def _signatures(claim: ExpenseClaim) -> list[dict[str, str]]:
    signed = [(title, None if step is None else claim.signed(step)) for step, title in SIGNATURES]
    return [
        {"title": "經手人", "name": claim.created_by_name, "date": ""},
        *(
            {
                "title": title,
                "name": "" if one is None else one.name,
                "date": ""
                if one is None
                else formats.format_date(one.signed_at.astimezone(TAIPEI).date()),
            }
            for title, one in signed
        ),
    ]
