"""What the council decided is never changed without a trace: who, when, why, and what stood."""

from __future__ import annotations

import json
import re
import uuid
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import ProgrammingError

from tests.core.site import Browser
from tests.plugins.budget.estimates.given import NEXT
from tests.plugins.budget.estimates.test_council import REVENUE
from tests.plugins.budget.estimates.test_council_line import OTHER, line_of
from tests.plugins.budget.estimates.test_review import ALONE, REVIEWER, given_submitted
from tests.plugins.budget.given import ENACTOR, LINE, YEAR, given_bill, keep, rows_of, small_budget
from zhuji_budget.domain.books.model import Budget
from zhuji_budget.domain.council import CouncilChange, CouncilRevenue
from zhuji_budget.domain.council_record import (
    BillAtCouncil,
    CouncilReasonMissing,
    CouncilStale,
)
from zhuji_budget.domain.enactment import BillMoved
from zhuji_budget.facts import load_facts, load_revenue
from zhuji_budget.queries.council_records import council_records
from zhuji_budget.queries.recordings import check_recordings
from zhuji_budget.queries.verification import verify_budget
from zhuji_budget.queries.years import find_seen
from zhuji_budget.usecases._council import UNSAID, Said
from zhuji_budget.usecases.compile_bill import compile_bill
from zhuji_budget.usecases.enact_year import enact_year
from zhuji_budget.usecases.import_budget import import_budget
from zhuji_budget.usecases.import_revenue import import_revenue
from zhuji_budget.usecases.record_council import record_council
from zhuji_budget.usecases.record_council_revenue import record_council_revenue
from zhuji_budget.usecases.review_estimate import review_estimate
from zhuji_core.testing.counties import CountyUnderTest

DECIDED = "SELECT control_row_id, cut_ntd, frozen_ntd, condition FROM budget.council_change"


def cut(row: uuid.UUID, cut_ntd: int, **more: Any) -> CouncilChange:
    return CouncilChange(control_row_id=row, cut_ntd=cut_ntd, **more)


def record(county: CountyUnderTest, *changes: CouncilChange, said: Said = UNSAID) -> None:
    with county.uow() as uow:
        record_council(uow, fiscal_year=YEAR, changes=changes, said=said)


@pytest.mark.parametrize("government", ["mli", "txg"])
def test_a_recorded_decision_is_not_changed_without_a_reason(
    government: str, request: pytest.FixtureRequest
) -> None:
    county: CountyUnderTest = request.getfixturevalue(government)
    given_bill(county)
    first, second = rows_of(county, line_code=LINE)[:2]
    record(county, cut(first, 5), cut(second, 7, frozen_ntd=9, condition="報告後動支"))
    stands = {tuple(row) for row in county.rows(DECIDED)}
    for changes in ((), (cut(first, 5),), (cut(first, 6), cut(second, 7))):
        with pytest.raises(CouncilReasonMissing) as refused:
            record(county, *changes)
        assert set(refused.value.fields) == {"reason"}
    assert {tuple(row) for row in county.rows(DECIDED)} == stands
    record(county, cut(first, 5), said=Said(reason="三讀更正"))
    with county.uow(read_only=True) as uow:
        told = council_records(uow, YEAR)
    assert [(one.record_no, one.reason) for one in told] == [(2, "三讀更正"), (1, ""), (1, "")]
    newest = told[0]
    assert (newest.before.amount_ntd, newest.before.frozen_ntd, newest.before.words) == (
        7,
        9,
        "報告後動支",
    )
    assert newest.after.amount_ntd == 0
    assert LINE in newest.label
    assert newest.actor_name
    with pytest.raises(ProgrammingError, match="permission denied"), county.uow() as uow:
        uow.connection.execute(sa.text("UPDATE budget.council_record SET reason = ''"))


def test_what_stands_already_is_no_recording(mli: CountyUnderTest) -> None:
    given_bill(mli)
    first = rows_of(mli, line_code=LINE)[0]
    record(mli, cut(first, 5, condition=" 檢討 "))
    record(mli, cut(first, 5, condition="檢討"))
    assert len(mli.rows("SELECT 1 FROM budget.council_record")) == 1


