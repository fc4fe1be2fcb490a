"""What happened to a schedule, newest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from zhuji_budget.domain.schedule import OPINION_TITLES, RULE_TITLES, Rule
from zhuji_budget.web.views.schedule import schedule_badge
from zhuji_budget.web.views.words import Gettext
from zhuji_core.audit.history import HistoryEntry as Kept
from zhuji_core.values import N_
from zhuji_core.web.components import Change, HistoryEntry
from zhuji_core.web.who import actor_told

ACTS: Mapping[str, str] = {
    "budget.allotment.write": N_("擬編分配預算"),
    "budget.allotment.submit": N_("送出"),
    "budget.allotment.endorse": N_("主管機關核轉"),
    "budget.allotment.comment": N_("財政單位意見"),
    "budget.allotment.approve": N_("核定分配預算"),
    "budget.allotment.return": N_("退回修正"),
    "budget.allotment.withdraw": N_("撤回"),
}


def schedule_history(entries: Sequence[Kept], gettext: Gettext) -> tuple[HistoryEntry, ...]:
    """Return what happened, newest first, each with its figures in one line."""
    return tuple(_entry(entry, gettext) for entry in reversed(entries))


def _entry(entry: Kept, gettext: Gettext) -> HistoryEntry:
    before = entry.before if isinstance(entry.before, Mapping) else {}
    after = entry.after if isinstance(entry.after, Mapping) else {}
    state = str(after.get("state", ""))
    return HistoryEntry(
        at=entry.recorded_at,
        who=actor_told(entry, gettext),
        action=gettext(ACTS.get(entry.action, entry.action)),
        reason=_told(after, gettext),
        badge=schedule_badge(state, gettext) if state != before.get("state") else None,
        changes=_changes(before, after, gettext),
    )


def _changes(
    before: Mapping[str, Any], after: Mapping[str, Any], gettext: Gettext
) -> tuple[Change, ...]:
    if not before or before.get("state") == after.get("state"):
        return ()
    return (
        Change(
            label=gettext("狀態"),
            before=schedule_badge(before["state"], gettext).text,
            after=schedule_badge(after["state"], gettext).text,
        ),
    )


def _told(after: Mapping[str, Any], gettext: Gettext) -> str:
    parts = []
    if rule := after.get("rule"):
        parts.append(gettext(RULE_TITLES[Rule(rule)]))
    words = {
        "rows": gettext("項目數"),
        "control_rows": gettext("異動項目數"),
        "scheduled_ntd": gettext("全年分配數（元）"),
        "allotted_ntd": gettext("分配數增減（元）"),
    }
    parts += [f"{label} {after[name]:,}" for name, label in words.items() if name in after]
    if opinion := after.get("opinion"):
        parts.append(gettext(OPINION_TITLES[opinion]))
    if reason := after.get("reason"):
        parts.append(str(reason))
    if numbers := after.get("duty_exceptions"):
        parts.append(gettext("依職能分工例外 {numbers} 辦理").format(numbers="、".join(numbers)))
    return "　".join(parts)
