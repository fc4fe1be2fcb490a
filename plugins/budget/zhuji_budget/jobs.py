"""What the budget module does outside of requests."""

from __future__ import annotations

from zhuji_budget.domain.schedule import Side
from zhuji_budget.queries.verification import verify_budget
from zhuji_budget.usecases.release_allotment import agencies_due, release_allotment
from zhuji_core.jobs.run import Job, JobRun
from zhuji_core.values import N_, DomainError


class BudgetDrifts(DomainError):
    """The nightly check found counters that are not the sum of their movements."""

    code = "E-BUDGET-DRIFT"
    message = N_("預算控制項目與異動紀錄不符：差異 {drift_ntd} 元。{errors}")


def verify_nightly(run: JobRun) -> None:
    """Recompute every control row from its movements; raise BudgetDrifts for a difference.

    A county without any control row has nothing to verify, and that is no failure at night.
    """
    with run.read() as uow:
        found = verify_budget(uow)
    if found.checked and not found.passed:
        raise BudgetDrifts(
            arithmetic={"drift_ntd": found.drift_ntd},
            drift_ntd=f"{found.drift_ntd:,}",
            errors="；".join(found.errors[:3]),
        )
    run.tell(
        done=found.checked,
        total=found.checked,
        kept=run.gettext("已驗證 {count} 個控制項目，沒有差異").format(count=found.checked),
    )


# A city's 480 agencies are ten transactions; each holds its year for some tenths of a second.
AGENCIES_AT_ONCE = 50


def release_monthly(run: JobRun) -> None:
    """Release the months that have begun, of every agency that has an allotment, and tell it.

    What an attempt released stays released: a later one, or the next night's, finds the rest.
    """
    with run.read() as uow:
        due = agencies_due(uow)
    groups: dict[tuple[int, Side], list[str]] = {}
    for one in due:
        groups.setdefault((one.fiscal_year, one.side), []).append(one.agency_code)
    done = months = 0
    for (fiscal_year, side), agencies in groups.items():
        for first in range(0, len(agencies), AGENCIES_AT_ONCE):
            some = agencies[first : first + AGENCIES_AT_ONCE]
            run.tell(done=done, total=len(due), kept=_kept(run, months))
            with run.write() as uow:
                released = release_allotment(uow, fiscal_year=fiscal_year, side=side, agencies=some)
            done, months = done + len(some), months + len(released)
    run.tell(done=done, total=len(due), kept=_kept(run, months))


def _kept(run: JobRun, months: int) -> str:
    return run.gettext("已釋出 {count} 個機關月份之分配數").format(count=months)


VERIFY = Job(
    name="budget.counters.verify",
    title=N_("驗證預算控制項目與異動紀錄"),
    run=verify_nightly,
    schedule="10 3 * * *",
)
RELEASE = Job(
    name="budget.allotment.release",
    title=N_("釋出本月分配數"),
    run=release_monthly,
    # Every night: the 1st releases the month; on other nights only what was missed is left to do.
    schedule="5 0 * * *",
)
JOBS = (VERIFY, RELEASE)
