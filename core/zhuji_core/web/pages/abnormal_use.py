"""The report of abnormal use, on a page and by the API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from zhuji_core.audit.abnormal_use import DAYS_MAX, AbnormalUse, Sign, find_abnormal_use
from zhuji_core.permissions import READ_ABNORMAL_USE
from zhuji_core.values import N_
from zhuji_core.web.components import Cell, Column, Kind, Option, Row, Table
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import HEAVY, PERMISSION, ApiController, PageController
from zhuji_core.web.rendering import render

TITLE = N_("異常使用報表")
DAYS = 7
Days = Annotated[int, QueryParameter(ge=1, le=DAYS_MAX, description=N_("回溯日數"))]


class AbnormalUsePages(PageController):
    """``/{county}/kernel/abnormal-use``."""

    module = "kernel"
    path = "/{county:str}/kernel/abnormal-use"

    @get(
        "/",
        operation_id="kernel.abnormal-use.page",
        opt={PERMISSION: READ_ABNORMAL_USE, HEAVY: True},
        sync_to_thread=True,
    )
    def page(self, context: NamedDependency[RequestContext], days: Days = DAYS) -> Response[str]:
        with context.read() as uow:
            found = find_abnormal_use(uow, days=days)
            return render(
                context,
                "kernel/abnormal_use.html",
                title=context.gettext(TITLE),
                url=context.path("kernel/abnormal-use"),
                days=str(days),
                periods=tuple(
                    Option(
                        value=str(one), title=context.gettext(N_("最近 {days} 日")).format(days=one)
                    )
                    for one in (1, DAYS, DAYS_MAX)
                ),
                tables=_tables(context, found),
            )


class AbnormalUseApi(ApiController):
    """``/{county}/api/v1/kernel/abnormal-use``."""

    module = "kernel"
    path = "/{county:str}/api/v1/kernel/abnormal-use"

    @get(
        "/",
        operation_id="kernel.abnormal-use.read",
        opt={PERMISSION: READ_ABNORMAL_USE, HEAVY: True},
        sync_to_thread=True,
    )
    def read(self, context: NamedDependency[RequestContext], days: Days = DAYS) -> AbnormalUse:
        """Read the signs of abnormal use of the last days."""
        with context.read() as uow:
            return find_abnormal_use(uow, days=days)


def _tables(context: RequestContext, found: AbnormalUse) -> tuple[Table, ...]:
    return (
        _table(context, "failures", N_("登入失敗次數偏多"), N_("次數"), found.failures),
        _table(context, "hours", N_("上班時間以外登入"), N_("次數"), found.odd_hours),
        _table(
            context, "addresses", N_("由未曾使用的網路位址登入"), N_("次數"), found.new_addresses
        ),
        _table(context, "reads", N_("一日內查閱個資筆數偏多"), N_("筆數"), found.many_reads),
    )


def _table(
    context: RequestContext, name: str, title: str, counted: str, signs: Sequence[Sign]
) -> Table:
    words = context.gettext
    return Table(
        id=name,
        caption=words(title),
        columns=(
            Column(title=words(N_("帳號"))),
            Column(title=words(N_("網路位址")), kind=Kind.CODE),
            Column(title=words(counted), kind=Kind.NUMBER),
            Column(title=words(N_("時間")), kind=Kind.TIME),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=sign.account),
                    Cell(value=sign.address),
                    Cell(value=sign.times),
                    Cell(value=sign.last_at),
                )
            )
            for sign in signs
        ),
        empty=f"{words(title)}：{words(N_('這段期間沒有這類情形。'))}",
    )
