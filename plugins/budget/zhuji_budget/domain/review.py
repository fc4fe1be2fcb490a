"""The review of an estimate (審議): cuts and comments by item, and who may not review."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from zhuji_budget.domain.estimate import TEXT_MAX, Estimate, EstimateItem, require_state
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
    """Whoever submitted an estimate does not review it."""

    code = "E-ESTIMATE-OWN"
    message = N_("{label} 由您送審，須由他人審議。")


def require_reviewable(estimate: Estimate, *, by: uuid.UUID) -> None:
    """Raise EstimateState unless it is submitted, OwnEstimate when ``by`` sent or endorsed it."""
    require_state(estimate, "submitted")
    if by in {estimate.submitted_by, estimate.endorsed_by}:
        raise OwnEstimate(label=estimate.label)


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
