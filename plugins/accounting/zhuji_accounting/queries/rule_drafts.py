"""The draft of a chart's next posting rules, as it stands."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from zhuji_accounting.domain.ledger.chart import Chart
from zhuji_accounting.domain.ledger.posting_rules import PostingRule
from zhuji_accounting.domain.ledger.rule_draft import (
    RuleDraft,
    RuleDraftNotFound,
    known_rules,
)
from zhuji_accounting.facts import shipped_rules
from zhuji_accounting.queries.charts import rule_set_of, rules_by_id
from zhuji_core.uow import UnitOfWork

DRAFT = """
    SELECT d.draft_id, d.chart, d.based_on, d.revision, d.body::text AS body, d.started_by_name,
           d.started_at, d.changed_by_name, d.changed_at, s.version, s.effective_on
      FROM accounting.rule_draft AS d
      JOIN accounting.rule_set AS s ON s.rule_set_id = d.based_on
     WHERE d.chart = :chart
"""
FIND = sa.text(DRAFT)


def find_draft(uow: UnitOfWork, chart: str) -> RuleDraft | None:
    """Return the draft of the chart's rules, or None."""
    row = uow.connection.execute(FIND, {"chart": chart}).mappings().one_or_none()
    return None if row is None else draft_of(dict(row))


def read_draft(uow: UnitOfWork, chart: str) -> RuleDraft:
    """Return the draft of the chart's rules; raise RuleDraftNotFound."""
    found = find_draft(uow, chart)
    if found is None:
        raise RuleDraftNotFound
    return found


def rules_of_event(
    uow: UnitOfWork, chart: Chart, draft: RuleDraft, event_code: str
) -> tuple[PostingRule, ...]:
    """Return the event's rule as shipped, in the version that the draft follows, and in the draft.

    The draft's is the last; those that do not know the event are left out. Raises NoPostingRule.
    """
    before = rules_by_id(uow, chart, draft.based_on)
    return known_rules(draft, event_code, shipped_rules(chart), before)


def draft_of(row: dict[str, Any]) -> RuleDraft:
    """Make the value of one row; its rules have version and day of what it is based on."""
    told = {name: row.pop(name) for name in ("body", "version", "effective_on")}
    rules = rule_set_of({**told, "rule_set_id": row["based_on"], "chart": row["chart"]})
    return RuleDraft(**row, rules=rules)
