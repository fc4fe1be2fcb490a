"""The reports of a closed month, half-year or year, kept as they were (月報, 半年結算). Pure."""

from __future__ import annotations

import enum
import hashlib

import msgspec

from zhuji_accounting.domain.period import LAST_PERIOD
from zhuji_core.reports.sheet import Sheet, digest_of
from zhuji_core.values import N_, Value

JUNE = 6


class SetKind(enum.StrEnum):
    """What the reports are of: one month, January to June (半年結算), or the whole year."""

    MONTH = "month"
    HALF_YEAR = "half_year"
    YEAR = "year"


KIND_TITLES = {
    SetKind.MONTH: N_("月報"),
    SetKind.HALF_YEAR: N_("半年結算報告"),
    SetKind.YEAR: N_("年度報告"),
}


class ReportSet(Value, frozen=True, kw_only=True):
    """The sheets of an agency up to the end of ``period``."""

    fiscal_year: int
    agency_code: str
    agency_name: str
    period: int
    kind: SetKind
    sheets: tuple[Sheet, ...]

    @property
    def digest(self) -> str:
        """Return the SHA-256 of what the sheets tell; another wording of a head changes nothing."""
        told = (
            self.fiscal_year,
            self.agency_code,
            self.period,
            self.kind,
            [digest_of(sheet) for sheet in self.sheets],
        )
        return hashlib.sha256(msgspec.json.encode(told)).hexdigest()

    @property
    def label(self) -> str:
        return f"{self.fiscal_year}-{self.period:02}"


def kinds_of(period: int) -> tuple[SetKind, ...]:
    """Return which reports the closing of ``period`` keeps."""
    if period == JUNE:
        return (SetKind.MONTH, SetKind.HALF_YEAR)
    if period == LAST_PERIOD:
        return (SetKind.MONTH, SetKind.YEAR)
    return (SetKind.MONTH,)


def first_period(kind: SetKind, period: int) -> int:
    """Return the first of the months whose movements the reports show."""
    return period if kind is SetKind.MONTH else 1
