"""What modules may ask of whoever keeps the budget (published language; additive only).

All amounts are whole NT dollars. A *control row* is budget line × first-level object ×
current/capital account: the row that holds counters, is locked and is certified against.
"""

from __future__ import annotations

import enum
import uuid
from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec

from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.values import N_, DomainError, Value


class Effect(Value, frozen=True, kw_only=True):
    """How often the amount of a move is added to each counter: 1, 0, or −1."""

    encumbered: int = 0
    advanced: int = 0
    expended: int = 0
    payable: int = 0

    @property
    def used(self) -> int:
        """What the move takes from the balance that may still be certified."""
        return self.encumbered + self.paid

    @property
    def paid(self) -> int:
        """What the move takes from the balance that may still be paid."""
        return self.advanced + self.expended


class MoveKind(enum.StrEnum):
    """What a move does to the counters of a control row (see ``core/docs/funds.md``).

    Every kind but ``reserve`` draws on what its commitment has reserved, advanced or spent.
    """

    RESERVE = "reserve"  # 簽證, 再簽
    RELEASE = "release"  # 釋放, 標餘
    EXPEND = "expend"  # 報支: held money is spent
    ADVANCE = "advance"  # 暫付, 零用金: held money is paid before the bill
    SETTLE = "settle"  # 轉正: an advance becomes spending
    RETURN = "return"  # 暫付款繳回
    RECOVER = "recover"  # 支出收回 of this year's spending
    OWE = "owe"  # 應付: of what is spent, what is due and not yet paid
    PAY = "pay"  # 應付款付訖
    LAPSE = "lapse"  # 註銷以前年度應付款

    @property
    def effect(self) -> Effect:
        """Return what the kind does to the counters."""
        return EFFECTS[self]


EFFECTS: Mapping[MoveKind, Effect] = {
    MoveKind.RESERVE: Effect(encumbered=1),
    MoveKind.RELEASE: Effect(encumbered=-1),
    MoveKind.EXPEND: Effect(encumbered=-1, expended=1),
    MoveKind.ADVANCE: Effect(encumbered=-1, advanced=1),
    MoveKind.SETTLE: Effect(advanced=-1, expended=1),
    MoveKind.RETURN: Effect(advanced=-1),
    MoveKind.RECOVER: Effect(expended=-1),
    MoveKind.OWE: Effect(payable=1),
    MoveKind.PAY: Effect(payable=-1),
    MoveKind.LAPSE: Effect(payable=-1),
}


class CommitBasis(enum.StrEnum):
    """Which balance a certification is checked against (預算法 61; a county's setting)."""

    ANNUAL = "annual"
    ALLOTTED = "allotted"


class FundsMove(Value, frozen=True, kw_only=True):
    """One movement on one control row on behalf of one document; ``amount_ntd`` > 0.

    ``commitment`` is the document whose reservation is added to or drawn on (the request of a
    claim, 動支申請); not said when that is ``document`` itself. ``detail_object_code`` (二級用途別)
    is what is bought; empty when it is not said. ``by``: in whose name, where several people's acts
    share one transaction; not said when it is the actor of the unit of work.
    """

    control_row_id: uuid.UUID
    kind: MoveKind
    amount_ntd: int
    document: DocumentRef
    detail_object_code: str = ""
    commitment: DocumentRef | None = None
    by: uuid.UUID | None = None

    @property
    def holder(self) -> DocumentRef:
        """Return the document that holds the money."""
        return self.commitment or self.document


EVERY_AGENCY = "*"
# Which reserve (預備金) a row is. Money leaves it by a change of the budget and in no other way.
RESERVE_TITLES: Mapping[str, str] = {
    "first_reserve": N_("第一預備金"),
    "second_reserve": N_("第二預備金"),
}


