"""Begin a draft of a chart's next posting rules: a copy of those that hold last."""

from __future__ import annotations

from zhuji_accounting.domain.ledger.refusals import NoChart
from zhuji_accounting.domain.ledger.rule_draft import RuleDraft, with_new_events
from zhuji_accounting.facts import shipped_rules
from zhuji_accounting.permissions import WRITE_RULES
from zhuji_accounting.queries.charts import find_chart, newest_rules
from zhuji_accounting.store import charts, rule_drafts
from zhuji_core.ids import new_id
from zhuji_core.uow import UnitOfWork


def start_rule_draft(uow: UnitOfWork, *, chart_name: str) -> RuleDraft:
    """Copy the version in force; where a later one is to come, that one, which it will follow.

    The copy gets the shipped rules of events that the version is older than.
    Raises Forbidden, ChartNotFound, NoChart or RuleDraftOpen.
    """
    uow.require(WRITE_RULES)
    charts.ensure_shipped(uow)
    chart = find_chart(uow, chart_name)
    newest = newest_rules(uow, chart)
    if newest is None:
        raise NoChart(fiscal_year=chart.first_year)
    draft = RuleDraft(
        draft_id=new_id(),
        chart=chart.name,
        based_on=newest.rule_set_id,
        revision=1,
        rules=with_new_events(newest, shipped_rules(chart), chart),
        started_by_name=uow.actor.signature,
        started_at=uow.now,
        changed_by_name=uow.actor.signature,
        changed_at=uow.now,
    )
    rule_drafts.start(uow, draft)
    uow.audit(
        WRITE_RULES.name,
        draft.document,
        before=None,
        after={"chart": chart.name, "based_on": newest.version},
    )
    return draft
