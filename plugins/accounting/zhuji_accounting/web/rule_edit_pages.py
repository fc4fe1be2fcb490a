"""Pages on which a rule of the draft, or the ways to accounts, are changed."""

from __future__ import annotations

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody

from zhuji_accounting.domain.ledger.chart import Chart
from zhuji_accounting.domain.ledger.rule_draft import (
    MATCHES_MAX,
    RuleDraft,
    offered_accounts,
    way_named,
)
from zhuji_accounting.domain.ledger.rule_words import account_words
from zhuji_accounting.permissions import WRITE_RULES
from zhuji_accounting.queries.charts import find_chart
from zhuji_accounting.queries.control_rows import PICK_MAX
from zhuji_accounting.queries.entry_lookups import pick_accounts
from zhuji_accounting.queries.rule_drafts import read_draft, rules_of_event
from zhuji_accounting.usecases.change_matches import change_matches
from zhuji_accounting.usecases.change_rule import change_rule
from zhuji_accounting.web import rule_form
from zhuji_accounting.web.refusals import refused
from zhuji_accounting.web.request_grid import Picked, PickList
from zhuji_accounting.web.rule_draft_pages import draft_crumbs
from zhuji_accounting.web.rule_draft_view import draft_path, rule_path
from zhuji_accounting.web.rule_form import TypedForm, typed_form
from zhuji_accounting.web.voucher_grid import picked_account
from zhuji_core.ids import new_id
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import DomainError
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import PERMISSION, PageController
from zhuji_core.web.forms import ADD_ROW_FIELD, fields_of
from zhuji_core.web.parameters import Text
from zhuji_core.web.rendering import render
from zhuji_core.web.steps import perform_or_show

Context = NamedDependency[RequestContext]
Form = URLEncodedBody[dict[str, Any]]
ChartName = FromPath[str]
Page = Response[bytes] | Response[str]


class RuleEditPages(PageController):
    """``/charts/{chart_name}/draft/rules`` and ``…/ways``."""

    module = "accounting"
    path = "/charts/{chart_name:str}/draft"
    cold = True

    @get(
        "/accounts",
        opt={PERMISSION: WRITE_RULES},
        operation_id="accounting.rule-draft.accounts",
        sync_to_thread=True,
    )
    def accounts(
        self,
        context: Context,
        chart_name: ChartName,
        text: Text = "",
        event_code: FromQuery[str] = "",
    ) -> PickList:
        """Give the accounts of the chart, and the ways in which the event finds one by itself."""
        tr = context.gettext
        with context.read() as uow:
            chart = find_chart(uow, chart_name)
            draft = read_draft(uow, chart.name)
            found = pick_accounts(chart, text)
            known = rules_of_event(uow, chart, draft, event_code) if event_code else ()
            words = offered_accounts(*known) if known else ()
        ways = [
            Picked(value=one, code="", label=account_words(one, chart, tr))
            for one in words
            if text.strip() in account_words(one, chart, tr) or one.startswith(text.strip())
        ]
        return PickList(
            items=(*ways, *(picked_account(one, tr) for one in found)),
            more=len(found) >= PICK_MAX,
        )

    @get(
        "/rules/{event_code:str}",
        opt={PERMISSION: WRITE_RULES},
        operation_id="accounting.rule-draft.rule-page",
        sync_to_thread=True,
    )
    def rule(
        self, context: Context, chart_name: ChartName, event_code: FromPath[str]
    ) -> Response[str]:
        return _rule(context, chart_name, event_code)

    @post(
        "/rules/{event_code:str}",
        opt={PERMISSION: WRITE_RULES},
        operation_id="accounting.rule-draft.rule-form",
        sync_to_thread=True,
    )
    def change(
        self, context: Context, chart_name: ChartName, event_code: FromPath[str], data: Form
    ) -> Page:
        typed = typed_form(fields_of(data))
        if data.get(ADD_ROW_FIELD):
            return _rule(context, chart_name, event_code, typed=typed)

        def act(uow: UnitOfWork) -> RuleDraft:
            chart, draft = _read(uow, chart_name)
            rules = rules_of_event(uow, chart, draft, event_code)
            wanted = rule_form.wanted_rule(typed, rules, chart, gettext=context.gettext)
            return change_rule(uow, chart_name=chart_name, event_code=event_code, wanted=wanted)

        tries = data.get("act") == "try"
        return perform_or_show(
            context,
            act,
            to=lambda made: (
                f"accounting/charts/{made.chart}/draft"
                + (f"/rules/{event_code}/trial" if tries else "")
            ),
            show=lambda error: _rule(context, chart_name, event_code, typed=typed, error=error),
        )

    @get(
        "/ways/{way:str}",
        opt={PERMISSION: WRITE_RULES},
        operation_id="accounting.rule-draft.ways-page",
        sync_to_thread=True,
    )
    def ways(self, context: Context, chart_name: ChartName, way: FromPath[str]) -> Response[str]:
        return _ways(context, chart_name, way)

    @post(
        "/ways/{way:str}",
        opt={PERMISSION: WRITE_RULES},
        operation_id="accounting.rule-draft.ways-form",
        sync_to_thread=True,
    )
    def change_ways(
        self, context: Context, chart_name: ChartName, way: FromPath[str], data: Form
    ) -> Page:
        typed = typed_form(fields_of(data), rows_max=MATCHES_MAX)
        if data.get(ADD_ROW_FIELD):
            return _ways(context, chart_name, way, typed=typed)

        def act(uow: UnitOfWork) -> RuleDraft:
            chart, _ = _read(uow, chart_name)
            return change_matches(
                uow,
                chart_name=chart_name,
                way=way,
                wanted=rule_form.wanted_ways(typed, chart),
            )

        return perform_or_show(
            context,
            act,
            to=lambda made: f"accounting/charts/{made.chart}/draft",
            show=lambda error: _ways(context, chart_name, way, typed=typed, error=error),
        )


