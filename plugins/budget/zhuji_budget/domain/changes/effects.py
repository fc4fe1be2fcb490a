"""What a change does to every control row, and whether the law allows it. Pure.

The preview that a writer sees and the decision that posts the document are these same functions.
Sources: 預算法 22, 61–64, 70, 79–82; 地方制度法 41.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from zhuji_budget.domain.adjustment import Adjustment, RowBefore
from zhuji_budget.domain.changes import refusals
from zhuji_budget.domain.changes.model import (
    BY_AGENCY,
    KIND_TITLES,
    LINES_MAX,
    MONTHS,
    NTD_MAX,
    TRANSFERS,
    Change,
    ChangeKind,
)
from zhuji_core.values import N_, DomainError, Value

SHARE = 5  # 百分之二十 of the original budget: a fifth, rounded down
PERSONNEL = "人事費"
RESERVE = "預備金"
SECOND_RESERVE = N_("第二預備金")
FIRST_RESERVE = N_("第一預備金")


class Circumstances(Value, frozen=True, kw_only=True):
    """What the decision needs to know besides the rows, read under their lock.

    ``vired_in`` and ``vired_out``: what virements of this year that stand moved into and out of a
    row. ``month``: the last month that has begun, 0 to 12. ``binds_to_date``: certification is
    held to the allotment to date. ``advance``: what was advanced and what of it is included.
    """

    year_state: str
    business_year: int
    month: int
    binds_to_date: bool
    vired_in: Mapping[uuid.UUID, int] = {}
    vired_out: Mapping[uuid.UUID, int] = {}
    advanced_ntd: int | None = None
    included_ntd: int = 0


class RowEffect(Value, frozen=True, kw_only=True):
    """One control row before the document, and the deltas that the document makes."""

    before: RowBefore
    adjustment: Adjustment

    @property
    def budget_after_ntd(self) -> int:
        return self.before.budget_ntd + self.adjustment.change_ntd

    @property
    def frozen_after_ntd(self) -> int:
        return self.before.frozen_ntd + self.adjustment.frozen_ntd

    @property
    def months_after(self) -> tuple[int, ...]:
        pairs = zip(self.before.allotment_ntd, self.adjustment.months, strict=True)
        return tuple(allotted + delta for allotted, delta in pairs)

    @property
    def left_after_ntd(self) -> int:
        """全年餘額 after the document."""
        return self.budget_after_ntd - self.frozen_after_ntd - self.before.used_ntd

    @property
    def unallotted_after_ntd(self) -> int:
        return self.budget_after_ntd - self.frozen_after_ntd - sum(self.months_after)

    @property
    def is_neutral(self) -> bool:
        """Tell whether nothing of the row changes (an advance outside the budget)."""
        return self.adjustment == Adjustment(control_row_id=self.before.control_row_id)


def effects_of(change: Change, rows: Sequence[RowBefore]) -> tuple[RowEffect, ...]:
    """Return the effect on each row, in the order of the document; lines of one row are added.

    Raises ChangeRow for a line whose row is not among ``rows``.
    """
    known = {row.control_row_id: row for row in rows}
    deltas: dict[uuid.UUID, Adjustment] = {}
    for line in change.lines:
        row = known.get(line.control_row_id)
        if row is None or row.fiscal_year != change.fiscal_year:
            raise refusals.ChangeRow(line_no=line.line_no, fiscal_year=change.fiscal_year)
        before = deltas.get(row.control_row_id, Adjustment(control_row_id=row.control_row_id))
        deltas[row.control_row_id] = _added(before, change.kind, line.amount_ntd, line.month)
    return tuple(RowEffect(before=known[row_id], adjustment=one) for row_id, one in deltas.items())


def _added(before: Adjustment, kind: ChangeKind, amount_ntd: int, month: int) -> Adjustment:
    """Add one line to what the document makes of its row."""
    if kind is ChangeKind.ADVANCE:
        return before
    allotted_ntd = -amount_ntd if kind is ChangeKind.CONDITION else amount_ntd
    months = list(before.months)
    if 1 <= month <= MONTHS:  # another month is refused with the lines
        months[month - 1] += allotted_ntd
    if kind in {ChangeKind.CONDITION, ChangeKind.RELEASE}:
        frozen_ntd = before.frozen_ntd - allotted_ntd
        return msgspec.structs.replace(before, frozen_ntd=frozen_ntd, months=tuple(months))
    change_ntd = before.change_ntd + amount_ntd
    return msgspec.structs.replace(before, change_ntd=change_ntd, months=tuple(months))


def require_allowed(change: Change, effects: Sequence[RowEffect], met: Circumstances) -> None:
    """Raise the first refusal of the document: its shape, the law of its kind, then the money."""
    require_year(change, met)
    require_lines(change)
    if change.reverses_id is None:
        for rule in KIND_RULES.get(change.kind, ()):
            rule(change, effects, met)
        require_agency(change)
    elif change.kind is ChangeKind.ADVANCE and met.included_ntd:
        raise refusals.AdvanceIncluded(
            included_ntd=met.included_ntd, arithmetic={"included_ntd": met.included_ntd}
        )
    for effect in effects:
        _require_money(effect, met)


def refusal_of(
    change: Change, effects: Sequence[RowEffect], met: Circumstances
) -> DomainError | None:
    """Return what ``require_allowed`` would raise now: the preview."""
    try:
        require_allowed(change, effects, met)
    except DomainError as refusal:
        return refusal
    return None


def require_year(change: Change, met: Circumstances) -> None:
    """Raise ChangeYear or ChangeMonth unless the document's year is in force."""
    if met.year_state not in {"enacted", "allotted"}:
        raise refusals.ChangeYear(fiscal_year=change.fiscal_year, reason=N_("尚無法定預算"))
    if met.business_year > change.fiscal_year:
        raise refusals.ChangeYear(fiscal_year=change.fiscal_year, reason=N_("已經終了"))
    for line in change.lines:
        if line.month and met.year_state != "allotted":
            raise refusals.ChangeMonth(fiscal_year=change.fiscal_year, line_no=line.line_no)


