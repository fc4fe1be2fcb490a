"""What the made-up city is drawn from: volumes of a scale, sellers, amounts, months."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator

import pytest

from loadtests.data.city import AGENCIES, ROW_PARTS, Agency, Request, agency, requests
from loadtests.data.progress import words
from loadtests.data.sellers import HOUSES, Sellers, seller_name
from loadtests.data.volumes import THIRTEEN, counties, volumes
from loadtests.data.year import Asked, AskedLine, Money, Until, Work, months
from zhuji_core.contracts.funds import CommitBasis

COUNT = 1_000
OWN = agency(200, seed=105, fiscal_year=114)
HOT = agency(0, seed=105, fiscal_year=114).rows[1:2]


def asked(own: Agency = OWN, *, fiscal_year: int = 114) -> list[Request]:
    return list(requests(own, HOT, seed=105, fiscal_year=fiscal_year, count=COUNT))


def test_thirteen_counties_share_a_scale_and_one_is_a_taichung_at_most() -> None:
    assert volumes(1).agencies == AGENCIES
    assert volumes(0.01).agencies == 5
    assert counties("TXG", 0.1) == {"TXG": 0.1}
    four, thirteen = counties("ALL", 4), counties("ALL", 13)
    assert set(four) == set(THIRTEEN)
    assert len(four) == 13
    assert sum(volumes(part).agencies for part in four.values()) == pytest.approx(1_920, rel=0.01)
    assert {volumes(part).agencies for part in thirteen.values()} == {AGENCIES}
    with pytest.raises(ValueError, match="--county ALL"):
        counties("TXG", 2)


def test_sellers_are_all_others_each_is_met_and_the_first_the_most_often() -> None:
    assert len({seller_name(place) for place in range(120_000)}) == 120_000
    drawn, met = random.Random(1), Counter[str]()  # noqa: S311 (repeatable, no secret)
    everybody = Sellers(count=300, last=300)
    for number in range(4):
        part = everybody.part(number, 4)
        met.update(part.name_for(drawn, at, 250) for at in range(250))
    assert set(met) == {seller_name(place) for place in range(300)}
    assert met[HOUSES[0]] > 3 * met[HOUSES[99]]
    few = Sellers(count=1_000, last=1_000)
    assert len({few.name_for(drawn, at, 10) for at in range(10)}) > 1, "more new ones than asked"


def test_amounts_and_lines_are_spread_as_the_design_says() -> None:
    found = asked()
    more = sum(len(one.lines) > 1 for one in found)
    assert 240 < more < 340
    own = {row.control_row_id: row for row in OWN.rows}
    lines = [line for one in found for line in one.lines]
    too_much = [line for line in lines if line.amount_ntd > line.row.bill_ntd]
    assert 20 < len(too_much) < 60
    mine = [line for line in lines if line.row.control_row_id in own and line not in too_much]
    assert all(line.amount_ntd <= max(1, line.row.bill_ntd // ROW_PARTS) for line in mine)
    amounts = sorted(line.amount_ntd for line in mine)
    assert 5_000 < amounts[len(amounts) // 2] < 15_000
    assert sum(amounts) / len(amounts) > 40_000, "a few large ones make most of the money"
    assert len(lines) - len(mine) - len(too_much) > 20, "some aim at the row of all"


def test_the_same_agency_asks_for_other_things_in_another_year() -> None:
    first, second = asked(), asked(agency(200, seed=105, fiscal_year=115), fiscal_year=115)
    assert not {one.request_id for one in first} & {one.request_id for one in second}
    assert asked() == first


def year_of(found: list[Request], until: Until) -> Iterator[list[Work]]:
    plenty = {
        line.row.control_row_id: Money(
            enacted_ntd=10**12, changes_ntd=0, frozen_ntd=0, allotted=(10**12,) * 13,
            encumbered_ntd=0, advanced_ntd=0, expended_ntd=0,
        )
        for one in found
        for line in one.lines
    }  # fmt: skip
    wanted = [
        Asked(
            request_id=one.request_id, request_no=one.number, purpose=one.purpose,
            payee=one.payee,
            lines=tuple(
                AskedLine(
                    line_no=at, control_row_id=line.row.control_row_id, line_code="",
                    line_name="", object_code="", object_name="", account="current",
                    amount_ntd=line.amount_ntd,
                )
                for at, line in enumerate(one.lines, 1)
            ),
        )
        for one in found
    ]  # fmt: skip
    yield from months(wanted, plenty, year=114, basis=CommitBasis.ANNUAL, until=until)
    used = {row: money for row, money in plenty.items() if money.encumbered_ntd}
    assert bool(used) is until.held, "what is not claimed is held"


def test_a_year_has_its_busy_months_and_some_spend_a_part_alone() -> None:
    done = list(year_of(asked(), Until()))
    assert [len(month) for month in done] == [
        75, 50, 75, 66, 71, 92, 75, 71, 79, 83, 96, 167,
    ]  # fmt: skip
    works = [one for month in done for one in month]
    assert len(works) == COUNT
    released = [one for one in works if one.claimed_ntd < one.asked.amount_ntd]
    assert 30 < len(released) < 90
    assert all(rest >= 0 < ntd for one in works for _, ntd, rest in one.parts)
    assert [one.number for one in works] == list(range(1, COUNT + 1))


def test_of_a_year_that_goes_on_the_last_month_is_held_and_the_rest_waits() -> None:
    done = list(year_of(asked(), Until(month=3, held=True)))
    assert [len(month) for month in done] == [75, 50, 75]
    assert all(one.claimed for one in (*done[0], *done[1]))
    assert not any(one.claimed for one in done[2])


def test_progress_says_how_fast_and_how_long_it_still_takes() -> None:
    assert words("115 work", 120, 480, took_s=60) == "115 work: 120 of 480, 2.0/s, 3:00 left"
    assert words("115 work", 0, 480, took_s=0) == "115 work: 0 of 480"
