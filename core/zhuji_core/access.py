"""One county as the application reaches it: its database, its modules, and the clock.

Pages, the API, commands and the demo all open their units of work here, so that settings and
business date are found in one way.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from zhuji_core.county import BUSINESS, County, CountyState
from zhuji_core.settings import business_date, read_settings
from zhuji_core.uow import IdempotencyKey, UnitOfWork, begin

if TYPE_CHECKING:
    from zhuji_core.hooks import Hooks
    from zhuji_core.identity.actor import Actor

Clock = Callable[[], dt.datetime]


def utc_now() -> dt.datetime:
    """Return the real time; tests give a clock of their own."""
    return dt.datetime.now(dt.UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class CountyAccess:
    """``statements`` is the same pool in autocommit: one statement, one round trip."""

    county: County
    engine: sa.Engine
    statements: sa.Engine
    hooks: Hooks
    clock: Clock

    def as_of(self, *, state: CountyState, epoch: int, reason: str) -> CountyAccess:
        """Return the county as its own database tells of it, unless the registry is ahead.

        The registry is read every few seconds; a request has the county's own word at once.
        """
        if epoch <= self.county.epoch:
            return self
        county = msgspec.structs.replace(self.county, state=state, epoch=epoch, reason=reason)
        return replace(self, county=county)

    def settings(self) -> dict[str, dict[str, Any]]:
        """Read the county's settings; a signed-in request has them from its session already."""
        with self.statements.connect() as connection:
            return read_settings(connection)

    @contextlib.contextmanager
    def begin(
        self,
        *,
        actor: Actor,
        settings: Mapping[str, Mapping[str, Any]] | None = None,
        now: dt.datetime | None = None,
        read_only: bool = False,
        writes: frozenset[CountyState] = BUSINESS,
        key: IdempotencyKey | None = None,
    ) -> Iterator[UnitOfWork]:
        """Open a unit of work; without ``settings`` they are read first."""
        known = self.settings() if settings is None else settings
        moment = now or self.clock()
        with begin(
            self.engine,
            hooks=self.hooks,
            county=self.county,
            actor=actor,
            now=moment,
            business_date=business_date(known, now=moment),
            settings=known,
            read_only=read_only,
            writes=writes,
            key=key,
        ) as uow:
            yield uow
