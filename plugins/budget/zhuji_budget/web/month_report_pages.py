"""Pages of the reports of the month: the agencies of a month, one report, its notes."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody

from zhuji_budget.domain.month_report import EDITABLE, STATE_TITLES
from zhuji_budget.domain.month_report_rules import require_state
from zhuji_budget.permissions import (
    ACCEPT_MONTH_REPORT,
    READ_LINES,
    SUBMIT_MONTH_REPORT,
    WRITE_MONTH_REPORT,
)
from zhuji_budget.queries.month_reports import find_month_report, list_month_reports
from zhuji_budget.queries.reports.reading import months_begun
from zhuji_budget.queries.years import usual_year, year_states
from zhuji_budget.settings import MODULE
from zhuji_budget.usecases.accept_month_report import accept_month_report
from zhuji_budget.usecases.open_month_report import open_month_report
from zhuji_budget.usecases.return_month_report import return_month_report
from zhuji_budget.usecases.submit_month_report import submit_month_report
from zhuji_budget.usecases.write_lag_notes import write_lag_notes
from zhuji_budget.web.views import month_reports as view
from zhuji_core.ids import new_id
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError
from zhuji_core.web.answers import see_other
from zhuji_core.web.components import Option
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import HEAVY, PERMISSION, PageController
from zhuji_core.web.exports import export_table
from zhuji_core.web.forms import fields_of, grid_rows
from zhuji_core.web.refusals import refused
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb
from zhuji_core.web.steps import perform_or_show

Context = NamedDependency[RequestContext]
ReportId = FromPath[uuid.UUID]
Form = URLEncodedBody[dict[str, Any]]
Page = Response[bytes] | Response[str]
TITLE = N_("執行月報")


class MonthReportPages(PageController):
    """``/month-reports`` and the state changes below one."""

    module = MODULE
    path = "/month-reports"
    cold = True

    @get(
        "/",
        opt={PERMISSION: READ_LINES},
        operation_id="budget.month-reports.page",
        sync_to_thread=True,
    )
    def list_page(
        self,
        context: Context,
        fiscal_year: FromQuery[int | None] = None,
        month: FromQuery[int | None] = None,
        states: FromQuery[str] = "",
        after: FromQuery[str] = "",
    ) -> Response[str]:
        return _list(context, fiscal_year=fiscal_year, month=month, states=states, after=after)

    @post(
        "/",
        opt={PERMISSION: WRITE_MONTH_REPORT},
        operation_id="budget.month-reports.open-form",
        sync_to_thread=True,
    )
    def open(self, context: Context, data: Form) -> Page:
        fiscal_year, month = _number(data.get("fiscal_year")), _number(data.get("month"))
        agency_code = str(data.get("agency_code", "")).strip()
        return perform_or_show(
            context,
            lambda uow: open_month_report(
                uow, fiscal_year=fiscal_year, month=month, agency_code=agency_code
            ),
            to=lambda made: f"budget/month-reports/{made.report_id}",
            show=lambda error: _list(context, fiscal_year=fiscal_year, month=month, error=error),
        )

    @get(
        "/{report_id:uuid}",
        opt={PERMISSION: READ_LINES},
        operation_id="budget.month-report.page",
        sync_to_thread=True,
    )
    def page(self, context: Context, report_id: ReportId) -> Response[str]:
        return _show(context, report_id)

    @get(
        "/{report_id:uuid}/export/{suffix:str}",
        opt={PERMISSION: READ_LINES, HEAVY: True},
        operation_id="budget.month-report.export",
        sync_to_thread=True,
    )
    def export(
        self, context: Context, report_id: ReportId, suffix: FromPath[str]
    ) -> Response[bytes]:
        tr = context.gettext
        with context.read() as uow:
            found = find_month_report(uow, report_id)
            report = found.report
            return export_table(
                context,
                uow,
                view.lines_table(context, found),
                title=tr("歲出預算執行狀況月報表"),
                agency=report.agency_name,
                period=tr("{year} 年度（截至 {month} 月）").format(
                    year=report.fiscal_year, month=report.month
                ),
                file_format=suffix,
                signed=True,
            )

    @get(
        "/{report_id:uuid}/notes",
        opt={PERMISSION: WRITE_MONTH_REPORT},
        operation_id="budget.month-report.notes-form",
        sync_to_thread=True,
    )
    def notes(
        self, context: Context, report_id: ReportId, first: FromQuery[int] = 0
    ) -> Response[str]:
        return _form(context, report_id, first=first)

    @post(
        "/{report_id:uuid}/notes",
        opt={PERMISSION: WRITE_MONTH_REPORT},
        operation_id="budget.month-report.notes-send",
        sync_to_thread=True,
    )
    def save(self, context: Context, report_id: ReportId, data: Form) -> Page:
        """Save this page's notes; then go on to the next lines, or back to the report."""
        typed = {row["id"]: row for row in grid_rows(fields_of(data)) if row.get("id")}
        first = _number(data.get("first"))
        root = context.path(f"budget/month-reports/{report_id}")
        following = f"{root}/notes?first={first + view.GRID_PAGE}"
        try:
            with context.read() as uow:
                wanted = view.wanted_notes(typed, find_month_report(uow, report_id).lines)
            return context.perform(
                lambda uow: write_lag_notes(
                    uow,
                    report_id=report_id,
                    wanted=wanted,
                    revision=_number(data.get("revision")),
                ),
                lambda _: see_other(following if data.get("act") == "next" else root),
            )
        except DomainError as error:
            return _form(context, report_id, first=first, typed=typed, error=error)

    @post(
        "/{report_id:uuid}/submission",
        opt={PERMISSION: SUBMIT_MONTH_REPORT},
        operation_id="budget.month-report.submit-form",
        sync_to_thread=True,
    )
    def submit(self, context: Context, report_id: ReportId) -> Page:
        return _act(context, report_id, lambda uow: submit_month_report(uow, report_id=report_id))

    @post(
        "/{report_id:uuid}/acceptance",
        opt={PERMISSION: ACCEPT_MONTH_REPORT},
        operation_id="budget.month-report.accept-form",
        sync_to_thread=True,
    )
    def accept(self, context: Context, report_id: ReportId) -> Page:
        return _act(context, report_id, lambda uow: accept_month_report(uow, report_id=report_id))

    @post(
        "/{report_id:uuid}/return",
        opt={PERMISSION: ACCEPT_MONTH_REPORT},
        operation_id="budget.month-report.return-form",
        sync_to_thread=True,
    )
    def send_back(self, context: Context, report_id: ReportId, data: Form) -> Page:
        reason = str(data.get("reason", ""))
        return _act(
            context,
            report_id,
            lambda uow: return_month_report(uow, report_id=report_id, reason=reason),
        )


