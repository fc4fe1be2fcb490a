"""What the API of changes answers with, and what it is asked."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from zhuji_budget.domain.changes.effects import RevenueEffect, RowEffect
from zhuji_budget.domain.changes.model import Change, ChangeKind, ChangeState
from zhuji_budget.queries.advances import AdvanceEffect, Inclusion
from zhuji_budget.queries.changes import ChangePage, Preview
from zhuji_core.values import Value
from zhuji_core.web.context import RequestContext


class ChangeAnswer(Value, frozen=True, kw_only=True):
    """A document after an act."""

    document_id: uuid.UUID
    label: str
    kind: ChangeKind
    state: ChangeState
    change_no: int
    amount_ntd: int
    act_no: str
    revision: int


class EffectAnswer(Value, frozen=True, kw_only=True):
    """One control row: before, the deltas, and after; NT dollars."""

    control_row_id: uuid.UUID
    line_code: str
    object_code: str
    account: str
    budget_ntd: int
    change_ntd: int
    budget_after_ntd: int
    frozen_after_ntd: int
    used_ntd: int
    left_after_ntd: int
    unallotted_after_ntd: int
    months_ntd: tuple[int, ...]
    months_after_ntd: tuple[int, ...]


class RevenueEffectAnswer(Value, frozen=True, kw_only=True):
    """One row of revenue: before, the deltas, and after; NT dollars."""

    revenue_row_id: uuid.UUID
    code: str
    name: str
    budget_ntd: int
    change_ntd: int
    budget_after_ntd: int
    unallotted_after_ntd: int
    months_ntd: tuple[int, ...]
    months_after_ntd: tuple[int, ...]


class AdvanceAnswer(Value, frozen=True, kw_only=True):
    """What is advanced outside the budget, what of it is included, and what is still to be."""

    advance_id: uuid.UUID
    advanced_ntd: int
    included_ntd: int
    document_ntd: int
    left_ntd: int
    others_ntd: int
    outstanding_ntd: int
    inclusions: tuple[Inclusion, ...]


class ChangeDetail(Value, frozen=True, kw_only=True):
    """A document with its lines and its effect: what it met, or what it would do now.

    ``refusal``: the code of what forbids it at this moment, empty when nothing does.
    """

    change: Change
    posted_on: dt.date | None
    reversal_id: uuid.UUID | None
    effects: tuple[EffectAnswer, ...]
    revenue_effects: tuple[RevenueEffectAnswer, ...]
    advance: AdvanceAnswer | None
    refusal: str
    refusal_text: str
    arithmetic: dict[str, int]


class PreviewAnswer(Value, frozen=True, kw_only=True):
    """What a document would do if it took effect now, and what forbids it; nothing was kept."""

    effects: tuple[EffectAnswer, ...]
    revenue_effects: tuple[RevenueEffectAnswer, ...]
    advance: AdvanceAnswer | None
    refusal: str
    refusal_text: str
    arithmetic: dict[str, int]


class ActWanted(Value, frozen=True, kw_only=True):
    """The number of the executive's or the council's document."""

    act_no: str


class ReasonWanted(Value, frozen=True, kw_only=True):
    """Why a document is returned or reversed."""

    reason: str


def answer_of(change: Change) -> ChangeAnswer:
    return ChangeAnswer(
        **{
            name: getattr(change, name)
            for name in ChangeAnswer.__struct_fields__  # properties too: label, amount_ntd
        }
    )


def effects_answer(effects: Sequence[RowEffect]) -> tuple[EffectAnswer, ...]:
    return tuple(
        EffectAnswer(
            control_row_id=effect.before.control_row_id,
            line_code=effect.before.line_code,
            object_code=effect.before.object_code,
            account=effect.before.account,
            budget_ntd=effect.before.budget_ntd,
            change_ntd=effect.adjustment.change_ntd,
            budget_after_ntd=effect.budget_after_ntd,
            frozen_after_ntd=effect.frozen_after_ntd,
            used_ntd=effect.before.used_ntd,
            left_after_ntd=effect.left_after_ntd,
            unallotted_after_ntd=effect.unallotted_after_ntd,
            months_ntd=effect.before.allotment_ntd,
            months_after_ntd=effect.months_after,
        )
        for effect in effects
    )


def revenues_answer(effects: Sequence[RevenueEffect]) -> tuple[RevenueEffectAnswer, ...]:
    return tuple(
        RevenueEffectAnswer(
            revenue_row_id=effect.before.revenue_row_id,
            code=effect.before.code,
            name=effect.before.name,
            budget_ntd=effect.before.budget_ntd,
            change_ntd=effect.adjustment.change_ntd,
            budget_after_ntd=effect.budget_after_ntd,
            unallotted_after_ntd=effect.unallotted_after_ntd,
            months_ntd=effect.before.allotment_ntd,
            months_after_ntd=effect.months_after,
        )
        for effect in effects
    )


def advance_answer(effect: AdvanceEffect | None) -> AdvanceAnswer | None:
    if effect is None:
        return None
    # Properties too: what is left, of this advance and of all of the agency.
    told = {name: getattr(effect, name) for name in AdvanceAnswer.__struct_fields__}
    return AdvanceAnswer(**told)


def detail_of(context: RequestContext, page: ChangePage) -> ChangeDetail:
    return ChangeDetail(
        change=page.change,
        posted_on=page.posted_on,
        reversal_id=page.reversal_id,
        effects=effects_answer(page.effects),
        revenue_effects=revenues_answer(page.revenues),
        advance=advance_answer(page.advance),
        refusal=page.refusal.code if page.refusal else "",
        refusal_text=page.refusal.text(context.gettext) if page.refusal else "",
        arithmetic=dict(page.refusal.arithmetic) if page.refusal else {},
    )


def preview_of(context: RequestContext, preview: Preview) -> PreviewAnswer:
    refusal = preview.refusal
    return PreviewAnswer(
        effects=effects_answer(preview.effects),
        revenue_effects=revenues_answer(preview.revenues),
        advance=advance_answer(preview.advance),
        refusal=refusal.code if refusal else "",
        refusal_text=refusal.text(context.gettext) if refusal else "",
        arithmetic=dict(refusal.arithmetic) if refusal else {},
    )
