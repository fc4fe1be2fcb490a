"""Lock a claim with what it draws on: requests, then its advance, then it (core/docs/locks.md)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from zhuji_accounting.domain import rules as request_rules
from zhuji_accounting.domain.advances.advance import Advance
from zhuji_accounting.domain.claims import kinds
from zhuji_accounting.domain.claims.claim import ExpenseClaim
from zhuji_accounting.domain.claims.refusals import ClaimStale
from zhuji_accounting.domain.request import Period, SpendingRequest
from zhuji_accounting.settings import MODULE, AccountingSettings
from zhuji_accounting.store import advances, claims, requests
from zhuji_accounting.usecases._claim import lock_claim
from zhuji_core.modules import Permission
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, Value


class LockedClaim(Value, frozen=True, kw_only=True):
    """A claim and all that its approval changes, locked."""

    claim: ExpenseClaim
    requests: Mapping[uuid.UUID, SpendingRequest]
    advance: Advance | None


def lock_with_requests(
    uow: UnitOfWork, claim_id: uuid.UUID, *, permission: Permission
) -> LockedClaim:
    """Return the locked claim with its requests, of which the month is open, and its advance.

    In the two months after their year (整理期間) what it claims counts in period 13. Raises
    ClaimNotFound, Forbidden, ClaimStale, YearEnded or PeriodClosed.
    """
    named = claims.requests_of(uow, claim_id)
    year = requests.year_of(uow, named[0]) if named else None
    period = Period.of_year(uow.business_date, uow.fiscal_year if year is None else year)
    locked = requests.lock(uow, named, period=period) if named else {}
    named_advance = claims.advance_of(uow, claim_id)
    advance = None if named_advance is None else advances.lock(uow, named_advance)
    claim = lock_claim(uow, claim_id, permission=permission)
    if claim.advance_id != named_advance:
        raise ClaimStale(label=claim.label)
    if not set(claim.request_ids) <= set(locked):
        raise ClaimStale(label=claim.label)
    for one in locked.values():
        assert one.request.agency_code == claim.agency_code, "a claim names its own agency's"
        request_rules.require_open(
            one.request, period=period, period_closed=one.period_closed, action=N_("報支")
        )
    return LockedClaim(
        claim=claim,
        requests={request_id: one.request for request_id, one in locked.items()},
        advance=advance,
    )


def require_kind(uow: UnitOfWork, claim: ExpenseClaim, advance: Advance | None) -> None:
    """Raise what only other claims of the same subsidy or petty cash can tell against the claim."""
    others_ntd, approved_ntd = claims.subsidy_others(uow, claim)
    kinds.require_subsidy_left(claim, others_ntd=others_ntd, known_ntd=approved_ntd)
    if kinds.is_replenishment(claim):
        settings = uow.settings(AccountingSettings, module=MODULE)
        kinds.require_replenishment(
            claim,
            advance,
            others_ntd=claims.replenishing(uow, claim),
            document_ntd_max=settings.petty_cash_document_ntd_max,
        )
