"""What a unit book would bring into an estimate, before anything is kept."""

from __future__ import annotations

import uuid

from zhuji_budget.domain.books.model import Problem
from zhuji_budget.domain.estimate import EXPENDITURE, REVENUE, Estimate, EstimateLine
from zhuji_budget.usecases.import_unit_book import UnitImported
from zhuji_budget.usecases.read_unit_book import UnitImport
from zhuji_budget.usecases.report_import import ProblemReport, problem_report
from zhuji_budget.web.views.imports import PROBLEMS_MAX, PreviewView, file_problems
from zhuji_budget.web.views.words import Gettext
from zhuji_core.values import Value
from zhuji_core.web.components import (
    Action,
    Cell,
    Column,
    Fact,
    Kind,
    Row,
    SummaryError,
    Table,
    UploadPreview,
)
from zhuji_core.web.shell import Flash, FlashKind


class UnitImportForm(Value, frozen=True, kw_only=True):
    """The upload form, and what refused it."""

    action: str
    errors: tuple[SummaryError, ...] = ()


class UnitImportReport(Value, frozen=True, kw_only=True):
    """The answer of API and command: what was kept, and cells that items make otherwise."""

    kept: bool
    file: str
    lines: int
    items: int
    lines_replaced: int
    expenditure_ntd: int
    revenue_ntd: int
    errors: tuple[ProblemReport, ...]
    differences: tuple[ProblemReport, ...]


def unit_import_report(
    found: UnitImport, *, gettext: Gettext, made: UnitImported | None = None
) -> UnitImportReport:
    return UnitImportReport(
        kept=made is not None,
        file=found.file,
        lines=len(found.lines),
        items=found.items,
        lines_replaced=made.lines_replaced if made else 0,
        expenditure_ntd=found.total_ntd(EXPENDITURE),
        revenue_ntd=found.total_ntd(REVENUE),
        errors=_reports(found.errors, gettext),
        differences=_reports(found.differences, gettext),
    )


def unit_import_view(
    found: UnitImport, estimate: Estimate, *, root: str, digest: str, gettext: Gettext
) -> PreviewView:
    """Return the preview: problems, each line beside what the estimate has, and the next step."""
    report = unit_import_report(found, gettext=gettext)
    return PreviewView(
        verdict=_verdict(found, gettext),
        preview=UploadPreview(
            facts=_facts(report, gettext),
            problems=file_problems(report.errors, gettext),
            table=_lines(found, estimate, gettext),
        ),
        warnings=file_problems(report.differences, gettext),
        duplicates=_removed(found, estimate, gettext),
        actions=_actions(found, root, digest, gettext),
    )


def _reports(problems: tuple[Problem, ...], gettext: Gettext) -> tuple[ProblemReport, ...]:
    return tuple(problem_report(one, translate=gettext) for one in problems[:PROBLEMS_MAX])


def _verdict(found: UnitImport, gettext: Gettext) -> Flash:
    if found.errors:
        text = gettext("{count} 處錯誤，不會匯入。請更正檔案後重新上傳。")
        return Flash(text=text.format(count=len(found.errors)), kind=FlashKind.WARNING)
    if found.differences:
        text = gettext("逐項明細均相符，可以匯入；另有 {count} 格彙總表與明細不同，以明細為準。")
        return Flash(text=text.format(count=len(found.differences)), kind=FlashKind.NOTE)
    return Flash(text=gettext("逐項明細及各彙總表均相符，可以匯入。"), kind=FlashKind.DONE)


def _facts(report: UnitImportReport, gettext: Gettext) -> tuple[Fact, ...]:
    return (
        Fact(label=gettext("檔案"), value=report.file),
        Fact(label=gettext("科目數"), value=report.lines, kind=Kind.NUMBER),
        Fact(label=gettext("逐項明細"), value=report.items, kind=Kind.NUMBER),
        Fact(label=gettext("歲出（元）"), value=report.expenditure_ntd, kind=Kind.AMOUNT),
        Fact(label=gettext("歲入（元）"), value=report.revenue_ntd, kind=Kind.AMOUNT),
        Fact(label=gettext("錯誤"), value=len(report.errors), kind=Kind.NUMBER),
        Fact(label=gettext("彙總表差異"), value=len(report.differences), kind=Kind.NUMBER),
    )


def _lines(found: UnitImport, estimate: Estimate, gettext: Gettext) -> Table:
    before = {(line.side, line.code): line.amount_ntd for line in estimate.lines}
    unit = gettext("元")
    titles = (gettext("概算現有"), gettext("本書"), gettext("增減"))
    figures = [(before.get((line.side, line.code), 0), line.amount_ntd) for line in found.lines]
    return Table(
        id="lines",
        caption=gettext("匯入之科目"),
        columns=(
            *_line_columns(gettext),
            Column(title=gettext("項數"), kind=Kind.NUMBER),
            *(Column(title=title, kind=Kind.AMOUNT, unit=unit) for title in titles),
        ),
        rows=tuple(
            Row(
                cells=(
                    *_line_cells(line, gettext),
                    Cell(value=len(line.items)),
                    Cell(value=had),
                    Cell(value=new),
                    Cell(value=new - had),
                )
            )
            for line, (had, new) in zip(found.lines, figures, strict=True)
        ),
    )


def _removed(found: UnitImport, estimate: Estimate, gettext: Gettext) -> Table:
    kept = {(line.side, line.code) for line in found.lines}
    gone = [
        line for line in estimate.lines if (line.side, line.code) not in kept and not found.errors
    ]
    return Table(
        id="removed",
        caption=gettext("本書沒有、匯入後由概算刪除之科目"),
        columns=(
            *_line_columns(gettext),
            Column(title=gettext("概算現有"), kind=Kind.AMOUNT, unit=gettext("元")),
        ),
        rows=tuple(
            Row(cells=(*_line_cells(line, gettext), Cell(value=line.amount_ntd))) for line in gone
        ),
        empty=gettext("有錯誤，不匯入。") if found.errors else gettext("概算的科目本書都有。"),
    )


def _line_columns(gettext: Gettext) -> tuple[Column, ...]:
    return (
        Column(title=gettext("科目編號"), kind=Kind.CODE),
        Column(title=gettext("名稱")),
        Column(title=gettext("歲入歲出")),
    )


def _line_cells(line: EstimateLine, gettext: Gettext) -> tuple[Cell, ...]:
    side = gettext("歲出") if line.side == EXPENDITURE else gettext("歲入")
    return (Cell(value=line.code), Cell(value=line.name, note=line.group_name), Cell(value=side))


def _actions(found: UnitImport, root: str, digest: str, gettext: Gettext) -> tuple[Action, ...]:
    back = Action(title=gettext("重新選擇檔案"), url=f"{root}/import", method="get")
    if found.errors:
        return (back,)
    return (
        Action(
            title=gettext("確認匯入 {items:,} 項明細").format(items=found.items),
            url=f"{root}/import",
            key=str(uuid.uuid4()),
            primary=True,
            fields={"file": digest},
        ),
        back,
    )
