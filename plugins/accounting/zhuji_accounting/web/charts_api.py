"""The API of charts of accounts and of posting rules."""

from __future__ import annotations

import datetime as dt

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from zhuji_accounting.domain.ledger.chart import Account, Chart
from zhuji_accounting.domain.ledger.chart_load import ChartInvalid
from zhuji_accounting.domain.ledger.posting_rules import AccountMatch, PostingRule
from zhuji_accounting.permissions import LOAD_CHART, READ_VOUCHERS
from zhuji_accounting.queries.charts import (
    RuleVersion,
    charts,
    find_chart,
    find_rules,
    rule_versions,
)
from zhuji_accounting.usecases.load_chart import load_chart
from zhuji_accounting.usecases.read_chart import ChartHead as WantedHead
from zhuji_accounting.usecases.read_chart import GivenAccount, given_chart
from zhuji_accounting.web.chart_view import PROBLEMS_MAX, problem_text
from zhuji_core.values import N_, Value
from zhuji_core.web.answers import json_answer
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import ANSWERS, PERMISSION, ApiController
from zhuji_core.web.problems import PROBLEM_JSON, Problem, problem_of

Context = NamedDependency[RequestContext]
# Two thousand accounts with their names are some 500 kB of JSON.
BODY_MAX = 1_000_000


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

    ``state`` of today: in_force, coming, replaced. ``made_at`` null: it came with the software;
    else ``made_by_name`` drafted it, and ``approved_by_name`` put it into force then.
    """

    version: int
    effective_on: dt.date
    until: dt.date | None
    state: str
    events: int
    reason: str
    made_by_name: str
    made_at: dt.datetime | None
    approved_by_name: str


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


class ChartWanted(Value, frozen=True, kw_only=True):
    """A chart and its accounts, as a county loads its own."""

    name: str
    title: str
    first_year: int
    accounts: list[GivenAccount]
    last_year: int | None = None
    budgetary_apart: bool = True
    source: str = ""


class RowProblem(Value, frozen=True, kw_only=True):
    """What is wrong with a row, counted from 1; 0: with the table as a whole."""

    row: int
    kind: str
    message: str


class ChartRefused(Problem, frozen=True, kw_only=True):
    """A refusal with every wrong row."""

    errors: tuple[RowProblem, ...]


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

    @post(
        "/",
        opt={PERMISSION: LOAD_CHART, ANSWERS: ChartHead},
        operation_id="accounting.chart.load",
        summary=N_("載入會計科目表"),
        status_code=200,
        request_max_body_size=BODY_MAX,
        sync_to_thread=True,
    )
    def load(self, context: Context, data: JSONBody[ChartWanted]) -> Response[bytes]:
        """Answer with the chart as it is kept; wrong rows are a problem that lists them."""
        told = {name: getattr(data, name) for name in WantedHead.__struct_fields__}
        read = given_chart(WantedHead(**told), data.accounts)
        try:
            return context.perform(
                lambda uow: load_chart(uow, read), lambda kept: json_answer(head_of(kept))
            )
        except ChartInvalid as refusal:
            return _refused(context, refusal)

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


def _refused(context: RequestContext, refusal: ChartInvalid) -> Response[bytes]:
    problem = problem_of(refusal, gettext=context.gettext)
    errors = tuple(
        RowProblem(row=one.place.row, kind=one.kind, message=problem_text(one, context.gettext))
        for one in refusal.problems[:PROBLEMS_MAX]
    )
    told = ChartRefused(**msgspec.structs.asdict(problem), errors=errors)
    return Response(msgspec.json.encode(told), status_code=problem.status, media_type=PROBLEM_JSON)


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
        approved_by_name=version.approved_by_name,
    )


def rules_answer(version: RuleVersion, *, today: dt.date) -> RulesAnswer:
    return RulesAnswer(
        chart=version.rules.chart,
        head=version_of(version, today=today),
        rules=version.rules.rules,
        objects=version.rules.objects,
        sources=version.rules.sources,
    )
