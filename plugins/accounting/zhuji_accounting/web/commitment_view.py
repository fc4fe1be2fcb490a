"""A commitment as tables: the request, what supplements it, and what is held until when."""

from __future__ import annotations

from collections.abc import Sequence

from zhuji_accounting.domain.commitments.award import Award
from zhuji_accounting.domain.commitments.rules import holds_until, sums_of
from zhuji_accounting.domain.request import SpendingRequest
from zhuji_accounting.web.wording import state_badge
from zhuji_core.web.components import Cell, Column, Kind, Row, Table
from zhuji_core.web.context import RequestContext


def parts_table(context: RequestContext, parts: Sequence[SpendingRequest]) -> Table:
    """Return the request and its supplements; what waits for certification holds nothing yet."""
    tr = context.gettext
    figures = [sums_of(one) for one in parts]
    return Table(
        id="commitment",
        caption=tr("原動支與追加"),
        columns=(
            Column(title=tr("動支編號"), kind=Kind.CODE),
            Column(title=tr("狀態"), kind=Kind.BADGE),
            Column(title=tr("用途")),
            Column(title=tr("經辦")),
            Column(title=tr("保留至"), kind=Kind.DATE),
            *(
                Column(title=title, unit=tr("元"), kind=Kind.AMOUNT)
                for title in (
                    tr("簽證金額"),
                    tr("已報支"),
                    tr("暫付"),
                    tr("已釋放"),
                    tr("尚保留"),
                )
            ),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(
                        value=one.label, url=context.path(f"accounting/requests/{one.request_id}")
                    ),
                    Cell(value=state_badge(str(one.state), tr)),
                    Cell(
                        value=one.purpose,
                        note=tr("追加") if one.supplements_id else tr("原動支"),
                    ),
                    Cell(value=one.created_by_name),
                    Cell(value=holds_until(one)),
                    *(Cell(value=figure) for figure in own),
                )
            )
            for one, own in zip(parts, figures, strict=True)
        ),
        totals=(
            Cell(value=tr("合計")),
            *(Cell(value=None) for _ in range(4)),
            *(Cell(value=sum(column)) for column in zip(*figures, strict=True)),
        ),
    )


def award_table(context: RequestContext, award: Award) -> Table:
    """Return what was awarded of each line, and what of it went back."""
    tr = context.gettext
    contract = award.contract
    return Table(
        id="award",
        caption=tr("決標：{contract_no} {contractor}").format(
            contract_no=contract.contract_no, contractor=contract.contractor
        ),
        columns=(
            Column(title=tr("決標日期"), kind=Kind.DATE),
            Column(title=tr("履約期限"), kind=Kind.DATE),
            Column(title=tr("登記人")),
            Column(title=tr("行"), kind=Kind.NUMBER),
            Column(title=tr("決標金額"), unit=tr("元"), kind=Kind.AMOUNT),
            Column(title=tr("標餘釋放"), unit=tr("元"), kind=Kind.AMOUNT),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=contract.awarded_on),
                    Cell(value=contract.due_on),
                    Cell(value=award.awarded_by_name),
                    Cell(value=line.line_no),
                    Cell(value=line.awarded_ntd),
                    Cell(value=line.surplus_ntd),
                )
            )
            for line in award.lines
        ),
        totals=(
            Cell(value=tr("合計")),
            *(Cell(value=None) for _ in range(3)),
            Cell(value=award.amount_ntd),
            Cell(value=award.surplus_ntd),
        ),
    )
