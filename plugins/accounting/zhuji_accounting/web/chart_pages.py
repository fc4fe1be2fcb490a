"""Pages of charts of accounts and of posting rules: which hold when, and what they say."""

from __future__ import annotations

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from zhuji_accounting.domain.ledger.chart import Chart
from zhuji_accounting.domain.ledger.rule_draft import RuleDraft
from zhuji_accounting.permissions import LOAD_CHART, READ_VOUCHERS, WRITE_RULES
from zhuji_accounting.queries.charts import charts, find_chart, find_rules, rule_versions
from zhuji_accounting.queries.rule_drafts import find_draft
from zhuji_accounting.web import chart_view as view
from zhuji_accounting.web import rule_view
from zhuji_accounting.web.refusals import refused
from zhuji_core.ids import new_id
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import DomainError
from zhuji_core.web.components import Action
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import HEAVY, PERMISSION, PageController
from zhuji_core.web.exports import export_table
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb, Flash

Context = NamedDependency[RequestContext]


class ChartPages(PageController):
    """``/charts``."""

    module = "accounting"
    path = "/charts"
    cold = True

    @get(
        "/",
        opt={PERMISSION: READ_VOUCHERS},
        operation_id="accounting.charts.page",
        sync_to_thread=True,
    )
    def list_page(self, context: Context, loaded: FromQuery[str] = "") -> Response[str]:
        tr = context.gettext
        flash: tuple[Flash, ...] = ()
        if loaded:
            flash = (Flash(text=tr("會計科目表「{name}」已載入。").format(name=loaded)),)
        with context.read() as uow:
            today = uow.business_date
            found = []
            for chart in charts(uow):
                versions = rule_versions(uow, chart)
                in_force = [one for one in versions if one.state(today) == "in_force"]
                found.append((chart, in_force[0] if in_force else None))
            return render(
                context,
                "accounting/charts.html",
                title=context.gettext("會計科目及分錄規則"),
                breadcrumb=chart_crumbs(context)[:1],
                flash=flash,
                table=view.charts_table(context, found),
                form_url=context.path("accounting/charts/new") if uow.actor.may(LOAD_CHART) else "",
            )

    @get(
        "/{chart_name:str}",
        opt={PERMISSION: READ_VOUCHERS},
        operation_id="accounting.chart.page",
        sync_to_thread=True,
    )
    def page(
        self, context: Context, chart_name: FromPath[str], after: FromQuery[str] = ""
    ) -> Response[str]:
        return show_chart(context, chart_name, after=after)

    @get(
        "/{chart_name:str}/export/{suffix:str}",
        opt={PERMISSION: READ_VOUCHERS, HEAVY: True},
        operation_id="accounting.chart.export",
        sync_to_thread=True,
    )
    def export(
        self, context: Context, chart_name: FromPath[str], suffix: FromPath[str]
    ) -> Response[bytes]:
        """Write the chart in the form in which a county loads its own."""
        with context.read() as uow:
            chart = find_chart(uow, chart_name)
            return export_table(
                context,
                uow,
                view.chart_file(context, chart),
                title=chart.title,
                agency="",
                period=view.years_text(chart, context.gettext),
                file_format=suffix,
                in_ntd=False,
            )

    @get(
        "/{chart_name:str}/rules/{version:int}",
        opt={PERMISSION: READ_VOUCHERS},
        operation_id="accounting.rules.page",
        sync_to_thread=True,
    )
    def rules(
        self, context: Context, chart_name: FromPath[str], version: FromPath[int]
    ) -> Response[str]:
        tr = context.gettext
        with context.read() as uow:
            chart = find_chart(uow, chart_name)
            found = find_rules(uow, chart, version)
            return render(
                context,
                "accounting/rules.html",
                title=rule_view.rules_title(context, chart, found),
                breadcrumb=(
                    *chart_crumbs(context, chart),
                    Crumb(title=tr("分錄規則第 {version} 版").format(version=version)),
                ),
                facts=rule_view.rules_facts(context, chart, found, today=uow.business_date),
                table=rule_view.rules_table(context, chart, found),
                objects=rule_view.objects_table(context, chart, found.rules),
                sources=rule_view.sources_table(context, chart, found.rules),
                changes=rule_view.changes_since(context, uow, chart, found),
                history=rule_view.rules_history(context, uow, found),
            )

    @get(
        "/{chart_name:str}/rules/{version:int}/export/{suffix:str}",
        opt={PERMISSION: READ_VOUCHERS, HEAVY: True},
        operation_id="accounting.rules.export",
        sync_to_thread=True,
    )
    def export_rules(
        self,
        context: Context,
        chart_name: FromPath[str],
        version: FromPath[int],
        suffix: FromPath[str],
    ) -> Response[bytes]:
        with context.read() as uow:
            chart = find_chart(uow, chart_name)
            found = find_rules(uow, chart, version)
            return export_table(
                context,
                uow,
                rule_view.rules_table(context, chart, found),
                title=rule_view.rules_title(context, chart, found),
                agency="",
                period=view.years_text(chart, context.gettext),
                file_format=suffix,
                in_ntd=False,
            )


def show_chart(
    context: RequestContext,
    chart_name: str,
    *,
    after: str = "",
    error: DomainError | None = None,
) -> Response[str]:
    """Show the chart with the versions of its rules; ``error`` stands at the head."""
    with context.read() as uow:
        chart = find_chart(uow, chart_name)
        draft = find_draft(uow, chart.name)
        return render(
            context,
            "accounting/chart.html",
            title=chart.title,
            breadcrumb=(*chart_crumbs(context), Crumb(title=chart.title)),
            status_code=error.status_code if error else 200,
            facts=view.chart_facts(context, chart),
            source=chart.source,
            versions=view.versions_table(
                context, chart, rule_versions(uow, chart), today=uow.business_date
            ),
            actions=_draft_actions(context, uow, chart, draft),
            table=view.chart_table(context, chart, after=after),
            refusal=refused(context, error) if error else None,
        )


def _draft_actions(
    context: RequestContext, uow: UnitOfWork, chart: Chart, draft: RuleDraft | None
) -> tuple[Action, ...]:
    """Return the way to the draft of the next version, or to begin one."""
    url = context.path(f"{view.chart_path(chart)}/draft")
    if draft is not None:
        return (Action(title=context.gettext("分錄規則草案"), url=url, method="get"),)
    if not uow.actor.may(WRITE_RULES):
        return ()
    return (Action(title=context.gettext("起草分錄規則新版"), url=url, key=str(new_id())),)


def chart_crumbs(context: RequestContext, chart: Chart | None = None) -> tuple[Crumb, ...]:
    """Return the way to the charts, or to one of them, each a link."""
    tr = context.gettext
    charts_crumb = Crumb(title=tr("會計科目及分錄規則"), url=context.path("accounting/charts"))
    if chart is None:
        return (charts_crumb,)
    return (
        charts_crumb,
        Crumb(title=chart.title, url=context.path(view.chart_path(chart))),
    )
