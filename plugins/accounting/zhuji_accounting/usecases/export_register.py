"""Export the whole register (簽證登記簿) as a file, however long: a background job.

The page exports what a request may take (100,000 rows); a county's year may have more, and a
spreadsheet of them takes minutes.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import msgspec

from zhuji_accounting.permissions import READ_REGISTER
from zhuji_accounting.queries.certifications import (
    RegisterFilter,
    RegisterRow,
    register,
    register_totals,
)
from zhuji_accounting.usecases.register_report import register_report, register_title
from zhuji_core.export import FORMATS
from zhuji_core.formats import date_key
from zhuji_core.jobs.run import Job, JobRun
from zhuji_core.jobs.start import start_job
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError, Value

# What a spreadsheet program opens: 1,048,576 rows, with the heads and sums.
SHEET_ROWS_MAX = 1_048_000
# Rows of one statement: a second's work at most, and a safe point after each.
CHUNK = 2_000
OFFERED = ("ods", "xlsx", "csv")


class ExportFormat(DomainError):
    """A file format that is not made in the background."""

    code = "E-REGISTER-FORMAT"
    message = N_("背景匯出不提供 {file_format} 格式，可用：{offered}。")
    status_code = 422


class RegisterTooLong(DomainError):
    """More rows than a spreadsheet has; CSV has no limit."""

    code = "E-REGISTER-ROWS"
    message = N_("登記簿共 {rows} 行，超過試算表上限 {rows_max} 行，請改用 CSV 或縮小範圍。")


class ExportArguments(Value, frozen=True, kw_only=True):
    """What the job is started with."""

    wanted: RegisterFilter
    file_format: str


def start_register_export(
    uow: UnitOfWork, *, wanted: RegisterFilter, file_format: str, language: str
) -> uuid.UUID:
    """Start the export in the actor's name; return the job's id.

    Raises Forbidden for an agency that the actor may not read, ExportFormat, RegisterTooLong or
    TooManyJobs; then nothing is started.
    """
    uow.require(READ_REGISTER, agency_code=wanted.agency_code)
    if file_format not in OFFERED:
        raise ExportFormat(
            file_format=file_format,
            offered="、".join(OFFERED),
            fields={"file_format": ExportFormat.message},
        )
    lines = register_totals(uow, wanted).lines
    if file_format != "csv" and lines > SHEET_ROWS_MAX:
        raise RegisterTooLong(rows=f"{lines:,}", rows_max=f"{SHEET_ROWS_MAX:,}")
    return start_job(
        uow,
        EXPORT_REGISTER,
        arguments=msgspec.to_builtins(ExportArguments(wanted=wanted, file_format=file_format)),
        label=f"{register_title(wanted, gettext=str)}（{wanted.agency_code}）",
        language=language,
    )


def export_register(run: JobRun) -> None:
    """Write the register as it stands at one moment; an attempt that is lost begins anew."""
    arguments = msgspec.convert(run.arguments, ExportArguments)
    wanted, file_format = arguments.wanted, FORMATS[arguments.file_format]
    file = run.scratch()
    with run.snapshot() as uow:
        totals = register_totals(uow, wanted)
        rows = _rows(run, uow, wanted, count=totals.lines)
        report = register_report(uow, wanted, rows, totals, gettext=run.gettext)
        file_format.write(report, file)
        day = date_key(uow.business_date)
    title = register_title(wanted, gettext=run.gettext)
    run.give(
        file,
        file_name=f"{title}_{day}.{arguments.file_format}",
        media_type=file_format.media_type,
    )


def _rows(
    run: JobRun, uow: UnitOfWork, wanted: RegisterFilter, *, count: int
) -> Iterator[RegisterRow]:
    done = 0
    text = run.gettext("讀取登記簿")
    after = msgspec.structs.replace(wanted, after_no=0, after_line=0, limit=CHUNK)
    while page := register(uow, after):
        yield from page
        done += len(page)
        run.tell(done=done, total=count, text=text)
        last = page[-1]
        after = msgspec.structs.replace(
            after, after_no=last.certification_no, after_line=last.line_no
        )


EXPORT_REGISTER = Job(
    name="accounting.register.export",
    title=N_("匯出簽證登記簿"),
    run=export_register,
    timeout_s=3600,
)
