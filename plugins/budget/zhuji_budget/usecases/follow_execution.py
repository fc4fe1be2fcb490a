"""Follow certifications and releases into execution by month (執行情形), as their events come."""

from __future__ import annotations

import datetime as dt

from zhuji_budget.store.execution import Executed, follow
from zhuji_core.contracts.requests import CertificationGranted, EncumbranceReleased
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Event


def follow_execution(uow: UnitOfWork, event: Event) -> None:
    """Take in one event; one of another kind, or one taken in before, changes nothing."""
    match event:
        case CertificationGranted():
            lines = [
                Executed(control_row_id=line.control_row_id, certified_ntd=line.amount_ntd)
                for line in event.lines
            ]
        case EncumbranceReleased():
            lines = [
                Executed(control_row_id=line.control_row_id, released_ntd=line.amount_ntd)
                for line in event.lines
            ]
        case _:
            return
    follow(uow, event_id=event.event_id, month_key=month_key(event.business_date), lines=lines)


def month_key(date: dt.date) -> int:
    """Return the Republic's year and the month as one number: 10503 is March of 105."""
    return (date.year - 1911) * 100 + date.month