def test_two_forms_do_not_erase_each_other(mli: CountyUnderTest) -> None:
    given_bill(mli)
    first, other = rows_of(mli, line_code=LINE)[0], rows_of(mli, line_code=OTHER)[0]
    record(mli, cut(first, 5), said=Said(seen=0))
    with pytest.raises(CouncilStale):
        record(mli, cut(other, 7), said=Said(seen=0, reason="理由"))
    with mli.uow() as uow:  # another line was not touched since
        record_council(
            uow,
            fiscal_year=YEAR,
            changes=[cut(other, 7)],
            line_id=line_of(mli, OTHER),
            said=Said(seen=0),
        )
    assert {row.cut_ntd for row in mli.rows(DECIDED)} == {5, 7}


def test_revenue_is_kept_so_too(mli: CountyUnderTest) -> None:
    given_bill(mli)
    revenue = uuid.uuid4()
    mli.execute(REVENUE, id=revenue)
    change = CouncilRevenue(revenue_row_id=revenue, change_ntd=3, reason="核實增列")

    def vote(*changes: CouncilRevenue, said: Said = UNSAID) -> None:
        with mli.uow() as uow:
            record_council_revenue(uow, fiscal_year=YEAR, changes=changes, said=said)

    vote(change)
    for said in (UNSAID, Said(seen=0, reason="理由")):
        with pytest.raises((CouncilReasonMissing, CouncilStale)):
            vote(said=said)
    assert mli.rows("SELECT council_ntd FROM budget.revenue_row")[0].council_ntd == 3
    vote(said=Said(seen=1, reason="復議"))
    assert not mli.rows("SELECT 1 FROM budget.council_revenue")


def of_one_line(*, fiscal_year: int = YEAR, code: str = "3299999999") -> Budget:
    """A book of one line that no year has."""
    budget = small_budget()
    line = msgspec.structs.replace(budget.lines[0], code=code)
    return msgspec.structs.replace(budget, fiscal_year=fiscal_year, lines=(line,))


def test_no_book_is_added_to_a_bill_that_the_council_spoke_on(mli: CountyUnderTest) -> None:
    given_bill(mli)
    record(mli, cut(rows_of(mli, line_code=LINE)[0], 5))
    facts = load_facts("demo-small")
    revenue = load_revenue("demo-small", agencies=facts.budget.agencies)
    with pytest.raises(BillAtCouncil) as refused, mli.uow() as uow:
        import_budget(uow, budget=of_one_line(), pack=facts.pack)
    assert "1 項" in refused.value.text(str)
    with pytest.raises(BillAtCouncil), mli.uow() as uow:
        import_revenue(uow, revenue=revenue)
    given_bill(mli)  # the same book again changes nothing
    record(mli, said=Said(reason="議會同意更正送審"))
    assert keep(mli, of_one_line()).lines == 1


def test_no_estimate_is_compiled_into_it_either(mli: CountyUnderTest) -> None:
    estimate_id = given_submitted(mli)
    with mli.uow(REVIEWER) as uow:
        review_estimate(uow, estimate_id=estimate_id, cuts=())
    keep(mli, of_one_line(fiscal_year=NEXT))
    (row,) = mli.rows(
        "SELECT control_row_id FROM budget.control_row WHERE fiscal_year = 106 LIMIT 1"
    )
    with mli.uow() as uow:
        record_council(uow, fiscal_year=NEXT, changes=[cut(row.control_row_id, 1)])
    with pytest.raises(BillAtCouncil), mli.uow(REVIEWER) as uow:
        compile_bill(uow, fiscal_year=NEXT, gap_reason=ALONE)
    assert mli.rows("SELECT state FROM budget.estimate")[0].state == "reviewed"


