"""What certifications hold, by whom and until when; what ends is told, and released if so set."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest

from tests.core.jobs.given import runner
from tests.core.site import Site
from tests.plugins.accounting.given import Office, everything, given_office
from tests.plugins.accounting.given_advances import Advances
from tests.plugins.accounting.given_claims import Claims
from tests.plugins.accounting.people import People, code_of
from tests.plugins.accounting.test_awards import award
from tests.plugins.budget.given import document
from zhuji_accounting.domain.commitments.refusals import HoldUnchanged, HoldUntilInvalid
from zhuji_accounting.domain.refusals import PeriodClosed, ReasonMissing, WrongState
from zhuji_accounting.domain.request import SpendingRequest
from zhuji_accounting.jobs import END_RESERVATIONS
from zhuji_accounting.queries.requests import find_request
from zhuji_accounting.queries.reservation_worklist import reservations_ending
from zhuji_accounting.queries.reservations import (
    ReservationFilter,
    ended_reservations,
    read_reservations,
)
from zhuji_accounting.queries.verification import verify_certifications
from zhuji_accounting.usecases.change_hold import change_hold
from zhuji_accounting.usecases.release_ended import release_ended
from zhuji_budget.queries.lines import find_line, find_line_of_row
from zhuji_core.identity.actor import SYSTEM_USER_ID, Actor
from zhuji_core.jobs.runner import tick_id
from zhuji_core.settings import keep_setting
from zhuji_core.testing.counties import CountyUnderTest, given_actor

MARCH_20, MARCH_21 = dt.date(2016, 3, 20), dt.date(2016, 3, 21)
RELEASES = {"accounting": {"reservation_end": "release"}}


def held(office: Office, amount_ntd: int, until: dt.date | None = MARCH_20) -> uuid.UUID:
    """Certify a request and hold it until a day."""
    request_id = office.certified(amount_ntd).request_id
    if until is not None:
        hold(office, request_id, until)
    return request_id


def hold(
    office: Office, request_id: uuid.UUID, until: dt.date | None, reason: str = "案件延後"
) -> SpendingRequest:
    with office.county.uow(office.reviewer) as uow:
        return change_hold(uow, request_id=request_id, until=until, reason=reason)


def listed(office: Office, **wanted: Any) -> list[dict[str, Any]]:
    with office.county.uow(office.reviewer, read_only=True) as uow:
        sheet = read_reservations(
            uow,
            ReservationFilter(
                **{"agency_code": office.government.agency_code, "fiscal_year": 105, **wanted}
            ),
        )
    if not wanted:
        records: list[dict[str, Any]] = sheet.records()
        assert sheet.sums["held_ntd"] == sum(row["held_ntd"] for row in records)
        assert sheet.sums["held_ntd"] == office.encumbered_ntd()
    return [dict(row) for row in sheet.records()]


def titles(office: Office, actor: Actor) -> dict[str, tuple[int, int | None]]:
    with office.county.uow(actor, read_only=True) as uow:
        return {item.title: (item.count, item.amount_ntd) for item in reservations_ending(uow)}


def end(office: Office, request_id: uuid.UUID) -> SpendingRequest | None:
    with office.county.uow(given_actor(SYSTEM_USER_ID.int)) as uow:
        return release_ended(uow, request_id=request_id)


def test_the_list_says_how_much_is_held_by_whom_and_until_when(any_office: Office) -> None:
    claims = Claims(any_office)
    first, contract = held(any_office, 9_000), held(any_office, 5_000, None)
    done = held(any_office, 300)
    award(any_office, contract, 4_000)
    claims.granted((first, 2_000))
    claims.granted((done, 300), final=True)
    any_office.county.business_date = MARCH_21
    rows = listed(any_office)
    assert [
        (row["certified_ntd"], row["claimed_ntd"], row["released_ntd"], row["held_ntd"])
        for row in rows
    ] == [(9_000, 2_000, 0, 7_000), (5_000, 0, 1_000, 4_000)]
    assert [(row["held_until"], row["days_over"]) for row in rows] == [
        ("2016-03-20", 1), ("2016-12-31", None),
    ]  # fmt: skip
    assert [(row["payee"], row["contract"]) for row in rows] == [
        ("甲商行", ""), ("乙營造", "採-105-7"),
    ]  # fmt: skip
    assert {row["holder"] for row in rows} == {"經辦甲"}
    assert len(listed(any_office, until=MARCH_20)) == 1
    assert len(listed(any_office, contracts=True)) == 1
    assert len(listed(any_office, text="乙營造")) == 1
    assert len(listed(any_office, text="沒有")) == 0


def test_the_budget_line_says_who_holds_it_for_whom_and_until_when(any_office: Office) -> None:
    Claims(any_office).granted((held(any_office, 700), 700), final=True)
    held(any_office, 9_000)
    contract = held(any_office, 5_000, None)
    award(any_office, contract, 4_000)
    with any_office.county.uow(any_office.reviewer, read_only=True) as uow:
        page = find_line(uow, find_line_of_row(uow, any_office.supplies))
    assert [(one.held_by, one.held_for, one.held_until, one.held_ntd) for one in page.holders] == [
        ("經辦甲", "甲商行", MARCH_20, 9_000),
        ("經辦甲", "乙營造（採-105-7）", dt.date(2016, 12, 31), 4_000),
    ]
    budget_only = given_actor(
        160,
        permissions={"budget.line.read": (any_office.government.agency_code,)},
        agency_code=any_office.government.agency_code,
    )
    with any_office.county.uow(budget_only, read_only=True) as uow:
        page = find_line(uow, find_line_of_row(uow, any_office.supplies))
    assert {(one.held_by, one.held_for, one.held_until) for one in page.holders} == {("", "", None)}


def test_a_page_goes_on_where_the_last_one_ended(office: Office) -> None:
    for amount_ntd in (10, 20, 30):
        held(office, amount_ntd, None)
    with office.county.uow(office.reviewer, read_only=True) as uow:
        wanted = ReservationFilter(agency_code="A1", fiscal_year=105, limit=2)
        sheet = read_reservations(uow, wanted)
        assert (len(sheet.rows), sheet.next, sheet.count) == (2, "2-1", 3)
        rest = ReservationFilter(agency_code="A1", fiscal_year=105, after_no=2, after_line=1)
        assert [row["held_ntd"] for row in read_reservations(uow, rest).records()] == [30]


def test_another_day_has_a_reason_and_lies_in_the_year(any_office: Office) -> None:
    request_id, waiting = held(any_office, 1_000), any_office.approved(10).request_id
    before = everything(any_office.county)
    with pytest.raises(HoldUnchanged):
        hold(any_office, request_id, MARCH_20)
    for day in (dt.date(2016, 3, 14), dt.date(2017, 1, 1)):
        with pytest.raises(HoldUntilInvalid):
            hold(any_office, request_id, day)
    with pytest.raises(ReasonMissing):
        hold(any_office, request_id, MARCH_21, reason=" ")
    with pytest.raises(WrongState):
        hold(any_office, waiting, MARCH_21)
    assert everything(any_office.county) == before
    assert hold(any_office, request_id, None).hold_until is None


def test_what_ends_is_told_to_who_asked_for_it_and_to_accounting(any_office: Office) -> None:
    held(any_office, 9_000), held(any_office, 500, dt.date(2016, 3, 29)), held(any_office, 1, None)
    soon = "保留期限將屆滿之簽證"
    assert titles(any_office, any_office.writer) == {soon: (2, 9_500)}
    any_office.county.business_date = MARCH_21
    both = {"保留期限已屆滿之簽證": (1, 9_000), soon: (1, 500)}
    assert titles(any_office, any_office.writer) == both
    assert titles(any_office, any_office.reviewer) == both


def test_nothing_is_released_before_its_day_nor_where_the_county_reminds(
    any_office: Office,
) -> None:
    request_id = held(any_office, 9_000)
    any_office.county.settings |= RELEASES
    any_office.county.business_date = MARCH_20
    before = everything(any_office.county)
    assert end(any_office, request_id) is None
    any_office.county.business_date = MARCH_21
    del any_office.county.settings["accounting"]
    assert end(any_office, request_id) is None
    assert everything(any_office.county) == before


def test_what_is_over_goes_back_and_its_writer_is_told(any_office: Office) -> None:
    claims = Claims(any_office)
    request_id, other = held(any_office, 9_000), held(any_office, 50, None)
    claims.granted((request_id, 2_000))
    any_office.county.settings |= RELEASES
    any_office.county.business_date = MARCH_21
    released = end(any_office, request_id)
    assert released is not None
    assert (released.state, any_office.encumbered_ntd()) == ("closed", 50)
    with any_office.county.uow(any_office.reviewer, read_only=True) as uow:
        (release,) = find_request(uow, request_id).releases
        assert ended_reservations(uow) == []
        proof = verify_certifications(uow)
    assert (release.amount_ntd, release.reason) == (
        7_000, "保留期限 105-03-20 屆滿，由系統釋放",
    )  # fmt: skip
    assert titles(any_office, any_office.writer) == {"期限屆滿已由系統釋放之簽證": (1, 7_000)}
    assert proof.passed, proof.errors
    assert end(any_office, other) is None


def test_people_decide_about_contracts_and_about_what_is_being_claimed(
    any_office: Office,
) -> None:
    contract, claimed, advanced = (held(any_office, ntd) for ntd in (5_000, 700, 900))
    award(any_office, contract, 5_000)
    Claims(any_office).submitted((claimed, 600))
    Advances(any_office).granted(advanced, 400)
    any_office.county.settings |= RELEASES
    any_office.county.business_date = MARCH_21
    before = everything(any_office.county)
    assert [end(any_office, one) for one in (contract, claimed, advanced)] == [None] * 3
    assert everything(any_office.county) == before
    assert titles(any_office, any_office.reviewer) == {"保留期限已屆滿之簽證": (3, 6_200)}
    assert [row["advanced_ntd"] for row in listed(any_office)] == [0, 0, 400]


def test_a_closed_month_keeps_it(office: Office) -> None:
    request_id = held(office, 700)
    office.county.settings |= RELEASES
    office.county.business_date = MARCH_21
    office.county.execute(
        "INSERT INTO accounting.closed_period (fiscal_year, agency_code, period, document_id,"
        " closed_by, closed_at) VALUES (105, 'A1', 3, gen_random_uuid(), gen_random_uuid(), now())"
    )
    before = everything(office.county)
    with pytest.raises(PeriodClosed):
        end(office, request_id)
    assert everything(office.county) == before


def test_the_job_does_what_the_county_says(served_whole: Site, txg: CountyUnderTest,
                                           mli: CountyUnderTest) -> None:  # fmt: skip
    served_whole.begin_test(txg, mli)
    office = given_office(txg)
    request_id, contract = held(office, 9_000), held(office, 500)
    award(office, contract, 500)
    access = served_whole.counties["TXG"]

    def night(day: int, **settings: str) -> str:
        kept = [("kernel", "business_date", f"2016-03-{day}")]
        kept += [("accounting", key, value) for key, value in settings.items()]
        with access.begin(actor=given_actor()) as uow:
            for module, key, value in kept:
                keep_setting(uow, module=module, key=key, value=value)
            uow.audit("kernel.setting.change", document(1))
        tick = dt.datetime(2016, 3, day, tzinfo=dt.UTC)
        runner(served_whole, END_RESERVATIONS).run_tick(
            access, name=END_RESERVATIONS.name, tick=tick
        )
        (told,) = txg.rows(
            "SELECT state || ' ' || kept AS told FROM kernel.job WHERE job_id = :job_id",
            job_id=tick_id(END_RESERVATIONS.name, tick),
        )
        return str(told.told)

    assert night(21) == "done 2 件簽證已逾保留期限，列於經辦及會計之待辦"
    assert office.encumbered_ntd() == 9_500
    assert night(22, reservation_end="release") == "done 已釋放 1 件逾期簽證，1 件留待人員辦理"
    assert office.encumbered_ntd() == 500
    (closed,) = txg.rows(
        "SELECT state FROM accounting.spending_request WHERE request_id = :id", id=request_id
    )
    assert closed.state == "closed"


def test_pages_files_and_api_say_the_same(people: People) -> None:
    request_id = people.certified(18_000)
    path = f"requests/{request_id}/hold"
    page = people["rev"].get(f"/txg/accounting/requests/{request_id}").text
    assert path in page
    assert "至 105-12-31" in people["rev"].get(f"/txg/accounting/{path}").text
    refused = people.post("rev", path, {"hold_until": "9999", "reason": "延後"})
    assert (refused.status_code, code_of(refused)) == (422, "E-REQUEST-FORM")
    assert "延後" in refused.text
    sent = people.post("rev", path, {"hold_until": "630", "reason": "延後"})
    assert sent.status_code == 303, sent.text
    body = {"hold_until": "2016-07-31", "reason": "再延"}
    assert people.call("req", path, body).status_code == 403
    assert people.call("rev", path, body).status_code == 200
    page = people["rev"].get(f"/txg/accounting/requests/{request_id}").text
    assert all(text in page for text in ("105-07-31", "105-06-30", "再延"))
    listed = people["req"].get("/txg/accounting/reservations?until=731").text
    assert all(text in listed for text in ("18,000", "105-07-31"))
    assert "18,000" not in people["req"].get("/txg/accounting/reservations?until=730").text
    code = people.office.government.agency_code
    answer = people.call("req", f"reservations?agency_code={code}", method="GET").json()
    assert answer["items"][0]["values"]["held_ntd"] == 18_000
    assert answer["totals"]["held_ntd"] == 18_000
    made = people["req"].get(
        f"/txg/accounting/reservations/export/csv?agency_code={code}&fiscal_year=105"
    )
    assert made.status_code == 200
    assert "18000" in made.text.replace(",", "")
    other = people.call("req", "reservations?agency_code=ZZ", method="GET")
    assert other.status_code == 403
