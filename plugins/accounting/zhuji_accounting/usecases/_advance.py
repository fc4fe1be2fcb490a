"""Lock one advance, alone or with its request (requests first, core/docs/locks.md), and audit."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from zhuji_accounting.domain import rules as request_rules
from zhuji_accounting.domain.advances import rules
from zhuji_accounting.domain.advances.advance import Advance
from zhuji_accounting.domain.advances.refusals import AdvanceNotFound, AdvanceOpen, AdvanceStale
from zhuji_accounting.domain.request import Period, SpendingRequest
from zhuji_accounting.store import advances, requests
from zhuji_accounting.usecases import _audit
from zhuji_core.identity.duties import Step
from zhuji_core.modules import Permission
from zhuji_core.uow import UnitOfWork


def lock_advance(uow: UnitOfWork, advance_id: uuid.UUID, *, permission: Permission) -> Advance:
    """Lock the advance; raise AdvanceNotFound, or Forbidden without the right in its agency."""
    advance = advances.lock(uow, advance_id)
    if advance is None:
        raise AdvanceNotFound
    uow.require(permission, agency_code=advance.agency_code)
    return advance


def lock_with_request(
    uow: UnitOfWork,
    advance_id: uuid.UUID,
    *,
    permission: Permission,
    action: str,
    late: bool = False,
) -> tuple[Advance, SpendingRequest]:
    """Return the locked advance and its request, of which the month is open.

    ``late``: the act counts in the adjustment period when the request's year is just over. Raises
    AdvanceNotFound, Forbidden, AdvanceStale, YearEnded or PeriodClosed.
    """
    request_id = advances.request_of(uow, advance_id)
    if request_id is None:
        raise AdvanceNotFound
    period = Period.of(uow.business_date)
    if late:
        year = requests.year_of(uow, request_id)
        period = Period.of_year(uow.business_date, uow.fiscal_year if year is None else year)
    locked = requests.lock(uow, [request_id], period=period)[request_id]
    advance = lock_advance(uow, advance_id, permission=permission)
    if advance.request_id != request_id:
        raise AdvanceStale(label=advance.label)
    request_rules.require_open(
        locked.request, period=period, period_closed=locked.period_closed, action=action
    )
    return advance, locked.request


def change_state(
    uow: UnitOfWork,
    advance_id: uuid.UUID,
    *,
    permission: Permission,
    change: Callable[[Advance], Advance],
    verb: str = "",
) -> Advance:
    """Lock the advance, change it by ``change``, save and audit it."""
    before = lock_advance(uow, advance_id, permission=permission)
    after = change(before)
    advances.save(uow, after)
    _audit.audit_change(uow, verb or permission.name, before, after)
    return after


def audit_signature(
    uow: UnitOfWork, before: Advance, after: Advance, *, step: Step, permission: Permission
) -> None:
    """Keep the signature in the audit, with the written exceptions of duties that it used."""
    used = rules.require_duties(before, by=uow.actor, step=step)
    _audit.audit_signature(uow, permission.name, before, after, step=step, used=used)


def require_none_overdue(uow: UnitOfWork, advance: Advance) -> None:
    """Raise AdvanceOpen when the receiver has not settled in time and no reason is given."""
    others = advances.overdue_of_receiver(uow, advance)
    if others and not advance.open_reason.strip():
        raise AdvanceOpen(
            receiver=advance.receiver_name,
            others=tuple(one.label for one in others),
            outstanding_ntd=sum(one.outstanding_ntd for one in others),
            days=(uow.business_date - others[0].settle_by).days,
        )