def require_agency(change: Change) -> None:
    """Raise ChangeAgency where an agency's own document names a row of another one.

    The second reserve lies with the budget office: there only what arrives is asked about.
    """
    if change.kind not in BY_AGENCY:
        return
    for line in change.lines:
        leaves_reserve = change.kind is ChangeKind.SECOND_RESERVE and line.amount_ntd < 0
        if line.agency_code != change.agency_code and not leaves_reserve:
            raise refusals.ChangeAgency(
                line_no=line.line_no,
                line_code=line.line_code,
                other=line.agency_code,
                agency_code=change.agency_code,
            )


def require_lines(change: Change) -> None:
    """Raise ChangeLines or ChangeUnbalanced unless the amounts fit the kind."""
    amounts: list[int] = [line.amount_ntd for line in change.lines]
    sign = -1 if change.reverses_id else 1
    wrong = ""
    if change.kind in TRANSFERS:
        wrong = "" if min(amounts, default=0) < 0 < max(amounts, default=0) else N_("須有增有減")
    elif change.kind is ChangeKind.REDUCTION:
        wrong = "" if all(sign * amount < 0 for amount in amounts) else N_("金額須為減少")
    else:
        wrong = "" if all(sign * amount > 0 for amount in amounts) else N_("金額須為增加")
    fits = all(0 < abs(amount) <= NTD_MAX for amount in amounts)
    months = all(0 <= line.month <= MONTHS for line in change.lines)
    if wrong or not fits or not months or not 1 <= len(amounts) <= LINES_MAX:
        raise refusals.ChangeLines(
            kind=KIND_TITLES[change.kind],
            lines_max=LINES_MAX,
            rule=wrong or N_("月份為 1 至 12 或未分配"),
            fields={"lines": wrong or N_("請填寫明細。")},
        )
    total_ntd = sum(amounts)
    if change.kind in TRANSFERS and total_ntd:
        in_ntd = sum(amount for amount in amounts if amount > 0)
        figures = {
            "out_ntd": in_ntd - total_ntd,
            "in_ntd": in_ntd,
            "difference_ntd": abs(total_ntd),
        }
        raise _refused(refusals.ChangeUnbalanced, figures=figures)


def _leaving(effects: Sequence[RowEffect]) -> list[RowEffect]:
    return [effect for effect in effects if effect.adjustment.change_ntd < 0]


def _arriving(effects: Sequence[RowEffect]) -> list[RowEffect]:
    return [effect for effect in effects if effect.adjustment.change_ntd > 0]


