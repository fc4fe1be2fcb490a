"""What one recording of the council's decisions changed, and what forbids it. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping

from zhuji_budget.domain.estimate import TEXT_MAX
from zhuji_core.values import N_, DomainError, Value

# What the audit calls a recording about revenue; of expenditure it is called by its permission.
REVENUE_RECORDED = "budget.council.record-revenue"


class Decision(Value, frozen=True, kw_only=True):
    """What is decided on one row, NT dollars; without anything the row is passed as the bill is.

    ``amount_ntd``: the cut of a row of expenditure, or more (+) or less (−) of one of revenue.
    """

    amount_ntd: int = 0
    frozen_ntd: int = 0
    words: str = ""


AS_IN_THE_BILL = Decision()


class DecidedRow(Value, frozen=True, kw_only=True):
    """A row of the bill as it is named for people, and what is decided on it now."""

    row_id: uuid.UUID
    line_id: uuid.UUID | None
    agency_code: str
    label: str
    account: str
    decision: Decision = AS_IN_THE_BILL


class DecisionChange(Value, frozen=True, kw_only=True):
    """A row that is decided otherwise than before."""

    row_id: uuid.UUID
    line_id: uuid.UUID | None
    agency_code: str
    label: str
    account: str
    before: Decision
    after: Decision


class CouncilReasonMissing(DomainError):
    """What was recorded before is changed or taken away, and nobody said why."""

    code = "E-COUNCIL-REASON"
    message = N_("有 {count} 項先前登錄之審議結果被修改或撤銷，請填寫理由（500 字以內）。")
    status_code = 422


class CouncilStale(DomainError):
    """Somebody else recorded decisions since the form was opened."""

    code = "E-COUNCIL-STALE"
    message = N_("他人已登錄較新的審議結果（第 {record_no} 次），請重新開啟後再登錄。")


class BillAtCouncil(DomainError):
    """The council has spoken on the bill: nothing is added that it did not see (地方制度法 40)."""

    code = "E-BILL-AT-COUNCIL"
    message = N_(
        "{fiscal_year} 年度預算案已登錄議會審議結果 {rows:,} 項，不能再編入或匯入歲出、歲入。"
        "如議會同意更正或重行送審，請先撤銷審議結果並寫明理由。"
    )


def changes_of(
    rows: Iterable[DecidedRow], wanted: Mapping[uuid.UUID, Decision]
) -> tuple[DecisionChange, ...]:
    """Return what ``wanted`` changes; a row that it does not name is passed as the bill is."""
    found = []
    for row in rows:
        after = wanted.get(row.row_id, AS_IN_THE_BILL)
        if after != row.decision:
            found.append(
                DecisionChange(
                    row_id=row.row_id,
                    line_id=row.line_id,
                    agency_code=row.agency_code,
                    label=row.label,
                    account=row.account,
                    before=row.decision,
                    after=after,
                )
            )
    return tuple(found)


def require_reason(changes: Iterable[DecisionChange], reason: str) -> str:
    """Return the reason; raise CouncilReasonMissing where what was recorded before is changed."""
    said = reason.strip()
    earlier = sum(one.before != AS_IN_THE_BILL for one in changes)
    if (earlier and not said) or len(said) > TEXT_MAX:
        text = CouncilReasonMissing.message.format(count=earlier)
        raise CouncilReasonMissing(count=earlier, fields={"reason": text})
    return said
