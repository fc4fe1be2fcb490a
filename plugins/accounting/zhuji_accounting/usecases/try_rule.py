"""Try the draft of a rule: the voucher that it would make beside that of the version it follows."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from zhuji_accounting.domain.ledger.chart import Chart
from zhuji_accounting.domain.ledger.fact import Fact, FactLine
from zhuji_accounting.domain.ledger.posting_rules import PostingRule, RuleSet
from zhuji_accounting.domain.ledger.rule_trial import (
    TRIED,
    FactNotFound,
    Tried,
    fact_behind,
    tried,
)
from zhuji_accounting.domain.ledger.voucher import Subsidiary, Voucher
from zhuji_accounting.domain.request import Period
from zhuji_accounting.permissions import READ_VOUCHERS
from zhuji_accounting.queries.charts import Posting, chart_of, find_chart, rules_by_id
from zhuji_accounting.queries.rule_drafts import read_draft
from zhuji_accounting.queries.rule_trials import row_words
from zhuji_accounting.queries.vouchers import read_voucher
from zhuji_accounting.usecases._record_fact import voucher_from
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import DomainError, Value

TRIED_ROW = uuid.UUID(int=1)  # the row of a budget that a typed fact stands for


class TypedFact(Value, frozen=True, kw_only=True):
    """A fact as a person types it: NT dollars by name, the codes that lead to accounts."""

    amounts_ntd: Mapping[str, int]
    object_code: str = ""
    account: str = ""
    source_code: str = ""
    accounts: Mapping[str, str] = msgspec.field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """What both versions make of one fact."""

    before: Tried
    after: Tried


def try_rule(
    uow: UnitOfWork,
    *,
    chart_name: str,
    event_code: str,
    voucher_id: uuid.UUID | None = None,
    typed: TypedFact | None = None,
) -> Trial:
    """Show what the draft makes of the fact behind a voucher, or of a typed one.

    Nothing is kept. What the books would refuse is in the answer, with its arithmetic. Raises
    Forbidden, ChartNotFound, RuleDraftNotFound, NoPostingRule, VoucherNotFound or FactNotFound.
    """
    uow.require(READ_VOUCHERS)
    chart = find_chart(uow, chart_name)
    draft = read_draft(uow, chart.name)
    before = rules_by_id(uow, chart, draft.based_on)
    rule = draft.rules.rule(event_code)
    if voucher_id is not None:
        fact = _fact_behind(uow, chart, read_voucher(uow, voucher_id), event_code)
    else:
        fact = _typed(uow, chart, rule, before, typed or TypedFact(amounts_ntd={}))
    return Trial(
        before=_tried(uow, chart, before, fact, version=before.version),
        after=_tried(uow, chart, draft.rules, fact, version=0),
    )


def _fact_behind(uow: UnitOfWork, chart: Chart, voucher: Voucher, event_code: str) -> Fact:
    """Return the fact behind the voucher, by the version that made it."""
    if (
        voucher.event_code != event_code
        or chart_of(uow, voucher.fiscal_year).name != chart.name
        or voucher.rule_set_id is None
    ):
        raise FactNotFound(label=voucher.label)
    made_by = rules_by_id(uow, chart, voucher.rule_set_id)
    return fact_behind(voucher, made_by, chart, row_words(uow, voucher.lines))


def _typed(
    uow: UnitOfWork, chart: Chart, rule: PostingRule, before: RuleSet, typed: TypedFact
) -> Fact:
    """Return the fact that was typed, with a row and with whose it is wherever a rule asks."""
    day = _day(chart, uow.business_date)
    old = before.find(rule.event_code)
    asked = [*rule.entries, *(old.entries if old else ())]
    line = FactLine(
        amounts_ntd=typed.amounts_ntd,
        control_row_id=TRIED_ROW,
        row_label=TRIED,
        object_code=typed.object_code,
        account=typed.account,
        source_code=typed.source_code,
        accounts=typed.accounts,
        subsidiaries={
            one.subsidiary: Subsidiary(kind=one.subsidiary, key=TRIED, name=TRIED)
            for one in asked
            if one.subsidiary
        },
    )
    return Fact(
        event_code=rule.event_code,
        agency_code=uow.actor.agency_code,
        agency_name=uow.actor.agency_name,
        fiscal_year=Period.of(day).fiscal_year,
        posting_date=day,
        memo=rule.title,
        lines=(line,),
    )


def _day(chart: Chart, today: dt.date) -> dt.date:
    """Return today; else the first day of the year nearest to today's in which the chart holds."""
    year = Period.of(today).fiscal_year
    nearest = min(max(year, chart.first_year), chart.last)
    return today if year == nearest else Period(fiscal_year=nearest, period=1).begins_on


def _tried(uow: UnitOfWork, chart: Chart, rules: RuleSet, fact: Fact, *, version: int) -> Tried:
    try:
        voucher = voucher_from(fact, Posting(chart=chart, rules=rules))
    except DomainError as refusal:
        return Tried(version=version, refusal=refusal)
    return tried(voucher, version=version, chart=chart, today=uow.business_date)
