"""The history of a line's allotment: what each document did to which month."""

from __future__ import annotations

from collections.abc import Sequence

from zhuji_budget.queries.line_allotments import AllottedAct
from zhuji_budget.web.views.line_frame import Frame, names_of, with_limit, year_url
from zhuji_core.contracts.funds import FundPosition
from zhuji_core.web.components import Cell, Column, Kind, Row, Table

ACTS_MAX = 200


def allotments_table(
    acts: Sequence[AllottedAct],
    positions: Sequence[FundPosition],
    *,
    fiscal_year: int,
    frame: Frame,
) -> Table:
    """One row for each document and control row, one column for each month."""
    gettext = frame.gettext
    names = names_of(positions, gettext)
    caption = gettext("分配異動（新的在前；各月增減）")
    return Table(
        id="allotments",
        caption=with_limit(caption, len(acts), ACTS_MAX, gettext),
        columns=(
            Column(title=gettext("日期"), kind=Kind.DATE),
            Column(title=gettext("文件"), wide=True),
            Column(title=gettext("控制項目"), wide=True),
            *(
                Column(title=gettext("{month} 月").format(month=month), kind=Kind.AMOUNT)
                for month in range(1, 13)
            ),
            Column(title=gettext("全年增減"), kind=Kind.AMOUNT, unit=gettext("元")),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=act.business_date),
                    Cell(
                        value=act.document_label,
                        url=frame.document_url(act.document_kind, act.document_id)
                        or year_url(act.document_kind, fiscal_year, frame),
                    ),
                    Cell(value=names[act.control_row_id]),
                    *(Cell(value=amount_ntd) for amount_ntd in act.months_ntd),
                    Cell(value=act.amount_ntd),
                )
            )
            for act in acts
        ),
        empty=gettext("尚無分配異動。"),
        narrow=True,
    )
