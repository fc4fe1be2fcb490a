"""Which ticks of a schedule are due, in the time of Taipei."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from croniter import croniter  # type: ignore[import-untyped]

from zhuji_core.jobs.run import Job
from zhuji_core.settings import TAIPEI

# A tick that nobody was there to see (the machine was down) is made up for once, the last one
# only: a report of each night that was missed would be wanted by nobody.
LATE_MAX = dt.timedelta(days=40)


def last_tick(schedule: str, *, now: dt.datetime) -> dt.datetime | None:
    """Return the latest tick at or before ``now`` (UTC), or None when it is too long ago."""
    local = now.astimezone(TAIPEI)
    if croniter.match(schedule, local):
        tick = local.replace(second=0, microsecond=0)
    else:
        tick = croniter(schedule, local).get_prev(dt.datetime)
    return None if now - tick > LATE_MAX else tick.astimezone(dt.UTC)


def next_tick(schedule: str, *, now: dt.datetime) -> dt.datetime:
    """Return the first tick after ``now`` (UTC)."""
    found: dt.datetime = croniter(schedule, now.astimezone(TAIPEI)).get_next(dt.datetime)
    return found.astimezone(dt.UTC)


def due(jobs: Iterable[Job], *, now: dt.datetime) -> list[tuple[Job, dt.datetime]]:
    """Return each job with a schedule, and its latest tick."""
    found = []
    for job in jobs:
        tick = None if job.schedule is None else last_tick(job.schedule, now=now)
        if tick is not None:
            found.append((job, tick))
    return found