def _read(uow: UnitOfWork, chart_name: str) -> tuple[Chart, RuleDraft]:
    chart = find_chart(uow, chart_name)
    return chart, read_draft(uow, chart.name)


def _rule(
    context: RequestContext,
    chart_name: str,
    event_code: str,
    *,
    typed: TypedForm | None = None,
    error: DomainError | None = None,
) -> Response[str]:
    """Show the entries of an event as they stand in the draft, or as they were typed."""
    tr = context.gettext
    refusal = refused(context, error) if error else None
    faults = refusal.faults if refusal else {}
    with context.read() as uow:
        chart, draft = _read(uow, chart_name)
        rules = rules_of_event(uow, chart, draft, event_code)
        rule = rules[-1]
        own = context.path(rule_path(chart, event_code))
        form = typed or rule_form.typed_from(rule, chart, revision=draft.revision, gettext=tr)
        return render(
            context,
            "accounting/rule_form.html",
            title=tr("修改分錄規則：{title}").format(title=rule.title),
            breadcrumb=draft_crumbs(context, chart, rule.title),
            status_code=error.status_code if error else 200,
            event_code=event_code,
            action=own,
            trial_url=f"{own}/trial",
            key=str(new_id()),
            form=form,
            kinds=rule_form.kind_options(tr),
            grid=rule_form.rule_grid(
                form,
                rules,
                picker_url=context.path(f"{draft_path(chart)}/accounts?event_code={event_code}"),
                faults=faults,
                gettext=tr,
            ),
            refusal=refusal,
            faults=faults,
        )


def _ways(
    context: RequestContext,
    chart_name: str,
    way: str,
    *,
    typed: TypedForm | None = None,
    error: DomainError | None = None,
) -> Response[str]:
    """Show which codes lead to which accounts in the draft, or as they were typed."""
    tr = context.gettext
    refusal = refused(context, error) if error else None
    faults = refusal.faults if refusal else {}
    with context.read() as uow:
        chart, draft = _read(uow, chart_name)
        title = rule_form.way_title(way_named(way), tr)
        matches = getattr(draft.rules, way)
        form = typed or rule_form.typed_ways(matches, chart, revision=draft.revision)
        return render(
            context,
            "accounting/rule_ways_form.html",
            title=tr("修改{title}").format(title=title),
            breadcrumb=draft_crumbs(context, chart, title),
            status_code=error.status_code if error else 200,
            action=context.path(f"{draft_path(chart)}/ways/{way}"),
            key=str(new_id()),
            form=form,
            grid=rule_form.ways_grid(
                form,
                picker_url=context.path(f"{draft_path(chart)}/accounts"),
                faults=faults,
                gettext=tr,
            ),
            refusal=refusal,
        )
