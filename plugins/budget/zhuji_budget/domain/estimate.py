"""An agency's estimate (概算): its work plans, their items, and what may be done in which state."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
import uuid
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import ClassVar

from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.values import N_, DomainError, Value

ITEMS_MAX = 500  # of one work plan: the rows of one grid
LINES_MAX = 500
NTD_MAX = 10**13
TEXT_MAX = 500
EDITABLE = ("draft", "returned")
EXPENDITURE, REVENUE = "expenditure", "revenue"
ACCOUNTS = ("current", "capital")

STATE_TITLES = {
    "draft": N_("編製中"),
    "supervising": N_("待主管機關核轉"),
    "submitted": N_("已送審"),
    "returned": N_("退回修正"),
    "reviewed": N_("審議完成"),
    "compiled": N_("已編入預算案"),
}

# 10×9, 10x9, 1.5: what is counted, each at most four places, at most four factors.
_FACTOR = re.compile(r"\d{1,9}(\.\d{1,4})?")
_TIMES = re.compile(r"[×xX*✕]")
_FACTORS_MAX = 4


class EstimateItem(Value, frozen=True, kw_only=True):
    """One line item: unit × quantity × price = amount, and what it is for.

    ``cut_ntd`` and ``comment`` are of the review; what remains is ``approved_ntd``.
    """

    item_id: uuid.UUID
    item_no: int
    sub_plan: str
    object_code: str
    object_name: str
    account: str
    unit: str
    quantity: str
    price_ntd: int
    amount_ntd: int
    explanation: str
    fund_source: str
    cut_ntd: int = 0
    comment: str = ""

    @property
    def approved_ntd(self) -> int:
        return self.amount_ntd - self.cut_ntd


class EstimateLine(Value, frozen=True, kw_only=True):
    """A work plan (歲出) or a source (歲入): ``group`` is the plan or the kind of source above."""

    estimate_line_id: uuid.UUID
    side: str
    code: str
    name: str
    group_code: str = ""
    group_name: str = ""
    legal_basis: str = ""
    reason: str = ""
    last_year_ntd: int | None = None
    revision: int = 1
    items: tuple[EstimateItem, ...] = ()

    @property
    def amount_ntd(self) -> int:
        return sum(item.amount_ntd for item in self.items)

    @property
    def cut_ntd(self) -> int:
        return sum(item.cut_ntd for item in self.items)

    @property
    def approved_ntd(self) -> int:
        return self.amount_ntd - self.cut_ntd


class Estimate(Value, frozen=True, kw_only=True):
    """The document: one agency, one year.

    ``writers``: every person behind what was written or sent, whoever was acted for as well;
    ``endorsers``: those behind the supervising agency's step. None of them reviews it.
    """

    estimate_id: uuid.UUID
    fiscal_year: int
    agency_code: str
    agency_name: str
    state: str
    department_code: str = ""
    department_name: str = ""
    submitted_by: uuid.UUID | None = None
    reason: str = ""
    ceiling_ntd: int | None = None
    supervisor_code: str = ""
    supervisor_name: str = ""
    endorsed_by: uuid.UUID | None = None
    endorsed_by_name: str = ""
    endorsed_on: dt.date | None = None
    writers: tuple[uuid.UUID, ...] = ()
    endorsers: tuple[uuid.UUID, ...] = ()
    lines: tuple[EstimateLine, ...] = ()

    @property
    def label(self) -> str:
        return f"{self.fiscal_year} 年度概算 {self.agency_name}"

    @property
    def document(self) -> DocumentRef:
        return DocumentRef(
            kind="budget.estimate",
            document_id=self.estimate_id,
            label=self.label,
            agency_code=self.agency_code,
        )

    def of(self, side: str) -> tuple[EstimateLine, ...]:
        return tuple(line for line in self.lines if line.side == side)

    @property
    def expenditure_ntd(self) -> int:
        return sum(line.amount_ntd for line in self.of(EXPENDITURE))

    @property
    def revenue_ntd(self) -> int:
        return sum(line.amount_ntd for line in self.of(REVENUE))

    @property
    def cut_ntd(self) -> int:
        return sum(line.cut_ntd for line in self.lines if line.side == EXPENDITURE)


class EstimateNotFound(DomainError):
    """No such estimate, or none that this person may see."""

    code = "E-ESTIMATE-NOT-FOUND"
    message = N_("查無此概算。")
    status_code = 404


class EstimateExists(DomainError):
    """The agency has an estimate of this year already."""

    code = "E-ESTIMATE-EXISTS"
    message = N_("{agency_name} {fiscal_year} 年度的概算已經建立，請開啟該份概算。")


class EstimateState(DomainError):
    """The estimate is in another state than the act needs."""

    code = "E-ESTIMATE-STATE"
    message = N_("{label} 目前為「{state}」，不能執行此作業（須為「{needed}」）。")


class EstimateYearEnacted(DomainError):
    """The budget of this year is law: what it lacks comes by a supplement, not by an estimate."""

    code = "E-ESTIMATE-YEAR"
    message = N_(
        "{fiscal_year} 年度總預算已成立（{act_no}），不能再編製、修改或審議概算；"
        "須增減者請辦理預算變動（追加、追減）。"
    )


class VersionMissing(DomainError):
    """The estimate has not been taken so far that these versions exist."""

    code = "E-ESTIMATE-VERSION"
    message = N_(
        "{label} 沒有第 {before} 版或第 {after} 版可供比較；每次送審、退回、審議各成一版。"
    )


class EstimateStale(DomainError):
    """Somebody else saved the work plan since the form was opened."""

    code = "E-ESTIMATE-STALE"
    message = N_("「{name}」已由他人存入較新的內容，請重新開啟後再改。")


class EstimateLineNotFound(DomainError):
    """The estimate has no such work plan or source."""

    code = "E-ESTIMATE-LINE"
    message = N_("本概算查無此科目。")
    status_code = 404


class EstimateLineCode(DomainError):
    """A code that is no code, a name that is missing, or a code used twice."""

    code = "E-ESTIMATE-CODE"
    message = N_("科目編號須為 4 至 20 位數字，並須有名稱：「{code_given}」。")
    status_code = 422


class EstimateLineTwice(DomainError):
    """The estimate has a work plan or source of this code."""

    code = "E-ESTIMATE-CODE-TWICE"
    message = N_("本概算已有科目 {line_code}。")


class ItemsInvalid(DomainError):
    """Items that cannot be taken; every field is named at once."""

    code = "E-ESTIMATE-ITEMS"
    message = N_("有 {count} 個欄位無法存入，請修正後再存。")
    status_code = 422


class EstimateEmpty(DomainError):
    """Nothing was estimated."""

    code = "E-ESTIMATE-EMPTY"
    message = N_("{label} 尚未編列任何項目。")
    status_code = 422


class OverCeiling(DomainError):
    """The estimate is larger than the ceiling that the budget office set."""

    code = "E-ESTIMATE-CEILING"
    message = N_(
        "{label} 歲出 {estimated_ntd:,} − 額度 {ceiling_ntd:,} = 超出 {over_ntd:,}。"
        "請減列後再送，或洽主計處調整額度。"
    )
    figure_words: ClassVar = {
        "estimated_ntd": N_("歲出概算"),
        "ceiling_ntd": N_("額度"),
        "over_ntd": N_("超出"),
    }


class ReasonMissing(DomainError):
    """A return says why."""

    code = "E-ESTIMATE-REASON"
    message = N_("請填寫理由。")
    status_code = 422


def require_state(estimate: Estimate, *needed: str) -> None:
    """Raise EstimateState unless the estimate is in one of the states."""
    if estimate.state not in needed:
        raise EstimateState(
            label=estimate.label,
            state=STATE_TITLES[estimate.state],
            needed=STATE_TITLES[needed[0]],
        )


def require_submittable(estimate: Estimate) -> None:
    """Raise what forbids submission: state, nothing estimated, or more than the ceiling."""
    require_state(estimate, *EDITABLE)
    if not any(line.items for line in estimate.lines):
        raise EstimateEmpty(label=estimate.label)
    ceiling_ntd = estimate.ceiling_ntd
    if ceiling_ntd is not None and estimate.expenditure_ntd > ceiling_ntd:
        figures = {
            "estimated_ntd": estimate.expenditure_ntd,
            "ceiling_ntd": ceiling_ntd,
            "over_ntd": estimate.expenditure_ntd - ceiling_ntd,
        }
        raise OverCeiling(
            arithmetic=figures,
            label=estimate.label,
            estimated_ntd=figures["estimated_ntd"],
            ceiling_ntd=figures["ceiling_ntd"],
            over_ntd=figures["over_ntd"],
        )


def counted(quantity: str) -> Decimal | None:
    """Return the product of ``10×9``, or None when it is none; full-width digits are read."""
    plain = unicodedata.normalize("NFKC", quantity).replace(",", "").replace(" ", "")
    factors = _TIMES.split(plain)
    if len(factors) > _FACTORS_MAX or not all(_FACTOR.fullmatch(one) for one in factors):
        return None
    product = Decimal(1)
    for factor in factors:
        product *= Decimal(factor)
    return product


def amount_of(quantity: Decimal, price_ntd: int) -> int | None:
    """Return quantity × price when it is a whole amount above nothing, else None."""
    product = quantity * price_ntd
    if product != product.to_integral_value() or not 0 < product <= NTD_MAX:
        return None
    return int(product)


def code_is_valid(code: str) -> bool:
    return code.isascii() and code.isdecimal() and 4 <= len(code) <= 20  # noqa: PLR2004 (codes occur with 10, 11 and 12 digits)


class Difference(Value, frozen=True, kw_only=True):
    """One work plan × sub-plan × object × account in two versions, NT dollars."""

    side: str
    code: str
    name: str
    sub_plan: str
    object_code: str
    object_name: str
    account: str
    before_ntd: int
    after_ntd: int
    reasons: tuple[str, ...]

    @property
    def difference_ntd(self) -> int:
        return self.after_ntd - self.before_ntd


Key = tuple[str, str, str, str, str]


def differences(
    before: Iterable[EstimateLine], after: Iterable[EstimateLine]
) -> tuple[Difference, ...]:
    """Compare two versions line by line; what is equal is left out, a comment is a reason."""
    old, new = _by_key(before), _by_key(after)
    found = []
    for key in sorted(old.keys() | new.keys()):
        was, now = old.get(key, []), new.get(key, [])
        before_ntd = sum(item.approved_ntd for _, item in was)
        after_ntd = sum(item.approved_ntd for _, item in now)
        if before_ntd == after_ntd:
            continue
        line, item = (now or was)[0]
        found.append(
            Difference(
                side=line.side,
                code=line.code,
                name=line.name,
                sub_plan=item.sub_plan,
                object_code=item.object_code,
                object_name=item.object_name,
                account=item.account,
                before_ntd=before_ntd,
                after_ntd=after_ntd,
                reasons=_reasons(now),
            )
        )
    return tuple(found)


def _by_key(
    lines: Iterable[EstimateLine],
) -> dict[Key, list[tuple[EstimateLine, EstimateItem]]]:
    found: dict[Key, list[tuple[EstimateLine, EstimateItem]]] = {}
    for line in lines:
        for item in line.items:
            key = (line.side, line.code, item.sub_plan, item.object_code, item.account)
            found.setdefault(key, []).append((line, item))
    return found


def _reasons(pairs: Sequence[tuple[EstimateLine, EstimateItem]]) -> tuple[str, ...]:
    told = [item.comment for _, item in pairs if item.comment]
    told += [line.reason for line, _ in pairs if line.reason]
    return tuple(dict.fromkeys(told))