class FundPosition(Value, frozen=True, kw_only=True):
    """The counters of one control row at one moment, with the words that people know it by.

    ``pooled_for``: the other agencies that write requests on it too (統籌科目); ``*``: all of them.
    It is read for who writes and chooses; whoever locks rows to move money does not ask again.
    ``reserve``: which reserve the row is (``RESERVE_TITLES``), or empty.
    ``origin_year``: of a row of former years (以前年度), the year whose budget it is of; else 0.
    """

    control_row_id: uuid.UUID
    agency_code: str
    fiscal_year: int
    line_code: str
    line_name: str
    object_code: str
    object_name: str
    account: str
    enacted_ntd: int
    changes_ntd: int
    allotted_to_date_ntd: int
    encumbered_ntd: int
    advanced_ntd: int
    expended_ntd: int
    commit_basis: CommitBasis
    closed_reason: str = ""
    frozen_ntd: int = 0
    pooled_for: tuple[str, ...] = ()
    reserve: str = ""
    origin_year: int = 0

    @property
    def code_year(self) -> int:
        """Return the year whose object codes the row is written in."""
        return self.origin_year or self.fiscal_year

    def serves(self, agency_code: str) -> bool:
        """Tell whether this agency writes requests on the row: its own, or pooled for it."""
        mine = {agency_code, EVERY_AGENCY}
        return agency_code == self.agency_code or not mine.isdisjoint(self.pooled_for)

    @property
    def budget_ntd(self) -> int:
        """預算數: enacted and all changes."""
        return self.enacted_ntd + self.changes_ntd

    @property
    def used_ntd(self) -> int:
        """Held, advanced and spent."""
        return self.encumbered_ntd + self.advanced_ntd + self.expended_ntd

    @property
    def annual_available_ntd(self) -> int:
        """全年餘額, without what the council froze or nobody has released yet."""
        return self.budget_ntd - self.frozen_ntd - self.used_ntd

    @property
    def allotted_available_ntd(self) -> int:
        """分配餘額: months not yet begun may not be used early (預算法 61)."""
        return self.allotted_to_date_ntd - self.used_ntd

    @property
    def payable_now_ntd(self) -> int:
        """本期可付: what may still be spent or advanced, whatever is held (預算法 61)."""
        return self.allotted_to_date_ntd - self.advanced_ntd - self.expended_ntd

    @property
    def available_ntd(self) -> int:
        """What may still be certified: never more than the annual balance, of a reserve nothing."""
        if self.reserve:
            return 0
        if self.commit_basis is CommitBasis.ANNUAL:
            return self.annual_available_ntd
        return min(self.allotted_available_ntd, self.annual_available_ntd)

    def after(self, move: FundsMove) -> FundPosition:
        """Return the position that ``move`` leaves."""
        effect = move.kind.effect
        return msgspec.structs.replace(
            self,
            encumbered_ntd=self.encumbered_ntd + effect.encumbered * move.amount_ntd,
            advanced_ntd=self.advanced_ntd + effect.advanced * move.amount_ntd,
            expended_ntd=self.expended_ntd + effect.expended * move.amount_ntd,
        )


class FundsAnswer(Value, frozen=True, kw_only=True):
    """The answer to one move; ``before`` is the position that it met.

    A document is granted whole or not at all: a move with enough funds is not granted when
    another move of its document is short, and has an empty ``refusal`` then.
    ``refusal`` is the code of what stands in the way.
    """

    move: FundsMove
    before: FundPosition
    granted: bool
    refusal: str = ""

    @property
    def remaining_ntd(self) -> int:
        """What the move leaves available (negative: it would be short).

        Held money that is spent or advanced was not available before and is not afterwards.
        """
        return self.before.after(self.move).available_ntd


class ReplayedReserve(Value, frozen=True, kw_only=True):
    """A reservation recomputed from the movements alone: ``before`` is what it must have met."""

    document_id: uuid.UUID
    amount_ntd: int
    before: FundPosition


class HeldFunds(Value, frozen=True, kw_only=True):
    """What one commitment has on one control row by the movements, whole NT dollars.

    ``held_ntd`` is reserved and neither released, spent nor advanced; ``advanced_ntd`` is neither
    settled nor returned; ``expended_ntd`` is spent and settled less what was recovered, and
    ``payable_ntd`` is of it what is due and not yet paid.
    """

    document_id: uuid.UUID
    control_row_id: uuid.UUID
    held_ntd: int
    advanced_ntd: int = 0
    expended_ntd: int = 0
    payable_ntd: int = 0


class BroughtForward(Value, frozen=True, kw_only=True):
    """What of one row is brought into the next year on behalf of one commitment.

    ``control_row_id``: the row on which it stands in the year that ends. ``carried_ntd`` stays held
    (保留), ``owed_ntd`` is due and not paid (應付). ``commitment`` holds it in the next year.
    """

    control_row_id: uuid.UUID
    commitment: DocumentRef
    carried_ntd: int = 0
    owed_ntd: int = 0


