"""How each module stands in a county at one moment: installed, licensed until when, enabled."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from zhuji_core.hooks import Hooks
from zhuji_core.licences.book import LicenceBook, day_of
from zhuji_core.values import Value

# ``ending``: valid, but its last day is near; ``ended``: there was one; ``none``: never so far.
LicenceStanding = Literal["valid", "ending", "ended", "none"]


class ModuleStanding(Value, frozen=True, kw_only=True):
    """One module; ``licensed_until`` is the last day of its licence (None: no end, or none).

    ``days_left`` counts the days after today on which it is still licensed.
    """

    name: str
    title: str
    version: str
    requires: tuple[str, ...]
    installed: bool
    enabled: bool
    licence: LicenceStanding
    licensed_until: dt.date | None
    days_left: int | None

    @property
    def read_only(self) -> bool:
        return self.enabled and self.licence in {"ended", "none"}

    @property
    def calls_for_a_licence(self) -> bool:
        """Whether an administrator has to be told: in use, and the licence ends or has ended."""
        return self.enabled and self.licence != "valid"


def module_standings(
    hooks: Hooks, licences: LicenceBook, *, at: dt.datetime, warning_days: int
) -> tuple[ModuleStanding, ...]:
    """Return the installed modules, those that others require before them, then what is left on.

    ``warning_days``: a licence whose last day is so near is ``ending``.
    """
    gone = sorted(hooks.enabled - set(hooks.installed))
    return tuple(
        _standing(name, hooks, licences, at=at, warning_days=warning_days)
        for name in (*hooks.installed, *gone)
    )


def _standing(
    name: str, hooks: Hooks, licences: LicenceBook, *, at: dt.datetime, warning_days: int
) -> ModuleStanding:
    info = hooks.installed.get(name)
    until = licences.last_day(name, at=at)
    days_left = None if until is None else (until - day_of(at)).days
    licence: LicenceStanding
    if not licences.covers(name, at=at):
        licence = "none" if until is None else "ended"
    else:
        near = days_left is not None and days_left <= warning_days
        licence = "ending" if near else "valid"
    return ModuleStanding(
        name=name,
        title=hooks.title(name),
        version="" if info is None else info.version,
        requires=() if info is None else info.requires,
        installed=info is not None,
        enabled=name in hooks.enabled,
        licence=licence,
        licensed_until=until,
        days_left=days_left,
    )
