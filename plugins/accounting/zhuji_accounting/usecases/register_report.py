"""The register of certifications (簽證登記簿) as a report of any length."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from zhuji_accounting.queries.certifications import RegisterFilter, RegisterRow, RegisterTotals
from zhuji_core.export import SIGNATURES, CellValue, Report, ReportColumn, ReportKind
from zhuji_core.formats import format_date
from zhuji_core.identity.agencies import find_agency
from zhuji_core.uow import UnitOfWork

Gettext = Callable[[str], str]


def register_report(
    uow: UnitOfWork,
    wanted: RegisterFilter,
    rows: Iterable[RegisterRow],
    totals: RegisterTotals,
    *,
    gettext: Gettext,
) -> Report:
    """Return the report over ``rows``, which may be a generator; its sums are ``totals``."""
    agency = find_agency(uow, agency_code=wanted.agency_code)
    return Report(
        title=register_title(wanted, gettext=gettext),
        county=uow.county.name,
        agency=agency.name if agency else wanted.agency_code,
        period=_period(wanted, gettext),
        unit=gettext("單位：元"),
        columns=_columns(gettext),
        rows=(_values(row) for row in rows),
        totals=(
            gettext("合計"),
            *(None for _ in range(5)),
            totals.certified_ntd,
            totals.claimed_ntd,
            totals.advanced_ntd,
            totals.released_ntd,
            totals.held_ntd,
            None,
            None,
        ),
        signatures=tuple(gettext(name) for name in SIGNATURES),
        printed_by=uow.actor.name,
        printed_at=uow.now,
    )


def register_title(wanted: RegisterFilter, *, gettext: Gettext) -> str:
    return gettext("{year} 年度簽證登記簿").format(year=wanted.fiscal_year)


def _columns(gettext: Gettext) -> tuple[ReportColumn, ...]:
    amounts = (
        gettext("簽證金額"),
        gettext("已報支"),
        gettext("暫付"),
        gettext("已釋放"),
        gettext("尚保留"),
        gettext("簽證後餘額"),
    )
    return (
        ReportColumn(title=gettext("簽證號")),
        ReportColumn(title=gettext("日期"), kind=ReportKind.DATE),
        ReportColumn(title=gettext("申請編號")),
        ReportColumn(title=gettext("預算科目")),
        ReportColumn(title=gettext("用途")),
        ReportColumn(title=gettext("受款人")),
        *(ReportColumn(title=title, kind=ReportKind.AMOUNT) for title in amounts),
        ReportColumn(title=gettext("簽證人")),
    )


def _values(row: RegisterRow) -> tuple[CellValue, ...]:
    return (
        row.certification_label,
        row.business_date,
        row.request_label,
        f"{row.line_code}-{row.object_code} {row.line_name}　{row.object_name}",
        row.purpose,
        row.payee,
        row.certified_ntd,
        row.claimed_ntd,
        row.advanced_ntd,
        row.released_ntd,
        row.held_ntd,
        row.remaining_ntd,
        row.certified_by_name,
    )


def _period(wanted: RegisterFilter, gettext: Gettext) -> str:
    if not wanted.from_date and not wanted.to_date:
        return gettext("{year} 年度").format(year=wanted.fiscal_year)
    first = format_date(wanted.from_date) if wanted.from_date else ""
    last = format_date(wanted.to_date) if wanted.to_date else ""
    return gettext("{first} 至 {last}").format(first=first, last=last)
