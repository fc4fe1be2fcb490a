"""What is asked of the filled county: lists, reports, and the path of a certification."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto

from tests.plans.filled import YEAR, Filled
from tests.plugins.accounting.given import unique
from zhuji_accounting.domain.books.definition import BookFilter
from zhuji_accounting.domain.books.levels import statement_named
from zhuji_accounting.domain.ledger.voucher import VoucherState
from zhuji_accounting.domain.request import RequestKind
from zhuji_accounting.domain.search import sought
from zhuji_accounting.permissions import READ_REQUESTS
from zhuji_accounting.queries import (
    advance_worklist,
    advances,
    carries,
    certifications,
    claim_worklist,
    claims,
    open_advances,
    recoveries,
    remittances,
    requests,
    reservations,
    search,
    voucher_lists,
    vouchers,
    worklist,
    year_ends,
)
from zhuji_accounting.queries.books import levels, reading
from zhuji_accounting.usecases.approve_request import approve_request
from zhuji_accounting.usecases.certify_requests import certify_requests
from zhuji_accounting.usecases.submit_request import submit_request
from zhuji_accounting.usecases.write_request import WantedLine, WantedRequest, write_request
from zhuji_budget.domain.reports.catalogue import report_named
from zhuji_budget.domain.schedule import Side
from zhuji_budget.queries import (
    changes,
    estimates,
    lines,
    month_reports,
    positions,
    releases,
    schedules,
)
from zhuji_budget.queries.reports.monthly import execution_by_month
from zhuji_budget.queries.reports.reading import read_report, report_filter
from zhuji_core.audit.search import AuditFilter, search_audit
from zhuji_core.contracts.funds import ControlRowQuery
from zhuji_core.events import store as events
from zhuji_core.identity.actor import Actor
from zhuji_core.identity.sessions import resolve
from zhuji_core.testing.counties import given_actor
from zhuji_core.uow import UnitOfWork


class Rule(Enum):
    """What a plan may read.

    A PAGE shows one page, or one agency: no more than a tenth of any large table, and none from
    end to end. A REPORT sums up the county: the same of documents and their lines. A WRITE is not
    run again, so only its plan is looked at: nothing large from end to end.
    """

    PAGE = auto()
    REPORT = auto()
    WRITE = auto()


# Who asks: an office, somebody with several, the county's own.
ONE, THREE, ALL = "one agency", "three agencies", "the county"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A question by its name, and what it may read."""

    name: str
    rule: Rule
    ask: Callable[[Filled], None]


class _Within(dict[str, tuple[str, ...]]):
    """Every permission, within some agencies."""

    def __init__(self, codes: tuple[str, ...]) -> None:
        super().__init__()
        self.codes = codes

    def get(self, _name: str, _default: object = None) -> tuple[str, ...]:
        return self.codes


def _actor(city: Filled, who: str) -> Actor:
    codes = {ONE: (city.agency,), THREE: city.agencies[40:43], ALL: ("*",)}[who]
    return given_actor(7, permissions=_Within(codes), agency_code=city.agency)


def _read(who: str, ask: Callable[[UnitOfWork, Filled], object]) -> Callable[[Filled], None]:
    def asked(city: Filled) -> None:
        with city.county.uow(_actor(city, who), read_only=True) as uow:
            ask(uow, city)

    return asked


def _book(name: str, *, subsidiary_kind: str = "") -> Callable[[UnitOfWork, Filled], object]:
    def asked(uow: UnitOfWork, city: Filled) -> object:
        whose = "" if uow.actor.permissions.get("") == ("*",) else city.agency
        account = city.account if name == "account" else ""
        wanted = BookFilter(
            fiscal_year=YEAR,
            period=12,
            agency_code=whose,
            account_code=account,
            subsidiary_kind=subsidiary_kind,
        )
        return reading.read_book(uow, name, wanted)

    return asked


def _level(name: str) -> Callable[[UnitOfWork, Filled], object]:
    def asked(uow: UnitOfWork, city: Filled) -> object:
        whose = "" if uow.actor.permissions.get("") == ("*",) else city.agency
        wanted = levels.level_filter(
            statement_named(name), fiscal_year=YEAR, period=12, agency_code=whose
        )
        return levels.read_statement(uow, name, wanted)

    return asked


def _execution(month: int | None) -> Callable[[UnitOfWork, Filled], object]:
    def asked(uow: UnitOfWork, _city: Filled) -> object:
        report = report_named("execution")
        wanted = report_filter(uow, report, fiscal_year=YEAR, month=month)
        return read_report(uow, report, wanted)

    return asked


