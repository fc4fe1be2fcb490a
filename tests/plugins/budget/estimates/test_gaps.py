"""What an estimate lacks refuses its submission: by line, column and item; a draft may lack it."""

from __future__ import annotations

import re
import uuid

import pytest

from tests.core.site import Browser
from tests.plugins.budget.estimates.given import (
    SUPPLIES,
    VEHICLE,
    complete,
    given_estimate,
    line_id,
    write,
)
from tests.plugins.budget.given import LINE, given_allotted
from zhuji_budget import demo
from zhuji_budget.domain.estimate import EstimateItem, EstimateLine
from zhuji_budget.domain.estimate_gaps import (
    NAMED_MAX,
    NUMBERS_MAX,
    EstimateIncomplete,
    Gap,
    gaps_of,
)
from zhuji_budget.domain.estimate_items import WantedItem, WantedLine
from zhuji_budget.facts import load_object_packs
from zhuji_budget.usecases.copy_last_year import copy_last_year
from zhuji_budget.usecases.load_codes import load_codes
from zhuji_budget.usecases.read_codes import CodeSetHead, GivenCode, given_codes
from zhuji_budget.usecases.submit_estimate import submit_estimate
from zhuji_budget.usecases.write_estimate import write_estimate
from zhuji_core.i18n import load_translations
from zhuji_core.testing.counties import CountyUnderTest
from zhuji_core.web.packages import locale_folders

MUTE = WantedItem(object_code="0271", price_ntd=7)
WHOLE = WantedItem(object_code="02", price_ntd=9, explanation="業務費一式")
COUNTED = WantedItem(object_code="0271", quantity="3", price_ntd=5, explanation="碳粉匣")
DEBT = WantedItem(object_code="05", price_ntd=11, explanation="利息")
FEE = WantedLine(
    side="revenue",
    code="0401010100",
    name="規費",
    items=(WantedItem(price_ntd=100, explanation="證照費"), WantedItem(price_ntd=7)),
)


def submit(county: CountyUnderTest, estimate_id: uuid.UUID) -> str:
    with county.uow() as uow:
        return submit_estimate(uow, estimate_id=estimate_id).state


def refused(county: CountyUnderTest, estimate_id: uuid.UUID) -> EstimateIncomplete:
    """Try to submit; what was kept is asked after it."""
    with pytest.raises(EstimateIncomplete) as refusal:
        submit(county, estimate_id)
    row = county.rows("SELECT state FROM budget.estimate WHERE estimate_id = :id", id=estimate_id)
    assert row[0].state == "draft"
    assert not county.rows("SELECT 1 FROM budget.estimate_version")
    return refusal.value


def test_a_draft_may_lack_what_submission_asks_for_by_line_and_column(
    mli: CountyUnderTest,
) -> None:
    given_allotted(mli)
    estimate_id = given_estimate(mli)
    write(mli, estimate_id, SUPPLIES, MUTE, WHOLE, COUNTED, VEHICLE, MUTE)
    with mli.uow() as uow:
        write_estimate(uow, estimate_id=estimate_id, wanted=FEE)
    refusal = refused(mli, estimate_id)
    texts = refusal.field_texts(str)
    assert texts == {
        f"expenditure-{LINE}-object": f"{LINE} 行政管理：未列至二級用途別 1 項（第 3 項）",
        f"expenditure-{LINE}-explanation": f"{LINE} 行政管理：未填說明 2 項（第 2、6 項）",
        f"expenditure-{LINE}-unit": f"{LINE} 行政管理：有數量而未填單位 1 項（第 4 項）",
        "revenue-0401010100-explanation": "0401010100 規費：未填說明 1 項（第 2 項）",
        "revenue-0401010100-legal_basis": "0401010100 規費：未填法律依據",
    }
    assert "有 2 個科目尚未填齊" in refusal.text(str)
    assert (
        "未列至二級用途別 1 項、未填說明 3 項、有數量而未填單位 1 項、未填法律依據 1 個歲入科目"
        in refusal.text(str)
    )
    complete(mli, estimate_id)
    mli.execute("UPDATE budget.estimate_item SET unit = '盒' WHERE quantity = '3'")
    assert submit(mli, estimate_id) == "submitted"


def test_the_refusal_is_told_in_english_too() -> None:
    gettext = load_translations(locale_folders()).of("en").gettext
    line = _line(*(_item(number, explanation="") for number in range(1, 30)))
    (gap,) = gaps_of([line], objects=())
    told = EstimateIncomplete(label="106", gaps=[gap])
    for text in (told.text(gettext), *told.field_texts(gettext).values()):
        assert not re.search(r"[未項說明送審科目]", text.replace(line.name, ""))
        assert "29" in text
    assert gap.numbers(gettext).endswith("…"), f"the first {NUMBERS_MAX} are enough to begin with"


@pytest.mark.parametrize("name", ["old", "new"])
def test_an_object_that_the_table_does_not_divide_is_far_enough(name: str) -> None:
    """Both generations: 債務費 has no second level in the tables that come with the module."""
    (pack,) = (one for one in load_object_packs() if one.name == name)
    above = {one.parent for one in pack.objects}
    for one in pack.objects:
        gaps = gaps_of([_line(_item(1, object_code=one.code))], objects=pack.objects)
        is_divided = one.level == 1 and one.code in above
        assert [gap.column for gap in gaps] == (["object"] if is_divided else []), one
    assert any(one.role == "debt" and one.code not in above for one in pack.objects)


def test_revenue_has_no_object_but_its_legal_basis() -> None:
    objects = load_object_packs()[0].objects
    bare = _line(_item(1, object_code=""), side="revenue")
    assert [gap.column for gap in gaps_of([bare], objects=objects)] == ["legal_basis"]


