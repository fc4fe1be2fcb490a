"""Follow certifications and releases into execution by month (執行情形), as their events come."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from zhuji_budget.store.execution import Executed, follow
from zhuji_core.contracts.requests import CertificationGranted, EncumbranceReleased
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Event


def follow_execution(uow: UnitOfWork, events: Sequence[Event]) -> None:
    """Take in events at once; those of another kind, or taken in before, change nothing."""
    executed = [line for event in events for line in _lines(event)]
    if executed:
        follow(uow, executed)


def _lines(event: Event) -> list[Executed]:
    match event:
        case CertificationGranted():
            sign = {"certified": 1, "released": 0}
        case EncumbranceReleased():
            sign = {"certified": 0, "released": 1}
        case _:
            return []
    return [
        Executed(
            event_id=event.event_id,
            month_key=month_key(event.business_date),
            control_row_id=line.control_row_id,
            certified_ntd=sign["certified"] * line.amount_ntd,
            released_ntd=sign["released"] * line.amount_ntd,
        )
        for line in event.lines
    ]


def month_key(date: dt.date) -> int:
    """Return the Republic's year and the month as one number: 10503 is March of 105."""
    return (date.year - 1911) * 100 + date.month
