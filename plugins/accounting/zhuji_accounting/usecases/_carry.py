"""Lock a carry-over request with the spending request it divides (requests first, locks.md)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence

from zhuji_accounting.domain import rules as request_rules
from zhuji_accounting.domain.carries.carry_over import CarryOver
from zhuji_accounting.domain.carries.refusals import CarryBatch, CarryNotFound
from zhuji_accounting.domain.request import Period
from zhuji_accounting.queries.carries import require_season
from zhuji_accounting.store import carries, requests
from zhuji_accounting.store.requests import LockedRequest
from zhuji_accounting.usecases._audit import audit_change
from zhuji_core.modules import Permission
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, Value


class LockedCarry(Value, frozen=True, kw_only=True):
    """A carry-over request and its spending request, both locked."""

    carry: CarryOver
    request: LockedRequest


def lock_with_request(
    uow: UnitOfWork, carry_id: uuid.UUID, *, permission: Permission
) -> LockedCarry:
    """Return both locked, as ``lock_many`` does."""
    return lock_many(uow, [carry_id], permission=permission)[0]


def lock_many(
    uow: UnitOfWork, carry_ids: Sequence[uuid.UUID], *, permission: Permission
) -> list[LockedCarry]:
    """Return them in their order, locked, in the season of their year and with its month open.

    Raises CarryNotFound, Forbidden, CarryBatch (of two years), CarryEarly, YearEnded or
    PeriodClosed.
    """
    named = carries.requests_of(uow, carry_ids)
    if any(one not in named for one in carry_ids):
        raise CarryNotFound
    years = {year for _, year in named.values()}
    if len(years) != 1:
        raise CarryBatch(batch_max=len(carry_ids), count=len(carry_ids))
    period = Period.of_year(uow.business_date, years.pop())
    requests_locked = requests.lock(uow, [one for one, _ in named.values()], period=period)
    found = carries.lock(uow, carry_ids)
    for carry in found.values():
        uow.require(permission, agency_code=carry.agency_code)
    locked = [
        LockedCarry(carry=found[one], request=requests_locked[named[one][0]]) for one in carry_ids
    ]
    for one in locked:
        require_open(uow, one.request, period)
    return locked


def require_open(uow: UnitOfWork, request: LockedRequest, period: Period) -> None:
    """Raise CarryEarly outside the season, YearEnded or PeriodClosed."""
    require_season(uow, request.request.fiscal_year)
    request_rules.require_open(
        request.request, period=period, period_closed=request.period_closed, action=N_("保留")
    )


def lock_carry(uow: UnitOfWork, carry_id: uuid.UUID, *, permission: Permission) -> CarryOver:
    """Lock it; raise CarryNotFound, or Forbidden without the right in its agency."""
    carry = carries.lock(uow, [carry_id]).get(carry_id)
    if carry is None:
        raise CarryNotFound
    uow.require(permission, agency_code=carry.agency_code)
    return carry


def change_state(
    uow: UnitOfWork,
    carry_id: uuid.UUID,
    *,
    permission: Permission,
    change: Callable[[CarryOver], CarryOver],
    verb: str = "",
) -> CarryOver:
    """Lock it, change it by ``change``, save and audit it."""
    before = lock_carry(uow, carry_id, permission=permission)
    after = change(before)
    carries.save(uow, after)
    audit_change(uow, verb or permission.name, before, after)
    return after
