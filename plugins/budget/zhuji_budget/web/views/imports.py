"""What uploaded books hold, before anything is kept."""

from __future__ import annotations

from collections.abc import Sequence

from zhuji_budget.usecases.preview_import import Standing
from zhuji_budget.usecases.read_books import Reading
from zhuji_budget.usecases.report_import import (
    BookReport,
    ImportReport,
    ProblemReport,
    arithmetic_text,
    report_import,
)
from zhuji_budget.web.views.words import Gettext
from zhuji_core.values import Value
from zhuji_core.web.components import (
    Action,
    Badge,
    Cell,
    Column,
    Fact,
    FileProblem,
    Kind,
    Row,
    SummaryError,
    Table,
    Tone,
    UploadPreview,
)
from zhuji_core.web.shell import Flash, FlashKind

# A book that is not one at all may have a problem in each row: the page stays below 100 kB.
PROBLEMS_MAX = 200


class ImportForm(Value, frozen=True, kw_only=True):
    """What the upload form shows again when it was refused."""

    action: str
    fiscal_year: str
    partial: bool = False
    errors: tuple[SummaryError, ...] = ()


class PreviewView(Value, frozen=True, kw_only=True):
    """The preview, what else is worth a look, and the next step or why there is none."""

    verdict: Flash
    preview: UploadPreview
    warnings: tuple[FileProblem, ...]
    duplicates: Table
    actions: tuple[Action, ...]


class NextStep(Value, frozen=True, kw_only=True):
    """Where the preview is confirmed, and what goes with it."""

    import_url: str
    form_url: str
    key: str
    digests: str
    partial: bool


def preview_view(
    reading: Reading, standing: Standing, *, step: NextStep, gettext: Gettext
) -> PreviewView:
    """Return what the books hold and what of it the year has; ``standing`` may forbid the rest."""
    report = report_import(reading, translate=gettext)
    return PreviewView(
        verdict=_verdict_flash(reading, report, standing, gettext),
        preview=UploadPreview(
            facts=_facts(report, standing, gettext),
            problems=file_problems(report.errors, gettext),
            table=_books(report, gettext),
        ),
        warnings=file_problems(report.warnings, gettext),
        duplicates=_duplicates(report, gettext),
        actions=_actions(reading, report, step, gettext) if standing.refusal is None else (),
    )


def _verdict_flash(
    reading: Reading, report: ImportReport, standing: Standing, gettext: Gettext
) -> Flash:
    if reading.may_be_kept and standing.refusal is not None:
        return Flash(text=standing.refusal.text(gettext), kind=FlashKind.WARNING)
    text = _verdict(reading, report, gettext)
    if reading.may_be_kept and standing.lines_known and not standing.lines_new:
        text = gettext("本年度已有這些科目且數額相同，匯入不會變更任何資料。")
    return Flash(text=text, kind=_tone(reading))


def _verdict(reading: Reading, report: ImportReport, gettext: Gettext) -> str:
    if not report.errors and report.lines:
        return gettext("逐級加總、合計列、用途別拆分及各檔之間均相符，可以匯入。")
    if reading.may_be_kept:
        text = gettext("{errors} 處錯誤；已排除有誤的 {left_out} 個檔案，其餘相符，可以匯入。")
    elif report.errors:
        text = gettext("{errors} 處錯誤，不會匯入。請更正檔案後重新上傳，或只匯入無誤的檔案。")
    else:
        text = gettext("檔案中沒有可匯入的預算科目。")
    return text.format(errors=len(report.errors), left_out=len(report.left_out))


def _tone(reading: Reading) -> FlashKind:
    if not reading.may_be_kept:
        return FlashKind.WARNING
    return FlashKind.NOTE if reading.errors else FlashKind.DONE


def _facts(report: ImportReport, standing: Standing, gettext: Gettext) -> tuple[Fact, ...]:
    return (
        Fact(label=gettext("年度"), value=str(report.fiscal_year)),
        Fact(label=gettext("檔案數"), value=report.books, kind=Kind.NUMBER),
        Fact(label=gettext("科目數"), value=report.lines, kind=Kind.NUMBER),
        Fact(label=gettext("本次新增科目"), value=standing.lines_new, kind=Kind.NUMBER),
        Fact(label=gettext("本年度已有相同科目"), value=standing.lines_known, kind=Kind.NUMBER),
        Fact(label=gettext("機關數"), value=report.agencies, kind=Kind.NUMBER),
        Fact(label=gettext("預算總額（元）"), value=report.total_ntd, kind=Kind.AMOUNT),
        Fact(label=gettext("已拆分用途別科目"), value=report.lines_with_split, kind=Kind.NUMBER),
        Fact(label=gettext("未拆分用途別科目"), value=report.lines_without_split, kind=Kind.NUMBER),
        Fact(label=gettext("重複出現之機關"), value=report.duplicates, kind=Kind.NUMBER),
        Fact(label=gettext("錯誤"), value=len(report.errors), kind=Kind.NUMBER),
        Fact(label=gettext("提醒"), value=len(report.warnings), kind=Kind.NUMBER),
    )


