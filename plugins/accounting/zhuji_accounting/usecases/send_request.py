"""Write a spending request and submit it at once (送出): what the form's button does."""

from __future__ import annotations

import uuid

from zhuji_accounting.domain.request import SpendingRequest
from zhuji_accounting.usecases.submit_request import submit_request
from zhuji_accounting.usecases.write_request import WantedRequest, write_request
from zhuji_core.uow import UnitOfWork


def send_request(
    uow: UnitOfWork, *, wanted: WantedRequest, request_id: uuid.UUID | None = None
) -> SpendingRequest:
    """Write and submit in one transaction: when submission is refused nothing is kept.

    Raises what write_request and submit_request raise.
    """
    written = write_request(uow, wanted=wanted, request_id=request_id)
    return submit_request(
        uow, request_id=written.request_id, duplicate_reason=wanted.duplicate_reason
    )