def _list(
    context: RequestContext,
    *,
    fiscal_year: int | None,
    month: int | None,
    states: str = "",
    after: str = "",
    error: DomainError | None = None,
) -> Response[str]:
    tr = context.gettext
    with context.read() as uow:
        years = list(year_states(uow))
        year = fiscal_year or usual_year(uow, years)
        shown = month or max(1, min(12, months_begun(uow, year) - (year == uow.fiscal_year)))
        rows = list_month_reports(
            uow, fiscal_year=year, month=shown, state=states, after=after, limit=view.PAGE + 1
        )
        asked = {
            "fiscal_year": str(year), "month": str(shown), "states": states, "after": after,
        }  # fmt: skip
        return render(
            context,
            "budget/month_reports.html",
            title=tr(TITLE),
            breadcrumb=_crumbs(context)[:1],
            status_code=error.status_code if error else 200,
            refusal=refused(context, error) if error else None,
            key=str(new_id()),
            action=context.path("budget/month-reports"),
            asked=asked,
            table=view.reports_table(context, rows, asked=asked),
            years=_options(str(one) for one in sorted({year, *years}, reverse=True)),
            months=_options(str(one) for one in range(1, 13)),
            states=tuple(Option(value=str(n), title=tr(t)) for n, t in STATE_TITLES.items()),
            agencies=tuple(
                Option(value=row.agency_code, title=f"{row.agency_code} {row.agency_name}")
                for row in rows
                if row.report_id is None
                and uow.actor.may(WRITE_MONTH_REPORT, agency_code=row.agency_code)
            ),
        )


