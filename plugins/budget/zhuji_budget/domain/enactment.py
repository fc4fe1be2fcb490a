"""Who enacts a bill: not whoever imported or compiled it, or keyed what the council decided. Pure.

What becomes the baseline was keyed by one person of the budget office and is looked at by another
(職能分工 write-approve). A command of the operator is nobody's second pair of eyes, and no person's
writing either.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any, ClassVar

from zhuji_budget.domain.estimate import TEXT_MAX
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.identity.actor import SYSTEM_USER_ID, Actor, DutyException
from zhuji_core.identity.duties import Step, done, require_separate
from zhuji_core.values import N_, DomainError, Value


class BillSeen(Value, frozen=True, kw_only=True):
    """The bill as somebody looks at it before it becomes law, NT dollars as the council left it."""

    control_rows: int
    expenditure_ntd: int
    revenue_ntd: int
    frozen_ntd: int
    decisions: int
    record_no: int

    @property
    def token(self) -> str:
        """What a form carries between the page and the second key."""
        return (
            f"{self.control_rows}-{self.expenditure_ntd}-{self.revenue_ntd}"
            f"-{self.frozen_ntd}-{self.record_no}"
        )


class BillMoved(DomainError):
    """The bill, or what the council decided on it, is not what was looked at."""

    code = "E-ENACT-STALE"
    message = N_(
        "{label} 在您核對後已有變動（現為歲出 {expenditure_ntd:,}、歲入 {revenue_ntd:,}、"
        "凍結 {frozen_ntd:,}；審議結果登錄 {record_no} 次），未成立，請重新核對。"
    )
    figure_words: ClassVar = {
        "expenditure_ntd": N_("歲出（審議後）"),
        "revenue_ntd": N_("歲入（審議後）"),
        "frozen_ntd": N_("凍結數"),
    }


def require_seen(bill: DocumentRef, now: BillSeen, *, seen: str) -> None:
    """Raise BillMoved when ``seen`` (a token; "": not said) is of another bill than it is now."""
    if not seen or seen == now.token:
        return
    figures: dict[str, Any] = {
        "expenditure_ntd": now.expenditure_ntd,
        "revenue_ntd": now.revenue_ntd,
        "frozen_ntd": now.frozen_ntd,
    }
    raise BillMoved(arithmetic=figures, label=bill.label, record_no=now.record_no, **figures)


def writers_of(by: Actor) -> frozenset[uuid.UUID]:
    """Return the persons who stand behind an act on the bill."""
    return by.persons - {SYSTEM_USER_ID}


class OperatorReasonMissing(DomainError):
    """An operator does by command what two persons do on pages, and says why."""

    code = "E-OPERATOR-REASON"
    message = N_(
        "以指令辦理不經職能分工之第二人，請以 --reason 寫明理由及依據（500 字以內）；"
        "理由列入年度歷程。"
    )
    status_code = 422


def operator_said(by: Actor) -> dict[str, object]:
    """Return what the audit says of an operator's act, nothing of a person's.

    A command is no person's: it stands outside the separation of duties, so it has a reason, which
    came with it (``open_county(reason=…)``). Raises OperatorReasonMissing.
    """
    if by.user_id != SYSTEM_USER_ID:
        return {}
    reason = by.context.get("reason", "").strip()
    if not reason or len(reason) > TEXT_MAX:
        raise OperatorReasonMissing(fields={"reason": OperatorReasonMissing.message})
    return {"operator_reason": reason}


def require_second(
    bill: DocumentRef, writers: Collection[uuid.UUID], *, by: Actor
) -> tuple[DutyException, ...]:
    """Raise SamePerson when the actor is one of the ``writers``, unless excepted in writing."""
    wrote = done(Step.WRITE, *writers)
    return require_separate(by, Step.APPROVE, [wrote], label=bill.label, agency_code=by.agency_code)
