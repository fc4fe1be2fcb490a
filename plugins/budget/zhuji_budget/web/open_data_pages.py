"""Pages and API of open data: the data sets of an enacted year, to look at and to fetch."""

from __future__ import annotations

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from zhuji_budget.domain.reports.open_data import DATA_SETS, data_set_named
from zhuji_budget.permissions import PUBLISH
from zhuji_budget.queries.reports.open_data import read_data_set
from zhuji_budget.queries.years import usual_year, year_states
from zhuji_budget.settings import MODULE
from zhuji_budget.usecases.publish_open_data import csv_of, json_of
from zhuji_core.values import N_, Value
from zhuji_core.web.components import Cell, Column, Link, Row, Table
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import HEAVY, PERMISSION, ApiController, PageController
from zhuji_core.web.exports import FormatUnknown
from zhuji_core.web.parameters import FiscalYear
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb

Context = NamedDependency[RequestContext]
MAKERS = {"csv": (csv_of, "text/csv"), "json": (json_of, "application/json")}


class OpenDataPages(PageController):
    """``/budget/open-data``."""

    module = MODULE
    path = "/open-data"
    cold = True

    @get("/", opt={PERMISSION: PUBLISH}, operation_id="budget.open-data.page", sync_to_thread=True)
    def list_page(self, context: Context, year: FromQuery[int | None] = None) -> Response[str]:
        with context.read() as uow:
            chosen = year or usual_year(uow, year_states(uow))
            return render(
                context,
                "budget/open_data.html",
                title=context.gettext("{year} 年度開放資料").format(year=chosen),
                breadcrumb=(
                    Crumb(title=context.gettext("預算")),
                    Crumb(title=context.gettext("預算報表"), url=context.path("budget/reports")),
                    Crumb(title=context.gettext("開放資料")),
                ),
                tables=_tables(context, chosen),
            )

    @get(
        "/{data_set:str}/{fiscal_year:int}/{suffix:str}",
        opt={PERMISSION: PUBLISH, HEAVY: True},
        operation_id="budget.open-data.file",
        sync_to_thread=True,
    )
    def file(
        self,
        context: Context,
        data_set: FromPath[str],
        fiscal_year: FromPath[int],
        suffix: FromPath[str],
    ) -> Response[bytes]:
        """Give one data set of an enacted year as a file."""
        if suffix not in MAKERS:
            raise FormatUnknown(file_format=suffix, offered="、".join(MAKERS))
        make, media_type = MAKERS[suffix]
        with context.read() as uow:
            published = read_data_set(uow, data_set_named(data_set), fiscal_year=fiscal_year)
        name = f"{data_set}-{fiscal_year}.{suffix}"
        return Response(
            make(published),
            media_type=media_type,
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )


class DataSetAnswer(Value, frozen=True, kw_only=True):
    """A data set of one year: ``records`` by the names of its fields."""

    name: str
    title: str
    fiscal_year: int
    records: list[dict[str, str | int]]


class OpenDataApi(ApiController):
    """``/open-data``."""

    module = MODULE
    path = "/open-data"

    @get(
        "/{data_set:str}",
        opt={PERMISSION: PUBLISH, HEAVY: True, "cold": True},
        operation_id="budget.open-data.read",
        summary=N_("取得一個開放資料集"),
        sync_to_thread=True,
    )
    def read(
        self, context: Context, data_set: FromPath[str], fiscal_year: FiscalYear = None
    ) -> DataSetAnswer:
        """Give it whole: a data set is published as one file."""
        with context.read() as uow:
            wanted = data_set_named(data_set)
            published = read_data_set(uow, wanted, fiscal_year=fiscal_year or uow.fiscal_year)
        return DataSetAnswer(
            name=wanted.name,
            title=context.gettext(wanted.title),
            fiscal_year=published.fiscal_year,
            records=published.records(),
        )


def _tables(context: RequestContext, year: int) -> tuple[Table, ...]:
    """Return the fields of each data set, with its files below."""
    tr = context.gettext
    return tuple(
        Table(
            id=one.name,
            caption=tr(one.title),
            columns=(Column(title=tr("欄位")), Column(title=tr("說明"))),
            rows=tuple(
                Row(cells=(Cell(value=field.name), Cell(value=tr(field.title))))
                for field in one.fields
            ),
            counted=False,  # the rows are the fields, not what the files hold
            exports=tuple(
                Link(
                    title=suffix.upper(),
                    url=context.path(f"budget/open-data/{one.name}/{year}/{suffix}"),
                )
                for suffix in MAKERS
            ),
        )
        for one in DATA_SETS.values()
    )
