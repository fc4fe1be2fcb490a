"""The two counties of the demo, and the date they stand at."""

from __future__ import annotations

import datetime as dt

from zhuji_core.values import Value

# The figures are of fiscal year 105; in mid-March a quarter of the year is allotted, so both
# kinds of balance can be seen.
BUSINESS_DATE = dt.date(2016, 3, 15)


class DemoCounty(Value, frozen=True, kw_only=True):
    """``modules``: None for every module that is installed."""

    code: str
    name: str
    modules: tuple[str, ...] | None = None


COUNTIES = (
    DemoCounty(code="TXG", name="臺中市"),
    DemoCounty(code="MLI", name="苗栗縣", modules=("budget",)),
)
CHECKED = "TXG"
