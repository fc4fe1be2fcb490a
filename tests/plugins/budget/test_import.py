"""Keeping a consolidated budget: once, whole, and never against what stands already."""

from __future__ import annotations

import msgspec
import pytest

from tests.plugins.budget.given import ENACTOR, TOTAL_NTD, YEAR, keep, small_budget
from zhuji_budget.domain.books.model import Budget, ObjectAmount
from zhuji_budget.domain.year import YearState
from zhuji_budget.facts import load_facts
from zhuji_budget.usecases._known_lines import LineDiffers, SplitDiffers
from zhuji_budget.usecases.enact_year import enact_year
from zhuji_budget.usecases.import_budget import NothingToImport, import_budget
from zhuji_budget.usecases.preview_import import Standing, preview_import
from zhuji_core.identity.actor import Forbidden
from zhuji_core.testing.counties import CountyUnderTest, given_actor

TABLES = ("fiscal_year", "object_code", "book", "budget_line", "control_row", "budget_movement")


def contents(county: CountyUnderTest) -> dict[str, list[str]]:
    """Return every row of the module, and how many audit entries there are."""
    found = {
        table: [
            row[0]
            for row in county.rows(f"SELECT t::text FROM budget.{table} AS t ORDER BY 1")  # noqa: S608
        ]
        for table in TABLES
    }
    found["audit"] = [str(county.rows("SELECT count(*) FROM kernel.audit_entry")[0][0])]
    found["agency"] = [row[0] for row in county.rows("SELECT a::text FROM kernel.agency AS a")]
    return found


def with_amount(budget: Budget, code: str, amount_ntd: int) -> Budget:
    lines = tuple(
        msgspec.structs.replace(line, this_year_ntd=amount_ntd, split=())
        if line.code == code
        else line
        for line in budget.lines
    )
    return msgspec.structs.replace(budget, lines=lines)


def without_line(budget: Budget, code: str) -> Budget:
    lines = tuple(line for line in budget.lines if line.code != code)
    return msgspec.structs.replace(budget, lines=lines)


def test_keeps_lines_and_their_control_rows(mli: CountyUnderTest) -> None:
    imported = keep(mli, small_budget())

    assert (imported.lines, imported.lines_known, imported.agencies) == (10, 0, 3)
    assert imported.total_ntd == TOTAL_NTD
    rows = mli.rows(
        "SELECT object_code, account, bill_ntd, enacted_ntd FROM budget.control_row"
        " WHERE line_code = '3201010101' ORDER BY object_code"
    )
    assert [(row.object_code, row.account, row.bill_ntd) for row in rows] == [
        ("01", "current", 48_236_400),
        ("02", "current", 12_987_650),
        ("03", "capital", 1_500_000),
        ("04", "current", 120_000),
    ]
    assert {row.enacted_ntd for row in rows} == {0}
    assert mli.rows("SELECT sum(bill_ntd) FROM budget.control_row")[0][0] == TOTAL_NTD
    agencies = mli.rows("SELECT agency_code FROM kernel.agency ORDER BY 1")
    assert [row[0] for row in agencies] == ["0001010000", "0001020000", "0002010000"]


def test_a_line_that_the_book_does_not_split_is_one_control_row(mli: CountyUnderTest) -> None:
    keep(mli, small_budget())
    rows = mli.rows(
        "SELECT object_code, account, bill_ntd FROM budget.control_row"
        " WHERE line_code = '5601010202'"
    )
    assert [tuple(row) for row in rows] == [("", "current", 950_001)]


def test_a_line_without_an_amount_has_no_control_row(mli: CountyUnderTest) -> None:
    keep(mli, small_budget())
    assert mli.rows("SELECT 1 FROM budget.budget_line WHERE code = '5801020202'")
    assert not mli.rows("SELECT 1 FROM budget.control_row WHERE line_code = '5801020202'")


def test_importing_again_changes_nothing(bill: CountyUnderTest) -> None:
    before = contents(bill)
    again = keep(bill, small_budget())
    assert (again.lines, again.lines_known) == (0, 10)
    assert contents(bill) == before


def test_importing_again_changes_nothing_after_enactment(allotted: CountyUnderTest) -> None:
    before = contents(allotted)
    assert keep(allotted, small_budget()).lines == 0
    assert contents(allotted) == before


def test_adds_what_is_new_to_what_is_known(mli: CountyUnderTest) -> None:
    keep(mli, without_line(small_budget(), "5801020201"))
    added = keep(mli, small_budget())
    assert (added.lines, added.lines_known, added.total_ntd) == (1, 9, 6_600_000)


