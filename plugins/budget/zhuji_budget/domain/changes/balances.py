"""Whether what is left covers what a change takes: frozen, year, months, to date. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zhuji_budget.domain.adjustment import RowBefore
from zhuji_budget.domain.changes import refusals
from zhuji_budget.domain.changes.effects import Circumstances, RevenueEffect, RowEffect
from zhuji_core.values import DomainError


def refused(
    kind: type[DomainError],
    row: RowBefore | None = None,
    figures: Mapping[str, int] | None = None,
    **words: object,
) -> DomainError:
    """Return the refusal with its arithmetic, naming the row."""
    named = {} if row is None else {"line_name": row.line_name, "object_name": row.object_name}
    detail: dict[str, Any] = {**(figures or {}), **named, **words}
    return kind(arithmetic=figures, **detail)


def require_money(effect: RowEffect, met: Circumstances) -> None:
    """Raise unless what is left covers what the document takes: frozen, year, months, to date."""
    row, wanted = effect.before, effect.adjustment
    if effect.frozen_after_ntd < 0:
        figures = {
            "frozen_ntd": row.frozen_ntd,
            "amount_ntd": -wanted.frozen_ntd,
            "over_ntd": -effect.frozen_after_ntd,
        }
        raise refused(refusals.NotFrozen, row, figures)
    if effect.left_after_ntd < 0:
        figures = {
            "budget_ntd": row.budget_ntd,
            "frozen_ntd": row.frozen_ntd,
            "used_ntd": row.used_ntd,
            "left_ntd": row.budget_ntd - row.frozen_ntd - row.used_ntd,
            "amount_ntd": wanted.frozen_ntd - wanted.change_ntd,
            "short_ntd": -effect.left_after_ntd,
        }
        raise refused(refusals.ChangeShort, row, figures)
    _require_months(effect)
    _require_to_date(effect, met)


def _require_months(effect: RowEffect) -> None:
    row = effect.before
    for month, after_ntd in enumerate(effect.months_after, 1):
        if after_ntd < 0:
            figures = {
                "allotted_ntd": row.allotment_ntd[month - 1],
                "amount_ntd": -effect.adjustment.months[month - 1],
                "short_ntd": -after_ntd,
            }
            raise refused(refusals.MonthShort, row, figures, month=month)
    if effect.unallotted_after_ntd < 0:
        figures = {
            "unallotted_ntd": row.unallotted_ntd,
            "amount_ntd": row.unallotted_ntd - effect.unallotted_after_ntd,
            "short_ntd": -effect.unallotted_after_ntd,
        }
        raise refused(refusals.UnallottedShort, row, figures)


def _require_to_date(effect: RowEffect, met: Circumstances) -> None:
    """What was allotted to date keeps covering what was certified against it (預算法 61).

    Where certification is held to the year, it still covers what was advanced and spent.
    """
    row = effect.before
    used_ntd = row.used_ntd if met.binds_to_date else row.spent_ntd
    taken_ntd = -sum(effect.adjustment.months[: met.month])
    left_ntd = row.allotted_to(met.month) - used_ntd
    if taken_ntd > 0 and left_ntd < taken_ntd:
        figures = {
            "allotted_ntd": row.allotted_to(met.month),
            "used_ntd": used_ntd,
            "left_ntd": left_ntd,
            "amount_ntd": taken_ntd,
            "short_ntd": taken_ntd - left_ntd,
        }
        if met.binds_to_date:
            raise refused(refusals.AllotmentUsed, row, figures, month=met.month)
        raise refused(refusals.AllotmentSpent, row, figures, month=met.month)


def require_revenue(effect: RevenueEffect) -> None:
    """Raise unless the row of revenue keeps what the document takes: year, months, the rest."""
    row, wanted = effect.before, effect.adjustment
    named: dict[str, Any] = {"line_name": row.name, "object_name": row.source_name}
    figures: dict[str, int] = {}
    if effect.budget_after_ntd < 0:
        figures = {
            "budget_ntd": row.budget_ntd,
            "amount_ntd": -wanted.change_ntd,
            "short_ntd": -effect.budget_after_ntd,
        }
        raise refused(refusals.RevenueShort, figures=figures, **named)
    for month, after_ntd in enumerate(effect.months_after, 1):
        if after_ntd < 0:
            figures = {
                "allotted_ntd": row.allotment_ntd[month - 1],
                "amount_ntd": -wanted.months[month - 1],
                "short_ntd": -after_ntd,
            }
            raise refused(refusals.MonthShort, figures=figures, month=month, **named)
    if effect.unallotted_after_ntd < 0:
        figures = {
            "unallotted_ntd": row.unallotted_ntd,
            "amount_ntd": row.unallotted_ntd - effect.unallotted_after_ntd,
            "short_ntd": -effect.unallotted_after_ntd,
        }
        raise refused(refusals.UnallottedShort, figures=figures, **named)
