"""What the actor may do to a month, or to the end of a year, as it stands now."""

from __future__ import annotations

import enum

from zhuji_accounting.permissions import CLOSE_PERIOD, CLOSE_YEAR, REOPEN_PERIOD, REOPEN_YEAR
from zhuji_accounting.queries.periods import Month
from zhuji_accounting.queries.year_ends import YearEnd
from zhuji_core.uow import UnitOfWork


class PeriodVerb(enum.StrEnum):
    """What may be done to a month (關帳, 停止收件, 恢復收件, 重開)."""

    CLOSE = "close"
    STOP = "stop"
    RESUME = "resume"
    REOPEN = "reopen"


class YearVerb(enum.StrEnum):
    """What may be done to the end of a year (預覽, 結帳, 重開年度結帳)."""

    PREVIEW = "preview"
    CLOSE = "close"
    REOPEN = "reopen"


def period_verbs(uow: UnitOfWork, month: Month, *, agency_code: str) -> tuple[PeriodVerb, ...]:
    """Return what the actor may do.

    What is closed for the whole county no agency opens again, and no month of an ended year is
    opened on its own.
    """
    if month.stage == "closed":
        alone = not month.county_wide and not month.year_ended
        opens = alone and uow.actor.may(REOPEN_PERIOD)
        return (PeriodVerb.REOPEN,) if opens else ()
    if not uow.actor.may(CLOSE_PERIOD, agency_code=agency_code):
        return ()
    if month.stage == "open":
        return PeriodVerb.CLOSE, PeriodVerb.STOP
    return (PeriodVerb.CLOSE,) if month.county_wide else (PeriodVerb.CLOSE, PeriodVerb.RESUME)


def year_verbs(uow: UnitOfWork, ended: YearEnd | None, *, agency_code: str) -> tuple[YearVerb, ...]:
    """Return what the actor may do; ``ended`` None: the year has not been ended yet."""
    if ended is not None:
        return (YearVerb.REOPEN,) if uow.actor.may(REOPEN_YEAR) else ()
    closes = uow.actor.may(CLOSE_YEAR, agency_code=agency_code)
    return (YearVerb.PREVIEW, YearVerb.CLOSE) if closes else ()
