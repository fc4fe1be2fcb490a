"""Ceilings of estimates (概算額度): how much an agency may ask for."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from zhuji_budget.domain.estimate import NTD_MAX
from zhuji_core.values import N_, DomainError, Value

AGENCY_UNKNOWN = N_("查無此機關。")
AGENCY_TWICE = N_("同一機關只能列一次。")
CEILING_MALFORMED = N_("額度須為 0 以上之整數（元），不逾 10 兆元。")
NOTHING = N_("請至少填一個機關的額度。")


class Ceiling(Value, frozen=True, kw_only=True):
    """The most that one agency may estimate, NT dollars."""

    agency_code: str
    ceiling_ntd: int


class CeilingsInvalid(DomainError):
    """Ceilings that cannot be taken; every field is named at once."""

    code = "E-CEILINGS"
    message = N_("有 {count} 個欄位無法存入，請修正後再存。")
    status_code = 422


def require_ceilings(wanted: Sequence[Ceiling], *, known: Collection[str]) -> None:
    """Raise CeilingsInvalid with what is wrong in each row (fields ``ceilings-0-agency``)."""
    faults: dict[str, str] = {} if wanted else {"ceilings": NOTHING}
    seen: set[str] = set()
    for number, one in enumerate(wanted):
        if one.agency_code not in known:
            faults[f"ceilings-{number}-agency"] = AGENCY_UNKNOWN
        elif one.agency_code in seen:
            faults[f"ceilings-{number}-agency"] = AGENCY_TWICE
        if not 0 <= one.ceiling_ntd <= NTD_MAX:
            faults[f"ceilings-{number}-amount"] = CEILING_MALFORMED
        seen.add(one.agency_code)
    if faults:
        raise CeilingsInvalid(count=len(faults), fields=faults)
