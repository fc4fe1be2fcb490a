"""Each refusal of accounting through HTTP: its code, its arithmetic, and nothing kept."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.plugins.accounting.given import everything
from tests.plugins.accounting.people import People, code_of
from tests.plugins.accounting.test_reserve_lines import mark_as_reserve
from zhuji_accounting.domain import refusals
from zhuji_accounting.web.typed import FormInvalid
from zhuji_core.contracts import funds
from zhuji_core.identity.duties import SamePerson
from zhuji_core.values import DomainError
from zhuji_core.web.exports import FormatUnknown

# What has to be there before, as values for the call that is refused.
Given = Callable[[People], Any]
Call = Callable[[People, Any], httpx.Response]
CASES: dict[str, tuple[int, Given, Call]] = {}


def case(code: str, status_code: int, given: Given) -> Callable[[Call], Call]:
    """Register the call that is refused with ``code`` after ``given``."""

    def register(call: Call) -> Call:
        CASES[code] = (status_code, given, call)
        return call

    return register


def nothing(_: People) -> None:
    return None


def too_dear(people: People) -> str:
    return people.approved(people.office.supplies_available_ntd + 1)


@case("E-ALLOT-INSUFFICIENT", 409, too_dear)
def _allotment(people: People, request_id: str) -> httpx.Response:
    return people.call("rev", f"requests/{request_id}/certification")


@case("E-ANNUAL-INSUFFICIENT", 409, lambda people: people.approved(12_000_001))
def _annual(people: People, request_id: str) -> httpx.Response:
    return people.call("rev", f"requests/{request_id}/certification")


def on_a_closed_row(people: People) -> str:
    request_id = people.approved(1)
    people.office.county.execute(
        "UPDATE budget.control_row SET closed_reason = '議會凍結' WHERE control_row_id = :row",
        row=people.office.supplies,
    )
    return request_id


@case("E-LINE-CLOSED", 409, on_a_closed_row)
def _closed_row(people: People, request_id: str) -> httpx.Response:
    return people.call("rev", f"requests/{request_id}/certification")


def on_a_reserve(people: People) -> str:
    request_id = people.approved(1)
    mark_as_reserve(people.office)
    return request_id


@case("E-RESERVE-DIRECT", 409, on_a_reserve)
def _reserve(people: People, request_id: str) -> httpx.Response:
    return people.call("rev", f"requests/{request_id}/certification")


def on_frozen_money(people: People) -> str:
    request_id = people.approved(1)
    people.office.county.execute(
        "UPDATE budget.control_row SET frozen_ntd = enacted_ntd,"
        " allotment_ntd = '{0,0,0,0,0,0,0,0,0,0,0,0}' WHERE control_row_id = :row",
        row=people.office.supplies,
    )
    return request_id


@case("E-CONDITIONAL", 409, on_frozen_money)
def _conditional(people: People, request_id: str) -> httpx.Response:
    return people.call("rev", f"requests/{request_id}/certification")


def on_a_bill(people: People) -> str:
    request_id = people.approved(1)
    people.office.county.corrupt(
        "UPDATE budget.control_row SET enacted_ntd = 0,"
        " allotment_ntd = '{0,0,0,0,0,0,0,0,0,0,0,0}' WHERE control_row_id = :row",
        row=people.office.supplies,
    )
    return request_id


@case("E-BUDGET-NOT-ENACTED", 409, on_a_bill)
def _bill(people: People, request_id: str) -> httpx.Response:
    return people.call("rev", f"requests/{request_id}/certification")


def capital_on_current(people: People) -> str:
    line = {"control_row_id": str(people.office.supplies), "amount_ntd": 1}
    return people.approved(lines=[{**line, "detail_object_code": "0306"}])


@case("E-OBJECT-MISMATCH", 409, capital_on_current)
def _object(people: People, request_id: str) -> httpx.Response:
    return people.call("rev", f"requests/{request_id}/certification")


@case("E-CONTROL-ROW", 422, nothing)
def _control_row(people: People, _: object) -> httpx.Response:
    line = {"control_row_id": str(uuid.uuid4()), "amount_ntd": 1}
    return people.call("req", "requests/", people.wanted(lines=[line]))


def without_budget(people: People) -> str:
    request_id = people.approved(1)
    people.site.switch("TXG", modules=("accounting",))
    return request_id


@case("E-NO-FUND-CONTROL", 409, without_budget)
def _no_fund_control(people: People, request_id: str) -> httpx.Response:
    return people.call("rev", f"requests/{request_id}/certification")


@case("E-REQUEST-NOT-FOUND", 404, nothing)
def _not_found(people: People, _: object) -> httpx.Response:
    return people.call("rev", f"requests/{uuid.uuid4()}/certification")


@case("E-REQUEST-STATE", 409, lambda people: people.submitted(1))
def _state(people: People, request_id: str) -> httpx.Response:
    return people.call("rev", f"requests/{request_id}/certification")


@case("E-NOT-WRITER", 403, lambda people: people.written(1))
def _writer(people: People, request_id: str) -> httpx.Response:
    return people.call("req2", f"requests/{request_id}/submission")


@case("E-PURPOSE-MISSING", 422, lambda people: people.written(1, purpose=" "))
def _purpose(people: People, request_id: str) -> httpx.Response:
    return people.call("req", f"requests/{request_id}/submission")


@case("E-REQUEST-LINES", 422, lambda people: people.written())
def _lines(people: People, request_id: str) -> httpx.Response:
    return people.call("req", f"requests/{request_id}/submission")


@case("E-SAME-PERSON", 403, lambda people: people.submitted(1, account="both"))
def _same_person(people: People, request_id: str) -> httpx.Response:
    return people.call("both", f"requests/{request_id}/approval")


def in_a_closed_month(people: People) -> str:
    request_id = people.approved(1)
    people.office.close_through(2)
    closed = people.post(
        "cacc", "periods/105/3/closing", {"agency_code": "A1", "confirmation": "3"}
    )
    assert closed.status_code == 303, closed.text
    return request_id


@case("E-PERIOD-CLOSED", 409, in_a_closed_month)
def _period(people: People, request_id: str) -> httpx.Response:
    return people.call("rev", f"requests/{request_id}/certification")


def the_same_again(people: People) -> str:
    wanted = people.wanted(55)
    first, second = (
        str(people.call("req", "requests/", wanted).json()["request_id"]) for _ in range(2)
    )
    assert people.call("req", f"requests/{first}/submission").status_code == 200
    return second


@case("E-DUP-REQUEST", 409, the_same_again)
def _duplicate(people: People, request_id: str) -> httpx.Response:
    return people.call("req", f"requests/{request_id}/submission")


def row_of_another_agency(people: People) -> str:
    people.office.county.corrupt(
        "UPDATE budget.control_row SET agency_code = 'B1' WHERE object_code = '03'",
    )
    return str(people.office.rows["03"])


@case("E-LINE-AGENCY", 422, row_of_another_agency)
def _agency(people: People, row: str) -> httpx.Response:
    line = {"control_row_id": row, "amount_ntd": 1}
    return people.call("req", "requests/", people.wanted(lines=[line]))


@case("E-REASON-MISSING", 422, lambda people: people.submitted(1))
def _reason(people: People, request_id: str) -> httpx.Response:
    return people.call("sup", f"requests/{request_id}/return", {"reason": " "})


@case("E-OVER-RELEASE", 409, lambda people: people.certified(500))
def _over_release(people: People, request_id: str) -> httpx.Response:
    body = {"lines": [{"line_no": 1, "amount_ntd": 501}], "reason": "標餘"}
    return people.call("rev", f"requests/{request_id}/release", body)


@case("E-LINE-TWICE", 422, lambda people: people.certified(500))
def _line_twice(people: People, request_id: str) -> httpx.Response:
    lines = [{"line_no": 1, "amount_ntd": 100}, {"line_no": 1, "amount_ntd": 200}]
    body = {"lines": lines, "reason": "標餘"}
    return people.call("rev", f"requests/{request_id}/release", body)


def of_the_year_before(people: People) -> str:
    request_id = people.approved(5)
    people.office.county.execute("UPDATE accounting.spending_request SET fiscal_year = 104")
    return request_id


@case("E-REQUEST-YEAR", 409, of_the_year_before)
def _another_year(people: People, request_id: str) -> httpx.Response:
    return people.call("rev", f"requests/{request_id}/certification")


@case("E-STALE", 409, lambda people: people.written(1))
def _stale(people: People, request_id: str) -> httpx.Response:
    body = people.wanted(2, revision=7)
    return people.call("req", f"requests/{request_id}", body, method="PUT")


@case("E-TEXT-LONG", 422, nothing)
def _long(people: People, _: object) -> httpx.Response:
    return people.call("req", "requests/", people.wanted(1, purpose="長" * 501))


@case("E-PERIOD-INVALID", 422, nothing)
def _period_invalid(people: People, _: object) -> httpx.Response:
    return people.post(
        "cacc", "periods/105/14/closing", {"agency_code": "A1", "confirmation": "14"}
    )


@case("E-PERIOD-STATE", 409, nothing)
def _period_state(people: People, _: object) -> httpx.Response:
    return people.post("bas", "periods/105/3/reopening", {"agency_code": "A1", "reason": "補件"})


@case("E-PERIOD-FUTURE", 422, nothing)
def _period_future(people: People, _: object) -> httpx.Response:
    return people.call("cacc", "periods/105/4/closing", {"agency_code": "A1"})


@case("E-PERIOD-ORDER", 409, lambda people: people.office.follow())
def _period_order(people: People, _: object) -> httpx.Response:
    return people.call("cacc", "periods/105/3/closing", {"agency_code": "A1"})


@case("E-REPORT-SET-NOT-FOUND", 404, nothing)
def _report_set(people: People, _: object) -> httpx.Response:
    return people.call("cacc", f"report-sets/{uuid.uuid4()}", method="GET")


@case("E-BATCH-LIMIT", 422, nothing)
def _batch(people: People, _: object) -> httpx.Response:
    ids = [str(uuid.uuid4()) for _ in range(501)]
    return people.call("rev", "certifications/", {"request_ids": ids})


@case("E-REQUEST-FORM", 422, nothing)
def _form(people: People, _: object) -> httpx.Response:
    fields = {"kind": "ordinary", "purpose": "用途", "basis": "簽", "lines-0-amount": "十二"}
    return people.post("req", "requests/new", fields)


@case("E-EXPORT-FORMAT", 404, nothing)
def _format(people: People, _: object) -> httpx.Response:
    return people["rev"].get("/txg/accounting/requests/export/docx")


def declared() -> set[str]:
    """Every code that accounting's rules and the funds it asks for can answer with."""
    own = [value for value in vars(refusals).values() if isinstance(value, type)]
    foreign = [*funds.REFUSALS.values(), funds.ControlRowNotFound, funds.NoFundControl]
    every = [*own, *foreign, FormInvalid, FormatUnknown, SamePerson]
    return {
        one.code
        for one in every
        if issubclass(one, DomainError)
        and one is not DomainError
        and hasattr(one, "code")
        # Nothing is spent through HTTP before there are claims; tests/plugins/budget/test_stages.
        and one is not funds.PayableInsufficient
    }


