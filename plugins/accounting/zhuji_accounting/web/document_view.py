"""What the pages of documents (claims, vouchers) show in one way: why not, and the history."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from zhuji_accounting.web.wording import Gettext
from zhuji_core.audit.history import HistoryEntry as Kept
from zhuji_core.identity.actor import Forbidden
from zhuji_core.values import DomainError
from zhuji_core.web.components import Badge, HistoryEntry
from zhuji_core.web.who import actor_told


def why_not(refusal: DomainError | None, tr: Gettext) -> str:
    """Return why a step is not possible now; empty when it is."""
    if isinstance(refusal, Forbidden):
        title = tr(str(refusal.detail["title"]))
        return tr("等候有「{title}」權限的人員辦理").format(title=title)
    return "" if refusal is None else refusal.text(tr)


def history_of(
    entries: Sequence[Kept],
    tr: Gettext,
    *,
    titles: Mapping[str, str],
    badge_of: Callable[[str], Badge | None],
) -> tuple[HistoryEntry, ...]:
    """Return the acts on a document, newest first; ``titles``: action → words."""
    return tuple(_entry(entry, tr, titles, badge_of) for entry in reversed(entries))


def _entry(
    entry: Kept,
    tr: Gettext,
    titles: Mapping[str, str],
    badge_of: Callable[[str], Badge | None],
) -> HistoryEntry:
    after = entry.after if isinstance(entry.after, Mapping) else {}
    before = entry.before if isinstance(entry.before, Mapping) else {}
    words = [str(after.get("reason") or ""), str(after.get("file") or before.get("file") or "")]
    if numbers := after.get("duty_exceptions"):
        words.append(tr("依職能分工例外 {numbers} 辦理").format(numbers="、".join(numbers)))
    return HistoryEntry(
        at=entry.recorded_at,
        who=actor_told(entry, tr),
        action=tr(titles.get(entry.action, entry.action)),
        reason="　".join(word for word in words if word),
        badge=badge_of(str(after.get("state", ""))),
    )
