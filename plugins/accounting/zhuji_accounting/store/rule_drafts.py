"""SQL of the drafts of posting rules: one of each chart, and the version that one becomes."""

from __future__ import annotations

import uuid

import msgspec
import sqlalchemy as sa

from zhuji_accounting.domain.ledger.posting_rules import RuleSet
from zhuji_accounting.domain.ledger.rule_draft import RuleDraft, RuleDraftNotFound, RuleDraftOpen
from zhuji_accounting.queries.rule_drafts import DRAFT, draft_of, read_draft
from zhuji_accounting.store.charts import body_of
from zhuji_core.uow import UnitOfWork

# Whoever changes the draft, or puts it into force, waits for whoever does so now.
LOCK = sa.text(f"{DRAFT} FOR UPDATE OF d")
START = sa.text("""
    INSERT INTO accounting.rule_draft
           (draft_id, chart, based_on, body, started_by_name, started_at, changed_by_name,
            changed_at)
    VALUES (:draft_id, :chart, :based_on, CAST(:body AS jsonb), :who, :now, :who, :now)
        ON CONFLICT (chart) DO NOTHING
    RETURNING draft_id
""")
SAVE = sa.text("""
    UPDATE accounting.rule_draft
       SET body = CAST(:body AS jsonb), revision = :revision, changed_by_name = :who,
           changed_at = :now
     WHERE draft_id = :draft_id
""")
DELETE = sa.text("DELETE FROM accounting.rule_draft WHERE draft_id = :draft_id")
PUT_IN_FORCE = sa.text("""
    INSERT INTO accounting.rule_set
           (rule_set_id, chart, version, effective_on, body, reason, made_by, made_by_name,
            made_at, based_on, approved_by_name, proposal_id)
    VALUES (:rule_set_id, :chart, :version, :effective_on, CAST(:body AS jsonb), :reason,
            :made_by, :made_by_name, :now, :based_on, :approved_by_name, :proposal_id)
""")


def lock(uow: UnitOfWork, chart: str) -> RuleDraft:
    """Lock the draft of the chart's rules; raise RuleDraftNotFound."""
    row = uow.connection.execute(LOCK, {"chart": chart}).mappings().one_or_none()
    if row is None:
        raise RuleDraftNotFound
    return draft_of(dict(row))


def start(uow: UnitOfWork, draft: RuleDraft) -> None:
    """Keep a new draft; raise RuleDraftOpen when the chart has one."""
    kept = uow.connection.execute(
        START,
        {
            "draft_id": draft.draft_id,
            "chart": draft.chart,
            "based_on": draft.based_on,
            "body": body_of(draft.rules),
            "who": draft.started_by_name,
            "now": draft.started_at,
        },
    ).scalar_one_or_none()
    if kept is None:
        raise RuleDraftOpen(started_by=read_draft(uow, draft.chart).started_by_name)


def save(uow: UnitOfWork, draft: RuleDraft) -> RuleDraft:
    """Write the changed draft in the name of the actor."""
    uow.connection.execute(
        SAVE,
        {
            "draft_id": draft.draft_id,
            "body": body_of(draft.rules),
            "revision": draft.revision,
            "who": uow.actor.signature,
            "now": uow.now,
        },
    )
    return msgspec.structs.replace(draft, changed_by_name=uow.actor.signature, changed_at=uow.now)


def delete(uow: UnitOfWork, draft: RuleDraft) -> None:
    uow.connection.execute(DELETE, {"draft_id": draft.draft_id})


def put_in_force(
    uow: UnitOfWork,
    rules: RuleSet,
    *,
    based_on: uuid.UUID,
    made_by: uuid.UUID,
    made_by_name: str,
    proposal_id: uuid.UUID,
) -> None:
    """Write the version, which never changes again; the actor is who approved it."""
    uow.connection.execute(
        PUT_IN_FORCE,
        {
            "rule_set_id": rules.rule_set_id,
            "chart": rules.chart,
            "version": rules.version,
            "effective_on": rules.effective_on,
            "body": body_of(rules),
            "reason": rules.reason,
            "made_by": made_by,
            "made_by_name": made_by_name,
            "now": uow.now,
            "based_on": based_on,
            "approved_by_name": uow.actor.signature,
            "proposal_id": proposal_id,
        },
    )
