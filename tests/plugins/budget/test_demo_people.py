"""The demo's sign-ins are enough for every step of the budget that wants a second person."""

from __future__ import annotations

import uuid

import pytest

from zhuji_budget import demo
from zhuji_budget.domain.changes.model import ChangeKind
from zhuji_budget.domain.schedule import Opinion, ScheduleState, Side
from zhuji_budget.domain.supervisor import Endorsement
from zhuji_budget.permissions import ALL
from zhuji_budget.queries.changes import ChangeFilter, list_changes
from zhuji_budget.queries.schedules import find_schedule
from zhuji_budget.usecases.agree_change import agree_change
from zhuji_budget.usecases.approve_schedule import approve_schedule
from zhuji_budget.usecases.comment_schedule import comment_schedule
from zhuji_budget.usecases.decide_change import decide_change
from zhuji_budget.usecases.endorse_schedule import endorse_schedule
from zhuji_budget.usecases.open_schedule import open_schedule
from zhuji_budget.usecases.submit_change import submit_change
from zhuji_budget.usecases.submit_schedule import submit_schedule
from zhuji_budget.usecases.write_change import WantedChange, WantedChangeLine, write_change
from zhuji_budget.usecases.write_schedule import WantedMonths, write_schedule
from zhuji_core.identity.actor import Actor
from zhuji_core.identity.duties import SamePerson
from zhuji_core.modules import DemoAccount
from zhuji_core.testing.counties import CountyUnderTest, given_actor

ACT_NO = "府主預字第 2 號"


def signed_in(number: int, account: DemoAccount) -> Actor:
    """Return whom the sign-in stands for, with what a new county gives to its roles."""
    where = ("*",) if account.county_wide else (account.agency_code,)
    rights = {right.name: where for right in ALL if set(right.roles) & set(account.roles)}
    return given_actor(number, permissions=rights, agency_code=account.agency_code)


@pytest.fixture(params=["mli", "txg"])
def county(request: pytest.FixtureRequest) -> CountyUnderTest:
    found: CountyUnderTest = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def people(county: CountyUnderTest) -> dict[str, Actor]:
    with county.uow() as uow:
        accounts = demo.seed(uow)
    assert all(one.does for one in accounts), "the terminal says what each can do"
    return {one.account: signed_in(number, one) for number, one in enumerate(accounts, start=50)}


def test_an_agencys_schedule_goes_through_its_supervisor(
    county: CountyUnderTest, people: dict[str, Actor]
) -> None:
    agency = people["cacc"].agency_code
    assert people["shead"].agency_code != agency
    with county.uow(people["cacc"]) as uow:
        made = open_schedule(
            uow, fiscal_year=105, agency_code=agency, side=Side.EXPENDITURE, reason="進度調整"
        )
        row = next(one for one in find_schedule(uow, made.schedule_id).lines if one.months_ntd[10])
        months = [*row.months_ntd[:10], row.months_ntd[10] - 1, row.months_ntd[11] + 1]
        wanted = WantedMonths(row_id=row.row_id, months_ntd=tuple(months))
        write_schedule(uow, schedule_id=made.schedule_id, wanted=[wanted])
        sent = submit_schedule(uow, schedule_id=made.schedule_id)
    assert sent.state is ScheduleState.SUPERVISING
    with county.uow(people["shead"]) as uow:
        endorse_schedule(uow, schedule_id=made.schedule_id, opinion=Endorsement.AGREE)
    with county.uow(people["frev"]) as uow:
        comment_schedule(
            uow, schedule_id=made.schedule_id, opinion=Opinion.AGREE, comment="財源無虞"
        )
    with county.uow(people["bas"]) as uow:
        done = approve_schedule(uow, schedule_id=made.schedule_id)
    assert done.state is ScheduleState.APPROVED


def test_the_heads_virement_and_the_offices_supplement_find_their_second_person(
    county: CountyUnderTest, people: dict[str, Actor]
) -> None:
    with county.uow(people["bas"], read_only=True) as uow:
        changes = {row.kind: row for row in list_changes(uow, ChangeFilter(fiscal_year=105))}
    virement, supplement = changes["virement"], changes["supplement"]
    heads = [people[name] for name in ("head", "shead")]
    head = next(one for one in heads if one.agency_code == virement.agency_code)
    with county.uow(head) as uow:
        assert agree_change(uow, document_id=virement.document_id).state != virement.state
    written = another(county, people["bas"], supplement.agency_code)
    with pytest.raises(SamePerson), county.uow(people["bas"]) as uow:
        decide_change(uow, document_id=written, act_no=ACT_NO)
    with county.uow(people["bas2"]) as uow:
        assert decide_change(uow, document_id=written, act_no=ACT_NO).state == "posted"


def another(county: CountyUnderTest, office: Actor, agency_code: str) -> uuid.UUID:
    """Let the budget office write and submit a supplement of its own."""
    row = county.rows(
        "SELECT control_row_id FROM budget.control_row WHERE agency_code = :code"
        " AND object_code = '02' ORDER BY control_row_id LIMIT 1",
        code=agency_code,
    )[0]
    line = WantedChangeLine(control_row_id=row.control_row_id, amount_ntd=5_000, month=4)
    wanted = WantedChange(
        kind=ChangeKind.SUPPLEMENT,
        purpose="第二次追加",
        lines=(line,),
        fiscal_year=105,
        agency_code=agency_code,
    )
    with county.uow(office) as uow:
        made = write_change(uow, wanted=wanted)
        submit_change(uow, document_id=made.document_id)
    return made.document_id
