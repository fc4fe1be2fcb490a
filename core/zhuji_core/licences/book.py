"""When a county may use which module: the terms of all its valid licences taken together.

A module is licensed on a day when *any* of the county's licences covers it (their union), so
installing a licence never takes anything away and the order of installing does not matter.
Days are those of Taipei, both included: a term ends with the last moment of its last day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from zhuji_core.formats import FIRST_DAY
from zhuji_core.settings import TAIPEI
from zhuji_core.values import Value

# Stands for every module. No licence file can name it: module names are identifiers.
ANY_MODULE = "*"


class Term(Value, frozen=True, kw_only=True):
    """From when to when (both days included; None: without end) a module may be used.

    ``serial`` and ``issuer`` name the licence that says so.
    """

    module: str
    valid_from: dt.date
    valid_to: dt.date | None
    serial: str = ""
    issuer: str = ""

    def covers(self, day: dt.date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


class LicenceBook:
    """The terms of one county, asked at every request: answers are kept for the day."""

    def __init__(self, terms: Iterable[Term]) -> None:
        self.terms = tuple(terms)
        self._day = dt.date.min
        self._lapsed: dict[frozenset[str], Mapping[str, dt.date | None]] = {}

    def of(self, module: str) -> tuple[Term, ...]:
        """Return the terms of one module, the latest first."""
        terms = self._terms_of(module)
        return tuple(sorted(terms, key=lambda term: term.valid_from, reverse=True))

    def covers(self, module: str, *, at: dt.datetime) -> bool:
        """Tell whether ``module`` is licensed at this moment."""
        day = day_of(at)
        return any(term.covers(day) for term in self._terms_of(module))

    def last_day(self, module: str, *, at: dt.datetime) -> dt.date | None:
        """Return the day on which the present term ends, or the last one ended.

        Terms that touch or overlap count as one. None: without end, or never licensed so far
        (``covers`` tells the two apart).
        """
        today = day_of(at)
        last: dt.date | None = None
        for term in sorted(self._terms_of(module), key=lambda one: one.valid_from):
            gap = last is None or term.valid_from > last + dt.timedelta(days=1)
            if term.valid_from > today and gap:
                break
            if term.valid_to is None:
                return None
            last = term.valid_to if last is None else max(last, term.valid_to)
        return last

    def lapsed(self, enabled: frozenset[str], *, at: dt.datetime) -> Mapping[str, dt.date | None]:
        """Return the enabled modules that no licence covers, with the day the last one ended."""
        day = day_of(at)
        if day != self._day:
            # A new dictionary, not an emptied one: other threads may be reading.
            self._day, self._lapsed = day, {}
        found = self._lapsed.get(enabled)
        if found is None:
            found = MappingProxyType(
                {
                    name: self.last_day(name, at=at)
                    for name in sorted(enabled)
                    if not self.covers(name, at=at)
                }
            )
            self._lapsed[enabled] = found
        return found

    def _terms_of(self, module: str) -> list[Term]:
        return [term for term in self.terms if term.module in {module, ANY_MODULE}]


def day_of(at: dt.datetime) -> dt.date:
    """Return the day in Taipei: a licence follows the calendar, not the county's business date."""
    return at.astimezone(TAIPEI).date()


NO_LICENCE = LicenceBook([])
# For tests and measurements of what has nothing to do with licences.
UNLIMITED = LicenceBook([Term(module=ANY_MODULE, valid_from=FIRST_DAY, valid_to=None)])
