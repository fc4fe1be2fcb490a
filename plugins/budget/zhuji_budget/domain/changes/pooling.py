"""Sharing out a pooled line (統籌科目), and what may be given back to it. Pure.

A pooled line lends to lines of use, of whichever agency; what comes back to it is what it lent.
Anything else between agencies would be virement, which 預算法 62 forbids.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import ClassVar

from zhuji_budget.domain.adjustment import RowBefore
from zhuji_budget.domain.changes.balances import refused
from zhuji_budget.domain.changes.effects import Circumstances, RowEffect
from zhuji_budget.domain.changes.model import Change
from zhuji_core.values import N_, DomainError


class NotPooled(DomainError):
    """Only lines marked as pooled are shared out."""

    code = "E-POOL-SOURCE"
    message = N_("{line_name}　{object_name} 不是統籌科目，不能撥用。")


class PoolDirection(DomainError):
    """One side of the document is pooled, the other uses it: never from pool to pool."""

    code = "E-POOL-DIRECTION"
    message = N_(
        "統籌科目撥用須由統籌科目撥入使用科目，或由使用科目繳回統籌科目："
        "{from_name} → {to_name}（預算法第 62 條）。"
    )


class PoolReturn(DomainError):
    """What is given back was received, and what a pooled line takes back it had lent."""

    code = "E-POOL-RETURN"
    message = N_(
        "{line_name}　{object_name} 由統籌科目撥用之數 {shared_ntd:,}（已扣除繳回數），"
        "本次繳回 {amount_ntd:,}，超過 {over_ntd:,}；其他經費不得移入統籌科目（預算法第 62 條）。"
    )
    figure_words: ClassVar = {"shared_ntd": N_("撥用之數"), "over_ntd": N_("超過")}


class PoolObject(DomainError):
    """A pooled line is shared out for what it was voted for."""

    code = "E-POOL-OBJECT"
    message = N_("統籌科目撥用須為同一用途別：{from_object} → {to_object}。")


def is_lender(row: RowBefore, met: Circumstances) -> bool:
    """Tell whether the row lends: it is pooled, or what it lent is still out."""
    net_ntd = met.pooled.get(row.control_row_id, 0)
    return net_ntd < 0 or (net_ntd == 0 and row.pooled)


def share_or_give_back(_change: Change, effects: Sequence[RowEffect], met: Circumstances) -> None:
    """From pooled lines to users, or back what was received; the object stays the same."""
    leaving = [effect for effect in effects if effect.adjustment.change_ntd < 0]
    arriving = [effect for effect in effects if effect.adjustment.change_ntd > 0]
    gives_back = all(is_lender(effect.before, met) for effect in arriving)
    for effect in leaving:
        lends = is_lender(effect.before, met)
        had_none = not met.pooled.get(effect.before.control_row_id, 0)
        if not lends and (had_none or not gives_back):
            raise refused(NotPooled, effect.before)
    for one, other in itertools.product(leaving, arriving):
        if is_lender(one.before, met) is is_lender(other.before, met):
            raise PoolDirection(from_name=one.before.line_name, to_name=other.before.line_name)
        if one.before.object_code != other.before.object_code:
            raise PoolObject(
                from_object=f"{one.before.object_code} {one.before.object_name}",
                to_object=f"{other.before.object_code} {other.before.object_name}",
            )
    require_pool_kept(effects, met)


def require_pool_kept(effects: Sequence[RowEffect], met: Circumstances) -> None:
    """Raise PoolReturn where more would come back than was lent; a reversal is asked this too."""
    for effect in effects:
        net_ntd = met.pooled.get(effect.before.control_row_id, 0)
        delta_ntd = effect.adjustment.change_ntd
        lends = is_lender(effect.before, met)
        over_ntd = (net_ntd + delta_ntd) * (1 if lends else -1)
        if over_ntd > 0:
            figures = {
                "shared_ntd": abs(net_ntd),
                "amount_ntd": abs(delta_ntd),
                "over_ntd": over_ntd,
            }
            raise refused(PoolReturn, effect.before, figures)
