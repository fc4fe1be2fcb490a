"""Sources of funds of a bill as a table: what comes in and what is spent of each."""

from __future__ import annotations

from collections.abc import Sequence

from zhuji_budget.domain.fund_sources import SourceBalance
from zhuji_budget.web.views.words import Gettext
from zhuji_core.web.components import Cell, Column, Kind, Row, Table


def sources_table(sources: Sequence[SourceBalance], gettext: Gettext) -> Table | None:
    """Return the earmarked sources; None where every item is met by the county's own money."""
    if not sources:
        return None
    unit = gettext("元")
    titles = (gettext("歲入"), gettext("歲出"), gettext("歲入 − 歲出"), gettext("不足"))
    figures = [
        (
            one.revenue_ntd,
            one.expenditure_ntd,
            one.revenue_ntd - one.expenditure_ntd,
            one.over_ntd,
        )
        for one in sources
    ]
    return Table(
        id="sources",
        caption=gettext("指定財源之歲入與歲出（審定數）"),
        columns=(
            Column(title=gettext("財源")),
            *(Column(title=title, kind=Kind.AMOUNT, unit=unit) for title in titles),
        ),
        rows=tuple(
            Row(cells=(Cell(value=one.name), *(Cell(value=figure) for figure in own)))
            for one, own in zip(sources, figures, strict=True)
        ),
        totals=(
            Cell(value=gettext("合計")),
            *(Cell(value=sum(column)) for column in zip(*figures, strict=True)),
        ),
    )
