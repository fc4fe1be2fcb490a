"""What the verbs on a report of the month share: lock one, read its lines, save it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

import msgspec

from zhuji_budget.domain.month_report import MonthReport, ReportedLine, ReportState
from zhuji_budget.domain.month_report_rules import MonthReportNotFound, MonthReportRevised
from zhuji_budget.permissions import READ_LINES
from zhuji_budget.store import digests
from zhuji_budget.store import month_reports as store
from zhuji_core.modules import Permission
from zhuji_core.uow import UnitOfWork


def lock_one(
    uow: UnitOfWork, report_id: uuid.UUID, *, permission: Permission, revision: int = 0
) -> MonthReport:
    """Lock the report; raise MonthReportNotFound, Forbidden, or MonthReportRevised.

    Who may not read it is told that it does not exist. ``revision`` 0: whichever.
    """
    found = store.lock(uow, report_id)
    if found is None or not uow.actor.may(READ_LINES, agency_code=found.agency_code):
        uow.require(permission)
        raise MonthReportNotFound
    uow.require(permission, agency_code=found.agency_code)
    if revision and revision != found.revision:
        raise MonthReportRevised(label=found.label)
    return found


def save_act(
    uow: UnitOfWork,
    action: str,
    *,
    before: MonthReport,
    after: MonthReport,
    lines: Sequence[ReportedLine] | None = None,
    told: Mapping[str, object] | None = None,
) -> MonthReport:
    """Save the report after a verb, with its audit."""
    store.save(uow, after, lines=lines)
    sent = after.state in {ReportState.SUBMITTED, ReportState.ACCEPTED}
    kept = digests.of_report(uow, after.report_id) if sent else {}
    uow.audit(
        action,
        after.document,
        before={"state": str(before.state)},
        after={"state": str(after.state), **(told or {}), **kept},
    )
    return msgspec.structs.replace(after, revision=after.revision + 1)
