"""Write why lines lag, and what is done about it (落後原因及改進措施); others stay as they were."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import msgspec

from zhuji_budget.domain.month_report import EDITABLE, LagNote, MonthReport
from zhuji_budget.domain.month_report_rules import require_notes, require_state
from zhuji_budget.permissions import WRITE_MONTH_REPORT
from zhuji_budget.queries.month_reports import lines_now
from zhuji_budget.store import month_reports as store
from zhuji_budget.usecases._month_report import lock_one, save_act
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_


def write_lag_notes(
    uow: UnitOfWork, *, report_id: uuid.UUID, wanted: Sequence[LagNote], revision: int = 0
) -> MonthReport:
    """Keep the notes; an empty one takes away what was written on its line.

    Raises MonthReportNotFound, Forbidden, MonthReportRevised, MonthReportState or
    LagNotesInvalid; then nothing is kept.
    """
    before = lock_one(uow, report_id, permission=WRITE_MONTH_REPORT, revision=revision)
    require_state(before, EDITABLE, action=N_("修改"))
    known = {line.line_id: line for line in lines_now(uow, before)}
    kept = require_notes(wanted, known=known)
    changed = {line_id: note for line_id, note in kept.items() if note != known[line_id].note}
    if not changed:
        uow.abandon("no note is changed")
        return before
    store.put_notes(uow, report_id, changed.values())
    after = msgspec.structs.replace(
        before, writers=tuple(sorted({*before.writers, *uow.actor.persons}))
    )
    return save_act(
        uow,
        WRITE_MONTH_REPORT.name,
        before=before,
        after=after,
        told={
            "notes": [
                {"line": known[note.line_id].code, "reason": note.reason, "remedy": note.remedy}
                for note in changed.values()
            ]
        },
    )
