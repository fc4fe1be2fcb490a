"""Accept a submitted report of the month (備查): somebody else than who wrote it."""

from __future__ import annotations

import uuid

import msgspec

from zhuji_budget.domain.month_report import MonthReport, ReportState
from zhuji_budget.domain.month_report_rules import require_explained, require_state
from zhuji_budget.permissions import ACCEPT_MONTH_REPORT
from zhuji_budget.store import month_reports as store
from zhuji_budget.usecases._month_report import lock_one, save_act
from zhuji_core.identity.duties import Step, done, require_separate
from zhuji_core.identity.duty_exceptions import note_uses
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_


def accept_month_report(uow: UnitOfWork, *, report_id: uuid.UUID) -> MonthReport:
    """Accept the report as it was submitted.

    Raises MonthReportNotFound, Forbidden, MonthReportState, SamePerson, or LagMissing where a
    line that lags says nothing; then nothing is kept.
    """
    before = lock_one(uow, report_id, permission=ACCEPT_MONTH_REPORT)
    require_state(before, (ReportState.SUBMITTED,), action=N_("備查"))
    used = require_separate(
        uow.actor,
        Step.APPROVE,
        (done(Step.WRITE, *before.writers),),
        label=before.label,
        agency_code=before.agency_code,
    )
    kept = store.read(uow, report_id)
    assert kept is not None, "the report is locked"
    require_explained(before, kept[1])
    after = msgspec.structs.replace(
        before,
        state=ReportState.ACCEPTED,
        accepted_by_name=uow.actor.signature,
        accepted_on=uow.business_date,
    )
    noted = note_uses(uow, used, document=after.document, step=Step.APPROVE)
    return save_act(uow, ACCEPT_MONTH_REPORT.name, before=before, after=after, told=noted)
