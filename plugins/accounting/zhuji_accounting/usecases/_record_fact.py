"""Turn facts into vouchers by the posting rules in force: for people to prepare, or by itself."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import msgspec

from zhuji_accounting.domain.ledger import voucher_rules
from zhuji_accounting.domain.ledger.fact import Fact
from zhuji_accounting.domain.ledger.posting_rules import entries_of, require_withheld_told
from zhuji_accounting.domain.ledger.voucher import Voucher, VoucherState
from zhuji_accounting.queries.charts import Posting, posting_of
from zhuji_accounting.store import charts, vouchers
from zhuji_accounting.usecases.post_vouchers import tell
from zhuji_core.ids import new_id
from zhuji_core.uow import UnitOfWork

AUTOMATIC = "自動傳票"  # stands where a person's name stands on others


def draft_from_fact(uow: UnitOfWork, fact: Fact) -> Voucher | None:
    """Write the draft that records ``fact``, to be prepared by a person; None: nothing to enter.

    The caller audits the document that the fact tells of. Raises NoChart, NoPostingRule,
    WithheldUntold, NoAccountForObject or VoucherYear.
    """
    charts.ensure_shipped(uow)
    posting = posting_of(uow, fiscal_year=fact.fiscal_year, on_date=fact.posting_date)
    require_withheld_told(fact, posting.rules)
    voucher = voucher_from(fact, posting)
    if voucher.lines:
        vouchers.insert(uow, [voucher])
        return voucher
    return None


def post_automatic(uow: UnitOfWork, facts: Sequence[Fact]) -> list[Voucher]:
    """Write and post the vouchers of ``facts`` in this order, without a person (自動傳票).

    Facts that move nothing make no voucher. Raises what ``draft_from_fact`` raises, and
    PeriodClosed, VoucherUnbalanced, BudgetaryMixed; then nothing is kept.
    """
    charts.ensure_shipped(uow)
    known: dict[tuple[int, object], Posting] = {}
    made = []
    # Ids of one moment are drawn in any order; lists are read by id, so they get the facts' order.
    ids = sorted(new_id() for _ in facts)
    for voucher_id, fact in zip(ids, facts, strict=True):
        key = (fact.fiscal_year, fact.posting_date)
        if key not in known:
            known[key] = posting_of(uow, fiscal_year=key[0], on_date=fact.posting_date)
        voucher = voucher_from(fact, known[key], voucher_id=voucher_id)
        if voucher.lines:
            approved = msgspec.structs.replace(
                voucher, state=VoucherState.APPROVED, automatic=True, prepared_by_name=AUTOMATIC
            )
            voucher_rules.require_postable(
                approved,
                chart=known[key].chart,
                today=max(uow.business_date, fact.posting_date),
            )
            made.append(approved)
    if not made:
        return []
    vouchers.pass_gates(uow, made)
    vouchers.insert(uow, made)
    posted = vouchers.post(uow, made)
    for voucher in posted:
        tell(uow, voucher)
    return posted


def voucher_from(fact: Fact, posting: Posting, *, voucher_id: uuid.UUID | None = None) -> Voucher:
    """Return the draft that ``fact`` makes by the rules of ``posting``; nothing is written."""
    rule = posting.rules.rule(fact.event_code)
    return Voucher(
        voucher_id=voucher_id or new_id(),
        fiscal_year=fact.fiscal_year,
        agency_code=fact.agency_code,
        agency_name=fact.agency_name,
        kind=rule.kind,
        state=VoucherState.DRAFT,
        period=voucher_rules.period_of(fiscal_year=fact.fiscal_year, posting_date=fact.posting_date)
        if fact.period is None
        else fact.period,
        posting_date=fact.posting_date,
        memo=fact.memo,
        document_count=fact.document_count,
        event_code=fact.event_code,
        rule_set_id=posting.rules.rule_set_id,
        source=fact.document,
        lines=entries_of(rule, fact, rules=posting.rules, chart=posting.chart),
    )
