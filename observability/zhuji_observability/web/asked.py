"""What the forms over ``/host/times`` ask for: which time, whose, and where measured."""

from __future__ import annotations

import time

from zhuji_core.values import N_
from zhuji_observability.store.exchange import BROWSER, PROCESS
from zhuji_observability.store.reading import Wanted, last_hours

# The last hour while something is slow; a day; a week; all that is kept.
HOURS = {1: N_("最近一小時"), 24: N_("最近一天"), 168: N_("最近一週"), 336: N_("最近兩週")}
HOURS_USUAL, HOURS_ALL = 24, 336
# Every request is seen by the process that serves it; those of our pages by their browser too.
VANTAGES = {PROCESS: N_("伺服器（全部請求）"), BROWSER: N_("使用者瀏覽器（頁面回報者）")}
_MS_IN_S = 1_000


def hours_of(asked: int) -> int:
    """Return what a form can ask for; anything else is the usual time."""
    return asked if asked in HOURS else HOURS_USUAL


def wanted_of(*, county: str, operation: str, hours: int, seen: str) -> Wanted:
    return last_hours(
        hours_of(hours),
        now_ms=round(time.time() * _MS_IN_S),
        county=county,
        operation=operation,
        vantage=seen if seen in VANTAGES else PROCESS,
    )


def known(*, county: str, operation: str, hours: int, seen: str) -> dict[str, object]:
    """Return what the form shows as chosen."""
    return {
        "county": county.strip(),
        "operation": operation.strip(),
        "hours": hours_of(hours),
        "seen": seen if seen in VANTAGES else PROCESS,
    }