def _resolve(city: Filled) -> None:
    resolve(city.county.engine, token="of nobody", now=dt.datetime.now(dt.UTC))  # noqa: S106


def _follow(uow: UnitOfWork, _city: Filled) -> None:
    modules = {"modules": ["accounting", "budget"], "now": uow.now}
    uow.connection.execute(events.PENDING, modules)
    near_the_end = {
        "module": "accounting", "batch": 100, "transaction_id": "300", "sequence": 6_000,
        "floor_sequence": 0, "followed": ["budget.enacted"],
    }  # fmt: skip
    uow.connection.execute(events.READ, near_the_end)


def _certify(city: Filled) -> None:
    """Write, submit, approve and certify a request, each by another person."""
    wanted = WantedRequest(
        kind=RequestKind.ORDINARY, purpose=unique(), basis="示範簽", payee="示範行",
        lines=(WantedLine(control_row_id=city.some["control_row"], amount_ntd=1),),
    )  # fmt: skip
    writer, head, reviewer = (
        given_actor(number, agency_code=city.agency) for number in (21, 22, 23)
    )
    with city.county.uow(writer) as uow:
        made = write_request(uow, wanted=wanted)
    with city.county.uow(writer) as uow:
        submit_request(uow, request_id=made.request_id)
    with city.county.uow(head) as uow:
        approve_request(uow, request_id=made.request_id)
    with city.county.uow(reviewer) as uow:
        certify_requests(uow, request_ids=[made.request_id])


