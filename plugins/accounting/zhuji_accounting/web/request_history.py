"""The history of a request, from the audit, as people read it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from zhuji_accounting.domain.request import RequestState
from zhuji_accounting.web.wording import (
    ACT_TITLES,
    FIELD_TITLES,
    Gettext,
    kind_title,
    state_badge,
)
from zhuji_core.audit.history import HistoryEntry as Kept
from zhuji_core.formats import format_date, format_ntd
from zhuji_core.web.components import Change, HistoryEntry
from zhuji_core.web.who import actor_told


def history_of(entries: Sequence[Kept], gettext: Gettext) -> tuple[HistoryEntry, ...]:
    """Return the entries newest first, each with what it changed."""
    return tuple(_entry(entry, gettext) for entry in reversed(entries))


def _entry(entry: Kept, gettext: Gettext) -> HistoryEntry:
    before = entry.before if isinstance(entry.before, Mapping) else {}
    after = entry.after if isinstance(entry.after, Mapping) else {}
    state = str(after.get("state", ""))
    changed_state = state != before.get("state") and state in set(RequestState)
    return HistoryEntry(
        at=entry.recorded_at,
        who=actor_told(entry, gettext),
        action=_act(entry.action, before=before, after=after, gettext=gettext),
        reason=_reason(after, gettext),
        badge=state_badge(state, gettext) if changed_state else None,
        changes=tuple(_changes(before, after, gettext)) if before else (),
    )


def _reason(after: Mapping[str, Any], gettext: Gettext) -> str:
    """Return what was written, and by which exceptions from separation of duties it was done."""
    words = [str(after.get("reason") or after.get("duplicate_reason") or "")]
    if numbers := after.get("duty_exceptions"):
        words.append(gettext("依職能分工例外 {numbers} 辦理").format(numbers="、".join(numbers)))
    return "　".join(word for word in words if word)


def _act(
    action: str, *, before: Mapping[str, Any], after: Mapping[str, Any], gettext: Gettext
) -> str:
    if action == "accounting.request.write" and before:
        return gettext("修改")
    title = gettext(ACT_TITLES.get(action, action))
    number = after.get("certification")
    return f"{title} {number}" if number else title


def _changes(before: Mapping[str, Any], after: Mapping[str, Any], gettext: Gettext) -> list[Change]:
    found = []
    for name, title in FIELD_TITLES.items():
        if name not in before or name not in after or before[name] == after[name]:
            continue
        found.append(
            Change(
                label=gettext(title),
                before=_shown(name, before[name], gettext),
                after=_shown(name, after[name], gettext),
            )
        )
    return found


def _shown(name: str, value: object, gettext: Gettext) -> str:
    if name == "amount_ntd" and isinstance(value, int):
        return format_ntd(value)
    if name == "hold_until" and isinstance(value, str):
        return format_date(dt.date.fromisoformat(value))
    if value is None:
        return gettext("年度終了")
    if name == "kind":
        return kind_title(str(value), gettext)
    return str(value) or gettext("（未填）")