def _refused(
    kind: type[DomainError],
    row: RowBefore | None = None,
    figures: Mapping[str, int] | None = None,
    **words: object,
) -> DomainError:
    """Return the refusal with its arithmetic, naming the row."""
    named = {} if row is None else {"line_name": row.line_name, "object_name": row.object_name}
    detail: dict[str, Any] = {**(figures or {}), **named, **words}
    return kind(arithmetic=figures, **detail)


def _one_plan(_change: Change, effects: Sequence[RowEffect], _met: Circumstances) -> None:
    """Never between agencies, functions or plans (預算法 62): inside one work plan."""
    for leaving in _leaving(effects):
        for arriving in _arriving(effects):
            what = _crossed(leaving.before, arriving.before)
            if what:
                raise refusals.CrossProgram(
                    what=what,
                    from_code=leaving.before.line_code,
                    from_name=leaving.before.line_name,
                    to_code=arriving.before.line_code,
                    to_name=arriving.before.line_name,
                )


def _crossed(one: RowBefore, other: RowBefore) -> str:
    if one.agency_code != other.agency_code:
        return N_("機關")
    if one.function_code != other.function_code:
        return N_("政事")
    if one.plan_code != other.plan_code:
        return N_("業務計畫")
    return N_("工作計畫") if one.line_id != other.line_id else ""


def _not_personnel(_change: Change, effects: Sequence[RowEffect], _met: Circumstances) -> None:
    for effect in _arriving(effects):
        if PERSONNEL in effect.before.object_name:
            amount_ntd = effect.adjustment.change_ntd
            raise _refused(refusals.IntoPersonnel, effect.before, {"amount_ntd": amount_ntd})


def _not_out_of_capital(_change: Change, effects: Sequence[RowEffect], _met: Circumstances) -> None:
    if not any(effect.before.account == "capital" for effect in _leaving(effects)):
        return
    for effect in _arriving(effects):
        if effect.before.account == "current":
            amount_ntd = effect.adjustment.change_ntd
            raise _refused(refusals.CapitalIntoCurrent, effect.before, {"amount_ntd": amount_ntd})


def _not_cut(_change: Change, effects: Sequence[RowEffect], _met: Circumstances) -> None:
    for effect in _arriving(effects):
        if effect.before.council_ntd < 0:
            figures = {
                "cut_ntd": -effect.before.council_ntd,
                "amount_ntd": effect.adjustment.change_ntd,
            }
            raise _refused(refusals.CutByCouncil, effect.before, figures)


def _within_a_fifth(_change: Change, effects: Sequence[RowEffect], met: Circumstances) -> None:
    """Both directions, added up over the year: ten virements are not a way around the law."""
    for effect in effects:
        row, delta_ntd = effect.before, effect.adjustment.change_ntd
        before = met.vired_in if delta_ntd > 0 else met.vired_out
        before_ntd = before.get(row.control_row_id, 0)
        limit_ntd = row.enacted_ntd // SHARE
        over_ntd = before_ntd + abs(delta_ntd) - limit_ntd
        if delta_ntd and over_ntd > 0:
            figures = {
                "enacted_ntd": row.enacted_ntd,
                "limit_ntd": limit_ntd,
                "before_ntd": before_ntd,
                "amount_ntd": abs(delta_ntd),
                "over_ntd": over_ntd,
            }
            direction = N_("流入") if delta_ntd > 0 else N_("流出")
            raise _refused(refusals.Over20Percent, row, figures, direction=direction)


def reserve_of(row: RowBefore) -> str:
    """Return which reserve the row is, or an empty text."""
    words = f"{row.line_name} {row.object_name}"
    if SECOND_RESERVE in words:
        return SECOND_RESERVE
    return FIRST_RESERVE if RESERVE in words else ""


def _out_of_reserve(change: Change, effects: Sequence[RowEffect], _met: Circumstances) -> None:
    wanted = SECOND_RESERVE if change.kind is ChangeKind.SECOND_RESERVE else FIRST_RESERVE
    for effect in _leaving(effects):
        if reserve_of(effect.before) != wanted:
            raise _refused(refusals.NotReserve, effect.before, reserve=wanted)


def _own_agency(_change: Change, effects: Sequence[RowEffect], _met: Circumstances) -> None:
    owners = {effect.before.agency_code for effect in _leaving(effects)}
    for effect in _arriving(effects):
        if {effect.before.agency_code} != owners:
            raise _refused(refusals.ReserveAgency, effect.before)