class ForwardMoved(DomainError):
    """Of what was brought into a year something was spent, advanced or released: it stays there."""

    code = "E-FORWARD-MOVED"
    message = N_(
        "轉入 {fiscal_year} 年度之 {label} 已動用：轉入 {brought_ntd:,}，目前尚餘 {left_ntd:,}。"
        "已動用者不能轉回原年度。"
    )
    figure_words: ClassVar = {"brought_ntd": N_("轉入"), "left_ntd": N_("目前尚餘")}


class ControlRowQuery(Value, frozen=True, kw_only=True):
    """What a picker asks for: rows of one agency and year that hold every word of ``text``."""

    agency_code: str
    fiscal_year: int
    text: str = ""
    limit: int = 20


class NoFundControl(DomainError):
    """No enabled module keeps the budget of this county, so nothing can be certified."""

    code = "E-NO-FUND-CONTROL"
    message = N_("本縣市未啟用預算模組，無法控管預算餘額。")


class ControlRowNotFound(DomainError):
    """A control row that does not exist, or is not of this agency and year."""

    code = "E-CONTROL-ROW"
    message = N_("查無預算控制項目：{control_row_id}。請重新選擇預算科目。")
    status_code = 422


class FundsRefused(DomainError):
    """A move that was not granted; made from its answer, so that the arithmetic is complete."""

    def __init__(self, answer: FundsAnswer, *, fields: Mapping[str, str] | None = None) -> None:
        before, figures = answer.before, self.reckon(answer)
        words: dict[str, Any] = {
            "line_code": before.line_code,
            "line_name": before.line_name,
            "object_code": before.object_code,
            "object_name": before.object_name,
            "account": before.account,
            "detail_object_code": answer.move.detail_object_code,
            "closed_reason": before.closed_reason,
            "reserve": RESERVE_TITLES.get(before.reserve, ""),
            "control_row_id": str(before.control_row_id),
            **figures,
        }
        super().__init__(arithmetic=figures, fields=fields, **words)

    def reckon(self, answer: FundsAnswer) -> dict[str, int]:
        """Give the figures that led to the refusal, in the order of reading."""
        return {"requested_ntd": answer.move.amount_ntd}


def _reckon(answer: FundsAnswer, first: str, first_ntd: int) -> dict[str, int]:
    before = answer.before
    return {
        first: first_ntd,
        "encumbered_ntd": before.encumbered_ntd,
        "advanced_ntd": before.advanced_ntd,
        "expended_ntd": before.expended_ntd,
        "available_ntd": first_ntd - before.used_ntd,
        "requested_ntd": answer.move.amount_ntd,
        "short_ntd": answer.move.amount_ntd - (first_ntd - before.used_ntd),
    }


class AllotmentInsufficient(FundsRefused):
    """The allotment to date is used up; next month's may not be used early (預算法 61)."""

    code = "E-ALLOT-INSUFFICIENT"
    message = N_(
        "{line_name}　{object_name}（{object_code}）分配餘額不足："
        "截至本月分配 {allotted_to_date_ntd:,}"
        " − 已簽證 {encumbered_ntd:,} − 暫付 {advanced_ntd:,} − 已實現 {expended_ntd:,}"
        " = {available_ntd:,}，本次 {requested_ntd:,}，短少 {short_ntd:,}。"
        "可改列下月、申請修改分配或流用。"
    )

    def reckon(self, answer: FundsAnswer) -> dict[str, int]:
        return _reckon(answer, "allotted_to_date_ntd", answer.before.allotted_to_date_ntd)


class AnnualInsufficient(FundsRefused):
    """The whole year's budget of the control row is used up (預算法 25)."""

    code = "E-ANNUAL-INSUFFICIENT"
    message = N_(
        "{line_name}　{object_name}（{object_code}）全年預算餘額不足：全年預算 {budget_ntd:,}"
        " − 已簽證 {encumbered_ntd:,} − 暫付 {advanced_ntd:,} − 已實現 {expended_ntd:,}"
        " = {available_ntd:,}，本次 {requested_ntd:,}，短少 {short_ntd:,}。"
        "可申請流用、動支預備金或減少金額。"
    )

    def reckon(self, answer: FundsAnswer) -> dict[str, int]:
        return _reckon(answer, "budget_ntd", answer.before.budget_ntd)


