"""Who enacts a bill: never who imported or compiled it, or recorded what the council decided."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping

import msgspec
import pytest

from tests.core.site import Browser
from tests.plugins.budget.given import ENACTOR, LINE, YEAR, keep, rows_of, small_budget
from zhuji_budget.domain.council import CouncilChange
from zhuji_budget.domain.enactment import OperatorReasonMissing, require_second
from zhuji_budget.facts import load_facts
from zhuji_budget.usecases.allot_equally import allot_equally
from zhuji_budget.usecases.enact_year import enact_year
from zhuji_budget.usecases.import_budget import import_budget
from zhuji_budget.usecases.record_council import record_council
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.identity.actor import Actor, DutyException, Principal, system_actor
from zhuji_core.identity.duties import SamePerson
from zhuji_core.testing.counties import CountyUnderTest, given_actor
from zhuji_core.uow import UnitOfWork

IMPORTER, RECORDER = given_actor(1), given_actor(7)
BILL = DocumentRef(
    kind="budget.year", document_id=uuid.UUID(int=9), label="105 年度總預算", agency_code=""
)


def enacted(county: CountyUnderTest, by: Actor) -> str:
    with county.uow(by) as uow:
        return enact_year(uow, fiscal_year=YEAR, act_no="議字第 1 號").state


@pytest.mark.parametrize("government", ["mli", "txg"])
def test_two_persons_stand_behind_the_baseline(
    government: str, request: pytest.FixtureRequest
) -> None:
    county: CountyUnderTest = request.getfixturevalue(government)
    keep(county, small_budget())
    cut = CouncilChange(control_row_id=rows_of(county, line_code=LINE)[1], cut_ntd=50)
    with county.uow(RECORDER) as uow:
        record_council(uow, fiscal_year=YEAR, changes=[cut])
    for writer in (IMPORTER, RECORDER, deputy_of(RECORDER)):
        with pytest.raises(SamePerson) as refused:
            enacted(county, writer)
        assert "經辦與核准分立" in refused.value.text(str)
        assert "105 年度總預算" in refused.value.text(str)
    assert county.rows("SELECT state FROM budget.fiscal_year")[0].state == "bill"
    assert not county.rows("SELECT 1 FROM budget.control_row WHERE enacted_ntd <> 0")
    assert enacted(county, ENACTOR) == "enacted"


def deputy_of(actor: Actor) -> Actor:
    """Another person, who acts for this one."""
    principal = Principal(
        user_id=actor.user_id,
        account=actor.account,
        name=actor.name,
        delegation_id=uuid.UUID(int=5),
    )
    return msgspec.structs.replace(given_actor(8), on_behalf_of=principal)


def test_a_written_exception_and_the_operator() -> None:
    """A small office may be excepted in writing; an operator's command is no person's."""
    writers = [IMPORTER.user_id]
    excepted = DutyException(
        exception_id=uuid.UUID(int=6),
        number="例1",
        user_id=IMPORTER.user_id,
        rule_code="write-approve",
        agency_code=IMPORTER.agency_code,
    )
    small = msgspec.structs.replace(IMPORTER, duty_exceptions=(excepted,))
    assert require_second(BILL, writers, by=small) == (excepted,)
    assert require_second(BILL, writers, by=ENACTOR) == ()
    assert require_second(BILL, writers, by=system_actor({})) == ()


def test_an_operator_says_why_and_the_year_shows_it(mli: CountyUnderTest, bas: Browser) -> None:
    """A command stands outside the separation of duties, so it has a reason that is looked at."""
    keep(mli, small_budget())
    cut = CouncilChange(control_row_id=rows_of(mli, line_code=LINE)[1], cut_ntd=50)
    rights = given_actor().permissions
    acts: tuple[Callable[[UnitOfWork], object], ...] = (
        lambda uow: record_council(uow, fiscal_year=YEAR, changes=[cut]),
        lambda uow: enact_year(uow, fiscal_year=YEAR, act_no="議字第 1 號"),
        lambda uow: allot_equally(uow, fiscal_year=YEAR),
    )
    for act in acts:
        for reason in ("", " ", "長" * 501):
            with pytest.raises(OperatorReasonMissing), mli.uow(operator(rights, reason)) as uow:
                act(uow)
        with mli.uow(operator(rights, "主計處來函：系統轉換")) as uow:
            act(uow)
    told = mli.rows(
        "SELECT after ->> 'operator_reason' AS reason, context ->> 'reason' AS context"
        " FROM kernel.audit_entry WHERE after ? 'operator_reason'"
    )
    assert {tuple(row) for row in told} == {("主計處來函：系統轉換",) * 2}
    assert len(told) == len(acts)
    assert bas.get(f"/mli/budget/years/{YEAR}").text.count("主計處來函：系統轉換") == len(acts)


def operator(rights: Mapping[str, tuple[str, ...]], reason: str) -> Actor:
    return system_actor(rights, reason=reason)


def test_what_an_operator_imports_no_person_wrote(mli: CountyUnderTest) -> None:
    with mli.uow(system_actor(given_actor().permissions)) as uow:
        import_budget(uow, budget=small_budget(), pack=load_facts("demo-small").pack)
    assert mli.rows("SELECT writers FROM budget.fiscal_year")[0].writers == []
    assert enacted(mli, IMPORTER) == "enacted"


def test_the_page_says_that_another_person_does_it(
    mli: CountyUnderTest, bas: Browser, bas2: Browser
) -> None:
    keep(mli, small_budget())
    mli.execute(
        "UPDATE budget.fiscal_year SET writers ="
        " ARRAY(SELECT user_id FROM kernel.user_account WHERE account = 'bas')"
    )
    year = f"/mli/budget/years/{YEAR}"
    assert "須由主計處另一人辦理" in bas.get(year).text
    assert "須由主計處另一人辦理" not in bas2.get(year).text
    refused = bas.get(f"{year}/enactment")
    assert refused.status_code == 403
    assert "E-SAME-PERSON" in refused.text
    answer = bas.json(f"/mli/api/v1/budget/years/{YEAR}/enactment", b'{"act_no": "1"}')
    assert (answer.status_code, answer.json()["code"]) == (403, "E-SAME-PERSON")
    assert bas2.get(f"{year}/enactment").status_code == 200
