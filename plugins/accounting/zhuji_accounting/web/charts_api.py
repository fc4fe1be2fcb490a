"""The API of charts of accounts and of posting rules."""

from __future__ import annotations

import datetime as dt

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath

from zhuji_accounting.domain.ledger.chart import Account, Chart
from zhuji_accounting.domain.ledger.posting_rules import AccountMatch, PostingRule
from zhuji_accounting.permissions import READ_VOUCHERS
from zhuji_accounting.queries.charts import (
    RuleVersion,
    charts,
    find_chart,
    find_rules,
    rule_versions,
)
from zhuji_core.values import N_, Value
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import PERMISSION, ApiController

Context = NamedDependency[RequestContext]


class ChartHead(Value, frozen=True, kw_only=True):
    """A chart without its accounts; ``last_year`` null: still in use; ``shipped``: not loaded."""

    name: str
    title: str
    first_year: int
    last_year: int | None
    budgetary_apart: bool
    source: str
    shipped: bool
    accounts: int


class RuleVersionHead(Value, frozen=True, kw_only=True):
    """A version of rules: in force from ``effective_on`` until ``until`` (null: no end yet).

    ``state`` of today: in_force, coming, replaced. ``made_at`` null: it came with the software.
    """

    version: int
    effective_on: dt.date
    until: dt.date | None
    state: str
    events: int
    reason: str
    made_by_name: str
    made_at: dt.datetime | None


class ChartAnswer(Value, frozen=True, kw_only=True):
    """A chart with its accounts and the versions of its rules, the newest first."""

    chart: ChartHead
    accounts: tuple[Account, ...]
    rule_versions: tuple[RuleVersionHead, ...]


class RulesAnswer(Value, frozen=True, kw_only=True):
    """A version of rules with what each event makes and which codes lead to which accounts."""

    chart: str
    head: RuleVersionHead
    rules: tuple[PostingRule, ...]
    objects: tuple[AccountMatch, ...]
    sources: tuple[AccountMatch, ...]


class ChartsApi(ApiController):
    """``/charts``."""

    module = "accounting"
    path = "/charts"
    cold = True

    @get(
        "/",
        opt={PERMISSION: READ_VOUCHERS},
        operation_id="accounting.charts.list",
        summary=N_("列出會計科目表"),
        sync_to_thread=True,
    )
    def list_charts(self, context: Context) -> list[ChartHead]:
        with context.read() as uow:
            return [head_of(chart) for chart in charts(uow)]

    @get(
        "/{chart_name:str}",
        opt={PERMISSION: READ_VOUCHERS},
        operation_id="accounting.chart.read",
        summary=N_("查詢一個會計科目表"),
        sync_to_thread=True,
    )
    def read(self, context: Context, chart_name: FromPath[str]) -> ChartAnswer:
        with context.read() as uow:
            chart = find_chart(uow, chart_name)
            versions = rule_versions(uow, chart)
            today = uow.business_date
        return ChartAnswer(
            chart=head_of(chart),
            accounts=chart.accounts,
            rule_versions=tuple(version_of(one, today=today) for one in versions),
        )

    @get(
        "/{chart_name:str}/rules/{version:int}",
        opt={PERMISSION: READ_VOUCHERS},
        operation_id="accounting.rules.read",
        summary=N_("查詢一版分錄規則"),
        sync_to_thread=True,
    )
    def rules(
        self, context: Context, chart_name: FromPath[str], version: FromPath[int]
    ) -> RulesAnswer:
        with context.read() as uow:
            chart = find_chart(uow, chart_name)
            return rules_answer(find_rules(uow, chart, version), today=uow.business_date)


def head_of(chart: Chart) -> ChartHead:
    return ChartHead(
        name=chart.name,
        title=chart.title,
        first_year=chart.first_year,
        last_year=chart.last_year,
        budgetary_apart=chart.budgetary_apart,
        source=chart.source,
        shipped=chart.shipped,
        accounts=len(chart.accounts),
    )


def version_of(version: RuleVersion, *, today: dt.date) -> RuleVersionHead:
    return RuleVersionHead(
        version=version.rules.version,
        effective_on=version.rules.effective_on,
        until=version.until,
        state=version.state(today),
        events=len(version.rules.rules),
        reason=version.rules.reason,
        made_by_name=version.made_by_name,
        made_at=version.made_at,
    )


def rules_answer(version: RuleVersion, *, today: dt.date) -> RulesAnswer:
    return RulesAnswer(
        chart=version.rules.chart,
        head=version_of(version, today=today),
        rules=version.rules.rules,
        objects=version.rules.objects,
        sources=version.rules.sources,
    )
