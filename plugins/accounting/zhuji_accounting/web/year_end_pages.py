"""The pages of the end of a year: what holds it up, its preview, ending it, opening it again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody

from zhuji_accounting.domain.period import DECEMBER, period_title
from zhuji_accounting.domain.request import SpendingRequest
from zhuji_accounting.domain.year_end import source_label
from zhuji_accounting.permissions import CLOSE_YEAR, READ_VOUCHERS, REOPEN_YEAR
from zhuji_accounting.queries.brought import continued_of
from zhuji_accounting.queries.period_actions import YearVerb, year_verbs
from zhuji_accounting.queries.year_ends import (
    YearEnd,
    advances_out_of,
    held_of,
    last_closed,
    list_year_ends,
    year_end_of,
)
from zhuji_accounting.usecases.close_year import ClosedYear, close_year
from zhuji_accounting.usecases.reopen_year import reopen_year
from zhuji_accounting.web.agencies import agency_options, chosen_agency
from zhuji_accounting.web.former_years_view import former_years_tables
from zhuji_accounting.web.refusals import refused
from zhuji_core.ids import new_id
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import DomainError
from zhuji_core.web.components import Action, Badge, Cell, Column, Fact, Kind, Row, Table, Tone
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import PERMISSION, PageController
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb
from zhuji_core.web.steps import perform_or_show

Context = NamedDependency[RequestContext]
Form = URLEncodedBody[dict[str, Any]]
Page = Response[bytes] | Response[str]


class YearEndPages(PageController):
    """``/year-ends``."""

    module = "accounting"
    path = "/year-ends"

    @get(
        "/",
        opt={PERMISSION: READ_VOUCHERS, "cold": True},
        operation_id="accounting.year-ends.page",
        sync_to_thread=True,
    )
    def page(
        self,
        context: Context,
        agency_code: FromQuery[str] = "",
        fiscal_year: FromQuery[int | None] = None,
    ) -> Response[str]:
        return _page(context, agency_code, fiscal_year)

    @post(
        "/{fiscal_year:int}/preview",
        opt={PERMISSION: CLOSE_YEAR, "cold": True},
        operation_id="accounting.year-ends.preview-form",
        sync_to_thread=True,
    )
    def preview(self, context: Context, fiscal_year: FromPath[int], data: Form) -> Page:
        """Show what would be; the transaction that made it is given up."""
        agency_code = str(data.get("agency_code", ""))
        try:
            with context.write() as uow:
                shown = close_year(
                    uow, fiscal_year=fiscal_year, agency_code=agency_code, preview=True
                )
        except DomainError as refusal:
            return _page(context, agency_code, fiscal_year, error=refusal)
        return _page(context, agency_code, fiscal_year, shown=shown)

    @post(
        "/{fiscal_year:int}/closing",
        opt={PERMISSION: CLOSE_YEAR, "cold": True},
        operation_id="accounting.year-ends.close-form",
        sync_to_thread=True,
    )
    def close(self, context: Context, fiscal_year: FromPath[int], data: Form) -> Page:
        agency_code = str(data.get("agency_code", ""))
        if str(data.get("confirmation", "")).strip() != str(fiscal_year):
            error = context.gettext("鍵入的年度不符，尚未結帳。")
            return _page(context, agency_code, fiscal_year, fault=error)
        return _done(
            context,
            agency_code,
            fiscal_year,
            lambda uow: close_year(uow, fiscal_year=fiscal_year, agency_code=agency_code),
        )

    @post(
        "/{fiscal_year:int}/reopening",
        opt={PERMISSION: REOPEN_YEAR, "cold": True},
        operation_id="accounting.year-ends.reopen-form",
        sync_to_thread=True,
    )
    def reopen(self, context: Context, fiscal_year: FromPath[int], data: Form) -> Page:
        agency_code = str(data.get("agency_code", ""))
        return _done(
            context,
            agency_code,
            fiscal_year,
            lambda uow: reopen_year(
                uow,
                fiscal_year=fiscal_year,
                agency_code=agency_code,
                reason=str(data.get("reason", "")),
            ),
        )


def _done(
    context: RequestContext,
    agency_code: str,
    fiscal_year: int,
    act: Callable[[UnitOfWork], object],
) -> Page:
    """Do ``act`` and go back to the year, or show it with why it was refused."""
    return perform_or_show(
        context,
        act,
        to=lambda _: f"accounting/year-ends?agency_code={agency_code}&fiscal_year={fiscal_year}",
        show=lambda error: _page(context, agency_code, fiscal_year, error=error),
    )


def _page(
    context: RequestContext,
    wanted_agency: str,
    wanted_year: int | None,
    *,
    error: DomainError | None = None,
    fault: str = "",
    shown: ClosedYear | None = None,
) -> Response[str]:
    tr = context.gettext
    with context.read() as uow:
        agencies = agency_options(uow, READ_VOUCHERS)
        agency_code = chosen_agency(uow, agencies, wanted_agency)
        # A year ends after it: the one before is what people come for.
        year = wanted_year or uow.fiscal_year - 1
        ended = year_end_of(uow, agency_code=agency_code, fiscal_year=year)
        ends = list_year_ends(uow, fiscal_year=year, agency_code=agency_code)
        return render(
            context,
            "accounting/year_end.html",
            breadcrumb=(Crumb(title=tr("年度結帳")),),
            status_code=error.status_code if error else 422 if fault else 200,
            title=tr("{year} 年度結帳").format(year=year),
            agencies=agencies,
            agency_code=agency_code,
            fiscal_year=year,
            action=context.path("accounting/year-ends"),
            badge=_badge(context, ended),
            facts=_facts(context, uow, agency_code, year),
            actions=tuple(_actions(context, uow, agency_code, year, ended)),
            closing=_closing(context, uow, agency_code, year, ended),
            tables=(
                *_vouchers(context, shown),
                *former_years_tables(context, _continued(uow, agency_code, year, ended)),
                _history(context, ends),
            ),
            refusal=refused(context, error) if error else None,
            fault=fault,
            shown=shown,
        )


def _continued(
    uow: UnitOfWork, agency_code: str, year: int, ended: YearEnd | None
) -> list[SpendingRequest]:
    """Return what of an ended year goes on in the next one."""
    if ended is None:
        return []
    return continued_of(uow, agency_code=agency_code, fiscal_year=year + 1)


def _badge(context: RequestContext, ended: YearEnd | None) -> Badge:
    if ended is None:
        return Badge(text=context.gettext("未結帳"), tone=Tone.WAITING)
    return Badge(text=context.gettext("已結帳"), tone=Tone.GOOD)


def _facts(
    context: RequestContext, uow: UnitOfWork, agency_code: str, year: int
) -> tuple[Fact, ...]:
    """Return what holds the end of the year up, each with the page where it is mended."""
    tr = context.gettext
    held = held_of(uow, agency_code=agency_code, fiscal_year=year)
    out = advances_out_of(uow, agency_code=agency_code, fiscal_year=year)
    month = last_closed(uow, agency_code=agency_code, fiscal_year=year)
    here = f"agency_code={agency_code}&fiscal_year={year}"
    return (
        Fact(
            label=tr("已關帳至"),
            value=period_title(month, tr) if month else tr("尚無"),
            url=context.path(f"accounting/periods?{here}"),
        ),
        Fact(
            label=tr("尚未關帳月份"),
            value=max(DECEMBER - month, 0),
            kind=Kind.NUMBER,
        ),
        Fact(
            label=tr("未結清簽證行數"),
            value=held.count,
            kind=Kind.NUMBER,
            url=context.path(f"accounting/register?{here}"),
        ),
        Fact(label=tr("未結清簽證金額"), value=held.held_ntd, kind=Kind.AMOUNT),
        Fact(label=tr("已核定保留"), value=held.carried_ntd, kind=Kind.AMOUNT),
        Fact(
            label=tr("未結清暫付筆數"),
            value=out.count,
            kind=Kind.NUMBER,
            url=context.path(f"accounting/open-advances?{here}"),
        ),
        Fact(label=tr("未結清暫付金額"), value=out.outstanding_ntd, kind=Kind.AMOUNT),
    )


def _actions(
    context: RequestContext,
    uow: UnitOfWork,
    agency_code: str,
    year: int,
    ended: YearEnd | None,
) -> Iterator[Action]:
    tr = context.gettext
    base = context.path(f"accounting/year-ends/{year}")
    fields = {"agency_code": agency_code}
    verbs = year_verbs(uow, ended, agency_code=agency_code)
    if YearVerb.PREVIEW in verbs:
        yield Action(
            title=tr("預覽（不留存）"), url=f"{base}/preview", key=str(new_id()), fields=fields
        )
    if YearVerb.REOPEN in verbs:
        yield Action(
            title=tr("重開年度結帳"),
            url=f"{base}/reopening",
            key=str(new_id()),
            fields=fields,
            reason_field="reason",
            reason_label=tr("重開 {year} 年度結帳之理由").format(year=year),
        )


def _closing(
    context: RequestContext,
    uow: UnitOfWork,
    agency_code: str,
    year: int,
    ended: YearEnd | None,
) -> Action | None:
    """Return the end itself, for which the person keys the year; None where it is not possible."""
    if YearVerb.CLOSE not in year_verbs(uow, ended, agency_code=agency_code):
        return None
    tr = context.gettext
    return Action(
        title=tr("結帳"),
        url=context.path(f"accounting/year-ends/{year}/closing"),
        key=str(new_id()),
        fields={"agency_code": agency_code},
        reason_field="confirmation",
        reason_label=tr("請鍵入年度以確認（{year}）").format(year=year),
        danger=True,
    )


def _vouchers(context: RequestContext, shown: ClosedYear | None) -> Iterator[Table]:
    """Yield the entries of each voucher that the preview made."""
    tr = context.gettext
    for number, voucher in enumerate(shown.vouchers if shown else ()):
        yield Table(
            id=f"preview-{number}",
            caption=tr("預覽　{label}　{memo}").format(label=voucher.label, memo=voucher.memo),
            columns=(
                Column(title=tr("科目"), kind=Kind.CODE),
                Column(title=tr("名稱")),
                Column(title=tr("明細")),
                Column(title=tr("借方"), kind=Kind.AMOUNT),
                Column(title=tr("貸方"), kind=Kind.AMOUNT),
            ),
            rows=tuple(
                Row(
                    cells=(
                        Cell(value=line.account_code),
                        Cell(value=line.account_name),
                        Cell(
                            value=line.subsidiary_name
                            or line.subsidiary_key
                            or line.row_label
                            or None
                        ),
                        Cell(value=line.debit_ntd),
                        Cell(value=line.credit_ntd),
                    )
                )
                for line in voucher.lines
            ),
            totals=(
                Cell(value=tr("合計")),
                Cell(value=None),
                Cell(value=None),
                Cell(value=voucher.debit_ntd),
                Cell(value=voucher.credit_ntd),
            ),
        )


def _made(end: YearEnd, fiscal_year: int) -> str:
    """Return the list of the vouchers of a year that its end, or that of the one before, made."""
    return (
        f"accounting/vouchers?fiscal_year={fiscal_year}&agency_code={end.agency_code}"
        f"&text={quote(source_label(end.fiscal_year))}"
    )


def _history(context: RequestContext, ends: list[YearEnd]) -> Table:
    tr = context.gettext
    return Table(
        id="year-ends",
        caption=tr("歷次結帳，新者在前"),
        columns=(
            Column(title=tr("次"), kind=Kind.NUMBER),
            Column(title=tr("結帳人")),
            Column(title=tr("結帳時間"), kind=Kind.TIME),
            Column(title=tr("重開人")),
            Column(title=tr("重開時間"), kind=Kind.TIME),
            Column(title=tr("理由")),
            Column(title=tr("結帳傳票")),
            Column(title=tr("次年度開帳傳票")),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=end.version),
                    Cell(value=end.closed_by_name),
                    Cell(value=end.closed_at),
                    Cell(value=end.reopened_by_name or None),
                    Cell(value=end.reopened_at),
                    Cell(value=end.reason or None),
                    # What opened the next year is of that year, so a list of one year has not both.
                    *(
                        Cell(value=tr("查看"), url=context.path(_made(end, fiscal_year)))
                        for fiscal_year in (end.fiscal_year, end.fiscal_year + 1)
                    ),
                )
            )
            for end in ends
        ),
        empty=tr("本年度尚未結帳。"),
    )
