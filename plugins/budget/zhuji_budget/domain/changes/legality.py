"""What the law forbids a change of each kind. Pure.

Sources: 預算法 22, 61–64, 70, 79–82; 地方制度法 41.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from zhuji_budget.domain.adjustment import RowBefore
from zhuji_budget.domain.changes import refusals
from zhuji_budget.domain.changes.balances import refused
from zhuji_budget.domain.changes.effects import Circumstances, RowEffect
from zhuji_budget.domain.changes.model import KIND_TITLES, Change, ChangeKind
from zhuji_budget.domain.changes.pooling import is_lender, share_or_give_back
from zhuji_budget.domain.reserve_limit import AgencyReserve, require_reserves
from zhuji_budget.domain.roles import RESERVE_TITLES, Role
from zhuji_core.values import N_

SHARE = 5  # 百分之二十 of the original budget: a fifth, rounded down


def _leaving(effects: Sequence[RowEffect]) -> list[RowEffect]:
    return [effect for effect in effects if effect.adjustment.change_ntd < 0]


def _arriving(effects: Sequence[RowEffect]) -> list[RowEffect]:
    return [effect for effect in effects if effect.adjustment.change_ntd > 0]


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
        if effect.before.role == Role.PERSONNEL:
            amount_ntd = effect.adjustment.change_ntd
            raise refused(refusals.IntoPersonnel, effect.before, {"amount_ntd": amount_ntd})


def _not_out_of_capital(_change: Change, effects: Sequence[RowEffect], _met: Circumstances) -> None:
    if not any(effect.before.account == "capital" for effect in _leaving(effects)):
        return
    for effect in _arriving(effects):
        if effect.before.account == "current":
            amount_ntd = effect.adjustment.change_ntd
            raise refused(refusals.CapitalIntoCurrent, effect.before, {"amount_ntd": amount_ntd})


def _not_cut(change: Change, effects: Sequence[RowEffect], met: Circumstances) -> None:
    """What a pooled line takes back it had before; nothing else reaches what was cut."""
    for effect in _arriving(effects):
        given_back = change.kind is ChangeKind.POOLED and is_lender(effect.before, met)
        if effect.before.council_ntd < 0 and not given_back:
            figures = {
                "cut_ntd": -effect.before.council_ntd,
                "amount_ntd": effect.adjustment.change_ntd,
            }
            raise refused(refusals.CutByCouncil, effect.before, figures)


def _within_a_fifth(_change: Change, effects: Sequence[RowEffect], met: Circumstances) -> None:
    """Both directions, added up over the year: ten virements are not a way around the law."""
    for effect in effects:
        row, delta_ntd = effect.before, effect.adjustment.change_ntd
        before = met.vired_in if delta_ntd > 0 else met.vired_out
        before_ntd = before.get(row.control_row_id, 0)
        # What the council took back is no part of the original any more; what it added never was.
        reduced_ntd = met.reduced.get(row.control_row_id, 0)
        limit_ntd = max(0, row.enacted_ntd - reduced_ntd) // SHARE
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
            if not reduced_ntd:
                raise refused(refusals.Over20Percent, row, figures, direction=direction)
            reduced = {"reduced_ntd": reduced_ntd, **figures}
            raise refused(refusals.OverReduced20Percent, row, reduced, direction=direction)


def _in_its_time(change: Change, effects: Sequence[RowEffect], _met: Circumstances) -> None:
    """By the end of no month is more allotted than before, but for what was not allotted at all.

    Else a transfer, even of a row with itself, would bring a later month forward without those
    who approve a schedule. A reserve lies in December or in no month, and is for what cannot wait.
    """
    months = [
        sum(of_month) for of_month in zip(*(one.adjustment.months for one in effects), strict=True)
    ]
    from_unallotted_ntd = max(0, sum(months))
    over = [ntd - from_unallotted_ntd for ntd in itertools.accumulate(months)]
    early = next((month for month, ntd in enumerate(over, 1) if ntd > 0), 0)
    if early:
        arriving_ntd = sum(max(0, ntd) for one in effects for ntd in one.adjustment.months[:early])
        figures = {
            "in_ntd": arriving_ntd,
            "out_ntd": arriving_ntd - over[early - 1],
            "over_ntd": over[early - 1],
        }
        title = KIND_TITLES[change.kind]
        raise refused(refusals.VirementEarly, figures=figures, month=early, title=title)


def _out_of_reserve(change: Change, effects: Sequence[RowEffect], _met: Circumstances) -> None:
    is_second = change.kind is ChangeKind.SECOND_RESERVE
    wanted = Role.SECOND_RESERVE if is_second else Role.FIRST_RESERVE
    for effect in _leaving(effects):
        if effect.before.role != wanted:
            title = RESERVE_TITLES[wanted]
            raise refused(refusals.NotReserve, effect.before, reserve=title)


def _not_into_reserve(_change: Change, effects: Sequence[RowEffect], _met: Circumstances) -> None:
    """What a reserve may be is voted (預算法 22): no transfer raises it past its hundredth."""
    for effect in _arriving(effects):
        if effect.before.role in RESERVE_TITLES:
            title = RESERVE_TITLES[Role(effect.before.role)]
            raise refused(refusals.IntoReserve, effect.before, reserve=title)


def _not_from_reserve(_change: Change, effects: Sequence[RowEffect], _met: Circumstances) -> None:
    """A reserve is used by its own document alone (預算法 64, 70)."""
    for effect in _leaving(effects):
        if effect.before.role in RESERVE_TITLES:
            title = RESERVE_TITLES[Role(effect.before.role)]
            raise refused(refusals.OutOfReserve, effect.before, reserve=title)


def _own_agency(_change: Change, effects: Sequence[RowEffect], _met: Circumstances) -> None:
    owners = {effect.before.agency_code for effect in _leaving(effects)}
    for effect in _arriving(effects):
        if {effect.before.agency_code} != owners:
            raise refused(refusals.ReserveAgency, effect.before)


def _not_more_than_advanced(
    change: Change, effects: Sequence[RowEffect], met: Circumstances
) -> None:
    """Include what was advanced, once, and where it was spent: in the agency of the advance."""
    if met.advanced_ntd is None:
        raise refusals.AdvanceNeeded(fields={"advance": refusals.AdvanceNeeded.message})
    for effect in effects:
        if met.advance_agency not in {"", effect.before.agency_code}:
            raise refused(refusals.AdvanceAgency, effect.before, agency_code=met.advance_agency)
    left_ntd = met.advanced_ntd - met.included_ntd
    if change.amount_ntd > left_ntd:
        figures = {
            "advanced_ntd": met.advanced_ntd,
            "included_ntd": met.included_ntd,
            "left_ntd": left_ntd,
            "amount_ntd": change.amount_ntd,
            "over_ntd": change.amount_ntd - left_ntd,
        }
        raise refused(refusals.AdvanceExceeded, figures=figures)


def _reserve_within_limit(
    _change: Change, effects: Sequence[RowEffect], met: Circumstances
) -> None:
    """What raises a first reserve keeps it at one per cent of current expenditure (預算法 22)."""
    raised = {
        agency_code: _added(effects, agency_code, role=Role.FIRST_RESERVE)
        for agency_code in {effect.before.agency_code for effect in effects}
    }
    known = {one.agency_code: one for one in met.reserves}
    over = []
    for agency_code, added_ntd in sorted(raised.items()):
        before = known.get(agency_code)
        after = AgencyReserve(
            agency_code=agency_code,
            agency_name=before.agency_name if before else agency_code,
            current_ntd=(before.current_ntd if before else 0) + _added(effects, agency_code),
            reserve_ntd=(before.reserve_ntd if before else 0) + added_ntd,
        )
        if added_ntd > 0 and after.over_ntd > 0:
            over.append(after)
    require_reserves(over)


def _added(effects: Sequence[RowEffect], agency_code: str, *, role: str = "") -> int:
    """Return what reaches the agency's rows of a role, or all its current expenditure."""
    return sum(
        effect.adjustment.change_ntd
        for effect in effects
        if effect.before.agency_code == agency_code
        and (effect.before.role == role if role else effect.before.account == "current")
    )


KIND_RULES = {
    ChangeKind.VIREMENT: (
        _one_plan,
        _not_personnel,
        _not_cut,
        _not_out_of_capital,
        _not_from_reserve,
        _not_into_reserve,
        _within_a_fifth,
        _in_its_time,
    ),
    ChangeKind.FIRST_RESERVE: (_out_of_reserve, _own_agency, _not_into_reserve, _not_cut),
    ChangeKind.SECOND_RESERVE: (_out_of_reserve, _not_into_reserve, _not_cut),
    ChangeKind.POOLED: (
        _not_from_reserve,
        _not_into_reserve,
        share_or_give_back,
        _not_cut,
        _in_its_time,
    ),
    ChangeKind.SUPPLEMENT: (_reserve_within_limit,),
    ChangeKind.INCLUSION: (_not_more_than_advanced, _reserve_within_limit),
}
