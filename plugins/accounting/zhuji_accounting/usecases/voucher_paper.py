"""Vouchers on paper: half of A4 each, named and coloured by kind, amounts in words too."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from zhuji_accounting.domain.ledger.voucher import (
    KIND_TITLES,
    Voucher,
    VoucherKind,
    VoucherLine,
    VoucherState,
)
from zhuji_accounting.domain.ledger.voucher_rules import STATE_TITLES
from zhuji_core import formats
from zhuji_core.export_pdf import chinese_fonts, typeset
from zhuji_core.settings import TAIPEI
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_

TEMPLATE = files("zhuji_accounting") / "print" / "voucher.typ"
COLUMNS = (N_("會計科目"), N_("摘要"), N_("借方金額"), N_("貸方金額"))


def print_vouchers(uow: UnitOfWork, vouchers: Sequence[Voucher]) -> bytes:
    """Return the vouchers as one PDF. A voucher is an official document, so it is in Chinese.

    Raises PdfFontMissing on a host without a Chinese font.
    """
    printed_on = uow.now.astimezone(TAIPEI)
    return typeset(
        TEMPLATE,
        {
            "title": f"傳票 {vouchers[0].label}" if len(vouchers) == 1 else "傳票",
            "author": uow.actor.name,
            "fonts": chinese_fonts(),
            "printed": f"列印　{uow.actor.name}　{formats.format_date(printed_on.date())}"
            f" {printed_on:%H:%M}",
            "words": {"number": "傳票號", "total": "合計", "columns": COLUMNS},
            "vouchers": [sheet_of(uow, voucher) for voucher in vouchers],
        },
    )


def sheet_of(uow: UnitOfWork, voucher: Voucher) -> dict[str, Any]:
    """Return what the template is told of one voucher: texts only."""
    posted = voucher.state is VoucherState.POSTED
    return {
        "id": voucher.voucher_id.hex,
        "kind": str(voucher.kind),
        "title": KIND_TITLES[voucher.kind],
        "owner": f"{uow.county.name}　{voucher.agency_name}",
        "date": formats.format_date_long(voucher.posting_date),
        "period": f"會計年度 {voucher.fiscal_year}　月份 {voucher.period}",
        "label": voucher.label,
        # What is not in the books yet says so: nobody pays on a draft.
        "state": "" if posted else f"（{STATE_TITLES[voucher.state]}，尚未登帳）",
        "lines": [_line(voucher, line) for line in voucher.lines],
        "debit": formats.format_ntd(voucher.debit_ntd),
        "credit": formats.format_ntd(voucher.credit_ntd),
        "words": f"新臺幣 {formats.ntd_in_words(voucher.debit_ntd)}",
        "notes": _notes(voucher),
        "signatures": _signatures(voucher),
    }


def _line(voucher: Voucher, line: VoucherLine) -> dict[str, str]:
    whose = dict.fromkeys((line.subsidiary_key, line.subsidiary_name))
    about = [line.row_label, line.object_code if line.row_label else "", *whose]
    return {
        "code": line.account_code,
        "account": line.account_name,
        "memo": line.description or voucher.memo,
        "about": "　".join(word for word in about if word),
        "debit": formats.format_ntd(line.debit_ntd, zero=""),
        "credit": formats.format_ntd(line.credit_ntd, zero=""),
    }


def _notes(voucher: Voucher) -> list[str]:
    notes = [f"附件 {voucher.document_count} 張"] if voucher.document_count else []
    if voucher.source is not None:
        notes.append(f"來源單據 {voucher.source.label}")
    if voucher.reversal_reason:
        notes.append(f"沖銷理由：{voucher.reversal_reason}")
    return notes


def _signatures(voucher: Voucher) -> list[tuple[str, str]]:
    """Return who signs, left to right; money that moves is signed by the cashier too."""
    cashier = [] if voucher.kind is VoucherKind.JOURNAL else [("出納", "")]
    return [
        ("製票", voucher.prepared_by_name),
        ("覆核", voucher.reviewed_by_name),
        *cashier,
        ("登帳", voucher.posted_by_name),
        ("主辦會計", voucher.approved_by_name),
        ("機關長官", ""),
    ]