def test_refuses_a_line_that_differs_and_keeps_nothing(mli: CountyUnderTest) -> None:
    first = without_line(small_budget(), "5801020201")
    keep(mli, first)
    before = contents(mli)
    with pytest.raises(LineDiffers) as refused:
        keep(mli, with_amount(small_budget(), "3201010102", 2_315_209))
    assert refused.value.detail["line_code"] == "3201010102"
    assert refused.value.detail["known_ntd"] == 2_315_208
    assert refused.value.detail["wanted_ntd"] == 2_315_209
    assert contents(mli) == before


def previewed(county: CountyUnderTest, budget: Budget) -> Standing:
    with county.uow(read_only=True) as uow:
        return preview_import(uow, budget=budget)


def test_a_preview_says_what_the_year_has_already_and_what_forbids_the_rest(
    mli: CountyUnderTest,
) -> None:
    assert previewed(mli, small_budget()) == Standing(lines_new=10, lines_known=0)
    keep(mli, without_line(small_budget(), "5801020201"))
    assert previewed(mli, small_budget()) == Standing(lines_new=1, lines_known=9)
    differs = previewed(mli, with_amount(small_budget(), "3201010102", 2_315_209)).refusal
    assert isinstance(differs, LineDiffers)
    with mli.uow(ENACTOR) as uow:
        enact_year(uow, fiscal_year=YEAR, act_no="1")
    late = previewed(mli, small_budget())
    assert (late.lines_new, late.lines_known) == (1, 9)
    assert isinstance(late.refusal, YearState)
    known = previewed(mli, without_line(small_budget(), "5801020201"))
    assert (known.lines_new, known.refusal) == (0, None)
    with pytest.raises(Forbidden), mli.uow(given_actor(permissions={}), read_only=True) as uow:
        preview_import(uow, budget=small_budget())


def test_refuses_new_lines_after_enactment(mli: CountyUnderTest) -> None:
    keep(mli, without_line(small_budget(), "5801020201"))
    with mli.uow(ENACTOR) as uow:
        enact_year(uow, fiscal_year=YEAR, act_no="1")
    before = contents(mli)
    with pytest.raises(YearState):
        keep(mli, small_budget())
    assert contents(mli) == before


def test_refuses_an_empty_budget(mli: CountyUnderTest) -> None:
    with pytest.raises(NothingToImport):
        keep(mli, msgspec.structs.replace(small_budget(), lines=()))
    assert not mli.rows("SELECT 1 FROM budget.fiscal_year")


def test_refuses_whoever_may_not_import(mli: CountyUnderTest) -> None:
    facts = load_facts("demo-small")
    clerk = given_actor(permissions={"budget.line.read": ("*",)})
    with pytest.raises(Forbidden), mli.uow(clerk) as uow:
        import_budget(uow, budget=facts.budget, pack=facts.pack)
    assert not mli.rows("SELECT 1 FROM budget.budget_line")


def test_the_audit_tells_who_imported_what(bill: CountyUnderTest) -> None:
    (entry,) = bill.rows(
        "SELECT actor_account, document_label, after FROM kernel.audit_entry"
        " WHERE action = 'budget.book.import'"
    )
    assert entry.actor_account == "user1"
    assert entry.document_label == "105 年度總預算"
    assert entry.after["total_ntd"] == TOTAL_NTD


def test_a_city_of_782_lines_is_kept_whole(txg: CountyUnderTest) -> None:
    facts = load_facts("taichung-105")
    with txg.uow() as uow:
        imported = import_budget(uow, budget=facts.budget, pack=facts.pack)
    assert (imported.lines, imported.agencies) == (782, 125)
    assert imported.total_ntd == 127_360_200_000
    assert txg.rows("SELECT sum(bill_ntd) FROM budget.control_row")[0][0] == 127_360_200_000


def test_another_split_of_the_same_amount_is_refused(
    mli: CountyUnderTest,
) -> None:
    budget = small_budget()
    keep(mli, budget)
    before = contents(mli)
    split = next(line for line in budget.lines if len(line.split) > 1)
    moved = (
        ObjectAmount(code=split.split[0].code, amount_ntd=split.split[0].amount_ntd - 1),
        ObjectAmount(code=split.split[1].code, amount_ntd=split.split[1].amount_ntd + 1),
        *split.split[2:],
    )
    changed = tuple(
        msgspec.structs.replace(line, split=moved) if line is split else line
        for line in budget.lines
    )
    with pytest.raises(SplitDiffers):
        keep(mli, msgspec.structs.replace(budget, lines=changed))
    assert contents(mli) == before
