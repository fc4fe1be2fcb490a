"""Send a submitted report of the month back to its agency with a reason (退回補正)."""

from __future__ import annotations

import uuid

import msgspec

from zhuji_budget.domain.month_report import MonthReport, ReportState
from zhuji_budget.domain.month_report_rules import require_reason, require_state
from zhuji_budget.permissions import ACCEPT_MONTH_REPORT
from zhuji_budget.usecases._month_report import lock_one, save_act
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_


def return_month_report(uow: UnitOfWork, *, report_id: uuid.UUID, reason: str) -> MonthReport:
    """Return the report; its notes stay and can be mended.

    Raises MonthReportNotFound, Forbidden, MonthReportState or LagReasonMissing.
    """
    before = lock_one(uow, report_id, permission=ACCEPT_MONTH_REPORT)
    require_state(before, (ReportState.SUBMITTED,), action=N_("退回"))
    text = require_reason(reason)
    after = msgspec.structs.replace(before, state=ReportState.RETURNED, return_reason=text)
    return save_act(
        uow, "budget.month-report.return", before=before, after=after, told={"reason": text}
    )
