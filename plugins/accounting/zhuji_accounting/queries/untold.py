"""What the budget told and the books have not taken in: a month does not close over it."""

from __future__ import annotations

from zhuji_accounting.domain.ledger.budget_facts import FOLLOWED_TYPES
from zhuji_accounting.domain.ledger.refusals import EventsPending
from zhuji_accounting.domain.request import Period
from zhuji_core.events.status import OUTSTANDING_MAX, Outstanding, read_outstanding
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_

MODULE = "accounting"


def untold(uow: UnitOfWork, period: Period, *, agency_code: str) -> list[Outstanding]:
    """Return the events of the agency that count in this month or before it, oldest first."""
    found = read_outstanding(
        uow.connection,
        module=MODULE,
        types=FOLLOWED_TYPES,
        having={"agency_code": agency_code, "fiscal_year": period.fiscal_year},
    )
    if len(found) == OUTSTANDING_MAX:
        return found  # more than were read: the rest may count in any month
    last_day = str(period.ends_on)
    return [event for event in found if event.body["effective_on"] <= last_day]


def require_told(uow: UnitOfWork, period: Period, *, agency_code: str) -> None:
    """Raise EventsPending while the books lack something that the budget told."""
    found = untold(uow, period, agency_code=agency_code)
    if found:
        stopped = [event for event in found if event.state]
        raise EventsPending(
            fiscal_year=period.fiscal_year,
            period=period.period,
            count=len(found),
            oldest_on=min(event.body["effective_on"] for event in found),
            stopped=len(stopped),
            problem=next((event.code for event in stopped if event.code), N_("無")),
        )
