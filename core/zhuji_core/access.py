"""One county as the application reaches it: its database, its modules, and the clock.

Pages, the API, commands and the demo all open their units of work here, so that settings and
business date are found in one way.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from zhuji_core.county import BUSINESS, County, CountyState
from zhuji_core.settings import CountyFacts, business_date, read_facts, read_settings
from zhuji_core.uow import IdempotencyKey, UnitOfWork, begin

if TYPE_CHECKING:
    from zhuji_core.hooks import Hooks
    from zhuji_core.identity.actor import Actor
    from zhuji_core.licences.book import LicenceBook

Clock = Callable[[], dt.datetime]


def utc_now() -> dt.datetime:
    """Return the real time; tests give a clock of their own."""
    return dt.datetime.now(dt.UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class CountyAccess:
    """``statements`` is the same pool in autocommit: one statement, one round trip.

    ``hooks`` are those of the modules that the register named when it was read; ``entered`` gives
    the access of one moment, with the modules that the county has enabled and licensed then.
    """

    county: County
    engine: sa.Engine
    statements: sa.Engine
    hooks: Hooks
    licences: LicenceBook
    clock: Clock

    def as_of(self, *, state: CountyState, epoch: int, reason: str) -> CountyAccess:
        """Return the county as its own database tells of it, unless the registry is ahead.

        The registry is read every few seconds; a request has the county's own word at once.
        """
        if epoch <= self.county.epoch:
            return self
        county = msgspec.structs.replace(self.county, state=state, epoch=epoch, reason=reason)
        return dataclasses.replace(self, county=county)

    def settings(self) -> dict[str, dict[str, Any]]:
        """Read the county's settings; a signed-in request has them from its session already."""
        with self.statements.connect() as connection:
            return read_settings(connection)

    def facts(self) -> CountyFacts:
        """Read settings and enabled modules; a signed-in request has them already."""
        with self.statements.connect() as connection:
            return read_facts(connection)

    def entered(self, modules: frozenset[str] | None) -> CountyAccess:
        """Return this access with exactly ``modules`` enabled (None: the register's set)."""
        hooks = self._hooks(modules, at=self.clock())
        if hooks is self.hooks:
            return self
        county = msgspec.structs.replace(self.county, modules=tuple(sorted(hooks.enabled)))
        return dataclasses.replace(self, county=county, hooks=hooks)

    def _hooks(self, modules: frozenset[str] | None, *, at: dt.datetime) -> Hooks:
        enabled = self.hooks.enabled if modules is None else modules
        return self.hooks.narrowed(enabled, read_only=self.licences.lapsed(enabled, at=at))

    @contextlib.contextmanager
    def begin(  # noqa: PLR0913 (what a unit of work may be told, all by keyword)
        self,
        *,
        actor: Actor,
        settings: Mapping[str, Mapping[str, Any]] | None = None,
        now: dt.datetime | None = None,
        read_only: bool = False,
        writes: frozenset[CountyState] = BUSINESS,
        derived: bool = False,
        key: IdempotencyKey | None = None,
        source: str = "",
    ) -> Iterator[UnitOfWork]:
        """Open a unit of work; without ``settings`` these and the enabled modules are read first.

        Who gives ``settings`` has them from a session, as this access its modules.
        """
        modules: frozenset[str] | None = None
        known = settings
        if known is None:
            facts = self.facts()
            known, modules = facts.settings, facts.modules
        moment = now or self.clock()
        with begin(
            self.engine,
            hooks=self._hooks(modules, at=moment),
            county=self.county,
            actor=actor,
            now=moment,
            business_date=business_date(known, now=moment),
            settings=known,
            read_only=read_only,
            writes=writes,
            derived=derived,
            key=key,
            source=source,
        ) as uow:
            yield uow