def test_what_becomes_law_is_what_was_looked_at(
    mli: CountyUnderTest, bas: Browser, bas2: Browser
) -> None:
    given_bill(mli)
    row = rows_of(mli, line_code=LINE)[0]
    page = f"/mli/budget/years/{YEAR}/enactment"
    shown = bas2.get(f"{page}?act_no=議字第1號").text
    (seen,) = re.findall(r'name="seen" value="([^"]+)"', shown)
    rows = len(mli.rows("SELECT 1 FROM budget.control_row"))
    body = json.dumps({"changes": [{"control_row_id": str(row), "cut_ntd": 5}]}).encode()
    assert bas.json(f"/mli/api/v1/budget/council/{YEAR}", body).status_code == 200
    sent = {"act_no": "議字第1號", "confirmation": str(rows), "seen": seen}
    refused = bas2.form(page, sent)
    assert (refused.status_code, "E-ENACT-STALE" in refused.text) == (409, True)
    with mli.uow(read_only=True) as uow:
        token = find_seen(uow, YEAR).token
    with pytest.raises(BillMoved), mli.uow(ENACTOR) as uow:
        enact_year(uow, fiscal_year=YEAR, act_no="1", seen=seen)
    shown = bas2.get(f"{page}?act_no=議字第1號").text
    assert token in shown
    assert f"/mli/budget/council/{YEAR}/records" in shown
    assert bas2.form(page, {**sent, "seen": token}).status_code == 303


def test_pages_and_api_ask_for_the_reason_and_show_the_record(
    mli: CountyUnderTest, bas: Browser
) -> None:
    given_bill(mli)
    row = rows_of(mli, line_code=LINE)[0]
    root = f"/mli/budget/council/{YEAR}"
    api = f"/mli/api/v1/budget/council/{YEAR}"
    body = {"changes": [{"control_row_id": str(row), "cut_ntd": 5}]}
    assert bas.json(api, json.dumps(body).encode()).status_code == 200
    gone = bas.json(api, b'{"changes": []}')
    assert (gone.status_code, gone.json()["code"]) == (422, "E-COUNCIL-REASON")
    stale = bas.json(api, b'{"changes": [], "reason": "x", "seen": 0}')
    assert (stale.status_code, stale.json()["code"]) == (409, "E-COUNCIL-STALE")
    line = f"{root}/lines/{line_of(mli, LINE)}"
    sent = {"council-0-id": str(row), "council-0-cut": "6", "seen": "1"}
    refused = bas.form(line, sent)
    assert (refused.status_code, 'id="reason-error"' in refused.text) == (422, True)
    assert bas.form(line, {**sent, "reason": "二讀更正"}).status_code == 303
    assert "二讀更正" in bas.get(line).text
    refused = bas.form(f"{root}/decisions", {"seen": "2"})
    assert (refused.status_code, 'id="reason-error"' in refused.text) == (422, True)
    assert bas.form(f"{root}/decisions", {"seen": "1", "reason": "x"}).status_code == 409
    told = bas.get(f"{root}/records").text
    assert "二讀更正" in told
    assert "刪減 6" in told
    items = bas.get(f"{api}/records").json()["items"]
    assert [(one["record_no"], one["after"]["amount_ntd"]) for one in items] == [(2, 6), (1, 5)]
    page = bas.get(f"/mli/budget/years/{YEAR}").text
    assert "二讀更正" in page, "the year's history says why"


def test_a_year_that_began_without_a_law_says_what_may_be_spent(
    mli: CountyUnderTest, bas: Browser
) -> None:
    given_bill(mli)
    page = f"/mli/budget/years/{YEAR}"
    assert "地方制度法第 40 條第 3 項" in bas.get(page).text
    keep(mli, of_one_line(fiscal_year=NEXT))
    assert "地方制度法第 40 條第 3 項" not in bas.get(f"/mli/budget/years/{NEXT}").text
    with mli.uow(ENACTOR) as uow:
        enact_year(uow, fiscal_year=YEAR, act_no="議字第 1 號")
    assert "地方制度法第 40 條第 3 項" not in bas.get(page).text


def test_a_recording_that_is_altered_or_taken_away_is_named(mli: CountyUnderTest) -> None:
    given_bill(mli)
    first, second = rows_of(mli, line_code=LINE)[:2]
    record(mli, cut(first, 5))
    record(mli, cut(first, 5), cut(second, 7))
    with mli.uow(read_only=True) as uow:
        sound = check_recordings(uow)
    assert (sound.checked, sound.errors) == (2, ())
    spoiled = {
        "UPDATE budget.council_record SET reason = '三讀更正' WHERE record_no = 2": "105 2",
        "DELETE FROM budget.council_record WHERE record_no = 1": "1 was recorded, and is not there",
    }
    for statement, says in spoiled.items():
        mli.corrupt(statement)
        with mli.uow(read_only=True) as uow:
            assert says in " ".join(verify_budget(uow).errors)
