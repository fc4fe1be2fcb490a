"""Put a draft of posting rules into force from a day on: one person proposes, another does it."""

from __future__ import annotations

import datetime as dt
import uuid

import msgspec

from zhuji_accounting.domain.ledger.chart import Chart
from zhuji_accounting.domain.ledger.posting_rules import RuleSet
from zhuji_accounting.domain.ledger.rule_checks import faults_of
from zhuji_accounting.domain.ledger.rule_draft import (
    RuleDraft,
    RuleDraftStale,
    RulesClosed,
    RulesFaulty,
    RulesSame,
    require_effective,
)
from zhuji_accounting.domain.ledger.rule_words import changes_between
from zhuji_accounting.permissions import DECIDE_RULES, WRITE_RULES
from zhuji_accounting.queries.charts import find_chart, newest_rules
from zhuji_accounting.queries.periods import last_closed
from zhuji_accounting.queries.rule_drafts import read_draft
from zhuji_accounting.store import charts, rule_drafts
from zhuji_core.formats import format_date
from zhuji_core.proposals.model import Foreseen, Proposal, ProposalKind, ProposedChange
from zhuji_core.proposals.propose import propose
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, Value


class RulesInForce(Value, frozen=True, kw_only=True):
    """Put revision ``revision`` of the draft into force from ``effective_on``."""

    chart: str
    draft_id: uuid.UUID
    revision: int
    effective_on: dt.date


def propose_rules(
    uow: UnitOfWork,
    *,
    chart_name: str,
    effective_on: dt.date,
    reason: str,
    reference: str = "",
) -> Proposal:
    """Propose the draft as it is now; a second person puts it into force.

    Raises Forbidden, ChartNotFound, RuleDraftNotFound, RulesFaulty, RulesSame, RulesOrder,
    RulesClosed and what ``propose`` raises; then nothing is kept.
    """
    uow.require(WRITE_RULES)
    draft = read_draft(uow, find_chart(uow, chart_name).name)
    wanted = RulesInForce(
        chart=draft.chart,
        draft_id=draft.draft_id,
        revision=draft.revision,
        effective_on=effective_on,
    )
    return propose(uow, RULES_IN_FORCE, wanted, reason=reason, reference=reference)


def _foresee(uow: UnitOfWork, wanted: RulesInForce) -> Foreseen:
    charts.lock(uow)
    chart = find_chart(uow, wanted.chart)
    draft = rule_drafts.lock(uow, chart.name)
    if (draft.draft_id, draft.revision) != (wanted.draft_id, wanted.revision):
        raise RuleDraftStale(changed_by=draft.changed_by_name)
    newest = newest_rules(uow, chart)
    assert newest is not None, "a draft is based on a version"
    changes = changes_between(newest, draft.rules, chart)
    _require_sound(draft, chart, newest, changes=len(changes))
    require_effective(wanted.effective_on, chart, newest, today=uow.business_date)
    _require_open(uow, chart, wanted.effective_on)
    return Foreseen(
        document=msgspec.structs.replace(draft.document, label=chart.title),
        subject=chart.name,
        facts={
            N_("草案修訂次"): str(draft.revision),
            N_("現有最新版次"): str(newest.version),
            N_("適用年度"): f"{chart.first_year}–{chart.last}",
        },
        changes=(
            ProposedChange(label=N_("生效日"), after=format_date(wanted.effective_on)),
            *(
                ProposedChange(label=one.title, before=one.before, after=one.after)
                for one in changes
            ),
        ),
    )


def _require_sound(draft: RuleDraft, chart: Chart, newest: RuleSet, *, changes: int) -> None:
    faults = faults_of(draft.rules, chart)
    if faults:
        raise RulesFaulty(count=len(faults), title=faults[0].title)
    if not changes:
        raise RulesSame(version=newest.version)


def _require_open(uow: UnitOfWork, chart: Chart, effective_on: dt.date) -> None:
    """Raise RulesClosed for a day within a period that any agency has closed."""
    closed = last_closed(uow, first_year=chart.first_year, last_year=chart.last)
    if closed is not None and effective_on <= closed.ends_on:
        first_on = closed.ends_on + dt.timedelta(days=1)
        raise RulesClosed(
            effective_on=str(effective_on),
            fiscal_year=closed.fiscal_year,
            period=closed.period,
            first_on=str(first_on),
            fields={"effective_on": RulesClosed.message},
        )


def _apply(uow: UnitOfWork, wanted: RulesInForce, proposal: Proposal) -> None:
    draft = rule_drafts.lock(uow, wanted.chart)
    rules = msgspec.structs.replace(
        draft.rules,
        # The version is the draft's document: its history begins with the first change of it.
        rule_set_id=draft.draft_id,
        version=charts.next_version(uow, wanted.chart),
        effective_on=wanted.effective_on,
        reason=proposal.reason,
    )
    rule_drafts.put_in_force(
        uow,
        rules,
        based_on=draft.based_on,
        made_by=proposal.proposed_by,
        made_by_name=proposal.proposed_by_name,
        proposal_id=proposal.proposal_id,
    )
    rule_drafts.delete(uow, draft)
    uow.audit(
        DECIDE_RULES.name,
        rules.document,
        before={"based_on": draft.rules.version},
        after={
            "chart": rules.chart,
            "version": rules.version,
            "effective_on": rules.effective_on,
            "reason": proposal.reason,
            "proposed_by": proposal.proposed_by_name,
        },
    )


RULES_IN_FORCE: ProposalKind[RulesInForce] = ProposalKind(
    name="accounting.rules",
    title=N_("分錄規則生效"),
    payload=RulesInForce,
    version=1,
    propose=WRITE_RULES,
    decide=DECIDE_RULES,
    foresee=_foresee,
    apply=_apply,
)
