"""What the council does to the bill (議會審議結果): cuts, freezes and conditions by row."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from zhuji_budget.domain.changes.model import NTD_MAX
from zhuji_budget.domain.estimate import TEXT_MAX
from zhuji_core.values import N_, DomainError, Value

# Of one request; a form takes GRID_ROWS_MAX of them.
ROWS_MAX = 5_000
ROW_UNKNOWN = N_("查無此預算案項目，請由選單（F4）選取。")
ROW_TWICE = N_("同一項只能列一次。")
CUT_WRONG = N_("刪減數須為 0 至預算案數之整數（元）。")
INCREASE = N_("議會對預算案不得為增加支出之提議（地方制度法第 40 條），刪減數不得為負數。")
REVENUE_WRONG = N_("增列與減列擇一填寫正整數（元），減列不得超過預算案數。")
REVENUE_NOTHING = N_("請填增列數、減列數或審議意見。")
FROZEN_WRONG = N_("凍結數須為 0 至（預算案數 − 刪減數）之整數（元）。")
NOTHING_SAID = N_("請填刪減數、凍結數或附帶決議。")
CONDITION_MISSING = N_("凍結須寫明解除條件。")
CONDITION_LONG = N_("附帶決議過長，請縮短。")


class CouncilChange(Value, frozen=True, kw_only=True):
    """The council's decision on one row of the bill, NT dollars."""

    control_row_id: uuid.UUID
    cut_ntd: int = 0
    frozen_ntd: int = 0
    condition: str = ""


class CouncilRevenue(Value, frozen=True, kw_only=True):
    """The council's decision on one row of revenue of the bill: more (+) or less (−), and why."""

    revenue_row_id: uuid.UUID
    change_ntd: int = 0
    reason: str = ""


class TooManyDecisions(DomainError):
    """More decisions than a form can show: saved from a part of them, the others would be lost."""

    code = "E-COUNCIL-ROWS"
    message = N_("議會審議結果超過 {rows_max} 項，不能以表單修改；請以介接（API）整批登錄。")


class CouncilInvalid(DomainError):
    """Decisions that cannot be taken; every field is named at once."""

    code = "E-COUNCIL"
    message = N_("有 {count} 個欄位無法存入，請修正後再存。")
    status_code = 422


def require_changes(changes: Sequence[CouncilChange], *, bill_ntd: Mapping[uuid.UUID, int]) -> None:
    """Raise CouncilInvalid with what is wrong in each row (fields ``council-0-cut``)."""
    _require(
        [(change.control_row_id, partial(_faults, change)) for change in changes],
        bill_ntd=bill_ntd,
    )


def require_revenues(
    changes: Sequence[CouncilRevenue], *, bill_ntd: Mapping[uuid.UUID, int]
) -> None:
    """The same of revenue: the council may raise and lower it, to nothing at the least."""
    _require(
        [(change.revenue_row_id, partial(_revenue_faults, change)) for change in changes],
        bill_ntd=bill_ntd,
    )


def _require(
    decisions: Sequence[tuple[uuid.UUID, Callable[[int], dict[str, str]]]],
    *,
    bill_ntd: Mapping[uuid.UUID, int],
) -> None:
    faults: dict[str, str] = {"council": ROW_UNKNOWN} if len(decisions) > ROWS_MAX else {}
    seen: set[uuid.UUID] = set()
    for number, (row_id, faults_of) in enumerate(decisions[:ROWS_MAX]):
        known_ntd = bill_ntd.get(row_id)
        if known_ntd is None:
            found = {"row": ROW_UNKNOWN}
        elif row_id in seen:
            found = {"row": ROW_TWICE}
        else:
            found = faults_of(known_ntd)
        faults |= {f"council-{number}-{name}": text for name, text in found.items()}
        seen.add(row_id)
    if faults:
        raise CouncilInvalid(count=len(faults), fields=faults)


def _revenue_faults(change: CouncilRevenue, bill_ntd: int) -> dict[str, str]:
    if not -bill_ntd <= change.change_ntd <= NTD_MAX:
        return {"less" if change.change_ntd < 0 else "more": REVENUE_WRONG}
    reason = change.reason.strip()
    if not (change.change_ntd or reason):
        return {"more": REVENUE_NOTHING}
    return {"reason": CONDITION_LONG} if len(reason) > TEXT_MAX else {}


def _faults(change: CouncilChange, bill_ntd: int) -> dict[str, str]:
    if change.cut_ntd < 0:
        return {"cut": INCREASE}
    if change.cut_ntd > bill_ntd:
        return {"cut": CUT_WRONG}
    if not 0 <= change.frozen_ntd <= bill_ntd - change.cut_ntd:
        return {"frozen": FROZEN_WRONG}
    condition = change.condition.strip()
    if change.frozen_ntd and not condition:
        return {"condition": CONDITION_MISSING}
    if not (change.cut_ntd or condition):
        return {"cut": NOTHING_SAID}
    return {"condition": CONDITION_LONG} if len(condition) > TEXT_MAX else {}