class NotEnacted(FundsRefused):
    """The row has no enacted budget: its bill is not passed yet, or the council struck it out.

    What may be done meanwhile is in 地方制度法 40; certification waits for the law.
    """

    code = "E-BUDGET-NOT-ENACTED"
    message = N_(
        "{line_name}　{object_name}（{object_code}）沒有法定預算：全年預算 {budget_ntd:,}，"
        "本次 {requested_ntd:,}。總預算案未成立（或本項經議會刪除）。"
        "未依限完成審議期間，新興資本支出及新增科目不得動支，其餘依已獲授權之原訂計畫"
        "或上年度執行數覈實動支（地方制度法第 40 條第 3 項）；法定預算成立後始得簽證。"
    )

    def reckon(self, answer: FundsAnswer) -> dict[str, int]:
        return {
            "budget_ntd": answer.before.budget_ntd,
            "requested_ntd": answer.move.amount_ntd,
        }


class ConditionalFunds(FundsRefused):
    """What is left is frozen or waits for its release (地方制度法 41, 執行要點 四 專案核准動支)."""

    code = "E-CONDITIONAL"
    message = N_(
        "{line_name}　{object_name}（{object_code}）可動支餘額不足：全年預算 {budget_ntd:,}"
        " − 凍結或未核准動支 {frozen_ntd:,} − 已簽證 {encumbered_ntd:,} − 暫付 {advanced_ntd:,}"
        " − 已實現 {expended_ntd:,} = {available_ntd:,}，本次 {requested_ntd:,}，"
        "短少 {short_ntd:,}。須先辦理解除凍結或專案核准。"
    )

    def reckon(self, answer: FundsAnswer) -> dict[str, int]:
        before = answer.before
        return {
            "budget_ntd": before.budget_ntd,
            "frozen_ntd": before.frozen_ntd,
            "encumbered_ntd": before.encumbered_ntd,
            "advanced_ntd": before.advanced_ntd,
            "expended_ntd": before.expended_ntd,
            "available_ntd": before.annual_available_ntd,
            "requested_ntd": answer.move.amount_ntd,
            "short_ntd": answer.move.amount_ntd - before.annual_available_ntd,
        }


class PayableInsufficient(FundsRefused):
    """More is to be spent or advanced than is allotted to date, though it is held (預算法 61)."""

    code = "E-PAYABLE-INSUFFICIENT"
    message = N_(
        "{line_name}　{object_name}（{object_code}）本期可付餘額不足："
        "截至本月分配 {allotted_to_date_ntd:,} − 暫付 {advanced_ntd:,} − 已實現 {expended_ntd:,}"
        " = {payable_now_ntd:,}，本次 {requested_ntd:,}，短少 {short_ntd:,}。"
        "可待以後月份分配，或申請修改分配。"
    )

    def reckon(self, answer: FundsAnswer) -> dict[str, int]:
        before = answer.before
        return {
            "allotted_to_date_ntd": before.allotted_to_date_ntd,
            "advanced_ntd": before.advanced_ntd,
            "expended_ntd": before.expended_ntd,
            "payable_now_ntd": before.payable_now_ntd,
            "requested_ntd": answer.move.amount_ntd,
            "short_ntd": answer.move.amount_ntd - before.payable_now_ntd,
        }


class LineClosed(FundsRefused):
    """The control row takes no commitments, for the reason given (地方制度法 41, 執行要點 六)."""

    code = "E-LINE-CLOSED"
    message = N_("{line_name}　{object_name}（{object_code}）目前不得動支：{closed_reason}。")


class ReserveDirect(FundsRefused):
    """A reserve is neither certified nor spent: a change moves it out first (預算法 22, 64, 70)."""

    code = "E-RESERVE-DIRECT"
    message = N_(
        "{line_name}　{object_name}（{object_code}）為{reserve}，不得直接簽證或支用，"
        "本次 {requested_ntd:,}。請先辦理「動支{reserve}」，將金額撥入支用科目，"
        "再於該科目動支（預算法第 22、64、70 條）。"
    )


class ObjectMismatch(FundsRefused):
    """What is bought does not belong to the object, or to its account (預算法 37)."""

    code = "E-OBJECT-MISMATCH"
    message = N_(
        "用途別 {detail_object_code} 不屬於 {line_name} 的{object_name}（{object_code}）"
        "或其經資門別，請改選用途別或預算科目。"
    )


REFUSALS: dict[str, type[FundsRefused]] = {
    refusal.code: refusal
    for refusal in (
        AllotmentInsufficient,
        AnnualInsufficient,
        NotEnacted,
        ConditionalFunds,
        PayableInsufficient,
        LineClosed,
        ReserveDirect,
        ObjectMismatch,
    )
}
