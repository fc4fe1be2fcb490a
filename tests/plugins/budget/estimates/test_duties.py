"""One person never takes two steps of one estimate, in whichever name or at whichever door."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import msgspec
import pytest

from tests.core.site import Browser
from tests.plugins.budget.estimates.given import (
    NEXT,
    SUPPLIES,
    complete,
    given_estimate,
    line_id,
    write,
)
from tests.plugins.budget.estimates.test_review import ALONE
from tests.plugins.budget.given import LINE, given_allotted
from tests.plugins.budget.test_enactment import deputy_of
from tests.plugins.budget.test_supervisors import supervised
from zhuji_budget.domain.estimate_items import WantedLine
from zhuji_budget.domain.review import OwnEstimate
from zhuji_budget.domain.supervisor import Endorsement, OwnDocument
from zhuji_budget.usecases.compile_bill import compile_bill
from zhuji_budget.usecases.copy_last_year import copy_last_year
from zhuji_budget.usecases.enact_year import enact_year
from zhuji_budget.usecases.endorse_estimate import endorse_estimate
from zhuji_budget.usecases.remove_estimate_line import remove_estimate_line
from zhuji_budget.usecases.review_estimate import review_estimate
from zhuji_budget.usecases.submit_estimate import submit_estimate
from zhuji_budget.usecases.write_book_words import write_book_words
from zhuji_budget.usecases.write_estimate import write_estimate
from zhuji_core.identity.actor import Actor
from zhuji_core.identity.duties import SamePerson
from zhuji_core.testing.counties import CountyUnderTest, given_actor
from zhuji_core.uow import UnitOfWork

# Who writes, who submits, who reviews, who compiles; each has every right.
SENDER, REVIEWER, COMPILER = given_actor(21), given_actor(22), given_actor(23)
WRITER = given_actor(24)


def as_written(uow: UnitOfWork, estimate_id: uuid.UUID, line: uuid.UUID) -> None:
    wanted = WantedLine(side="expenditure", code=LINE, name="行政管理", items=(SUPPLIES,))
    write_estimate(uow, estimate_id=estimate_id, estimate_line_id=line, wanted=wanted)


def as_added(uow: UnitOfWork, estimate_id: uuid.UUID, _: uuid.UUID) -> None:
    wanted = WantedLine(side="expenditure", code="3299999999", name="新增計畫", items=(SUPPLIES,))
    write_estimate(uow, estimate_id=estimate_id, wanted=wanted)


def as_removed(uow: UnitOfWork, estimate_id: uuid.UUID, line: uuid.UUID) -> None:
    as_added(uow, estimate_id, line)
    remove_estimate_line(uow, estimate_id=estimate_id, estimate_line_id=line)


def as_copied(uow: UnitOfWork, estimate_id: uuid.UUID, _: uuid.UUID) -> None:
    copy_last_year(uow, estimate_id=estimate_id)


def as_worded(uow: UnitOfWork, estimate_id: uuid.UUID, _: uuid.UUID) -> None:
    write_book_words(uow, estimate_id=estimate_id, wanted=())


@pytest.mark.parametrize("written", [as_written, as_added, as_removed, as_copied, as_worded])
def test_whoever_wrote_does_not_review(
    mli: CountyUnderTest, written: Callable[[UnitOfWork, uuid.UUID, uuid.UUID], None]
) -> None:
    given_allotted(mli)
    estimate_id = given_estimate(mli)
    with mli.uow(WRITER) as uow:
        written(uow, estimate_id, line_id(mli, estimate_id))
    if written in {as_copied, as_worded}:
        write(mli, estimate_id, SUPPLIES)
        complete(mli, estimate_id)
    with mli.uow(SENDER) as uow:
        submit_estimate(uow, estimate_id=estimate_id)
    for own in (WRITER, SENDER, deputy_of(WRITER), deputy_of(SENDER)):
        with pytest.raises(OwnEstimate) as refused, mli.uow(own) as uow:
            review_estimate(uow, estimate_id=estimate_id, cuts=())
        assert "編製、送審或核轉" in refused.value.text(str)
    assert mli.rows("SELECT state FROM budget.estimate")[0].state == "submitted"
    with mli.uow(REVIEWER) as uow:
        assert review_estimate(uow, estimate_id=estimate_id, cuts=()).state == "reviewed"


def submitted(county: CountyUnderTest, *, by: Actor) -> uuid.UUID:
    given_allotted(county)
    estimate_id = given_estimate(county)
    write(county, estimate_id, SUPPLIES)
    with county.uow(by) as uow:
        submit_estimate(uow, estimate_id=estimate_id)
    return estimate_id


def test_what_a_deputy_sent_is_not_reviewed_by_whom_it_was_sent_for(mli: CountyUnderTest) -> None:
    estimate_id = submitted(mli, by=deputy_of(SENDER))
    for own in (SENDER, given_actor(8)):
        with pytest.raises(OwnEstimate), mli.uow(own) as uow:
            review_estimate(uow, estimate_id=estimate_id, cuts=())


def test_the_supervising_office_is_another_person_too(mli: CountyUnderTest) -> None:
    given_allotted(mli)
    supervised(mli)
    estimate_id = given_estimate(mli)
    with mli.uow(WRITER) as uow:
        as_written(uow, estimate_id, line_id(mli, estimate_id))
    with mli.uow(deputy_of(SENDER)) as uow:
        submit_estimate(uow, estimate_id=estimate_id)
    for own in (WRITER, SENDER, deputy_of(WRITER)):
        with pytest.raises(OwnDocument), mli.uow(own) as uow:
            endorse_estimate(uow, estimate_id=estimate_id, opinion=Endorsement.AGREE)
    endorser = given_actor(25)
    deputy = msgspec.structs.replace(deputy_of(endorser), user_id=given_actor(26).user_id)
    with mli.uow(deputy) as uow:
        endorse_estimate(uow, estimate_id=estimate_id, opinion=Endorsement.AGREE)
    for own in (endorser, deputy):
        with pytest.raises(OwnEstimate), mli.uow(own) as uow:
            review_estimate(uow, estimate_id=estimate_id, cuts=())


def test_whoever_wrote_an_estimate_does_not_enact_its_bill(mli: CountyUnderTest) -> None:
    given_allotted(mli)
    estimate_id = given_estimate(mli)
    with mli.uow(WRITER) as uow:
        as_written(uow, estimate_id, line_id(mli, estimate_id))
    with mli.uow(SENDER) as uow:
        submit_estimate(uow, estimate_id=estimate_id)
    with mli.uow(REVIEWER) as uow:
        review_estimate(uow, estimate_id=estimate_id, cuts=())
    with mli.uow(COMPILER) as uow:
        compile_bill(uow, fiscal_year=NEXT, gap_reason=ALONE)
    for own in (WRITER, SENDER, COMPILER):
        with pytest.raises(SamePerson), mli.uow(own) as uow:
            enact_year(uow, fiscal_year=NEXT, act_no="議字第 1 號", gap_reason=ALONE)
    with mli.uow(given_actor(27)) as uow:
        enact_year(uow, fiscal_year=NEXT, act_no="議字第 1 號", gap_reason=ALONE)


def test_page_and_api_say_that_another_person_reviews(
    mli: CountyUnderTest, bas: Browser, bas2: Browser
) -> None:
    given_allotted(mli)
    estimate_id = given_estimate(mli)
    line = line_id(mli, estimate_id)
    body = msgspec.json.encode(
        WantedLine(side="expenditure", code=LINE, name="行政管理", items=(SUPPLIES,))
    )
    api = f"/mli/api/v1/budget/estimates/{estimate_id}"
    assert bas.json(f"{api}/lines/{line}", body).status_code == 200
    with mli.uow(SENDER) as uow:
        submit_estimate(uow, estimate_id=estimate_id)
    page = f"/mli/budget/estimates/{estimate_id}"
    assert "須由他人審議" in bas.get(page).text
    assert "須由他人審議" not in bas2.get(page).text
    answer = bas.json(f"{api}/review", b"{}")
    assert (answer.status_code, answer.json()["code"]) == (409, "E-ESTIMATE-OWN")
    assert "E-ESTIMATE-OWN" in bas.form(f"{page}/review", {}).text
    assert bas2.json(f"{api}/review", b"{}").status_code == 200
