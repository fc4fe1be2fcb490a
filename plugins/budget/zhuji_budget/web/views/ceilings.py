"""Agencies' ceilings beside last year and what they ask for."""

from __future__ import annotations

from collections.abc import Sequence

from zhuji_budget.queries.ceilings import CeilingRow
from zhuji_budget.web.views.words import Gettext
from zhuji_core.web.components import Cell, Column, Kind, Pager, Row, Table

AGENCIES_SHOWN = 100


def ceilings_table(rows: Sequence[CeilingRow], *, after: str, root: str, gettext: Gettext) -> Table:
    """Return each agency's ceiling beside last year and what it asks for; sums are of all."""
    following = [row for row in rows if row.agency_code > after]
    shown = following[:AGENCIES_SHOWN]
    more = len(following) > AGENCIES_SHOWN
    unit = gettext("元")
    heads = (
        gettext("上年度預算"),
        gettext("概算"),
        gettext("額度"),
        gettext("額度較上年度增減"),
        gettext("額度餘額（額度 − 概算）"),
    )
    sums = [sum(column) for column in zip(*map(_ceiling_figures, rows), strict=True)]
    return Table(
        id="agencies",
        caption=gettext("各機關額度、上年度預算與概算"),
        columns=(
            Column(title=gettext("機關代碼"), kind=Kind.CODE),
            Column(title=gettext("機關")),
            *(Column(title=head, kind=Kind.AMOUNT, unit=unit) for head in heads),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=row.agency_code),
                    Cell(value=row.agency_name),
                    Cell(value=row.last_year_ntd),
                    Cell(value=row.estimated_ntd),
                    *(
                        Cell(value=None if row.ceiling_ntd is None else figure)
                        for figure in _ceiling_figures(row)[2:]
                    ),
                )
            )
            for row in shown
        ),
        totals=(
            Cell(value=gettext("合計")),
            Cell(value=None),
            *(Cell(value=figure) for figure in sums or [0] * len(heads)),
        ),
        pager=Pager(
            shown=len(shown),
            count=len(rows),
            first_url=root if after else "",
            next_url=f"{root}?after={shown[-1].agency_code}" if more else "",
        ),
        empty=gettext("尚無機關。"),
    )


def _ceiling_figures(row: CeilingRow) -> tuple[int, int, int, int, int]:
    """Return the figures; an agency without a ceiling adds nothing to what is made of one."""
    has = row.ceiling_ntd is not None
    ceiling_ntd = row.ceiling_ntd or 0
    return (
        row.last_year_ntd,
        row.estimated_ntd,
        ceiling_ntd,
        ceiling_ntd - row.last_year_ntd if has else 0,
        ceiling_ntd - row.estimated_ntd if has else 0,
    )
