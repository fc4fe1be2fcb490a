"""What the budget module does outside of requests."""

from __future__ import annotations

from typing import ClassVar

from zhuji_budget.queries.verification import verify_budget
from zhuji_budget.usecases.release_monthly import RELEASE
from zhuji_core.jobs.run import Job, JobRun
from zhuji_core.values import N_, DomainError


class BudgetDrifts(DomainError):
    """The nightly check found counters that are not the sum of their movements."""

    code = "E-BUDGET-DRIFT"
    message = N_("預算控制項目與異動紀錄不符：差異 {drift_ntd} 元。{errors}")
    figure_words: ClassVar = {"drift_ntd": N_("差異")}


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


VERIFY = Job(
    name="budget.counters.verify",
    title=N_("驗證預算控制項目與異動紀錄"),
    run=verify_nightly,
    schedule="10 3 * * *",
)
JOBS = (VERIFY, RELEASE)
