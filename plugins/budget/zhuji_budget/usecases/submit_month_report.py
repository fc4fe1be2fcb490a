"""Submit the month's report (送出執行月報): its figures stay as they are now."""

from __future__ import annotations

import uuid

import msgspec

from zhuji_budget.domain.month_report import EDITABLE, MonthReport, ReportState, lagging
from zhuji_budget.domain.month_report_rules import require_explained, require_state
from zhuji_budget.permissions import SUBMIT_MONTH_REPORT
from zhuji_budget.queries.month_reports import lag_rule, lines_now
from zhuji_budget.usecases._month_report import lock_one, save_act
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_


def submit_month_report(uow: UnitOfWork, *, report_id: uuid.UUID) -> MonthReport:
    """Submit the report once every line that lags says why and what is done.

    The county's rule of this day is kept with it. Raises MonthReportNotFound, Forbidden,
    MonthReportState or LagMissing; then nothing is kept.
    """
    before = lock_one(uow, report_id, permission=SUBMIT_MONTH_REPORT)
    require_state(before, EDITABLE, action=N_("送出"))
    ruled = msgspec.structs.replace(before, rule=lag_rule(uow))
    lines = lines_now(uow, ruled)
    require_explained(ruled, lines)
    behind = lagging(lines, ruled.rule)
    after = msgspec.structs.replace(
        ruled,
        state=ReportState.SUBMITTED,
        writers=tuple(sorted({*before.writers, *uow.actor.persons})),
        lagging=len(behind),
        explained=sum(line.note.is_whole for line in lines),
        submitted_by_name=uow.actor.signature,
        submitted_on=uow.business_date,
        return_reason="",
    )
    return save_act(
        uow,
        SUBMIT_MONTH_REPORT.name,
        before=before,
        after=after,
        lines=lines,
        told={"lines": len(lines), "lagging": len(behind)},
    )
