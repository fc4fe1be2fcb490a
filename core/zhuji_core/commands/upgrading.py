"""Upgrade the counties one after another: the canary first, each by itself, none held up."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import msgspec
import psycopg
import sqlalchemy as sa

from zhuji_core.commands.opening import begin_as_operator
from zhuji_core.compose import Host, license_county, mirror_modules
from zhuji_core.county import UPKEEP, County
from zhuji_core.db import counties, upgrades
from zhuji_core.identity.permissions import sync_permissions
from zhuji_core.values import Value

# Somebody reads a long report, or a batch is being certified: the tables are free again soon.
# Four pauses, a quarter of a minute in all; each try waits three seconds for a lock itself.
PAUSES_S = (0.5, 1.0, 3.0, 10.0)
WORTH_ANOTHER_TRY = (
    psycopg.errors.LockNotAvailable,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.QueryCanceled,
)


class Outcome(Value, frozen=True, kw_only=True):
    """What happened to one county; ``error`` empty: it stands at the newest tables.

    ``licensed`` are the modules that the host has licensed by its own key, new ones as a rule.
    """

    code: str
    name: str
    number: int
    of: int
    canary: bool
    revisions: tuple[str, ...] = ()
    permissions: int = 0
    licensed: tuple[str, ...] = ()
    attempts: int = 1
    took_s: float = 0.0
    error: str = ""


def upgrade_all(host: Host, *, canary: str = "") -> Iterator[Outcome]:
    """Give one outcome after another; a canary that fails is the last one.

    Each county is one transaction for its tables and one for its new rights. What is killed in
    between is taken up by running the same again. Raises CountyNotFound, CountyLeftOut.
    """
    registry = list(counties.read_counties(host.engines).values())
    line = upgrades.order(host.engines, registry, canary=canary)
    for number, county in enumerate(line, start=1):
        outcome = _upgrade(
            host,
            county,
            Outcome(
                code=county.code,
                name=county.name,
                number=number,
                of=len(line),
                canary=number == 1,
            ),
        )
        yield outcome
        if outcome.canary and outcome.error:
            return


def _upgrade(host: Host, county: County, outcome: Outcome) -> Outcome:
    started = time.perf_counter()
    upgrades.begun(host.engines, county.code)
    revisions: list[str] = []
    tried: dict[str, Any] = {}
    for attempt, pause_s in enumerate((*PAUSES_S, None), start=1):
        try:
            revisions += counties.upgrade_county(host.engines, county, host.migrations)
            fresh = _sync(host, county)
            licensed = license_county(host, county.code)
        except Exception as failure:  # noqa: BLE001 (kept and shown; the other counties go on)
            tried = {"attempts": attempt, "error": upgrades.short_error(failure)}
            if pause_s is None or not _worth_another_try(failure):
                break
            time.sleep(pause_s)
        else:
            tried = {
                "attempts": attempt,
                "error": "",
                "permissions": fresh,
                "licensed": licensed,
            }
            break
    ended = msgspec.structs.replace(
        outcome,
        revisions=tuple(revisions),
        took_s=round(time.perf_counter() - started, 2),
        **tried,
    )
    upgrades.ended(
        host.engines,
        county.code,
        attempts=ended.attempts,
        revisions=ended.revisions,
        error=ended.error,
    )
    return ended


def _sync(host: Host, county: County) -> int:
    """Give the county the rights that the code declares; return how many were new."""
    with begin_as_operator(host, host.access(county), writes=UPKEEP) as uow:
        fresh = sync_permissions(uow, host.permissions).fresh
    mirror_modules(host, county.code)
    return len(fresh)


def _worth_another_try(failure: Exception) -> bool:
    cause = failure.orig if isinstance(failure, sa.exc.DBAPIError) else failure
    return isinstance(cause, WORTH_ANOTHER_TRY)