RELEASED = releases.ReleaseFilter(fiscal_year=YEAR, side=Side.EXPENDITURE, month=6)
OF_ALL_SIZES: Mapping[str, Callable[[UnitOfWork, Filled], object]] = {
    "requests, a page": lambda uow, _: requests.list_requests(
        uow, requests.RequestFilter(fiscal_year=YEAR)
    ),
    "claims, a page": lambda uow, _: claims.list_claims(uow, claims.ClaimFilter(fiscal_year=YEAR)),
    "claims, found": lambda uow, _: claims.list_claims(
        uow, claims.ClaimFilter(fiscal_year=YEAR, text="示範", limit=10)
    ),
    "advances, a page": lambda uow, _: advances.list_advances(
        uow, advances.AdvanceFilter(fiscal_year=YEAR)
    ),
    "vouchers, a page": lambda uow, _: voucher_lists.list_vouchers(
        uow, voucher_lists.VoucherFilter(fiscal_year=YEAR)
    ),
    "requests that wait, a page": lambda uow, _: requests.waiting_requests(
        uow, state="unit_approved", agencies=uow.actor.agencies(READ_REQUESTS)
    ),
    "vouchers that wait, a page": lambda uow, _: voucher_lists.waiting_vouchers(
        uow, VoucherState.PREPARED
    ),
    "requests that wait, counted": lambda uow, _: worklist.waiting(uow),
    "claims that wait, counted": lambda uow, _: claim_worklist.claims_waiting(uow),
    "advances that wait, counted": lambda uow, _: advance_worklist.advances_waiting(uow),
    "vouchers that wait, counted": lambda uow, _: voucher_lists.vouchers_waiting(uow),
    "budget lines, a page": lambda uow, _: lines.list_lines(
        uow, lines.LineFilter(fiscal_year=YEAR)
    ),
    "recoveries, a page": lambda uow, _: recoveries.list_recoveries(
        uow, recoveries.RecoveryFilter(fiscal_year=YEAR)
    ),
    "returned remittances, a page": lambda uow, _: remittances.list_returned(
        uow, remittances.ReturnFilter(fiscal_year=YEAR)
    ),
    "carries, a page": lambda uow, _: carries.list_carries(
        uow, carries.CarryFilter(fiscal_year=YEAR)
    ),
    "year ends, a page": lambda uow, _: year_ends.list_year_ends(uow, fiscal_year=YEAR),
    "changes of the budget, a page": lambda uow, _: changes.list_changes(
        uow, changes.ChangeFilter(fiscal_year=YEAR)
    ),
    "schedules, a page": lambda uow, _: schedules.list_schedules(
        uow, schedules.ScheduleFilter(fiscal_year=YEAR)
    ),
    "estimates, a page": lambda uow, _: estimates.list_estimates(uow, YEAR + 1),
    "estimates, totals": lambda uow, _: estimates.total_estimates(uow, YEAR + 1),
    "search, a number": lambda uow, _: search.search(uow, sought("10500012")),
}
# A word in the whole county is looked for among its newest first, a number of documents that is
# no share of so few (``make prove WHAT=accounting``, part ``search``).
OF_FEW: Mapping[str, Callable[[UnitOfWork, Filled], object]] = {
    "search, a word": lambda uow, _: search.search(uow, sought("蜂箱")),
}
OF_ONE: Mapping[str, Callable[[UnitOfWork, Filled], object]] = {
    "requests, totals": lambda uow, _: requests.request_totals(
        uow, requests.RequestFilter(fiscal_year=YEAR)
    ),
    "budget lines, totals": lambda uow, _: lines.line_totals(
        uow, lines.LineFilter(fiscal_year=YEAR)
    ),
    "a request": lambda uow, city: requests.find_request(uow, city.some["request"]),
    "a claim": lambda uow, city: claims.find_claim(uow, city.some["claim"]),
    "claims of a request": lambda uow, city: claims.claims_of_request(uow, city.some["request"]),
    "a voucher": lambda uow, city: vouchers.read_voucher(uow, city.some["voucher"]),
    "a budget line": lambda uow, city: lines.find_line(uow, city.some["line"]),
    "control rows, picked": lambda uow, city: positions.find_control_rows(
        uow, ControlRowQuery(agency_code=city.agency, fiscal_year=YEAR, text="業務")
    ),
    "register of certifications, a page": lambda uow, city: certifications.register(
        uow, certifications.RegisterFilter(agency_code=city.agency, fiscal_year=YEAR)
    ),
    "register of certifications, totals": lambda uow, city: certifications.register_totals(
        uow, certifications.RegisterFilter(agency_code=city.agency, fiscal_year=YEAR)
    ),
    "open advances, a page": lambda uow, city: open_advances.read_open_advances(
        uow, open_advances.OpenAdvanceFilter(agency_code=city.agency, fiscal_year=YEAR)
    ),
    "reservations, a page": lambda uow, city: reservations.read_reservations(
        uow, reservations.ReservationFilter(agency_code=city.agency, fiscal_year=YEAR)
    ),
    "journal, a page": _book("journal"),
    "ledger of an account, a page": _book("account"),
    "ledger": _book("ledger"),
    "subsidiaries": _book("subsidiaries", subsidiary_kind="deposit"),
    "cash": _book("cash"),
    "treasury": _book("treasury"),
    "trial balance": _book("trial-balance"),
    "expenditure statement (經費累計表)": _level("expenditure"),
    "execution report": _execution(None),
    "execution report as of a month": _execution(6),
    "execution by month": lambda uow, _: execution_by_month(uow, fiscal_year=YEAR),
    "monthly releases, a page": lambda uow, _: releases.list_releases(uow, RELEASED),
    "monthly releases, by month": lambda uow, _: releases.release_months(uow, RELEASED),
    "reports of the month, a page": lambda uow, _: month_reports.list_month_reports(
        uow, fiscal_year=YEAR, month=6
    ),
}
OF_ALL: Mapping[str, Callable[[UnitOfWork, Filled], object]] = {
    name: OF_ONE[name]
    for name in (
        "requests, totals", "budget lines, totals", "cash", "trial balance",
        "expenditure statement (經費累計表)", "execution report",
        "execution report as of a month", "execution by month", "monthly releases, a page",
        "monthly releases, by month", "reports of the month, a page",
    )
}  # fmt: skip
ASKED = (
    Asked(name="a session", rule=Rule.PAGE, ask=_resolve),
    Asked(name="events followed", rule=Rule.PAGE, ask=_read(ALL, _follow)),
    Asked(
        name="audit, a page",
        rule=Rule.PAGE,
        ask=_read(ALL, lambda uow, _: search_audit(uow, AuditFilter())),
    ),
    Asked(
        name="audit of a document",
        rule=Rule.PAGE,
        ask=_read(ALL, lambda uow, _: search_audit(uow, AuditFilter(label="10500012"))),
    ),
    Asked(name="a certification", rule=Rule.WRITE, ask=_certify),
    *(
        Asked(name=f"{name}, of {who}", rule=Rule.PAGE, ask=_read(who, ask))
        for name, ask in OF_ALL_SIZES.items()
        for who in (ONE, THREE, ALL)
    ),
    *(
        Asked(name=f"{name}, of {who}", rule=Rule.PAGE, ask=_read(who, ask))
        for name, ask in OF_FEW.items()
        for who in (ONE, THREE)
    ),
    *(
        Asked(name=f"{name}, of {ONE}", rule=Rule.PAGE, ask=_read(ONE, ask))
        for name, ask in OF_ONE.items()
    ),
    *(
        Asked(name=f"{name}, of {ALL}", rule=Rule.REPORT, ask=_read(ALL, ask))
        for name, ask in OF_ALL.items()
    ),
)
