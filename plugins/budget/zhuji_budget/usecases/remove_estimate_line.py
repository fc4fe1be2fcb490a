"""Take a work plan or a source of revenue out of an estimate."""

from __future__ import annotations

import uuid

from zhuji_budget.domain.estimate import EstimateLine
from zhuji_budget.permissions import WRITE_ESTIMATE
from zhuji_budget.store import estimates
from zhuji_budget.usecases._estimate import lock_editable
from zhuji_budget.usecases.write_estimate import line_of
from zhuji_core.uow import UnitOfWork


def remove_estimate_line(
    uow: UnitOfWork, *, estimate_id: uuid.UUID, estimate_line_id: uuid.UUID
) -> EstimateLine:
    """Take it out with its items; what it was stands in the audit.

    Raises EstimateNotFound, Forbidden, EstimateState, EstimateYearEnacted or
    EstimateLineNotFound.
    """
    estimate = lock_editable(uow, estimate_id)
    line = line_of(estimate, estimate_line_id)
    estimates.delete_line(uow, line)
    estimates.note_writers(uow, estimate)
    uow.audit(
        WRITE_ESTIMATE.name,
        estimate.document,
        before={"line_code": line.code, "line_name": line.name, "amount_ntd": line.amount_ntd},
        after={"line_code": line.code, "amount_ntd": 0, "items": 0},
    )
    return line