def file_problems(found: Sequence[ProblemReport], gettext: Gettext) -> tuple[FileProblem, ...]:
    """Return the first 200 with their places, and how many more there are."""
    shown = [
        FileProblem(
            text=_problem_text(one, gettext),
            file=one.file,
            sheet=one.sheet,
            place=one.cell or (str(one.row) if one.row else ""),
        )
        for one in found[:PROBLEMS_MAX]
    ]
    if len(found) > PROBLEMS_MAX:
        rest = gettext("另有 {rest} 項，更正上列各項後再上傳即會列出。")
        shown.append(FileProblem(text=rest.format(rest=len(found) - PROBLEMS_MAX)))
    return tuple(shown)


def _problem_text(one: ProblemReport, gettext: Gettext) -> str:
    parts = [one.message]
    if one.arithmetic:
        figures = arithmetic_text(one.arithmetic, translate=gettext)
        parts.append(gettext("（{figures}）").format(figures=figures))
    if one.also:
        parts.append(gettext("另見 {place}。").format(place=one.also))
    return "".join(parts)


def _books(report: ImportReport, gettext: Gettext) -> Table:
    left_out = [
        BookReport(
            file=name,
            sheets=(),
            skipped_sheets=0,
            lines=0,
            duplicate_lines=0,
            total_ntd=0,
            errors=sum(1 for error in report.errors if error.file == name),
        )
        for name in report.left_out
    ]
    books = [*report.files, *left_out]
    return Table(
        id="books",
        caption=gettext("各檔案內容"),
        columns=(
            Column(title=gettext("檔案")),
            Column(title=gettext("結果"), kind=Kind.BADGE),
            Column(title=gettext("工作表")),
            Column(title=gettext("略過工作表"), kind=Kind.NUMBER),
            Column(title=gettext("科目數"), kind=Kind.NUMBER),
            Column(title=gettext("重複科目"), kind=Kind.NUMBER),
            Column(title=gettext("錯誤"), kind=Kind.NUMBER),
            Column(title=gettext("金額"), kind=Kind.AMOUNT, unit=gettext("元")),
        ),
        rows=tuple(
            _book_row(book, left_out=book.file in report.left_out, gettext=gettext)
            for book in books
        ),
        totals=(
            Cell(value=gettext("合計")),
            Cell(value=None),
            Cell(value=None),
            Cell(value=sum(book.skipped_sheets for book in books)),
            Cell(value=sum(book.lines for book in books)),
            Cell(value=sum(book.duplicate_lines for book in books)),
            Cell(value=sum(book.errors for book in books)),
            Cell(value=sum(book.total_ntd for book in books)),
        ),
    )


def _book_row(book: BookReport, *, left_out: bool, gettext: Gettext) -> Row:
    badge = Badge(text=gettext("相符"), tone=Tone.GOOD)
    if left_out:
        badge = Badge(text=gettext("排除"), tone=Tone.STOPPED)
    elif book.errors:
        badge = Badge(text=gettext("有誤"), tone=Tone.BAD)
    return Row(
        cells=(
            Cell(value=book.file),
            Cell(value=badge),
            Cell(value=gettext("、").join(book.sheets[:3]) + ("…" if len(book.sheets) > 3 else "")),  # noqa: PLR2004 (what fits beside the figures)
            Cell(value=book.skipped_sheets),
            Cell(value=book.lines),
            Cell(value=book.duplicate_lines),
            Cell(value=book.errors),
            Cell(value=book.total_ntd),
        )
    )


def _duplicates(report: ImportReport, gettext: Gettext) -> Table:
    return Table(
        id="duplicates",
        caption=gettext("重複出現之機關（金額相符，只計一次）"),
        columns=(
            Column(title=gettext("機關編號"), kind=Kind.CODE),
            Column(title=gettext("機關")),
            Column(title=gettext("科目數"), kind=Kind.NUMBER),
            Column(title=gettext("採計於")),
            Column(title=gettext("重複於")),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=one.code),
                    Cell(value=one.name),
                    Cell(value=one.lines),
                    Cell(value=one.first),
                    Cell(value=one.again),
                )
            )
            for one in report.duplicate_places
        ),
        empty=gettext("沒有重複出現的機關。"),
    )


def _actions(
    reading: Reading, report: ImportReport, step: NextStep, gettext: Gettext
) -> tuple[Action, ...]:
    fields = {"files": step.digests, "year": str(report.fiscal_year)}
    if reading.may_be_kept:
        sent = {**fields, "partial": "1"} if step.partial else fields
        import_action = Action(
            title=gettext("確認匯入 {lines:,} 個科目").format(lines=report.lines),
            url=step.import_url,
            key=step.key,
            primary=True,
            fields=sent,
        )
    else:
        import_action = Action(
            title=gettext("確認匯入"), url=step.import_url, impossible=gettext("有錯誤未排除。")
        )
    back = Action(title=gettext("重新選擇檔案"), url=step.form_url, method="get")
    return (import_action, back)
