"""Change which objects or sources lead to which accounts, in the draft of the next rules."""

from __future__ import annotations

from zhuji_accounting.domain.ledger.rule_draft import (
    RuleDraft,
    WantedMatches,
    way_named,
    with_matches,
)
from zhuji_accounting.domain.ledger.rule_words import changes_between
from zhuji_accounting.permissions import WRITE_RULES
from zhuji_accounting.queries.charts import find_chart
from zhuji_accounting.store import rule_drafts
from zhuji_core.uow import UnitOfWork


def change_matches(
    uow: UnitOfWork, *, chart_name: str, way: str, wanted: WantedMatches
) -> RuleDraft:
    """Save the ways from codes to accounts: ``way`` is objects (用途別) or sources (來源別).

    Raises Forbidden, ChartNotFound, RuleDraftNotFound, RuleWayNotFound, RuleDraftStale or
    RuleWrong; then nothing is kept.
    """
    uow.require(WRITE_RULES)
    chart = find_chart(uow, chart_name)
    draft = rule_drafts.lock(uow, chart.name)
    changed = with_matches(draft, way_named(way), wanted, chart=chart)
    kept = rule_drafts.save(uow, changed)
    told = changes_between(draft.rules, kept.rules, chart)
    uow.audit(
        WRITE_RULES.name,
        kept.document,
        before={one.title: one.before for one in told},
        after={one.title: one.after for one in told},
    )
    return kept
