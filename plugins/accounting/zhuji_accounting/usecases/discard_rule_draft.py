"""Take the draft of a chart's next posting rules away; what holds stays as it is."""

from __future__ import annotations

from zhuji_accounting.domain.ledger.rule_draft import RuleDraft
from zhuji_accounting.permissions import WRITE_RULES
from zhuji_accounting.store import rule_drafts
from zhuji_core.uow import UnitOfWork


def discard_rule_draft(uow: UnitOfWork, *, chart_name: str) -> RuleDraft:
    """Raises Forbidden or RuleDraftNotFound."""
    uow.require(WRITE_RULES)
    draft = rule_drafts.lock(uow, chart_name)
    rule_drafts.delete(uow, draft)
    uow.audit(
        "accounting.rules.discard",
        draft.document,
        before={"chart": chart_name, "revision": draft.revision},
        after=None,
    )
    return draft
