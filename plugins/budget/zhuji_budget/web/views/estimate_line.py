"""One work plan of an estimate: its form, and its items as a table where nothing may be keyed."""

from __future__ import annotations

from collections.abc import Mapping

from zhuji_budget.domain.estimate import EstimateLine
from zhuji_budget.web.views.words import ACCOUNTS, Gettext
from zhuji_core.values import Value
from zhuji_core.web.components import Cell, Column, Kind, Row, Table


class LineForm(Value, frozen=True, kw_only=True):
    """What the form's template is given apart from grid and refusal.

    ``gaps``: what the saved line lacks for submission, in words.
    """

    action: str
    draft_url: str
    key: str
    from_draft: bool
    editable: bool
    is_revenue: bool
    head: Mapping[str, str]
    revision: int
    comments: tuple[str, ...]
    gaps: tuple[str, ...]


def items_table(line: EstimateLine, *, gettext: Gettext) -> Table:
    unit = gettext("元")
    return Table(
        id="items",
        caption=gettext("明細"),
        columns=(
            Column(title=gettext("用途別")),
            Column(title=gettext("說明")),
            Column(title=gettext("單位")),
            Column(title=gettext("數量")),
            Column(title=gettext("單價"), kind=Kind.AMOUNT, unit=unit),
            Column(title=gettext("預算數"), kind=Kind.AMOUNT, unit=unit),
            Column(title=gettext("審議刪減"), kind=Kind.AMOUNT, unit=unit),
            Column(title=gettext("經資門")),
            Column(title=gettext("財源")),
            Column(title=gettext("審議意見")),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=f"{item.object_code} {item.object_name}".strip()),
                    Cell(value=item.explanation, note=item.sub_plan),
                    Cell(value=item.unit),
                    Cell(value=item.quantity),
                    Cell(value=item.price_ntd),
                    Cell(value=item.amount_ntd),
                    Cell(value=item.cut_ntd),
                    Cell(value=gettext(ACCOUNTS[item.account])),
                    Cell(value=item.fund_source),
                    Cell(value=item.comment),
                )
            )
            for item in line.items
        ),
        totals=(
            Cell(value=gettext("合計")),
            *(Cell(value=None) for _ in range(4)),
            Cell(value=line.amount_ntd),
            Cell(value=line.cut_ntd),
            *(Cell(value=None) for _ in range(3)),
        ),
        empty=gettext("尚未編列明細。"),
    )
