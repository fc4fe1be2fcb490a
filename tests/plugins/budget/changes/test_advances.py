"""An advance outside the budget shows what it leaves to be included, and what was included."""

from __future__ import annotations

import json

import pytest

from tests.core.site import Browser
from tests.plugins.budget.changes.given import AGENCY, WRITER, post, write
from tests.plugins.budget.given import LINE, YEAR, given_allotted, rows_of
from zhuji_budget.domain.changes.model import Change, ChangeKind
from zhuji_budget.queries.advances import AdvanceEffect
from zhuji_budget.queries.changes import find_change
from zhuji_budget.usecases.reverse_change import reverse_change
from zhuji_budget.usecases.try_change import try_change
from zhuji_budget.usecases.write_change import WantedChange, WantedChangeLine
from zhuji_core.testing.counties import CountyUnderTest, given_actor


def effect_of(county: CountyUnderTest, change: Change) -> AdvanceEffect | None:
    with county.uow(read_only=True) as uow:
        return find_change(uow, change.document_id).advance


def sums(effect: AdvanceEffect | None) -> tuple[int, ...]:
    assert effect is not None
    return (
        effect.advanced_ntd,
        effect.included_ntd,
        effect.document_ntd,
        effect.left_ntd,
        effect.others_ntd,
        effect.outstanding_ntd,
    )


@pytest.mark.parametrize("government", ["mli", "txg"])
def test_what_is_advanced_is_to_be_included(
    government: str, request: pytest.FixtureRequest
) -> None:
    county: CountyUnderTest = request.getfixturevalue(government)
    given_allotted(county)
    supplies = rows_of(county, line_code=LINE)[1]
    earlier = post(county, ChangeKind.ADVANCE, (supplies, 40, 0))
    advance = post(county, ChangeKind.ADVANCE, (supplies, 300, 0))
    assert sums(effect_of(county, advance)) == (300, 0, 0, 300, 40, 340)
    id_ = advance.document_id
    part = post(county, ChangeKind.INCLUSION, (supplies, 200, 0), advance_id=id_)
    waits = write(county, ChangeKind.INCLUSION, (supplies, 60, 0), advance_id=id_)
    assert sums(effect_of(county, advance)) == (300, 200, 0, 100, 40, 140)
    assert sums(effect_of(county, part)) == (300, 0, 200, 100, 40, 140)
    assert sums(effect_of(county, waits)) == (300, 200, 60, 40, 40, 80)
    found = effect_of(county, advance)
    assert found is not None
    assert [one.document_id for one in found.inclusions] == [part.document_id], "drafts are not"
    with county.uow(given_actor(WRITER)) as uow:
        reverse_change(uow, document_id=earlier.document_id, reason="計畫取消")
    assert sums(effect_of(county, advance))[4] == 40, "until the reversal is approved"
    assert effect_of(county, post(county, ChangeKind.SUPPLEMENT, (supplies, 5, 0))) is None


def test_trying_an_inclusion_says_what_remains(allotted: CountyUnderTest) -> None:
    supplies = rows_of(allotted, line_code=LINE)[1]
    advance = post(allotted, ChangeKind.ADVANCE, (supplies, 300, 0))
    wanted = WantedChange(
        kind=ChangeKind.INCLUSION,
        purpose="補辦預算",
        lines=(WantedChangeLine(control_row_id=supplies, amount_ntd=120, month=0),),
        fiscal_year=YEAR,
        agency_code=AGENCY,
        advance_id=advance.document_id,
    )
    with allotted.uow(given_actor(WRITER), read_only=True) as uow:
        tried = try_change(uow, wanted=wanted)
    assert sums(tried.preview.advance) == (300, 0, 120, 180, 0, 180)


def test_the_page_and_the_api_show_it(allotted: CountyUnderTest, bas: Browser) -> None:
    supplies = rows_of(allotted, line_code=LINE)[1]
    advance = post(allotted, ChangeKind.ADVANCE, (supplies, 300_000, 0))
    part = post(
        allotted,
        ChangeKind.INCLUSION,
        (supplies, 199_000, 0),
        advance_id=advance.document_id,
    )
    page = bas.get(f"/mli/budget/changes/{advance.document_id}").text
    assert "墊付款之效果" in page
    assert "101,000" in page
    assert f"/mli/budget/changes/{part.document_id}" in page
    answer = bas.get(f"/mli/api/v1/budget/changes/{part.document_id}").text
    told = json.loads(answer)["advance"]
    assert (told["advanced_ntd"], told["document_ntd"], told["left_ntd"]) == (
        300_000,
        199_000,
        101_000,
    )
