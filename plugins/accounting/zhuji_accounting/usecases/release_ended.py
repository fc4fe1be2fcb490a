"""Release what is held beyond its day (保留期限屆滿), where the county says so. One request.

Contracts stay, and so does what a claim or an advance is using: people decide about those.
"""

from __future__ import annotations

import uuid

from zhuji_accounting.domain.commitments.rules import held_until
from zhuji_accounting.domain.request import Brought, RequestState, SpendingRequest
from zhuji_accounting.permissions import RELEASE_ENCUMBRANCE
from zhuji_accounting.queries.reservations import is_in_use
from zhuji_accounting.settings import MODULE, AccountingSettings, ReservationEnd
from zhuji_accounting.usecases._one import lock_one
from zhuji_accounting.usecases.release_encumbrance import release_encumbrance
from zhuji_core.formats import format_date
from zhuji_core.uow import UnitOfWork


def release_ended(uow: UnitOfWork, *, request_id: uuid.UUID) -> SpendingRequest | None:
    """Release all that the request still holds; None: its day was changed, or people decide.

    Raises Forbidden, YearEnded or PeriodClosed; then nothing is kept.
    """
    settings = uow.settings(AccountingSettings, module=MODULE)
    request = lock_one(uow, request_id, permission=RELEASE_ENCUMBRANCE).request
    rest = {line.line_no: line.held_ntd for line in request.lines if line.held_ntd}
    if (
        settings.reservation_end is not ReservationEnd.RELEASE
        or request.state is not RequestState.CERTIFIED
        or request.contract_no
        or request.brought is Brought.OWED
        or held_until(request) >= uow.business_date
        or not rest
        or is_in_use(uow, request_id)
    ):
        uow.abandon("nothing is released: the request is no longer over, or people decide")
        return None
    return release_encumbrance(
        uow,
        request_id=request_id,
        amounts_ntd=rest,
        reason=f"保留期限 {format_date(held_until(request))} 屆滿，由系統釋放",
    )