def test_every_refusal_has_a_case() -> None:
    assert set(CASES) == declared()


@pytest.mark.parametrize("code", sorted(CASES))
def test_refuses_and_keeps_nothing(people: People, code: str) -> None:
    status_code, given, call = CASES[code]
    for account in ("req", "req2", "sup", "rev", "cacc", "bas", "both"):
        assert people[account].csrf, "signing in is audited, so it comes before"
    prepared = given(people)
    before = everything(people.office.county)
    answer = call(people, prepared)
    assert (answer.status_code, code_of(answer)) == (status_code, code), answer.text
    assert everything(people.office.county) == before


def test_the_arithmetic_of_short_funds_is_that_of_the_database(people: People) -> None:
    people.certified(1_000)
    request_id = too_dear(people)
    found = people.office.county.rows(
        "SELECT (SELECT sum(a) FROM unnest(allotment_ntd[1:3]) AS a)::bigint AS allotted,"
        " encumbered_ntd, advanced_ntd, expended_ntd, enacted_ntd + changes_ntd AS budget"
        " FROM budget.control_row WHERE control_row_id = :row",
        row=people.office.supplies,
    )[0]
    available_ntd = found.allotted - found.encumbered_ntd - found.advanced_ntd - found.expended_ntd
    asked_ntd = people.office.supplies_available_ntd + 1
    problem = people.call("rev", f"requests/{request_id}/certification").json()
    assert problem["arithmetic"] == {
        "allotted_to_date_ntd": found.allotted,
        "encumbered_ntd": found.encumbered_ntd,
        "advanced_ntd": found.advanced_ntd,
        "expended_ntd": found.expended_ntd,
        "available_ntd": available_ntd,
        "requested_ntd": asked_ntd,
        "short_ntd": asked_ntd - available_ntd,
    }
    assert f"短少 {asked_ntd - available_ntd:,}" in problem["detail"]


def test_the_page_shows_the_same_arithmetic(people: People) -> None:
    request_id = too_dear(people)
    page = people.post("rev", f"requests/{request_id}/certification")
    assert page.status_code == 409
    assert code_of(page) == "E-ALLOT-INSUFFICIENT"
    assert f"{people.office.supplies_available_ntd + 1:,}" in page.text
    assert "短少" in page.text


def test_the_arithmetic_of_an_over_release(people: People) -> None:
    request_id = people.certified(500)
    body = {"lines": [{"line_no": 1, "amount_ntd": 100}], "reason": "標餘"}
    assert people.call("rev", f"requests/{request_id}/release", body).status_code == 200
    body["lines"] = [{"line_no": 1, "amount_ntd": 401}]
    problem = people.call("rev", f"requests/{request_id}/release", body).json()
    assert problem["arithmetic"] == {
        "certified_ntd": 500,
        "claimed_ntd": 0,
        "advanced_ntd": 0,
        "released_ntd": 100,
        "held_ntd": 400,
        "requested_ntd": 401,
    }
