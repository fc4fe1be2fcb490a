"""The commitment: a request with its supplements and its award. A rule raises or changes nothing.

Every supplement (追加) is a request of its own, certified as such, that names the one it adds to.
"""

from __future__ import annotations

import datetime as dt

import msgspec

from zhuji_accounting.domain.carries.brought import require_own
from zhuji_accounting.domain.commitments.refusals import (
    HoldUnchanged,
    HoldUntilInvalid,
    SupplementOf,
    SupplementOfSupplement,
)
from zhuji_accounting.domain.request import Brought, Period, RequestState, SpendingRequest
from zhuji_accounting.domain.rules import STATE_TITLES, require_state
from zhuji_core.formats import format_date
from zhuji_core.values import N_


def require_supplementable(origin: SpendingRequest, *, agency_code: str, fiscal_year: int) -> None:
    """Raise BroughtOnly, SupplementOf or SupplementOfSupplement unless it may be added to."""
    require_own(origin, action=N_("追加"))
    if origin.supplements_id is not None:
        raise SupplementOfSupplement(label=origin.label, origin=origin.supplements_label)
    if (
        origin.state is not RequestState.CERTIFIED
        or (origin.agency_code, origin.fiscal_year) != (agency_code, fiscal_year)
    ):  # fmt: skip
        raise SupplementOf(label=origin.label, state=STATE_TITLES[origin.state])


def require_hold_until(request: SpendingRequest, *, today: dt.date) -> None:
    """Raise HoldUntilInvalid for a day that has passed or is of another year."""
    day = request.hold_until
    if day is not None and not today <= day <= ends_on(request.fiscal_year):
        raise HoldUntilInvalid(
            today=format_date(today),
            fiscal_year=request.fiscal_year,
            fields={"hold_until": N_("請核對日期。")},
        )


def ends_on(fiscal_year: int) -> dt.date:
    """Return the last day of the fiscal year: what is held without a day is held until then."""
    return Period(fiscal_year=fiscal_year, period=12).ends_on


def held_until(request: SpendingRequest) -> dt.date:
    return request.hold_until or ends_on(request.fiscal_year)


def holds_until(request: SpendingRequest) -> dt.date | None:
    """Return until when the request holds money; None when it holds none, or none any more."""
    return held_until(request) if request.state is RequestState.CERTIFIED else None


def sums_of(request: SpendingRequest) -> tuple[int, int, int, int, int]:
    """Return certified, claimed, advanced, released and held; all nothing before certification."""
    lines = request.lines if request.is_held else ()
    return (
        sum(line.amount_ntd for line in lines),
        sum(line.claimed_ntd for line in lines),
        sum(line.advanced_ntd for line in lines),
        sum(line.released_ntd for line in lines),
        sum(line.held_ntd for line in lines),
    )


def hold_until(request: SpendingRequest, day: dt.date | None, *, today: dt.date) -> SpendingRequest:
    """Return the certified request held until another day (None: until its year ends).

    Raises WrongState, BroughtOnly, HoldUntilInvalid or HoldUnchanged.
    """
    require_state(request, [RequestState.CERTIFIED], action=N_("變更保留期限"))
    require_own(request, action=N_("變更保留期限"), unless=Brought.CARRIED)
    changed = msgspec.structs.replace(request, hold_until=day)
    require_hold_until(changed, today=today)
    if held_until(changed) == held_until(request):
        raise HoldUnchanged(label=request.label, day=format_date(held_until(request)))
    return changed
