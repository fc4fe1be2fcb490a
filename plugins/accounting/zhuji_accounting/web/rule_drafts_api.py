"""The API of the draft of posting rules: begun, changed, tried, proposed, taken away."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable

from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from zhuji_accounting.domain.ledger.chart import Chart
from zhuji_accounting.domain.ledger.posting_rules import AccountMatch, PostingRule
from zhuji_accounting.domain.ledger.rule_checks import RuleFault, faults_of
from zhuji_accounting.domain.ledger.rule_draft import (
    RuleDraft,
    WantedMatches,
    WantedRule,
    way_named,
)
from zhuji_accounting.domain.ledger.rule_trial import Tried
from zhuji_accounting.domain.ledger.voucher import VoucherLine
from zhuji_accounting.permissions import READ_VOUCHERS, WRITE_RULES
from zhuji_accounting.queries.charts import find_chart
from zhuji_accounting.queries.rule_drafts import read_draft
from zhuji_accounting.usecases.change_matches import change_matches
from zhuji_accounting.usecases.change_rule import change_rule
from zhuji_accounting.usecases.discard_rule_draft import discard_rule_draft
from zhuji_accounting.usecases.put_rules_in_force import propose_rules
from zhuji_accounting.usecases.start_rule_draft import start_rule_draft
from zhuji_accounting.usecases.try_rule import TypedFact, try_rule
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, Value
from zhuji_core.web.answers import json_answer
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import ANSWERS, PERMISSION, ApiController
from zhuji_core.web.problems import Problem, problem_of

Context = NamedDependency[RequestContext]
ChartName = FromPath[str]


class DraftAnswer(Value, frozen=True, kw_only=True):
    """The draft; ``based_on``: the version that it follows; with faults it cannot be proposed."""

    chart: str
    based_on: int
    revision: int
    changed_by_name: str
    changed_at: dt.datetime
    rules: tuple[PostingRule, ...]
    objects: tuple[AccountMatch, ...]
    sources: tuple[AccountMatch, ...]
    faults: tuple[RuleFault, ...]


class TrialWanted(Value, frozen=True, kw_only=True):
    """What is tried: the fact behind a voucher of this county, or a typed one."""

    event_code: str
    voucher_id: uuid.UUID | None = None
    fact: TypedFact | None = None


class TriedAnswer(Value, frozen=True, kw_only=True):
    """The voucher that a version makes (0: the draft); ``refusal``: why the books refuse it."""

    version: int
    kind: str
    debit_ntd: int
    credit_ntd: int
    lines: tuple[VoucherLine, ...]
    refusal: Problem | None


class TrialAnswer(Value, frozen=True, kw_only=True):
    """Both vouchers of one fact; neither is kept."""

    before: TriedAnswer
    after: TriedAnswer


class ProposalWanted(Value, frozen=True, kw_only=True):
    """From when the draft is to hold, and why; a second person decides."""

    effective_on: dt.date
    reason: str
    reference: str = ""


class ProposedAnswer(Value, frozen=True, kw_only=True):
    """The proposal, decided at ``/kernel/proposals/{proposal_id}``."""

    proposal_id: uuid.UUID
    expires_on: dt.date


class RuleDraftsApi(ApiController):
    """``/charts/{chart_name}/draft``."""

    module = "accounting"
    path = "/charts/{chart_name:str}/draft"
    cold = True

    @get(
        "/",
        opt={PERMISSION: READ_VOUCHERS},
        operation_id="accounting.rule-draft.read",
        summary=N_("查詢分錄規則草案"),
        sync_to_thread=True,
    )
    def read(self, context: Context, chart_name: ChartName) -> DraftAnswer:
        with context.read() as uow:
            chart = find_chart(uow, chart_name)
            return _answer(read_draft(uow, chart.name), chart)

    @post(
        "/",
        opt={PERMISSION: WRITE_RULES, ANSWERS: DraftAnswer},
        operation_id="accounting.rule-draft.start",
        summary=N_("起草分錄規則新版"),
        sync_to_thread=True,
    )
    def start(self, context: Context, chart_name: ChartName) -> Response[bytes]:
        """Copy the version in force into a draft of the next one."""
        return _done(
            context,
            chart_name,
            lambda uow: start_rule_draft(uow, chart_name=chart_name),
            status_code=201,
        )

    @put(
        "/rules/{event_code:str}",
        opt={PERMISSION: WRITE_RULES, ANSWERS: DraftAnswer},
        operation_id="accounting.rule-draft.change-rule",
        summary=N_("修改草案之分錄規則"),
        sync_to_thread=True,
    )
    def change_rule(
        self,
        context: Context,
        chart_name: ChartName,
        event_code: FromPath[str],
        data: JSONBody[WantedRule],
    ) -> Response[bytes]:
        return _done(
            context,
            chart_name,
            lambda uow: change_rule(uow, chart_name=chart_name, event_code=event_code, wanted=data),
        )

    @put(
        "/ways/{way:str}",
        opt={PERMISSION: WRITE_RULES, ANSWERS: DraftAnswer},
        operation_id="accounting.rule-draft.change-ways",
        summary=N_("修改草案之科目對應"),
        sync_to_thread=True,
    )
    def change_ways(
        self,
        context: Context,
        chart_name: ChartName,
        way: FromPath[str],
        data: JSONBody[WantedMatches],
    ) -> Response[bytes]:
        """Change which objects (用途別) or sources (來源別) lead to which accounts."""
        named = way_named(way)
        return _done(
            context,
            chart_name,
            lambda uow: change_matches(uow, chart_name=chart_name, way=named, wanted=data),
        )

    @post(
        "/trial",
        opt={PERMISSION: READ_VOUCHERS},
        operation_id="accounting.rule-draft.try",
        summary=N_("試算草案之分錄規則"),
        status_code=200,
        sync_to_thread=True,
    )
    def run(
        self, context: Context, chart_name: ChartName, data: JSONBody[TrialWanted]
    ) -> TrialAnswer:
        """Answer with both versions' vouchers of one fact; nothing is kept."""
        with context.read() as uow:
            trial = try_rule(
                uow,
                chart_name=chart_name,
                event_code=data.event_code,
                voucher_id=data.voucher_id,
                typed=data.fact,
            )
        return TrialAnswer(before=_tried(context, trial.before), after=_tried(context, trial.after))

    @post(
        "/proposal",
        opt={PERMISSION: WRITE_RULES, ANSWERS: ProposedAnswer},
        operation_id="accounting.rule-draft.propose",
        summary=N_("提請分錄規則生效"),
        sync_to_thread=True,
    )
    def propose(
        self, context: Context, chart_name: ChartName, data: JSONBody[ProposalWanted]
    ) -> Response[bytes]:
        """Propose the draft as it is; a second person puts it into force."""
        return context.perform(
            lambda uow: propose_rules(
                uow,
                chart_name=chart_name,
                effective_on=data.effective_on,
                reason=data.reason,
                reference=data.reference,
            ),
            lambda made: json_answer(
                ProposedAnswer(proposal_id=made.proposal_id, expires_on=made.expires_on),
                status_code=201,
            ),
        )

    @post(
        "/removal",
        opt={PERMISSION: WRITE_RULES, ANSWERS: DraftAnswer},
        operation_id="accounting.rule-draft.discard",
        summary=N_("刪除分錄規則草案"),
        status_code=200,
        sync_to_thread=True,
    )
    def discard(self, context: Context, chart_name: ChartName) -> Response[bytes]:
        """Take the draft away; answers with what it was."""
        return _done(
            context, chart_name, lambda uow: discard_rule_draft(uow, chart_name=chart_name)
        )


def _done(
    context: RequestContext,
    chart_name: str,
    act: Callable[[UnitOfWork], RuleDraft],
    *,
    status_code: int = 200,
) -> Response[bytes]:
    """Do ``act`` and answer with the draft as it is then."""

    def told(uow: UnitOfWork) -> DraftAnswer:
        return _answer(act(uow), find_chart(uow, chart_name))

    return context.perform(told, lambda made: json_answer(made, status_code=status_code))


def _answer(draft: RuleDraft, chart: Chart) -> DraftAnswer:
    return DraftAnswer(
        chart=draft.chart,
        based_on=draft.rules.version,
        revision=draft.revision,
        changed_by_name=draft.changed_by_name,
        changed_at=draft.changed_at,
        rules=draft.rules.rules,
        objects=draft.rules.objects,
        sources=draft.rules.sources,
        faults=tuple(faults_of(draft.rules, chart)),
    )


def _tried(context: RequestContext, made: Tried) -> TriedAnswer:
    return TriedAnswer(
        version=made.version,
        kind=made.kind,
        debit_ntd=made.debit_ntd,
        credit_ntd=made.credit_ntd,
        lines=made.lines,
        refusal=problem_of(made.refusal, gettext=context.gettext) if made.refusal else None,
    )
