"""The effect of an advance outside the budget: advanced, included, and still to be included."""

from __future__ import annotations

from collections.abc import Sequence

from zhuji_budget.domain.changes.model import STATE_TITLES, ChangeKind, ChangeState
from zhuji_budget.queries.advances import AdvanceEffect
from zhuji_budget.web.changes.views import Address
from zhuji_budget.web.changes.words import change_label
from zhuji_budget.web.views.words import Gettext
from zhuji_core.web.components import Cell, Column, Kind, Row, Table


def advance_table(effect: AdvanceEffect, *, address: Address, gettext: Gettext) -> Table:
    """Return the sums, the documents that include the advance, and what the agency still owes."""
    included = (
        (gettext("墊付金額"), effect.advanced_ntd, ""),
        (gettext("其他文件已納入預算"), effect.included_ntd, ""),
    )
    own = ((gettext("本文件納入預算"), effect.document_ntd, ""),) if effect.document_ntd else ()
    left = (
        (
            gettext("尚待納入預算"),
            effect.left_ntd,
            gettext("墊付款不變動預算，應以追加預算或以後年度預算補辦。"),
        ),
        (gettext("本機關其他墊付尚待納入"), effect.others_ntd, ""),
        (gettext("本機關墊付尚待納入合計"), effect.outstanding_ntd, ""),
    )
    return Table(
        id="advance",
        caption=gettext("墊付款之效果（至目前）"),
        columns=(
            Column(title=gettext("項目")),
            Column(title=gettext("金額"), kind=Kind.AMOUNT, unit=gettext("元")),
        ),
        rows=(
            *_sums(included),
            *_documents(effect, address=address, gettext=gettext),
            *_sums((*own, *left)),
        ),
    )


def _sums(told: Sequence[tuple[str, int, str]]) -> tuple[Row, ...]:
    return tuple(
        Row(cells=(Cell(value=title, note=note), Cell(value=ntd))) for title, ntd, note in told
    )


def _documents(effect: AdvanceEffect, *, address: Address, gettext: Gettext) -> tuple[Row, ...]:
    """Return the documents that bring it into the budget, each below what they add up to."""
    return tuple(
        Row(
            cells=(
                Cell(
                    value=change_label(
                        ChangeKind.INCLUSION,
                        year=one.fiscal_year,
                        number=one.change_no,
                        gettext=gettext,
                    ),
                    url=address(f"budget/changes/{one.document_id}"),
                    note=gettext(STATE_TITLES[ChangeState(one.state)]),
                ),
                Cell(value=one.amount_ntd),
            )
        )
        for one in effect.inclusions
    )
