"""What recordings of the council's decisions changed, as a table."""

from __future__ import annotations

from collections.abc import Sequence

from zhuji_budget.domain.council_record import AS_IN_THE_BILL, Decision
from zhuji_budget.domain.schedule import Side
from zhuji_budget.queries.council_records import CouncilRecordRow
from zhuji_budget.web.views.words import ACCOUNTS, Gettext
from zhuji_core.web.components import Cell, Column, Kind, Pager, Row, Table


def records_table(
    rows: Sequence[CouncilRecordRow], *, gettext: Gettext, pager: Pager | None = None
) -> Table:
    """Return the changes, the newest first: what stood, what was put in its place, who and why."""
    return Table(
        id="records",
        caption=gettext("審議結果登錄紀錄"),
        columns=(
            Column(title=gettext("次"), kind=Kind.NUMBER),
            Column(title=gettext("登錄時間"), kind=Kind.TIME),
            Column(title=gettext("登錄人")),
            Column(title=gettext("預算案項目")),
            Column(title=gettext("原登錄")),
            Column(title=gettext("改為")),
            Column(title=gettext("理由")),
        ),
        rows=tuple(_row(row, gettext) for row in rows),
        pager=pager,
        empty=gettext("尚未登錄審議結果。"),
    )


def _row(row: CouncilRecordRow, gettext: Gettext) -> Row:
    return Row(
        cells=(
            Cell(value=row.record_no),
            Cell(value=row.recorded_at),
            Cell(value=row.actor_name),
            Cell(value=row.label, note=gettext(ACCOUNTS[row.account])),
            Cell(value=decision_text(row.before, row.side, gettext)),
            Cell(value=decision_text(row.after, row.side, gettext)),
            Cell(value=row.reason),
        )
    )


def decision_text(decision: Decision, side: str, gettext: Gettext) -> str:
    """Return the decision in words: 刪減 1,000、凍結 3,000「專案報告後動支」."""
    if decision == AS_IN_THE_BILL:
        return gettext("照案（未登錄）")
    amount_ntd = decision.amount_ntd
    if side == Side.EXPENDITURE or amount_ntd < 0:
        amount = gettext("刪減 {amount:,}").format(amount=abs(amount_ntd))
    else:
        amount = gettext("增列 {amount:,}").format(amount=amount_ntd)
    parts = [amount] if amount_ntd else []
    if decision.frozen_ntd:
        parts.append(gettext("凍結 {amount:,}").format(amount=decision.frozen_ntd))
    words = f"「{decision.words}」" if decision.words else ""
    return gettext("、").join(parts) + words
