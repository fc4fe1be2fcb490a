"""Certify a batch of spending requests (經費簽證) in the name of one person."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from zhuji_accounting.domain.certification import Outcome
from zhuji_accounting.domain.refusals import BatchLimit
from zhuji_accounting.usecases.certify_together import certify_together
from zhuji_core.uow import UnitOfWork

BATCH_MAX = 500  # two screens of a worklist; the locks of more would be felt by others


def certify_requests(uow: UnitOfWork, *, request_ids: Sequence[uuid.UUID]) -> list[Outcome]:
    """Certify ``request_ids`` in this order of arrival, in the name of the actor.

    Returns an outcome for each. When all are refused the transaction is abandoned: nothing is
    kept. Raises BatchLimit and NoFundControl.
    """
    wanted = list(dict.fromkeys(request_ids))
    if not 1 <= len(wanted) <= BATCH_MAX:
        raise BatchLimit(batch_max=BATCH_MAX, count=len(wanted))
    return certify_together(uow, [(uow, request_id) for request_id in wanted])
