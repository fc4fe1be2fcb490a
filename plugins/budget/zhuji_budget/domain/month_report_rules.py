"""What the month's report must be for its next step, and what is said where it is not."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import ClassVar

from zhuji_budget.domain.month_report import (
    STATE_TITLES,
    TEXT_MAX,
    LagNote,
    MonthReport,
    ReportedLine,
    ReportState,
    lagging,
    last_day_of,
)
from zhuji_core.formats import format_date
from zhuji_core.values import N_, DomainError

NAMED_MAX = 5
TEXT_LONG = N_("最多 500 字，請縮短。")


class MonthReportNotFound(DomainError):
    """No report with this id, or none that this person may read."""

    code = "E-MONTH-REPORT-NOT-FOUND"
    message = N_("查無此執行月報。")
    status_code = 404


class MonthReportState(DomainError):
    """The report is not in a state in which this may be done."""

    code = "E-MONTH-REPORT-STATE"
    message = N_("執行月報「{label}」目前為「{state}」，不能{action}。")


class MonthReportRevised(DomainError):
    """Somebody else wrote the report since it was read."""

    code = "E-MONTH-REPORT-REVISED"
    message = N_("執行月報「{label}」已由他人修改，請重新載入後再填。")


class MonthNotOver(DomainError):
    """A month is reported when it is over."""

    code = "E-MONTH-REPORT-EARLY"
    message = N_(
        "{year} 年 {month} 月至 {last_day} 止，業務日期為 {today}，該月結束後才能編製月報。"
    )


class NothingToReport(DomainError):
    """The agency has no enacted budget in the year, or the month is none."""

    code = "E-MONTH-REPORT-EMPTY"
    message = N_("{agency_code} 在 {year} 年度 {month} 月沒有可編製月報的預算。")


class LagNotesInvalid(DomainError):
    """Notes that cannot be kept; each field is named."""

    code = "E-LAG-NOTE"
    message = N_("有 {count} 個欄位無法存入，請修正後再存。")
    status_code = 422


class LagMissing(DomainError):
    """A line lags behind, and nobody says why or what is done."""

    code = "E-LAG-MISSING"
    message = N_(
        "{lagging} 個落後科目中有 {missing} 個未填落後原因或改進措施，不能送出：{lines}。"
        "落後：截至 {month} 月執行未達分配數 {percent}%。"
    )
    figure_words: ClassVar = {
        "lagging": N_("落後科目數"),
        "missing": N_("未填原因或改進措施之科目數"),
        "below_percent": N_("落後標準（%）"),
    }


class LagReasonMissing(DomainError):
    """Who returns a report says why."""

    code = "E-MONTH-REPORT-REASON"
    message = N_("請填退回理由（最多 500 字）。")
    status_code = 422


def require_state(report: MonthReport, allowed: Collection[ReportState], *, action: str) -> None:
    """Raise MonthReportState when the report is in another state."""
    if report.state not in allowed:
        raise MonthReportState(label=report.label, state=STATE_TITLES[report.state], action=action)


def require_over(fiscal_year: int, month: int, *, today: dt.date) -> None:
    """Raise MonthNotOver until the month's last day has passed."""
    last_day = last_day_of(fiscal_year, month)
    if today <= last_day:
        raise MonthNotOver(
            year=fiscal_year,
            month=month,
            last_day=format_date(last_day),
            today=format_date(today),
        )


def require_notes(
    wanted: Sequence[LagNote], *, known: Mapping[uuid.UUID, ReportedLine]
) -> dict[uuid.UUID, LagNote]:
    """Return the notes stripped; raise LagNotesInvalid naming each wrong field."""
    faults: dict[str, str] = {}
    kept: dict[uuid.UUID, LagNote] = {}
    for number, one in enumerate(wanted):
        if one.line_id not in known or one.line_id in kept:
            faults[f"lines-{number}-reason"] = N_("本月報沒有此科目，或重複填列。")
            continue
        note = LagNote(line_id=one.line_id, reason=one.reason.strip(), remedy=one.remedy.strip())
        for name, text in (("reason", note.reason), ("remedy", note.remedy)):
            if len(text) > TEXT_MAX:
                faults[f"lines-{number}-{name}"] = TEXT_LONG
        kept[one.line_id] = note
    if faults:
        raise LagNotesInvalid(count=len(faults), fields=faults)
    return kept


def require_explained(report: MonthReport, lines: Sequence[ReportedLine]) -> None:
    """Raise LagMissing while a line that lags has no reason or no remedy."""
    behind = lagging(lines, report.rule)
    missing = [line for line in behind if not line.note.is_whole]
    if not missing:
        return
    named = "、".join(f"{line.code} {line.name}" for line in missing[:NAMED_MAX])
    raise LagMissing(
        lagging=len(behind),
        missing=len(missing),
        lines=named + ("…" if len(missing) > NAMED_MAX else ""),
        month=report.month,
        percent=report.rule.below_percent,
        arithmetic={
            "lagging": len(behind),
            "missing": len(missing),
            "below_percent": report.rule.below_percent,
        },
    )


def require_reason(reason: str) -> str:
    """Return the reason without blanks around; raise LagReasonMissing."""
    text = reason.strip()
    if not 0 < len(text) <= TEXT_MAX:
        raise LagReasonMissing(fields={"reason": LagReasonMissing.message})
    return text
