"""Pages of the draft of posting rules: begun, seen, taken away, proposed to be put into force."""

from __future__ import annotations

import datetime as dt
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody

from zhuji_accounting.domain.ledger.chart import Chart
from zhuji_accounting.domain.ledger.rule_checks import faults_of
from zhuji_accounting.domain.ledger.rule_words import OBJECTS, SOURCES, lines_between
from zhuji_accounting.permissions import READ_VOUCHERS, WRITE_RULES
from zhuji_accounting.queries.charts import find_chart, newest_rules
from zhuji_accounting.queries.rule_drafts import read_draft
from zhuji_accounting.usecases.discard_rule_draft import discard_rule_draft
from zhuji_accounting.usecases.put_rules_in_force import propose_rules
from zhuji_accounting.usecases.start_rule_draft import start_rule_draft
from zhuji_accounting.web import rule_draft_view as view
from zhuji_accounting.web import rule_view
from zhuji_accounting.web.chart_pages import chart_crumbs, show_chart
from zhuji_accounting.web.refusals import refused
from zhuji_accounting.web.rule_form import way_title
from zhuji_core.formats import parse_date
from zhuji_core.ids import new_id
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import DomainError, Value
from zhuji_core.web.components import Action, Fact, Link, Table
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import PERMISSION, PageController
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb
from zhuji_core.web.steps import perform_or_show

Context = NamedDependency[RequestContext]
Form = URLEncodedBody[dict[str, Any]]
ChartName = FromPath[str]
Page = Response[bytes] | Response[str]
FIELDS = ("effective_on", "reason", "reference")


class RuleDraftPages(PageController):
    """``/charts/{chart_name}/draft``."""

    module = "accounting"
    path = "/charts/{chart_name:str}/draft"
    cold = True

    @get(
        "/",
        opt={PERMISSION: READ_VOUCHERS},
        operation_id="accounting.rule-draft.page",
        sync_to_thread=True,
    )
    def page(self, context: Context, chart_name: ChartName) -> Response[str]:
        return show_draft(context, chart_name)

    @post(
        "/",
        opt={PERMISSION: WRITE_RULES},
        operation_id="accounting.rule-draft.start-form",
        sync_to_thread=True,
    )
    def start(self, context: Context, chart_name: ChartName) -> Page:
        return perform_or_show(
            context,
            lambda uow: start_rule_draft(uow, chart_name=chart_name),
            to=lambda made: f"accounting/charts/{made.chart}/draft",
            show=lambda error: show_chart(context, chart_name, error=error),
        )

    @post(
        "/removal",
        opt={PERMISSION: WRITE_RULES},
        operation_id="accounting.rule-draft.discard-form",
        sync_to_thread=True,
    )
    def discard(self, context: Context, chart_name: ChartName) -> Page:
        return perform_or_show(
            context,
            lambda uow: discard_rule_draft(uow, chart_name=chart_name),
            to=lambda gone: f"accounting/charts/{gone.chart}",
            show=lambda error: show_chart(context, chart_name, error=error),
        )

    @post(
        "/proposal",
        opt={PERMISSION: WRITE_RULES},
        operation_id="accounting.rule-draft.propose-form",
        sync_to_thread=True,
    )
    def propose(self, context: Context, chart_name: ChartName, data: Form) -> Page:
        typed = {name: str(data.get(name, "")).strip() for name in FIELDS}
        return perform_or_show(
            context,
            lambda uow: propose_rules(
                uow,
                chart_name=chart_name,
                effective_on=_date(uow, typed["effective_on"]),
                reason=typed["reason"],
                reference=typed["reference"],
            ),
            to=lambda made: f"kernel/proposals/{made.proposal_id}",
            show=lambda error: show_draft(context, chart_name, typed=typed, error=error),
        )


def _date(uow: UnitOfWork, text: str) -> dt.date:
    return parse_date(text, reference=uow.business_date)


def show_draft(
    context: RequestContext,
    chart_name: str,
    *,
    typed: dict[str, str] | None = None,
    error: DomainError | None = None,
) -> Response[str]:
    """Show the draft with what differs and what is wrong; ``error`` stands at the head."""
    tr = context.gettext
    refusal = refused(context, error) if error else None
    with context.read() as uow:
        chart = find_chart(uow, chart_name)
        may_write = uow.actor.may(WRITE_RULES)
        own = context.path(view.draft_path(chart))
        return render(
            context,
            "accounting/rule_draft.html",
            title=tr("{chart}　分錄規則草案").format(chart=chart.title),
            breadcrumb=(*chart_crumbs(context, chart), Crumb(title=tr("分錄規則草案"))),
            status_code=error.status_code if error else 200,
            view=_view(context, uow, chart, may_write=may_write),
            propose_url=f"{own}/proposal" if may_write else "",
            key=str(new_id()),
            typed=typed or dict.fromkeys(FIELDS, ""),
            discard=_discard(context, own) if may_write else (),
            refusal=refusal,
            errors=refusal.faults if refusal else {},
        )


class DraftView(Value, frozen=True, kw_only=True):
    """What a draft says; ``faults`` None: nothing is wrong; ``ways``: where ways are changed."""

    facts: tuple[Fact, ...]
    changes: Table
    faults: Table | None
    events: Table
    objects: Table
    sources: Table
    ways: tuple[Link, ...]


def _view(context: RequestContext, uow: UnitOfWork, chart: Chart, *, may_write: bool) -> DraftView:
    tr = context.gettext
    draft = read_draft(uow, chart.name)
    before = newest_rules(uow, chart)
    assert before is not None, "a draft is based on a version"
    faults = faults_of(draft.rules, chart)
    empty = tr("草案與所依據之版次相同，尚無異動。")
    own = context.path(view.draft_path(chart))
    ways = tuple(
        Link(title=tr("修改{title}").format(title=way_title(way, tr)), url=f"{own}/ways/{way}")
        for way in (OBJECTS, SOURCES)
    )
    return DraftView(
        facts=view.draft_facts(context, chart, draft),
        changes=rule_view.changes_table(context, chart, before, draft.rules, empty=empty),
        faults=view.faults_table(context, faults) if faults else None,
        events=view.events_table(
            context,
            chart,
            draft.rules,
            changed={one.event_code for one in lines_between(before, draft.rules)},
            may_write=may_write,
        ),
        objects=rule_view.objects_table(context, chart, draft.rules),
        sources=rule_view.sources_table(context, chart, draft.rules),
        ways=ways if may_write else (),
    )


def draft_crumbs(context: RequestContext, chart: Chart, title: str) -> tuple[Crumb, ...]:
    """Return the way to a page of the draft, which is called ``title``."""
    draft = context.gettext("分錄規則草案")
    return (
        *chart_crumbs(context, chart),
        Crumb(title=draft, url=context.path(view.draft_path(chart))),
        Crumb(title=title),
    )


def _discard(context: RequestContext, own: str) -> tuple[Action, ...]:
    title = context.gettext("刪除草案")
    return (Action(title=title, url=f"{own}/removal", key=str(new_id()), danger=True),)
