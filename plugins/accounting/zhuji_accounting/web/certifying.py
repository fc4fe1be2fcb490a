"""Certify one request from a page or the API: its refusal is the answer, not one of a list."""

from __future__ import annotations

import uuid

from zhuji_accounting.domain.certification import Outcome
from zhuji_accounting.usecases.certify_requests import certify_requests
from zhuji_core.uow import UnitOfWork


def certify_one(uow: UnitOfWork, *, request_id: uuid.UUID) -> Outcome:
    """Certify the request, or raise what refuses it; then nothing is kept."""
    outcome = certify_requests(uow, request_ids=[request_id])[0]
    if outcome.refusal is not None:
        raise outcome.refusal
    return outcome
