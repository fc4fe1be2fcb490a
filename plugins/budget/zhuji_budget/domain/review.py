"""The review of an estimate (審議): cuts and comments by item, and who may not review."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar

from zhuji_budget.domain.estimate import (
    EXPENDITURE,
    TEXT_MAX,
    Estimate,
    EstimateItem,
    require_state,
)
from zhuji_core.values import N_, DomainError, Value

CUT_MALFORMED = N_("刪減數須為 0 以上之整數（元）。")
CUT_TOO_LARGE = N_("刪減數大於該項預算數。")
ITEM_UNKNOWN = N_("查無此項，請由選單（F4）選取。")
ITEM_TWICE = N_("同一項只能列一次。")
NOTHING_SAID = N_("請填刪減數或審議意見。")
COMMENT_MISSING = N_("刪減須說明原因。")
COMMENT_LONG = N_("審議意見過長，請縮短。")


class Cut(Value, frozen=True, kw_only=True):
    """What the review takes from one item, and why; 0 with a comment is a comment alone."""

    item_id: uuid.UUID
    cut_ntd: int
    comment: str


class CutsInvalid(DomainError):
    """Cuts that cannot be taken; every field is named at once."""

    code = "E-ESTIMATE-CUTS"
    message = N_("有 {count} 個欄位無法存入，請修正後再存。")
    status_code = 422


class OwnEstimate(DomainError):
    """Whoever wrote, submitted or endorsed an estimate does not review it, nor their deputies."""

    code = "E-ESTIMATE-OWN"
    message = N_("{label} 由您（或您代理之人）編製、送審或核轉，須由他人審議。")


class ReviewOverCeiling(DomainError):
    """What the review would leave is larger than the ceiling as it is now."""

    code = "E-REVIEW-CEILING"
    message = N_(
        "{label} 歲出 {estimated_ntd:,} − 審議刪減 {cut_ntd:,} = 審定 {approved_ntd:,}，"
        "大於額度 {ceiling_ntd:,}，超出 {over_ntd:,}。請再刪減、退回機關，或先調整額度。"
    )
    figure_words: ClassVar = {
        "estimated_ntd": N_("歲出概算"),
        "cut_ntd": N_("審議刪減"),
        "approved_ntd": N_("審定數"),
        "ceiling_ntd": N_("額度"),
        "over_ntd": N_("超出"),
    }


def require_reviewable(estimate: Estimate, *, by: Collection[uuid.UUID]) -> None:
    """Raise EstimateState unless it is submitted, OwnEstimate when it is of one of ``by``."""
    require_state(estimate, "submitted")
    require_not_own(estimate, by)


def require_not_own(estimate: Estimate, persons: Collection[uuid.UUID]) -> None:
    """Raise OwnEstimate when one of ``persons`` wrote, sent or endorsed the estimate."""
    if not frozenset(persons).isdisjoint({*estimate.writers, *estimate.endorsers}):
        raise OwnEstimate(label=estimate.label)


def require_within_ceiling(estimate: Estimate, cuts: Sequence[Cut]) -> None:
    """Raise ReviewOverCeiling when the expenditure that is left is beyond the ceiling of today.

    A ceiling may be set, or lowered, after submission; whoever means to allow more raises it.
    """
    spent = {item.item_id for line in estimate.of(EXPENDITURE) for item in line.items}
    cut_ntd = sum(cut.cut_ntd for cut in cuts if cut.item_id in spent)
    _require_ceiling(estimate, cut_ntd=cut_ntd)


def require_still_within(estimate: Estimate) -> None:
    """The same of a reviewed estimate before it becomes the bill: a ceiling may be lowered."""
    _require_ceiling(estimate, cut_ntd=estimate.cut_ntd)


def _require_ceiling(estimate: Estimate, *, cut_ntd: int) -> None:
    ceiling_ntd = estimate.ceiling_ntd
    approved_ntd = estimate.expenditure_ntd - cut_ntd
    if ceiling_ntd is None or approved_ntd <= ceiling_ntd:
        return
    figures: dict[str, Any] = {
        "estimated_ntd": estimate.expenditure_ntd,
        "cut_ntd": cut_ntd,
        "approved_ntd": approved_ntd,
        "ceiling_ntd": ceiling_ntd,
        "over_ntd": approved_ntd - ceiling_ntd,
    }
    raise ReviewOverCeiling(label=estimate.label, arithmetic=figures, **figures)


def require_cuts(estimate: Estimate, cuts: Sequence[Cut]) -> None:
    """Raise CutsInvalid with what is wrong in each row (fields ``cuts-0-cut``)."""
    items = {item.item_id: item for line in estimate.lines for item in line.items}
    faults: dict[str, str] = {}
    seen: set[uuid.UUID] = set()
    for number, cut in enumerate(cuts):
        found = _faults(cut, items, seen)
        faults |= {f"cuts-{number}-{name}": text for name, text in found.items()}
        seen.add(cut.item_id)
    if faults:
        raise CutsInvalid(count=len(faults), fields=faults)


def _faults(
    cut: Cut, items: Mapping[uuid.UUID, EstimateItem], seen: set[uuid.UUID]
) -> dict[str, str]:
    item = items.get(cut.item_id)
    if item is None:
        return {"item": ITEM_UNKNOWN}
    if cut.item_id in seen:
        return {"item": ITEM_TWICE}
    if cut.cut_ntd < 0:
        return {"cut": CUT_MALFORMED}
    if cut.cut_ntd > item.amount_ntd:
        return {"cut": CUT_TOO_LARGE}
    if not cut.comment.strip():
        return {"comment": COMMENT_MISSING} if cut.cut_ntd else {"cut": NOTHING_SAID}
    return {"comment": COMMENT_LONG} if len(cut.comment) > TEXT_MAX else {}
