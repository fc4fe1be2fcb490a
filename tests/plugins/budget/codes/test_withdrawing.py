"""A county's own codes are withdrawn while nothing uses them, in both governments."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from tests.core.site import Browser
from tests.plugins.budget.changes.drawn_year import given_small
from tests.plugins.budget.given import given_bill
from zhuji_budget.domain.code_set import (
    CodeSetNotFound,
    CodesShipped,
    CodesUsed,
    CodesYearsUsed,
)
from zhuji_budget.queries.codes import county_sets
from zhuji_budget.queries.verification import verify_budget
from zhuji_budget.usecases.load_codes import load_codes
from zhuji_budget.usecases.read_codes import CodeSetHead, GivenCode, given_codes
from zhuji_budget.usecases.withdraw_codes import withdraw_codes
from zhuji_core.identity.actor import Forbidden
from zhuji_core.testing.counties import CountyUnderTest, given_actor

GOVERNMENTS = pytest.mark.parametrize("government", ["mli", "txg"])
OBJECTS = [
    GivenCode(code="01", name="人事費", role="personnel"),
    *(GivenCode(code=code, name=f"用途 {code}", account="either") for code in ("02", "03", "04")),
    GivenCode(code="09", name="預備金", role="reserve"),
]
CODES = {
    "object": OBJECTS,
    "function": [
        *(GivenCode(code=code, name="支出") for code in ("32", "51", "56", "58", "61")),
        GivenCode(code="90", name="第二預備金", role="second_reserve"),
    ],
    "source": [GivenCode(code=code, name="收入") for code in ("01", "04", "09")],
    "scheme": [
        GivenCode(segment=segment, length=length)
        for segment, length in (
            ("function", 2), ("department", 2), ("agency", 2), ("plan", 2), ("item", 2),
        )
    ],
}  # fmt: skip
# How many rows of the small government use each: control rows, lines, rows of revenue, lines.
USED = {"object": 17, "function": 11, "source": 9, "scheme": 11}


def load(
    county: CountyUnderTest, kind: str, first: int, last: int | None, name: str = "自訂"
) -> None:
    head = CodeSetHead(kind=kind, name=name, first_year=first, last_year=last)
    with county.uow() as uow:
        load_codes(uow, given_codes(head, CODES[kind]))


def withdraw(county: CountyUnderTest, kind: str, name: str = "自訂") -> None:
    with county.uow() as uow:
        withdraw_codes(uow, kind=kind, name=name)


def sets(county: CountyUnderTest, kind: str) -> list[Any]:
    with county.uow(read_only=True) as uow:
        return [
            (one.name, one.first_year, one.last_year, one.shipped, len(one.codes))
            for one in county_sets(uow)
            if one.kind == kind
        ]


@GOVERNMENTS
@pytest.mark.parametrize("kind", list(CODES))
def test_what_nothing_uses_goes_and_the_module_s_own_holds_again(
    government: str, kind: str, request: pytest.FixtureRequest
) -> None:
    county: CountyUnderTest = request.getfixturevalue(government)
    given_bill(county)
    before = sets(county, kind)
    load(county, kind, 120, 129)
    load(county, kind, 140, None, name="又一")
    assert sets(county, kind) != before
    withdraw(county, kind)
    withdraw(county, kind, "又一")
    assert sets(county, kind) == before
    (entry,) = county.rows(
        "SELECT before FROM kernel.audit_entry WHERE action = 'budget.codes.withdraw'"
        " AND before->>'name' = '自訂'"
    )
    assert (entry.before["first_year"], entry.before["codes"]) == (120, len(CODES[kind]))


@GOVERNMENTS
@pytest.mark.parametrize("kind", list(CODES))
def test_what_is_used_stays_and_says_how_many_rows(
    government: str, kind: str, request: pytest.FixtureRequest
) -> None:
    county: CountyUnderTest = request.getfixturevalue(government)
    load(county, kind, 100, None)
    given_small(county)
    kept = sets(county, kind)
    with pytest.raises(CodesUsed) as refused:
        withdraw(county, kind)
    rows, fiscal_year = (refused.value.detail[name] for name in ("rows", "fiscal_year"))
    assert (rows, fiscal_year) == (USED[kind], 105), (kind, rows)
    with pytest.raises(CodesYearsUsed) as lost:
        load(county, kind, 106, None)
    assert lost.value.detail["rows"] == USED[kind]
    assert sets(county, kind) == kept
    load(county, kind, 90, None)  # the year in use is in it
    with county.uow(read_only=True) as uow:
        assert verify_budget(uow).passed


def test_the_module_s_own_and_unknown_ones_are_not_withdrawn(mli: CountyUnderTest) -> None:
    for kept in (False, True):
        if kept:
            given_bill(mli)
        with pytest.raises(CodesShipped):
            withdraw(mli, "object", "old")
        with pytest.raises(CodeSetNotFound):
            withdraw(mli, "object", "none")
    nobody = given_actor(permissions={})
    with pytest.raises(Forbidden), mli.uow(nobody) as uow:
        withdraw_codes(uow, kind="object", name="old")


def test_by_page_and_api(mli: CountyUnderTest, bas: Browser) -> None:
    load(mli, "source", 100, None)
    assert "撤銷代碼表" in bas.get("/mli/budget/codes/source/自訂").text
    assert "撤銷代碼表" not in bas.get("/mli/budget/codes/object/old").text
    url = "/mli/budget/codes/source/自訂/withdraw"
    given_small(mli)
    refused = bas.form(url, {"_key": uuid4().hex})
    assert refused.status_code == 409
    assert "已有 9 筆預算或概算使用" in refused.text
    api = "/mli/api/v1/budget/codes/source/自訂/withdraw"
    answer = bas.json(api, b"")
    assert (answer.status_code, answer.json()["code"]) == (409, "E-CODES-USED")
    mli.execute("DELETE FROM budget.revenue_movement")
    mli.corrupt("DELETE FROM budget.council_revenue")
    mli.corrupt("DELETE FROM budget.revenue_row")
    done = bas.form(url, {"_key": uuid4().hex})
    assert "代碼表「自訂」已撤銷" in bas.get(done.headers["location"]).text
