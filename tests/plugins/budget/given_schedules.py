"""Allotment schedules brought to any state, saying only what matters."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import msgspec
import pytest

from tests.plugins.budget.given import AGENCY, ENACTOR, YEAR, given_bill
from zhuji_budget.domain.schedule import Opinion, Rule, Schedule, ScheduleState, Side
from zhuji_budget.queries.schedules import SchedulePage, find_schedule
from zhuji_budget.usecases.approve_schedule import approve_schedule
from zhuji_budget.usecases.comment_schedule import comment_schedule
from zhuji_budget.usecases.enact_year import enact_year
from zhuji_budget.usecases.open_schedule import open_schedule
from zhuji_budget.usecases.spread_schedule import Spread, spread_schedule
from zhuji_budget.usecases.submit_schedule import submit_schedule
from zhuji_budget.usecases.write_schedule import WantedMonths, write_schedule
from zhuji_core.testing.counties import CountyUnderTest, given_actor
from zhuji_core.values import DomainError

BUDGET_OFFICE, FINANCE = given_actor(2), given_actor(3)
MONTHS = "SELECT allotment_ntd FROM budget.control_row WHERE control_row_id = :row"


def given_enacted(county: CountyUnderTest) -> None:
    given_bill(county)
    with county.uow(ENACTOR) as uow:
        enact_year(uow, fiscal_year=YEAR, act_no="府主一字第 1 號")


def opened(
    county: CountyUnderTest, *, agency: str = AGENCY, side: Side = Side.EXPENDITURE
) -> Schedule:
    with county.uow() as uow:
        return open_schedule(
            uow, fiscal_year=YEAR, agency_code=agency, side=side, reason="進度調整"
        )


def spread(
    county: CountyUnderTest, made: Schedule, rule: Rule = Rule.EQUAL, **more: object
) -> None:
    with county.uow() as uow:
        wanted = msgspec.convert({"rule": rule, **more}, Spread)
        spread_schedule(uow, schedule_id=made.schedule_id, wanted=wanted)


def write(
    county: CountyUnderTest, made: Schedule, months: dict[uuid.UUID, Sequence[int]]
) -> Schedule:
    with county.uow() as uow:
        wanted = [WantedMonths(row_id=row, months_ntd=tuple(ntd)) for row, ntd in months.items()]
        return write_schedule(uow, schedule_id=made.schedule_id, wanted=wanted)


def submit(county: CountyUnderTest, made: Schedule) -> Schedule:
    with county.uow() as uow:
        return submit_schedule(uow, schedule_id=made.schedule_id)


def comment(county: CountyUnderTest, made: Schedule, opinion: Opinion = Opinion.AGREE) -> None:
    with county.uow(FINANCE) as uow:
        comment_schedule(uow, schedule_id=made.schedule_id, opinion=opinion, comment="財源不足")


def approve(county: CountyUnderTest, made: Schedule, reason: str = "") -> Schedule:
    with county.uow(BUDGET_OFFICE) as uow:
        return approve_schedule(uow, schedule_id=made.schedule_id, reason=reason)


def page(county: CountyUnderTest, made: Schedule) -> SchedulePage:
    with county.uow(read_only=True) as uow:
        return find_schedule(uow, made.schedule_id)


def months_of(county: CountyUnderTest, row: uuid.UUID) -> list[int]:
    found: list[int] = county.rows(MONTHS, row=row)[0][0]
    return found


def given_approved(county: CountyUnderTest, rule: Rule = Rule.EQUAL, **more: object) -> Schedule:
    made = opened(county)
    spread(county, made, rule, **more)
    submit(county, made)
    comment(county, made)
    return approve(county, made)


def refused(
    county: CountyUnderTest, made: Schedule, kind: type[DomainError]
) -> pytest.ExceptionInfo[DomainError]:
    with pytest.raises(kind) as told:
        submit(county, made)
    assert page(county, made).schedule.state is ScheduleState.DRAFT
    return told
