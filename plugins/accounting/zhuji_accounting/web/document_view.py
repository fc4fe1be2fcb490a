"""What the pages of documents show in one way: the next steps, why not, and the history."""

from __future__ import annotations

import enum
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Protocol, TypeVar

from zhuji_accounting.web.wording import Gettext
from zhuji_core.audit.history import HistoryEntry as Kept
from zhuji_core.identity.actor import Forbidden
from zhuji_core.values import DomainError
from zhuji_core.web.components import Action, Badge, HistoryEntry
from zhuji_core.web.who import actor_told

V = TypeVar("V", bound=enum.StrEnum)
V_co = TypeVar("V_co", bound=enum.StrEnum, covariant=True)
# What the verbs of every document call the two steps that lead back.
RETURN, WITHDRAW = "return", "withdraw"


class NextStep(Protocol[V_co]):
    """One verb of a document; ``refusal`` is what the rules would say to it now."""

    @property
    def verb(self) -> V_co: ...

    @property
    def refusal(self) -> DomainError | None: ...


def step_buttons(
    steps: Sequence[NextStep[V]],
    tr: Gettext,
    *,
    titles: Mapping[V, str],
    links: Collection[V],
    url_of: Callable[[V], str],
    key: str,
) -> tuple[Action, ...]:
    """Return the next steps as buttons; the first possible one is the main one (F9).

    ``links``: verbs that are reached by a link, since a form follows. Each button is an attempt of
    its own, so each has its own key.
    """
    possible = [one.verb for one in steps if one.refusal is None]
    main = next((verb for verb in possible if verb not in {RETURN, WITHDRAW}), None)
    return tuple(
        Action(
            title=tr(titles[one.verb]),
            url=url_of(one.verb),
            key=f"{key}-{one.verb}",
            method="get" if one.verb in links else "post",
            primary=one.verb is main and one.verb not in links,
            danger=one.verb == WITHDRAW,
            impossible=why_not(one.refusal, tr),
            reason_field="reason" if one.verb == RETURN else "",
            reason_label=tr("退回理由") if one.verb == RETURN else "",
        )
        for one in steps
    )


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
