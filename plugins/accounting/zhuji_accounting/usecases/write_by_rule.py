"""Write a voucher by a manual posting rule: amounts are keyed, the rule makes the entries."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping

import msgspec

from zhuji_accounting.domain.ledger import voucher_rules
from zhuji_accounting.domain.ledger.fact import Fact, FactLine
from zhuji_accounting.domain.ledger.refusals import RuleNotManual, VoucherLines
from zhuji_accounting.domain.ledger.voucher import LINES_MAX, DocumentCount, Subsidiary, Voucher
from zhuji_accounting.permissions import WRITE_VOUCHER
from zhuji_accounting.queries.charts import posting_of
from zhuji_accounting.queries.control_rows import control_row_label
from zhuji_accounting.queries.revenue_rows import RevenueRow, revenue_rows
from zhuji_accounting.store import charts, vouchers
from zhuji_accounting.usecases._agency import agency_name
from zhuji_accounting.usecases._record_fact import voucher_from
from zhuji_core.contracts.funds import FundPosition
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value


class WantedPart(Value, frozen=True, kw_only=True):
    """One part of the event: whole NT dollars by the names that the rule asks for.

    ``source_code``: of revenue (來源別), which ``revenue_row_id`` (歲入科目) knows by itself;
    ``accounts``: codes chosen by the names of the rule.
    """

    amounts_ntd: Mapping[str, int]
    control_row_id: uuid.UUID | None = None
    revenue_row_id: uuid.UUID | None = None
    detail_object_code: str = ""
    source_code: str = ""
    description: str = ""
    accounts: Mapping[str, str] = msgspec.field(default_factory=dict)
    subsidiaries: tuple[Subsidiary, ...] = ()


class WantedByRule(Value, frozen=True, kw_only=True):
    """What is keyed for a voucher by a rule; ``fiscal_year`` 0: that of the date."""

    event_code: str
    posting_date: dt.date
    memo: str
    lines: tuple[WantedPart, ...]
    document_count: DocumentCount = 0
    fiscal_year: int = 0
    agency_code: str = ""


def write_by_rule(uow: UnitOfWork, *, wanted: WantedByRule) -> Voucher:
    """Write the draft that the manual rule ``event_code`` makes of the amounts.

    Raises Forbidden, NoChart, NoPostingRule, RuleNotManual, NoAccountForObject, VoucherYear and
    what ``require_writable`` raises; then nothing is kept.
    """
    agency_code = wanted.agency_code or uow.actor.agency_code
    uow.require(WRITE_VOUCHER, agency_code=agency_code)
    charts.ensure_shipped(uow)
    fact = _fact(uow, wanted, agency_code)
    posting = posting_of(uow, fiscal_year=fact.fiscal_year, on_date=fact.posting_date)
    rule = posting.rules.rule(fact.event_code)
    if not rule.manual:
        raise RuleNotManual(event_code=rule.event_code, title=rule.title)
    voucher = msgspec.structs.replace(
        voucher_from(fact, posting),
        prepared_by=uow.actor.user_id,
        prepared_by_name=uow.actor.signature,
    )
    voucher = voucher_rules.written_by(voucher, uow.actor)
    if not 1 <= len(voucher.lines) <= LINES_MAX:
        raise VoucherLines(
            label=voucher.label, line_no=len(voucher.lines) or 1, lines_max=LINES_MAX
        )
    voucher_rules.require_writable(voucher, chart=posting.chart, today=uow.business_date)
    vouchers.insert(uow, [voucher])
    uow.audit(WRITE_VOUCHER.name, voucher.document, before=None, after=voucher.summary())
    return voucher


def _fact(uow: UnitOfWork, wanted: WantedByRule, agency_code: str) -> Fact:
    ids = [part.control_row_id for part in wanted.lines if part.control_row_id]
    known = voucher_rules.require_rows(
        {row.control_row_id: row for row in uow.hooks.fund_positions(uow, ids)} if ids else {},
        ids,
        agency_code=agency_code,
    )
    revenue_ids = [part.revenue_row_id for part in wanted.lines if part.revenue_row_id]
    revenues = voucher_rules.require_rows(
        revenue_rows(uow, revenue_ids), revenue_ids, agency_code=agency_code
    )
    return Fact(
        event_code=wanted.event_code,
        agency_code=agency_code,
        agency_name=agency_name(uow, agency_code),
        fiscal_year=wanted.fiscal_year or wanted.posting_date.year - 1911,
        posting_date=wanted.posting_date,
        memo=wanted.memo.strip(),
        document_count=wanted.document_count,
        lines=tuple(_line(part, known, revenues) for part in wanted.lines),
    )


def _line(
    part: WantedPart,
    known: Mapping[uuid.UUID, FundPosition],
    revenues: Mapping[uuid.UUID, RevenueRow],
) -> FactLine:
    row = known[part.control_row_id] if part.control_row_id else None
    revenue = revenues[part.revenue_row_id] if part.revenue_row_id else None
    line = _of_row(part, row)
    if revenue is None:
        return line
    return msgspec.structs.replace(
        line,
        revenue_row_id=revenue.row_id,
        row_label=revenue.label,
        source_code=part.source_code or revenue.source_code,
    )


def _of_row(part: WantedPart, row: FundPosition | None) -> FactLine:
    return FactLine(
        amounts_ntd=part.amounts_ntd,
        control_row_id=part.control_row_id,
        row_label="" if row is None else control_row_label(row),
        object_code="" if row is None else row.object_code,
        account="" if row is None else row.account,
        detail_object_code=part.detail_object_code,
        source_code=part.source_code,
        description=part.description,
        accounts=part.accounts,
        subsidiaries={one.kind: one for one in part.subsidiaries},
    )
