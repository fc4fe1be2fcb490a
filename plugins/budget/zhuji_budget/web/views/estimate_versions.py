"""Versions of an estimate: what was sent, returned and reviewed, and two of them compared."""

from __future__ import annotations

from collections.abc import Sequence

from zhuji_budget.domain.estimate import EXPENDITURE, REVENUE, Difference, EstimateLine
from zhuji_budget.queries.estimates import EstimateVersion
from zhuji_budget.web.views.words import ACCOUNTS, Gettext, object_text
from zhuji_core.values import N_
from zhuji_core.web.components import Cell, Column, Kind, Row, Table

STAGES = {
    "submitted": N_("送審"),
    "endorsed": N_("主管機關核轉"),
    "returned": N_("退回"),
    "reviewed": N_("審議"),
    "compiled": N_("編入預算案"),
}


def versions_table(versions: Sequence[EstimateVersion], root: str, gettext: Gettext) -> Table:
    return Table(
        id="versions",
        caption=gettext("版本"),
        columns=(
            Column(title=gettext("版本"), kind=Kind.NUMBER),
            Column(title=gettext("階段")),
            Column(title=gettext("時間"), kind=Kind.TIME),
            Column(title=gettext("辦理人")),
            Column(title=gettext("歲出"), kind=Kind.AMOUNT, unit=gettext("元")),
            Column(title=gettext("理由")),
            Column(title=gettext("與前版比較")),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=one.version_no),
                    Cell(value=gettext(STAGES[one.stage])),
                    Cell(value=one.recorded_at),
                    Cell(value=one.actor_name),
                    Cell(value=_expenditure(one.lines)),
                    Cell(value=one.reason),
                    Cell(
                        value=gettext("逐項比較"),
                        url=f"{root}/versions?before={one.version_no - 1}&after={one.version_no}",
                    )
                    if one.version_no > 1
                    else Cell(value=None),
                )
            )
            for one in versions
        ),
        empty=gettext("尚未送審，沒有版本。"),
    )


def _expenditure(lines: Sequence[EstimateLine]) -> int:
    return sum(line.approved_ntd for line in lines if line.side == EXPENDITURE)


def differences_table(found: Sequence[Difference], *, gettext: Gettext) -> Table:
    unit = gettext("元")
    titles = (gettext("前版"), gettext("後版"), gettext("增減"))
    figures = [(one.before_ntd, one.after_ntd, one.difference_ntd) for one in found]
    return Table(
        id="differences",
        caption=gettext("逐項比較（相同者不列）"),
        columns=(
            Column(title=gettext("科目編號"), kind=Kind.CODE),
            Column(title=gettext("名稱")),
            Column(title=gettext("用途別")),
            Column(title=gettext("經資門")),
            *(Column(title=title, kind=Kind.AMOUNT, unit=unit) for title in titles),
            Column(title=gettext("原因")),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=one.code),
                    Cell(value=one.name, note=one.sub_plan),
                    Cell(
                        value=gettext("歲入")
                        if one.side == REVENUE
                        else object_text(one.object_code, one.object_name, gettext)
                    ),
                    Cell(value=gettext(ACCOUNTS[one.account])),
                    *(Cell(value=figure) for figure in own),
                    Cell(value="；".join(one.reasons)),
                )
            )
            for one, own in zip(found, figures, strict=True)
        ),
        empty=gettext("兩個版本的金額完全相同。"),
    )
