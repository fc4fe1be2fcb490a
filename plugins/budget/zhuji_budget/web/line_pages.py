"""Pages of budget lines: the list, its export, one line."""

from __future__ import annotations

import uuid

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery

from zhuji_budget.permissions import POOL_LINE, READ_LINES
from zhuji_budget.queries.lines import (
    LineFilter,
    LinePage,
    all_lines,
    code_before,
    find_line,
    find_line_of_row,
    line_totals,
    list_lines,
)
from zhuji_budget.queries.years import usual_year, year_agencies, year_states
from zhuji_budget.settings import MODULE
from zhuji_budget.web.views.line import line_view
from zhuji_budget.web.views.line_frame import Frame
from zhuji_budget.web.views.lines import PAGE, LinesFound, lines_view
from zhuji_budget.web.views.lines_report import lines_report
from zhuji_core.export import FORMATS, export
from zhuji_core.ids import new_id
from zhuji_core.uow import UnitOfWork
from zhuji_core.web.answers import see_other, to_response
from zhuji_core.web.components import Action
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import HEAVY, PERMISSION, PageController
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb

Context = NamedDependency[RequestContext]


class LinePages(PageController):
    """``/budget/lines``."""

    module = MODULE
    path = "/lines"

    @get(
        "/",
        opt={PERMISSION: READ_LINES},
        operation_id="budget.lines.page",
        sync_to_thread=True,
    )
    def list_page(
        self,
        context: Context,
        year: FromQuery[int | None] = None,
        agency: FromQuery[str] = "",
        text: FromQuery[str] = "",
        after: FromQuery[str] = "",
    ) -> Response[str]:
        with context.read() as uow:
            years = year_states(uow)
            wanted = LineFilter(
                fiscal_year=year or usual_year(uow, years),
                agency_code=agency,
                text=text,
                after=after,
                limit=PAGE,
            )
            view = lines_view(
                find_lines(uow, wanted),
                root=context.path("budget/lines"),
                years=years,
                agencies=year_agencies(uow, wanted.fiscal_year),
                gettext=context.gettext,
            )
            return render(
                context,
                "budget/lines.html",
                title=context.gettext("預算科目一覽"),
                breadcrumb=_crumbs(context),
                lines=view,
            )

    @get(
        "/export/{suffix:str}",
        opt={PERMISSION: READ_LINES, "cold": True, HEAVY: True},
        operation_id="budget.lines.export",
        sync_to_thread=True,
    )
    def export(
        self,
        context: Context,
        suffix: FromPath[str],
        year: FromQuery[int | None] = None,
        agency: FromQuery[str] = "",
        text: FromQuery[str] = "",
    ) -> Response[bytes]:
        """Give all rows of the page's filter as a file."""
        if suffix not in FORMATS:
            raise NotFoundException
        with context.read() as uow:
            wanted = LineFilter(
                fiscal_year=year or usual_year(uow, year_states(uow)),
                agency_code=agency,
                text=text,
            )
            report = lines_report(
                uow,
                list(all_lines(uow, wanted)),
                line_totals(uow, wanted),
                wanted=wanted,
                agency=_agency_name(uow, wanted),
                gettext=context.gettext,
            )
            uow.end_reading()
            content = export(report, suffix)
        name = f"budget-lines-{wanted.fiscal_year}.{suffix}"
        return Response(
            content,
            media_type=FORMATS[suffix].media_type,
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    @get(
        "/by-control-row/{control_row_id:uuid}",
        opt={PERMISSION: READ_LINES, "cold": True},
        operation_id="budget.line.of-control-row",
        sync_to_thread=True,
    )
    def of_control_row(
        self, context: Context, control_row_id: FromPath[uuid.UUID]
    ) -> Response[bytes]:
        """Receipts of other modules name the control row; people read its line."""
        with context.read() as uow:
            line_id = find_line_of_row(uow, control_row_id)
        return to_response(see_other(context.path(f"budget/lines/{line_id}")))

    @get(
        "/{line_id:uuid}",
        opt={PERMISSION: READ_LINES},
        operation_id="budget.line.page",
        sync_to_thread=True,
    )
    def line_page(self, context: Context, line_id: FromPath[uuid.UUID]) -> Response[str]:
        with context.read() as uow:
            line = find_line(uow, line_id)
            frame = Frame(
                address=context.path,
                enabled=context.access.hooks.enabled,
                business_date=uow.business_date,
                gettext=context.gettext,
            )
            return render(
                context,
                "budget/line.html",
                title=line.name,
                breadcrumb=(*_crumbs(context), Crumb(title=line.code)),
                line=line_view(line, frame=frame),
                pooling=_pooling(context, line, may=uow.actor.may(POOL_LINE)),
            )


def _pooling(context: RequestContext, line: LinePage, *, may: bool) -> tuple[Action, ...]:
    """Offer to mark the line as pooled, or to end it, to whoever may."""
    if not may:
        return ()
    title = context.gettext("取消統籌科目") if line.pooled else context.gettext("指定為統籌科目")
    return (
        Action(
            title=title,
            url=context.path(f"budget/lines/{line.line_id}/pooling"),
            key=str(new_id()),
            fields={"pooled": "false" if line.pooled else "true"},
            reason_field="" if line.year_state == "bill" else "reason",
            reason_label=_why(context, line),
        ),
        *((_sharing(context, line),) if line.pooled else ()),
    )


def _why(context: RequestContext, line: LinePage) -> str:
    """In a year in force a second person decides, and reads why (``usecases/pool_line.py``)."""
    if line.year_state == "bill":
        return ""
    return context.gettext("理由及核定文號（由主計處另一人核准後生效）")


def _sharing(context: RequestContext, line: LinePage) -> Action:
    return Action(
        title=context.gettext("指定使用機關"),
        url=context.path(f"budget/lines/{line.line_id}/pooled-use"),
        key=str(new_id()),
        reason_field="agencies",
        reason_label=context.gettext("機關代碼（以空白分隔；* 為各機關；空白為取消）"),
    )


def find_lines(uow: UnitOfWork, wanted: LineFilter) -> LinesFound:
    """Return one page of the list, whether there is another, and the totals of all."""
    rows = list_lines(uow, wanted)
    totals = line_totals(uow, wanted)
    return LinesFound(
        wanted=wanted,
        rows=tuple(rows),
        totals=totals,
        before=code_before(uow, wanted),
        more=len(rows) == wanted.limit and rows[-1].code != totals.last_code,
    )


def _agency_name(uow: UnitOfWork, wanted: LineFilter) -> str:
    agencies = year_agencies(uow, wanted.fiscal_year)
    return next((one.name for one in agencies if one.agency_code == wanted.agency_code), "")


def _crumbs(context: RequestContext) -> tuple[Crumb, ...]:
    return (
        Crumb(title=context.gettext("預算")),
        Crumb(title=context.gettext("預算科目一覽"), url=context.path("budget/lines")),
    )
