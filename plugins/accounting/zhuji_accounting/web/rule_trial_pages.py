"""The page on which a rule of the draft is tried: both versions' vouchers of one fact."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody

from zhuji_accounting.domain.ledger.posting_rules import (
    BY_OBJECT,
    BY_SOURCE,
    PostingRule,
    amounts_of,
    chosen_names,
)
from zhuji_accounting.domain.ledger.refusals import VoucherNotFound
from zhuji_accounting.domain.ledger.rule_trial import Tried
from zhuji_accounting.domain.ledger.rule_words import amount_words
from zhuji_accounting.permissions import READ_VOUCHERS
from zhuji_accounting.queries.charts import find_chart
from zhuji_accounting.queries.rule_drafts import read_draft, rules_of_event
from zhuji_accounting.queries.rule_trials import recent_vouchers
from zhuji_accounting.usecases.try_rule import Trial, TypedFact, try_rule
from zhuji_accounting.web import rule_draft_view as view
from zhuji_accounting.web.refusals import Refused, refused
from zhuji_accounting.web.rule_draft_pages import draft_crumbs
from zhuji_accounting.web.wording import ACCOUNT_TITLES, options_of
from zhuji_core.formats import parse_ntd
from zhuji_core.ids import new_id
from zhuji_core.values import DomainError, Value
from zhuji_core.web.components import Option, Table
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import PERMISSION, PageController
from zhuji_core.web.rendering import render

Context = NamedDependency[RequestContext]
Form = URLEncodedBody[dict[str, Any]]
AMOUNT, CHOSEN_FIELD = "amount-", "chosen-"
CODES = ("object_code", "account", "source_code")


class Made(Value, frozen=True, kw_only=True):
    """The voucher of one version: its table, and why the books would refuse it."""

    table: Table
    refusal: Refused | None


class RuleTrialPages(PageController):
    """``/charts/{chart_name}/draft/rules/{event_code}/trial``."""

    module = "accounting"
    path = "/charts/{chart_name:str}/draft/rules/{event_code:str}/trial"
    cold = True

    @get(
        "/",
        opt={PERMISSION: READ_VOUCHERS},
        operation_id="accounting.rule-draft.trial-page",
        sync_to_thread=True,
    )
    def page(
        self, context: Context, chart_name: FromPath[str], event_code: FromPath[str]
    ) -> Response[str]:
        return _page(context, chart_name, event_code, {})

    @post(
        "/",
        opt={PERMISSION: READ_VOUCHERS},
        operation_id="accounting.rule-draft.try-form",
        status_code=200,
        sync_to_thread=True,
    )
    def run(
        self,
        context: Context,
        chart_name: FromPath[str],
        event_code: FromPath[str],
        data: Form,
    ) -> Response[str]:
        """Show both vouchers; nothing is kept."""
        typed = {name: str(value).strip() for name, value in data.items()}
        try:
            with context.read() as uow:
                chosen = typed.get("voucher_id", "")
                trial = try_rule(
                    uow,
                    chart_name=chart_name,
                    event_code=event_code,
                    voucher_id=_voucher_id(chosen) if chosen else None,
                    typed=None if chosen else _fact(typed),
                )
        except DomainError as error:
            return _page(context, chart_name, event_code, typed, error=error)
        return _page(context, chart_name, event_code, typed, trial=trial)


def _voucher_id(text: str) -> uuid.UUID:
    """Return the id of the chosen voucher; raise VoucherNotFound for what is none."""
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise VoucherNotFound from error


def _fact(typed: dict[str, str]) -> TypedFact:
    """Read the amounts and codes that were typed; raise AmountMalformed."""
    return TypedFact(
        amounts_ntd={
            name.removeprefix(AMOUNT): parse_ntd(text)
            for name, text in typed.items()
            if name.startswith(AMOUNT) and text
        },
        accounts={
            name.removeprefix(CHOSEN_FIELD): text
            for name, text in typed.items()
            if name.startswith(CHOSEN_FIELD) and text
        },
        **{name: typed.get(name, "") for name in CODES},
    )


def _page(
    context: RequestContext,
    chart_name: str,
    event_code: str,
    typed: dict[str, str],
    *,
    trial: Trial | None = None,
    error: DomainError | None = None,
) -> Response[str]:
    tr = context.gettext
    with context.read() as uow:
        chart = find_chart(uow, chart_name)
        draft = read_draft(uow, chart.name)
        rules = rules_of_event(uow, chart, draft, event_code)
        rule = rules[-1]
        recent = recent_vouchers(
            uow, event_code=event_code, first_year=chart.first_year, last_year=chart.last
        )
        return render(
            context,
            "accounting/rule_trial.html",
            title=tr("試算分錄規則：{title}").format(title=rule.title),
            breadcrumb=draft_crumbs(context, chart, rule.title),
            status_code=error.status_code if error else 200,
            action=f"{context.path(view.rule_path(chart, event_code))}/trial",
            key=str(new_id()),
            typed=typed,
            recent=view.recent_options(recent),
            amounts=_amounts(context, rules),
            chosen=_chosen(context, rules),
            by_object=_finds_by(BY_OBJECT, rules),
            by_source=_finds_by(BY_SOURCE, rules),
            accounts=options_of(ACCOUNT_TITLES, tr),
            made=() if trial is None else _made(context, trial),
            refusal=refused(context, error) if error else None,
        )


def _amounts(context: RequestContext, rules: Sequence[PostingRule]) -> tuple[Option, ...]:
    """Return a field for each amount that either version asks for, and what it is called."""
    return tuple(
        Option(value=f"{AMOUNT}{name}", title=amount_words(name, context.gettext))
        for name in amounts_of(*rules)
    )


def _finds_by(way: str, rules: Sequence[PostingRule]) -> bool:
    """Tell whether an account of either version is found by the codes of a row."""
    return any(entry.account == way for rule in rules for entry in rule.entries)


def _chosen(context: RequestContext, rules: Sequence[PostingRule]) -> tuple[Option, ...]:
    tr = context.gettext
    return tuple(
        Option(
            value=f"{CHOSEN_FIELD}{name}",
            title=tr("自選科目（{name}）").format(name=amount_words(name, tr)),
        )
        for name in chosen_names(*rules)
    )


def _made(context: RequestContext, trial: Trial) -> tuple[Made, ...]:
    return tuple(
        _one(context, made, table_id=name)
        for name, made in (("before", trial.before), ("after", trial.after))
    )


def _one(context: RequestContext, made: Tried, *, table_id: str) -> Made:
    return Made(
        table=view.tried_table(context, made, table_id=table_id),
        refusal=refused(context, made.refusal) if made.refusal else None,
    )
