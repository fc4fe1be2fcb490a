"""Change what a business event makes, in the draft of the next posting rules."""

from __future__ import annotations

from zhuji_accounting.domain.ledger.rule_draft import RuleDraft, WantedRule, with_rule
from zhuji_accounting.domain.ledger.rule_words import rule_words
from zhuji_accounting.permissions import WRITE_RULES
from zhuji_accounting.queries.charts import find_chart
from zhuji_accounting.queries.rule_drafts import rules_of_event
from zhuji_accounting.store import rule_drafts
from zhuji_core.uow import UnitOfWork


def change_rule(
    uow: UnitOfWork, *, chart_name: str, event_code: str, wanted: WantedRule
) -> RuleDraft:
    """Save the kind of voucher and the entries of the event.

    Entries that do not balance are kept: the draft says so, and cannot be put into force. Raises
    Forbidden, ChartNotFound, RuleDraftNotFound, RuleDraftStale, NoPostingRule or RuleWrong; then
    nothing is kept.
    """
    uow.require(WRITE_RULES)
    chart = find_chart(uow, chart_name)
    draft = rule_drafts.lock(uow, chart.name)
    known = rules_of_event(uow, chart, draft, event_code)
    changed = with_rule(draft, wanted, chart=chart, known=known)
    kept = rule_drafts.save(uow, changed)
    uow.audit(
        WRITE_RULES.name,
        kept.document,
        before={"event_code": event_code, "rule": rule_words(known[-1], chart)},
        after={"event_code": event_code, "rule": rule_words(kept.rules.rule(event_code), chart)},
    )
    return kept
