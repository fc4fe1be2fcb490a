"""Release every month that has begun (逐月釋出): each night by the schedule, or started now."""

from __future__ import annotations

import uuid

from zhuji_budget.domain.release import NothingToRelease
from zhuji_budget.permissions import RELEASE_ALLOTMENT
from zhuji_budget.store import releases
from zhuji_budget.usecases.release_allotment import agencies_due, batches, release_allotment
from zhuji_budget.usecases.tell_past import tell_past, told_in_parts, untold
from zhuji_core.jobs.run import Job, JobRun
from zhuji_core.jobs.start import start_job
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_

TELLING = N_("補通知 {year} 年度之法定預算及變動")


def start_release(uow: UnitOfWork, *, language: str) -> uuid.UUID:
    """Queue the job in the actor's name, also where a year was never told; return its id.

    Raises Forbidden, NothingToRelease or TooManyJobs; then nothing is started.
    """
    uow.require(RELEASE_ALLOTMENT)
    if not releases.agencies_due(uow) and not untold(uow):
        raise NothingToRelease
    return start_job(uow, RELEASE, arguments={}, label=RELEASE.title, language=language)


def release_monthly(run: JobRun) -> None:
    """Release the months that have begun, of every agency that has an allotment, and tell it.

    What an attempt released stays released: a later one, or the next night's, finds the rest.
    """
    with run.read() as uow:
        parts = told_in_parts(untold(uow))
    for part in parts:  # enactment before release: who follows meets them in this order
        run.tell(done=0, text=run.gettext(TELLING).format(year=part.fiscal_year))
        with run.write() as uow:
            tell_past(uow, part=part)
    with run.read() as uow:
        due = agencies_due(uow)
    done = months = 0
    for fiscal_year, side, agencies in batches(due):
        run.tell(done=done, total=len(due), kept=_kept(run, months))
        with run.write() as uow:
            released = release_allotment(uow, fiscal_year=fiscal_year, side=side, agencies=agencies)
        done, months = done + len(agencies), months + len(released)
    run.tell(done=done, total=len(due), kept=_kept(run, months))


def _kept(run: JobRun, months: int) -> str:
    return run.gettext("已釋出 {count} 個機關月份之分配數").format(count=months)


RELEASE = Job(
    name="budget.allotment.release",
    title=N_("釋出本月分配數"),
    run=release_monthly,
    # Every night: the 1st releases the month; on other nights only what was missed is left to do.
    schedule="5 0 * * *",
)