def test_a_line_without_items_asks_for_no_money() -> None:
    assert not gaps_of([_line(), _line(side="revenue")], objects=())


def test_a_refusal_names_as_much_as_people_read_and_counts_all() -> None:
    lines = [_line(_item(1, explanation=""), code=f"{number:06}") for number in range(300)]
    told = EstimateIncomplete(label="106", gaps=gaps_of(lines, objects=()))
    assert len(told.field_texts(str)) == len(told.fields) == NAMED_MAX
    assert "有 300 個科目" in told.text(str)
    assert "未填說明 300 項" in told.text(str)


def test_a_county_s_own_table_says_what_is_divided(mli: CountyUnderTest) -> None:
    given_allotted(mli)
    estimate_id = given_estimate(mli)
    write(mli, estimate_id, SUPPLIES, DEBT)
    assert submit(mli, estimate_id) == "submitted", "the shipped table has nothing below 債務費"
    mli.execute("UPDATE budget.estimate SET state = 'returned'")
    (pack,) = (one for one in load_object_packs() if one.name == "old")
    codes = [
        GivenCode(code=one.code, name=one.name, parent=one.parent, role=one.role)
        for one in pack.objects
    ]
    codes.append(GivenCode(code="0501", name="債務利息", parent="05"))
    head = CodeSetHead(kind="object", name="本縣", first_year=100, last_year=107)
    with mli.uow() as uow:
        load_codes(uow, given_codes(head, codes))
    with pytest.raises(EstimateIncomplete) as refusal:
        submit(mli, estimate_id)
    assert list(refusal.value.fields) == [f"expenditure-{LINE}-object"]


def test_last_year_by_first_level_object_is_only_a_beginning(txg: CountyUnderTest) -> None:
    with txg.uow() as uow:
        demo.seed_year(uow)
    found = txg.rows(
        "SELECT agency_code FROM budget.control_row WHERE object_code <> ''"
        " GROUP BY agency_code ORDER BY count(*) DESC LIMIT 1"
    )[0]
    estimate_id = given_estimate(txg, agency_code=found.agency_code)
    with txg.uow() as uow:
        copied = copy_last_year(uow, estimate_id=estimate_id)
    refusal = refused(txg, estimate_id)
    named = {name.rsplit("-", 1)[0] for name in refusal.fields}
    assert named == {f"expenditure-{line.code}" for line in copied.lines if line.items}
    complete(txg, estimate_id)
    assert submit(txg, estimate_id) == "submitted"


def test_the_page_leads_to_the_cells(mli: CountyUnderTest, keeper: Browser) -> None:
    estimate_id = given_estimate(mli)
    root = f"/mli/budget/estimates/{estimate_id}"
    assert "送審前待補" not in keeper.get(root).text
    write(mli, estimate_id, SUPPLIES, MUTE, WHOLE)
    opened = keeper.get(root).text.partition('id="gaps"')[2].partition("</table>")[0]
    assert "送審前須列至二級用途別" in opened
    grid = f"{root}/lines/{line_id(mli, estimate_id)}"
    assert f'href="{grid}?missing=true"' in opened
    marked = keeper.get(f"{grid}?missing=true").text
    assert 'id="items-1-explanation-error"' in marked
    assert 'id="items-2-object-error"' in marked
    assert "items-0-" not in "".join(re.findall(r'id="(\S+)-error"', marked))
    plain = keeper.get(grid).text
    assert "-error" not in plain, "a clerk who is still keying is not told off"
    assert "未填說明 1 項（第 2 項）" in plain

    answer = keeper.form(f"{root}/submission")
    assert answer.status_code == 422
    assert "E-ESTIMATE-INCOMPLETE" in answer.text
    assert f'href="{grid}?missing=true"' in answer.text
    told = keeper.json(f"/mli/api/v1/budget/estimates/{estimate_id}/submission", b"").json()
    assert told["code"] == "E-ESTIMATE-INCOMPLETE"
    assert set(told["fields"]) == {f"expenditure-{LINE}-object", f"expenditure-{LINE}-explanation"}

    complete(mli, estimate_id)
    assert keeper.form(f"{root}/submission").status_code == 303
    assert "送審前待補" not in keeper.get(root).text


def test_the_page_marks_the_legal_basis_of_revenue(mli: CountyUnderTest, bas: Browser) -> None:
    given_allotted(mli)
    estimate_id = given_estimate(mli)
    with mli.uow() as uow:
        line = write_estimate(uow, estimate_id=estimate_id, wanted=FEE)
    grid = f"/mli/budget/estimates/{estimate_id}/lines/{line.estimate_line_id}?missing=true"
    assert 'id="legal_basis-error"' in bas.get(grid).text


def test_a_gap_of_a_head_has_no_items() -> None:
    gap = Gap(line=_line(_item(1), side="revenue"), column="legal_basis")
    assert (gap.count, gap.numbers(str)) == (1, "")


def _line(*items: EstimateItem, side: str = "expenditure", code: str = LINE) -> EstimateLine:
    return EstimateLine(
        estimate_line_id=uuid.UUID(int=1), side=side, code=code, name="行政管理", items=items
    )


def _item(number: int, *, object_code: str = "0271", explanation: str = "文具") -> EstimateItem:
    return EstimateItem(
        item_id=uuid.UUID(int=number),
        item_no=number,
        sub_plan="",
        object_code=object_code,
        object_name="",
        account="current",
        unit="",
        quantity="1",
        price_ntd=1,
        amount_ntd=1,
        explanation=explanation,
        fund_source="",
    )
