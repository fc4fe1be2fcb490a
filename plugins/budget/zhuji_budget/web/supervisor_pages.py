"""Which agency sends its documents through which supervising agency: page and API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody, URLEncodedBody

from zhuji_budget.domain.supervisor import PAIRS_MAX, PairsInvalid, Supervised
from zhuji_budget.domain.supervisor_text import pairs_of
from zhuji_budget.permissions import READ_ALLOTMENT, SET_SUPERVISORS
from zhuji_budget.queries.supervisors import SupervisedAgency, list_supervisors
from zhuji_budget.settings import MODULE
from zhuji_budget.usecases.set_supervisors import set_supervisors
from zhuji_core.ids import new_id
from zhuji_core.values import N_, DomainError, Value
from zhuji_core.web.answers import json_answer, see_other
from zhuji_core.web.components import Cell, Column, Kind, Pager, Row, Table
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import ANSWERS, PERMISSION, ApiController, PageController
from zhuji_core.web.paging import LIMIT, Cursor, Limit, Page, open_cursor, page_of
from zhuji_core.web.refusals import refused
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb

Context = NamedDependency[RequestContext]
Form = URLEncodedBody[dict[str, Any]]
PAGE = 100
TITLE = N_("主管機關")


class PairsWanted(Value, frozen=True, kw_only=True):
    """Pairs to set; agencies that are not named keep theirs, "" takes a supervisor away."""

    pairs: Annotated[tuple[Supervised, ...], msgspec.Meta(min_length=1, max_length=PAIRS_MAX)]


class PairsSet(Value, frozen=True, kw_only=True):
    """What changed."""

    changed: tuple[Supervised, ...]


class SupervisorPages(PageController):
    """``/supervisors``."""

    module = MODULE
    path = "/supervisors"
    cold = True

    @get(
        "/",
        opt={PERMISSION: READ_ALLOTMENT},
        operation_id="budget.supervisors.page",
        sync_to_thread=True,
    )
    def page(self, context: Context, after: FromQuery[str] = "") -> Response[str]:
        return _show(context, after=after)

    @post(
        "/",
        opt={PERMISSION: SET_SUPERVISORS},
        operation_id="budget.supervisors.set-form",
        sync_to_thread=True,
    )
    def save(self, context: Context, data: Form) -> Response[str] | Response[bytes]:
        typed = str(data.get("pairs", ""))
        wanted: list[Supervised] = []
        try:
            wanted = pairs_of(typed)
            return context.perform(
                lambda uow: set_supervisors(uow, wanted=wanted),
                lambda _: see_other(context.path("budget/supervisors")),
            )
        except DomainError as error:
            return _show(context, typed=typed, wanted=wanted, error=error)


class SupervisorsApi(ApiController):
    """``/supervisors``."""

    module = MODULE
    path = "/supervisors"
    cold = True

    @get(
        "/",
        opt={PERMISSION: READ_ALLOTMENT},
        operation_id="budget.supervisors.list",
        summary=N_("列出機關之主管機關"),
        sync_to_thread=True,
    )
    def list_all(
        self, context: Context, cursor: Cursor = "", limit: Limit = LIMIT
    ) -> Page[SupervisedAgency]:
        after = open_cursor(context, cursor, str) or ""
        with context.read() as uow:
            rows = list_supervisors(uow, after=after, limit=limit + 1)
        return page_of(
            context, rows, limit=limit, key=lambda row: row.agency_code, item=lambda row: row
        )

    @put(
        "/",
        opt={PERMISSION: SET_SUPERVISORS, ANSWERS: PairsSet},
        operation_id="budget.supervisors.set",
        summary=N_("設定機關之主管機關"),
        sync_to_thread=True,
    )
    def set_all(self, context: Context, data: JSONBody[PairsWanted]) -> Response[bytes]:
        return context.perform(
            lambda uow: PairsSet(changed=tuple(set_supervisors(uow, wanted=data.pairs))),
            json_answer,
        )


def _show(
    context: RequestContext,
    *,
    after: str = "",
    typed: str = "",
    wanted: Sequence[Supervised] = (),
    error: DomainError | None = None,
) -> Response[str]:
    with context.read() as uow:
        rows = list_supervisors(uow, after=after, limit=PAGE + 1)
        return render(
            context,
            "budget/supervisors.html",
            title=context.gettext(TITLE),
            breadcrumb=(Crumb(title=context.gettext("預算")),),
            status_code=error.status_code if error else 200,
            refusal=refused(context, error) if error else None,
            faults=_faults(context, wanted, error),
            key=str(new_id()),
            action=context.path("budget/supervisors"),
            table=_table(context, rows, after=after),
            may_set=uow.actor.may(SET_SUPERVISORS),
            typed=typed,
        )


def _faults(
    context: RequestContext, wanted: Sequence[Supervised], error: DomainError | None
) -> tuple[str, ...]:
    """Say of each wrong pair which line it is and why."""
    if not isinstance(error, PairsInvalid):
        return ()
    told = []
    for name, text in error.fields.items():
        number = int(name.partition("-")[2])
        one = wanted[number]
        told.append(
            context.gettext("第 {number} 列 {agency} {supervisor}：{why}").format(
                number=number + 1,
                agency=one.agency_code,
                supervisor=one.supervisor_code,
                why=context.gettext(text),
            )
        )
    return tuple(told[:200])


def _table(context: RequestContext, rows: Sequence[SupervisedAgency], *, after: str) -> Table:
    tr, shown = context.gettext, rows[:PAGE]
    root = context.path("budget/supervisors")
    return Table(
        id="supervisors",
        caption=tr("經主管機關核轉之機關"),
        columns=(
            Column(title=tr("機關代碼"), kind=Kind.CODE),
            Column(title=tr("機關")),
            Column(title=tr("主管機關代碼"), kind=Kind.CODE),
            Column(title=tr("主管機關")),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=row.agency_code),
                    Cell(value=row.agency_name),
                    Cell(value=row.supervisor_code),
                    Cell(value=row.supervisor_name),
                )
            )
            for row in shown
        ),
        pager=Pager(
            shown=len(shown),
            first_url=root if after else "",
            next_url=f"{root}?after={shown[-1].agency_code}" if len(rows) > PAGE else "",
        ),
        empty=tr("沒有機關設有主管機關；各機關之分配預算及概算逕送財政及主計單位。"),
    )