def _out_of_pool(_change: Change, effects: Sequence[RowEffect], _met: Circumstances) -> None:
    """From pooled lines to users, or back: one side is pooled, and the object stays the same."""
    leaving, arriving = _leaving(effects), _arriving(effects)
    if not all(effect.before.pooled for effect in arriving):
        for effect in leaving:
            if not effect.before.pooled:
                raise _refused(refusals.NotPooled, effect.before)
    for one in leaving:
        for other in arriving:
            if one.before.object_code != other.before.object_code:
                raise refusals.PoolObject(
                    from_object=f"{one.before.object_code} {one.before.object_name}",
                    to_object=f"{other.before.object_code} {other.before.object_name}",
                )


def _not_more_than_advanced(
    change: Change, _effects: Sequence[RowEffect], met: Circumstances
) -> None:
    if met.advanced_ntd is None:
        raise refusals.AdvanceNeeded(fields={"advance": refusals.AdvanceNeeded.message})
    left_ntd = met.advanced_ntd - met.included_ntd
    if change.amount_ntd > left_ntd:
        figures = {
            "advanced_ntd": met.advanced_ntd,
            "included_ntd": met.included_ntd,
            "left_ntd": left_ntd,
            "amount_ntd": change.amount_ntd,
            "over_ntd": change.amount_ntd - left_ntd,
        }
        raise _refused(refusals.AdvanceExceeded, figures=figures)


KIND_RULES = {
    ChangeKind.VIREMENT: (
        _one_plan,
        _not_personnel,
        _not_cut,
        _not_out_of_capital,
        _within_a_fifth,
    ),
    ChangeKind.FIRST_RESERVE: (_out_of_reserve, _own_agency, _not_cut),
    ChangeKind.SECOND_RESERVE: (_out_of_reserve, _not_cut),
    ChangeKind.POOLED: (_out_of_pool,),
    ChangeKind.INCLUSION: (_not_more_than_advanced,),
}


def _require_money(effect: RowEffect, met: Circumstances) -> None:
    """Raise unless what is left covers what the document takes: frozen, year, months, to date."""
    row, wanted = effect.before, effect.adjustment
    if effect.frozen_after_ntd < 0:
        figures = {
            "frozen_ntd": row.frozen_ntd,
            "amount_ntd": -wanted.frozen_ntd,
            "over_ntd": -effect.frozen_after_ntd,
        }
        raise _refused(refusals.NotFrozen, row, figures)
    if effect.left_after_ntd < 0:
        figures = {
            "budget_ntd": row.budget_ntd,
            "frozen_ntd": row.frozen_ntd,
            "used_ntd": row.used_ntd,
            "left_ntd": row.budget_ntd - row.frozen_ntd - row.used_ntd,
            "amount_ntd": wanted.frozen_ntd - wanted.change_ntd,
            "short_ntd": -effect.left_after_ntd,
        }
        raise _refused(refusals.ChangeShort, row, figures)
    _require_months(effect)
    if met.binds_to_date:
        _require_to_date(effect, met.month)


def _require_months(effect: RowEffect) -> None:
    row = effect.before
    for month, after_ntd in enumerate(effect.months_after, 1):
        if after_ntd < 0:
            figures = {
                "allotted_ntd": row.allotment_ntd[month - 1],
                "amount_ntd": -effect.adjustment.months[month - 1],
                "short_ntd": -after_ntd,
            }
            raise _refused(refusals.MonthShort, row, figures, month=month)
    if effect.unallotted_after_ntd < 0:
        figures = {
            "unallotted_ntd": row.unallotted_ntd,
            "amount_ntd": row.unallotted_ntd - effect.unallotted_after_ntd,
            "short_ntd": -effect.unallotted_after_ntd,
        }
        raise _refused(refusals.UnallottedShort, row, figures)


def _require_to_date(effect: RowEffect, month: int) -> None:
    row = effect.before
    taken_ntd = -sum(effect.adjustment.months[:month])
    left_ntd = row.allotted_to(month) - row.used_ntd
    if taken_ntd > 0 and left_ntd < taken_ntd:
        figures = {
            "allotted_ntd": row.allotted_to(month),
            "used_ntd": row.used_ntd,
            "left_ntd": left_ntd,
            "amount_ntd": taken_ntd,
            "short_ntd": taken_ntd - left_ntd,
        }
        raise _refused(refusals.AllotmentUsed, row, figures, month=month)
