"""Write a voucher by hand, new or changed, as a draft: free entries, or those of a rule."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

import msgspec

from zhuji_accounting.domain.ledger import voucher_rules
from zhuji_accounting.domain.ledger.chart import Chart
from zhuji_accounting.domain.ledger.kept_accounts import require_not_kept
from zhuji_accounting.domain.ledger.refusals import VoucherStale
from zhuji_accounting.domain.ledger.voucher import (
    DocumentCount,
    Voucher,
    VoucherKind,
    VoucherLine,
    VoucherState,
)
from zhuji_accounting.permissions import WRITE_VOUCHER
from zhuji_accounting.queries.charts import chart_of, kept_on
from zhuji_accounting.queries.control_rows import control_row_label
from zhuji_accounting.queries.revenue_rows import revenue_rows
from zhuji_accounting.store import charts, vouchers
from zhuji_accounting.usecases._agency import agency_name
from zhuji_accounting.usecases._voucher import lock_many
from zhuji_core.ids import new_id
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, Value


class WantedEntry(Value, frozen=True, kw_only=True):
    """What is keyed for one entry: the account and whole NT dollars on one side."""

    account_code: str
    debit_ntd: int = 0
    credit_ntd: int = 0
    description: str = ""
    control_row_id: uuid.UUID | None = None
    revenue_row_id: uuid.UUID | None = None
    row_label: str = ""
    object_code: str = ""
    subsidiary_kind: str = ""
    subsidiary_key: str = ""
    subsidiary_name: str = ""


class WantedVoucher(Value, frozen=True, kw_only=True):
    """What is keyed for a voucher; ``revision`` is the one that the form was opened with.

    ``fiscal_year`` 0: that of the date. ``event_code``: the rule that the entries came from.
    """

    kind: VoucherKind
    posting_date: dt.date
    memo: str
    lines: tuple[WantedEntry, ...]
    document_count: DocumentCount = 0
    event_code: str = ""
    fiscal_year: int = 0
    agency_code: str = ""
    revision: int = 0


def write_voucher(
    uow: UnitOfWork, *, wanted: WantedVoucher, voucher_id: uuid.UUID | None = None
) -> Voucher:
    """Write a new draft, or change the draft or returned voucher ``voucher_id``.

    A draft may be unbalanced; to be prepared it must balance. Of what a document wrote, only the
    date, the words and the count of papers change. Raises Forbidden, VoucherNotFound,
    VoucherState, VoucherStale, VoucherRecords, VoucherYear, VoucherFuture, VoucherLines,
    AccountNotPostable, AccountKept, SubsidiaryMissing, VoucherRow, VoucherMemoMissing or NoChart;
    then nothing is kept.
    """
    before = None if voucher_id is None else _open(uow, voucher_id, wanted)
    agency_code = before.agency_code if before else wanted.agency_code or uow.actor.agency_code
    uow.require(WRITE_VOUCHER, agency_code=agency_code)
    fiscal_year = before.fiscal_year if before else wanted.fiscal_year or _year(wanted)
    charts.ensure_shipped(uow)
    chart = chart_of(uow, fiscal_year)
    draft = before or Voucher(
        voucher_id=new_id(),
        fiscal_year=fiscal_year,
        agency_code=agency_code,
        agency_name=agency_name(uow, agency_code),
        kind=wanted.kind,
        state=VoucherState.DRAFT,
        period=1,
        posting_date=wanted.posting_date,
        memo="",
        lines=(),
        prepared_by=uow.actor.user_id,
        prepared_by_name=uow.actor.signature,
    )
    voucher = _filled(draft, wanted, _lines(uow, wanted.lines, chart, agency_code))
    if before is not None and not voucher_rules.is_keyed(before):
        voucher = voucher_rules.corrected(before, voucher)
    voucher = voucher_rules.written_by(voucher, uow.actor)
    voucher_rules.require_writable(voucher, chart=chart, today=uow.business_date)
    require_not_kept(voucher, kept_on(uow, chart, voucher.posting_date))
    if before is None:
        vouchers.insert(uow, [voucher])
    else:
        vouchers.rewrite(uow, voucher)
    uow.audit(
        WRITE_VOUCHER.name,
        voucher.document,
        before=before.summary() if before else None,
        after=voucher.summary(),
    )
    return voucher


def _year(wanted: WantedVoucher) -> int:
    return wanted.posting_date.year - 1911


def _filled(draft: Voucher, wanted: WantedVoucher, lines: tuple[VoucherLine, ...]) -> Voucher:
    period = voucher_rules.period_of(
        fiscal_year=draft.fiscal_year, posting_date=wanted.posting_date
    )
    return msgspec.structs.replace(
        draft,
        kind=wanted.kind,
        period=period,
        posting_date=wanted.posting_date,
        memo=wanted.memo.strip(),
        document_count=wanted.document_count,
        event_code=wanted.event_code,
        lines=lines,
    )


def _lines(
    uow: UnitOfWork, wanted: Sequence[WantedEntry], chart: Chart, agency_code: str
) -> tuple[VoucherLine, ...]:
    """Give each entry its number, in the order in which they were keyed, and its words."""
    names = {code: account.name for code, account in chart.by_code.items()}
    ids = [entry.control_row_id for entry in wanted if entry.control_row_id]
    known = voucher_rules.require_rows(
        {row.control_row_id: row for row in uow.hooks.fund_positions(uow, ids)} if ids else {},
        ids,
        agency_code=agency_code,
    )
    revenue_ids = [entry.revenue_row_id for entry in wanted if entry.revenue_row_id]
    revenues = voucher_rules.require_rows(
        revenue_rows(uow, revenue_ids), revenue_ids, agency_code=agency_code
    )
    lines = []
    for number, entry in enumerate(wanted, 1):
        given = {name: getattr(entry, name) for name in entry.__struct_fields__}
        if entry.revenue_row_id:
            given["row_label"] = revenues[entry.revenue_row_id].label
        if entry.control_row_id:
            # The words of a row of the budget are the budget's, whoever keyed the entry.
            row = known[entry.control_row_id]
            given["row_label"] = control_row_label(row)
            given["object_code"] = entry.object_code or row.object_code
        name = names.get(entry.account_code, "")
        lines.append(VoucherLine(line_no=number, account_name=name, **given))
    return tuple(lines)


def _open(uow: UnitOfWork, voucher_id: uuid.UUID, wanted: WantedVoucher) -> Voucher:
    """Lock the voucher to be changed; raise unless it may be changed by this actor now."""
    (voucher,) = lock_many(uow, [voucher_id], permission=WRITE_VOUCHER)
    voucher_rules.require_state(voucher, voucher_rules.EDITABLE, action=N_("修改"))
    if wanted.revision and wanted.revision != voucher.revision:
        raise VoucherStale(label=voucher.label)
    return voucher
