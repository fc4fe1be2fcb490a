"""What the review and the council struck out last year, beside an estimate that is being made."""

from __future__ import annotations

from collections.abc import Sequence

from zhuji_budget.domain.estimate import EXPENDITURE
from zhuji_budget.domain.last_year import Struck
from zhuji_budget.web.views.words import ACCOUNTS, Gettext, object_text
from zhuji_core.web.components import Cell, Column, Kind, Row, Table

SHOWN_MAX = 200


def struck_table(struck: Sequence[Struck], gettext: Gettext) -> Table | None:
    """Return the places and the words; None where nothing was struck out."""
    if not struck:
        return None
    unit = gettext("元")
    figures = (gettext("上年度編列"), gettext("上年度通過"), gettext("刪減"))
    return Table(
        id="struck",
        caption=gettext("上年度審議及議會刪減（帶入上年度時不含在內）"),
        columns=(
            Column(title=gettext("科目編號"), kind=Kind.CODE),
            Column(title=gettext("名稱")),
            Column(title=gettext("用途別")),
            *(Column(title=title, kind=Kind.AMOUNT, unit=unit) for title in figures),
            Column(title=gettext("審議意見、附帶決議")),
        ),
        rows=tuple(_row(one, gettext) for one in struck[:SHOWN_MAX]),
        totals=(
            Cell(value=gettext("合計")),
            Cell(value=None),
            Cell(value=None),
            Cell(value=sum(one.asked_ntd for one in struck)),
            Cell(value=sum(one.passed_ntd for one in struck)),
            Cell(value=sum(one.struck_ntd for one in struck)),
            Cell(value=None),
        ),
    )


def _row(one: Struck, gettext: Gettext) -> Row:
    place = one.place
    is_spent = place.side == EXPENDITURE
    what = object_text(place.object_code, one.object_name, gettext) if is_spent else gettext("歲入")
    return Row(
        cells=(
            Cell(value=place.line_code),
            Cell(value=one.line_name),
            Cell(value=what, note=gettext(ACCOUNTS[place.account])),
            Cell(value=one.asked_ntd),
            Cell(value=one.passed_ntd),
            Cell(value=one.struck_ntd),
            Cell(value="；".join(one.reasons)),
        )
    )