def _show(
    context: RequestContext, report_id: uuid.UUID, *, error: DomainError | None = None
) -> Response[str]:
    """Show the report; ``error`` is what refused the verb that was just tried."""
    with context.read() as uow:
        found = find_month_report(uow, report_id)
        return render(
            context,
            "budget/month_report.html",
            title=context.gettext("執行月報 {label}").format(label=found.report.label),
            breadcrumb=(*_crumbs(context), Crumb(title=found.report.label)),
            status_code=error.status_code if error else 200,
            refusal=refused(context, error) if error else None,
            report=found.report,
            head=view.report_head(context, found),
            table=view.lines_table(context, found),
            history=view.report_history(found, context.gettext),
            actions=view.report_actions(context, found, key=str(new_id())),
        )


def _form(
    context: RequestContext,
    report_id: uuid.UUID,
    *,
    first: int,
    typed: Mapping[str, Mapping[str, str]] | None = None,
    error: DomainError | None = None,
) -> Response[str]:
    tr = context.gettext
    with context.read() as uow:
        found = find_month_report(uow, report_id)
        uow.require(WRITE_MONTH_REPORT, agency_code=found.report.agency_code)
        require_state(found.report, EDITABLE, action=N_("修改"))
        count = len(found.to_explain)
        shown = min(max(0, first), max(0, count - 1)) // view.GRID_PAGE * view.GRID_PAGE
        refusal = refused(context, error) if error else None
        root = context.path(f"budget/month-reports/{report_id}")
        return render(
            context,
            "budget/month_report_notes.html",
            title=tr("{label} 落後原因及改進措施").format(label=found.report.label),
            breadcrumb=(
                *_crumbs(context),
                Crumb(title=found.report.label, url=root),
                Crumb(title=tr("落後原因及改進措施")),
            ),
            status_code=error.status_code if error else 200,
            refusal=refusal,
            report=found.report,
            rule=view.rule_text(found.report, tr),
            grid=view.notes_grid(
                context,
                found,
                first=shown,
                typed=typed or {},
                faults=refusal.faults if refusal else {},
            ),
            root=root,
            key=str(new_id()),
            first=shown,
            last=min(shown + view.GRID_PAGE, count),
            count=count,
            previous_url=f"{root}/notes?first={shown - view.GRID_PAGE}" if shown else "",
            has_next=shown + view.GRID_PAGE < count,
        )


def _act(
    context: RequestContext, report_id: uuid.UUID, action: Callable[[UnitOfWork], object]
) -> Page:
    """Do the verb and come back to the report, with the refusal when there is one."""
    root = context.path(f"budget/month-reports/{report_id}")
    try:
        return context.perform(action, lambda _: see_other(root))
    except DomainError as error:
        if error.status_code in {403, 404}:
            raise
        return _show(context, report_id, error=error)


def _options(values: Any) -> tuple[Option, ...]:
    return tuple(Option(value=value, title=value) for value in values)


def _number(value: object) -> int:
    text = str(value or "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0  # noqa: PLR2004 (nine digits fit)


def _crumbs(context: RequestContext) -> tuple[Crumb, ...]:
    return (
        Crumb(title=context.gettext("預算")),
        Crumb(title=context.gettext(TITLE), url=context.path("budget/month-reports")),
    )
