"""What the API of vouchers takes and gives back. Frozen; amounts are whole NT dollars."""

from __future__ import annotations

import datetime as dt
import uuid

from zhuji_accounting.domain.ledger.chart import Account
from zhuji_accounting.domain.ledger.posting_rules import (
    Entry,
    PostingRule,
    amounts_of,
    chosen_names,
)
from zhuji_accounting.domain.ledger.voucher import Voucher, VoucherLine
from zhuji_accounting.queries.voucher_lists import VoucherRow
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.values import Value


class VoucherAnswer(Value, frozen=True, kw_only=True):
    """A voucher after a verb; ``label`` is its number once it is posted."""

    voucher_id: uuid.UUID
    label: str
    kind: str
    state: str
    fiscal_year: int
    period: int
    voucher_no: int
    amount_ntd: int
    revision: int


class VoucherDetail(Value, frozen=True, kw_only=True):
    """One voucher with its entries, its source, its reversal and who did which step."""

    voucher_id: uuid.UUID
    label: str
    kind: str
    state: str
    fiscal_year: int
    agency_code: str
    agency_name: str
    period: int
    voucher_no: int
    posting_date: dt.date
    memo: str
    debit_ntd: int
    credit_ntd: int
    document_count: int
    event_code: str
    automatic: bool
    source: DocumentRef | None
    reverses_id: uuid.UUID | None
    reversal_reason: str
    reversed_by_id: uuid.UUID | None
    prepared_by_name: str
    reviewed_by_name: str
    approved_by_name: str
    posted_by_name: str
    return_reason: str
    revision: int
    lines: tuple[VoucherLine, ...]


class ListedVoucher(Value, frozen=True, kw_only=True):
    """One row of a list of vouchers."""

    voucher_id: uuid.UUID
    label: str
    kind: str
    state: str
    agency_code: str
    agency_name: str
    period: int
    posting_date: dt.date
    memo: str
    amount_ntd: int
    event_code: str
    automatic: bool
    source_kind: str
    source_id: uuid.UUID | None
    source_label: str
    prepared_by_name: str


class VouchersWanted(Value, frozen=True, kw_only=True):
    """Which vouchers, in this order (1 to 500); one is a batch of one."""

    voucher_ids: tuple[uuid.UUID, ...]


class ReturnWanted(Value, frozen=True, kw_only=True):
    """Which vouchers go back to their preparers, and why."""

    voucher_ids: tuple[uuid.UUID, ...]
    reason: str


class ReversalWanted(Value, frozen=True, kw_only=True):
    """Why a posted voucher is reversed; ``posting_date`` empty: today."""

    reason: str
    posting_date: dt.date | None = None


class ManualRule(Value, frozen=True, kw_only=True):
    """A business event that people make vouchers of, and what it asks for."""

    event_code: str
    title: str
    kind: str
    amounts: tuple[str, ...]
    accounts: tuple[str, ...]
    subsidiaries: tuple[str, ...]
    entries: tuple[Entry, ...]


def manual_rule_of(rule: PostingRule) -> ManualRule:
    """Say what the rule asks for: names of amounts, of accounts to choose, of subsidiaries."""
    return ManualRule(
        event_code=rule.event_code,
        title=rule.title,
        kind=str(rule.kind),
        amounts=amounts_of(rule),
        accounts=chosen_names(rule),
        subsidiaries=tuple(dict.fromkeys(o.subsidiary for o in rule.entries if o.subsidiary)),
        entries=rule.entries,
    )


def matches(account: Account, text: str) -> bool:
    """Tell whether each word of ``text`` begins the code or stands in a name."""
    return all(
        account.code.startswith(word) or word in account.name or word in account.name_en.lower()
        for word in text.lower().split()
    )


def answer_of(voucher: Voucher) -> VoucherAnswer:
    return VoucherAnswer(
        voucher_id=voucher.voucher_id,
        label=voucher.label,
        kind=str(voucher.kind),
        state=str(voucher.state),
        fiscal_year=voucher.fiscal_year,
        period=voucher.period,
        voucher_no=voucher.voucher_no,
        amount_ntd=voucher.debit_ntd,
        revision=voucher.revision,
    )


def detail_of(voucher: Voucher, reversal: Voucher | None) -> VoucherDetail:
    own = {"debit_ntd", "credit_ntd", "kind", "state", "label", "reversed_by_id"}
    shared = [name for name in VoucherDetail.__struct_fields__ if name not in own]
    return VoucherDetail(
        label=voucher.label,
        kind=str(voucher.kind),
        state=str(voucher.state),
        debit_ntd=voucher.debit_ntd,
        credit_ntd=voucher.credit_ntd,
        reversed_by_id=None if reversal is None else reversal.voucher_id,
        **{name: getattr(voucher, name) for name in shared},
    )


def listed_of(row: VoucherRow) -> ListedVoucher:
    return ListedVoucher(**{name: getattr(row, name) for name in ListedVoucher.__struct_fields__})
