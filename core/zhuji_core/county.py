"""A county as every part of the product knows it, and what may be done in which of its states."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from zhuji_core.values import N_, DomainError, Value

CountyState = Literal["open", "read_only", "moving", "restoring", "suspended"]

STATE_TITLES: Mapping[CountyState, str] = {
    "open": N_("使用中"),
    "read_only": N_("唯讀"),
    "moving": N_("移轉中"),
    "restoring": N_("還原中"),
    "suspended": N_("暫停使用"),
}
NO_REASON = N_("未載明")

# In which states which writes are taken (core/docs/decisions/0010-state-and-epoch.md).
# What people do with money and documents: an open county only.
BUSINESS: frozenset[CountyState] = frozenset({"open"})
# Signing in and out, and what guards it: whoever may read must be able to come in.
SESSION: frozenset[CountyState] = frozenset({"open", "read_only"})
# What an installation does to a county by itself: sealing, new rights after an upgrade. Not where
# the data is being copied or put back: it would be lost, or be put into the wrong place.
UPKEEP: frozenset[CountyState] = frozenset({"open", "read_only", "suspended"})
# Nobody enters: half-restored figures must not be read, and suspended means suspended.
CLOSED: frozenset[CountyState] = frozenset({"restoring", "suspended"})


class County(Value, frozen=True, kw_only=True):
    """One government (縣市) and the modules that it has enabled.

    ``code`` is three capital letters; ``epoch`` grows with each change of ``state``, so that a
    writer who began before it is refused. Only ``open`` takes writes of every kind. ``reason``
    says why the county is in another state.
    """

    code: str
    name: str
    modules: tuple[str, ...]
    state: CountyState
    epoch: int
    reason: str = ""


class CountyNotFound(DomainError):
    """No county of this code in this installation."""

    code = "E-COUNTY-NOT-FOUND"
    message = N_("查無縣市 {county}。")
    status_code = 404


class CountyReadOnly(DomainError):
    """The county answers questions but takes no such write (read-only, moving, suspended)."""

    code = "E-COUNTY-READ-ONLY"
    message = N_("{county}目前為「{state}」，暫停受理異動，本次未儲存。原因：{reason}。")


class CountyClosed(DomainError):
    """Nobody may enter the county: it is suspended, or its data is being restored."""

    code = "E-COUNTY-CLOSED"
    message = N_("{county}目前為「{state}」，暫停使用。原因：{reason}。")


class LateWriter(DomainError):
    """The county's state or place changed after this writer had begun: what it knew is old."""

    code = "E-LATE-WRITER"
    message = N_(
        "{county}在您作業期間曾暫停受理或更換資料庫，本次異動未儲存，請重新整理頁面後再試。"
    )


def read_only_refusal(county: County) -> CountyReadOnly:
    return CountyReadOnly(**told(county))


def closed_refusal(county: County) -> CountyClosed:
    return CountyClosed(**told(county))


def told(county: County) -> dict[str, Any]:
    """Return what a message about the state says: its word, and why."""
    return {
        "county": county.name,
        "state": STATE_TITLES[county.state],
        "reason": county.reason or NO_REASON,
    }
