"""Certify from a page or the API: one request, or a batch that may be sent twice."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from zhuji_accounting.domain.certification import Outcome
from zhuji_accounting.usecases.certify_requests import certify_requests
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError


class AllRefused(DomainError):
    """No request of a batch was certified; ``outcomes`` say why, one by one."""

    code = "E-BATCH-REFUSED"
    message = N_("所選 {count} 件均未簽證。")

    def __init__(self, outcomes: Sequence[Outcome]) -> None:
        self.outcomes = tuple(outcomes)
        super().__init__(count=len(self.outcomes))


def certify_one(uow: UnitOfWork, *, request_id: uuid.UUID) -> Outcome:
    """Certify the request, or raise what refuses it; then nothing is kept."""
    outcome = certify_requests(uow, request_ids=[request_id])[0]
    if outcome.refusal is not None:
        raise outcome.refusal
    return outcome


def certify_batch(uow: UnitOfWork, *, request_ids: Sequence[uuid.UUID]) -> list[Outcome]:
    """Certify what can be certified; raise AllRefused when that is nothing.

    Raised, because a batch that was certified before is all refused when it is sent again: the
    answer kept for its idempotency key is then given in place of these refusals.
    """
    outcomes = certify_requests(uow, request_ids=request_ids)
    if not any(outcome.certification for outcome in outcomes):
        raise AllRefused(outcomes)
    return outcomes
