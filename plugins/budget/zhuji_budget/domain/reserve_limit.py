"""The first reserve is at most one per cent of current expenditure (預算法 22), by agency."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from zhuji_core.values import N_, DomainError, Value

NAMED_MAX = 10
REASON_MAX = 500


class AgencyReserve(Value, frozen=True, kw_only=True):
    """One agency's first reserve beside its current expenditure (經常支出), NT dollars."""

    agency_code: str
    agency_name: str
    current_ntd: int
    reserve_ntd: int

    @property
    def limit_ntd(self) -> int:
        """One per cent, rounded down: what is beyond it is beyond the law."""
        return self.current_ntd // 100

    @property
    def over_ntd(self) -> int:
        return self.reserve_ntd - self.limit_ntd


class ReserveOver(DomainError):
    """First reserves beyond one per cent of current expenditure (預算法 22)."""

    code = "E-RESERVE-1PCT"
    message = N_(
        "{agency_name} 第一預備金 {reserve_ntd:,} 超過經常支出 {current_ntd:,} 之百分之一"
        " {limit_ntd:,}，超過 {over_ntd:,}（預算法第 22 條；共 {count} 個機關）。"
    )
    figure_words: ClassVar = {
        "current_ntd": N_("經常支出"),
        "limit_ntd": N_("上限（1%）"),
        "reserve_ntd": N_("第一預備金"),
        "over_ntd": N_("超過"),
    }


class ReserveReasonLong(DomainError):
    """The reason is longer than the form takes."""

    code = "E-RESERVE-REASON"
    message = N_("第一預備金超過百分之一之理由不得超過 {text_max} 字。")
    status_code = 422


def require_reserves(over: Sequence[AgencyReserve], *, reason: str = "") -> str:
    """Return the reason; raise ReserveOver with the first agency's arithmetic if there is none.

    A bill of our own is refused. What the council passed is enacted as it was passed, with the
    reason written down: its cuts of other lines may have lowered the limit.
    """
    if len(reason) > REASON_MAX:
        raise ReserveReasonLong(
            text_max=REASON_MAX, fields={"reserve_reason": ReserveReasonLong.message}
        )
    said = reason.strip()
    if over and not said:
        first = over[0]
        figures: dict[str, Any] = {
            "current_ntd": first.current_ntd,
            "limit_ntd": first.limit_ntd,
            "reserve_ntd": first.reserve_ntd,
            "over_ntd": first.over_ntd,
        }
        raise ReserveOver(
            agency_name=first.agency_name, count=len(over), arithmetic=figures, **figures
        )
    return said if over else ""
