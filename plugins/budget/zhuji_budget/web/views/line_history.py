"""How a line came to be what it is, as a table: estimates, the council, documents of changes."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping

from zhuji_budget.queries.line_history import ChangeStep, EstimatedStep, LineHistory
from zhuji_budget.queries.lines import LinePage
from zhuji_budget.web.changes.words import change_badge, change_label
from zhuji_budget.web.views.estimate_versions import STAGES
from zhuji_budget.web.views.line_frame import Frame, names_of
from zhuji_budget.web.views.words import ACCOUNTS, object_text
from zhuji_core.settings import TAIPEI
from zhuji_core.web.components import Badge, Cell, Column, Kind, Row, Table, Tone


def history_table(line: LinePage, *, frame: Frame) -> Table:
    """Newest first; what took no effect stands in it with its state and why."""
    gettext, history = frame.gettext, line.history
    names = names_of(line.positions, gettext)
    return Table(
        id="history",
        caption=gettext("科目歷程（新的在前；概算、議會審議及各預算變動文件）"),
        columns=(
            Column(title=gettext("日期"), kind=Kind.DATE),
            Column(title=gettext("文件")),
            Column(title=gettext("狀態"), kind=Kind.BADGE),
            Column(title=gettext("控制項目")),
            Column(title=gettext("金額"), kind=Kind.AMOUNT, unit=gettext("元")),
            Column(title=gettext("經手")),
            Column(title=gettext("事由"), wide=True),
        ),
        rows=(
            *(_changed(one, frame, names) for one in history.changed),
            *_decided(line, history, frame, names),
            *(_estimated(one, frame) for one in history.estimated),
        ),
        empty=gettext("本科目沒有概算、議會審議或變動文件。"),
    )


def _changed(one: ChangeStep, frame: Frame, names: Mapping[uuid.UUID, str]) -> Row:
    gettext = frame.gettext
    row = names.get(one.control_row_id) if one.control_row_id else None
    title = gettext("{name}（{account}）").format(
        name=object_text(one.object_code, one.object_name, gettext),
        account=gettext(ACCOUNTS[one.account]),
    )
    said = [one.purpose, one.ground]
    if one.return_reason:
        said.append(gettext("退回：{reason}").format(reason=one.return_reason))
    return Row(
        cells=(
            Cell(value=one.posted_on or one.created_at.astimezone(TAIPEI).date()),
            Cell(
                value=change_label(
                    one.kind, year=one.fiscal_year, number=one.change_no or 0, gettext=gettext
                ),
                url=frame.address(f"budget/changes/{one.document_id}"),
            ),
            Cell(value=change_badge(one.state, gettext)),
            Cell(value=row or title),
            Cell(value=one.amount_ntd),
            Cell(value=_hands(one.created_by_name, one.agreed_by_name, one.posted_by_name)),
            Cell(value="　".join(part for part in said if part)),
        )
    )


def _decided(
    line: LinePage, history: LineHistory, frame: Frame, names: Mapping[uuid.UUID, str]
) -> Iterator[Row]:
    gettext = frame.gettext
    for one in history.decided:
        told = [one.condition] if one.condition else []
        if one.frozen_ntd:
            told.insert(0, gettext("凍結 {amount:,} 元").format(amount=one.frozen_ntd))
        yield Row(
            cells=(
                Cell(value=None),
                Cell(
                    value=gettext("{year} 年度預算案審議").format(year=line.fiscal_year),
                    url=frame.address(f"budget/council/{line.fiscal_year}"),
                ),
                Cell(value=_stage(gettext("議會審議"))),
                Cell(value=names.get(one.control_row_id, "")),
                Cell(value=-one.cut_ntd),
                Cell(value=None),
                Cell(value="　".join(told) or None),
            )
        )


def _estimated(one: EstimatedStep, frame: Frame) -> Row:
    gettext = frame.gettext
    cut = gettext("原列 {asked:,} 元，審議刪減 {cut:,} 元").format(
        asked=one.asked_ntd, cut=one.cut_ntd
    )
    return Row(
        cells=(
            Cell(value=one.recorded_at.astimezone(TAIPEI).date()),
            Cell(
                value=gettext("概算第 {number} 版").format(number=one.version_no),
                url=frame.address(f"budget/estimates/{one.estimate_id}/versions"),
            ),
            Cell(value=_stage(gettext(STAGES[one.stage]))),
            Cell(value=None),
            Cell(value=one.asked_ntd - one.cut_ntd),
            Cell(value=one.actor_name),
            Cell(
                value="　".join(part for part in (cut if one.cut_ntd else "", one.reason) if part)
            ),
        )
    )


def _stage(text: str) -> Badge:
    """Return a step that is neither good nor bad."""
    return Badge(text=text, tone=Tone.NEUTRAL)


def _hands(*names: str) -> str:
    """Return who wrote, agreed and decided, each once."""
    return "、".join(dict.fromkeys(name for name in names if name))
