"""What an estimate still lacks for submission, as a table that leads to the cells."""

from __future__ import annotations

from collections.abc import Sequence

from zhuji_budget.domain.estimate_gaps import CELLS, NAMED_MAX, Gap
from zhuji_budget.web.views.words import Gettext
from zhuji_core.web.components import Cell, Column, Kind, Row, Table


def gaps_table(gaps: Sequence[Gap], root: str, gettext: Gettext) -> Table | None:
    """Return each line and column that is not filled, or None where nothing lacks.

    ``root``: the estimate's address; a line opens with its cells marked.
    """
    if not gaps:
        return None
    return Table(
        id="gaps",
        caption=gettext("送審前待補"),
        columns=(
            Column(title=gettext("科目編號"), kind=Kind.CODE),
            Column(title=gettext("名稱")),
            Column(title=gettext("待補事項")),
            Column(title=gettext("第幾項")),
            Column(title=gettext("待補數"), kind=Kind.NUMBER),
        ),
        rows=tuple(_row(gap, root, gettext) for gap in gaps[:NAMED_MAX]),
        totals=(
            Cell(value=gettext("合計")),
            *(Cell(value=None) for _ in range(3)),
            Cell(value=sum(gap.count for gap in gaps)),
        ),
    )


def _row(gap: Gap, root: str, gettext: Gettext) -> Row:
    url = f"{root}/lines/{gap.line.estimate_line_id}?missing=true"
    return Row(
        cells=(
            Cell(value=gap.line.code, url=url),
            Cell(value=gap.line.name, note=gap.line.group_name),
            Cell(value=gettext(CELLS[gap.column])),
            Cell(value=gap.numbers(gettext)),
            Cell(value=gap.count),
        )
    )
