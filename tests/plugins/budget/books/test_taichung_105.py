"""The real books of one city, and the facts made from them."""

from __future__ import annotations

import io
from functools import lru_cache
from pathlib import Path

import msgspec
import pytest

from tests.plugins.budget.books.conftest import Press
from zhuji_budget.domain.books.codes import (
    CodeScheme,
    Segment,
    fitting_scheme,
    object_pack,
)
from zhuji_budget.domain.books.consolidate import Consolidation, consolidate
from zhuji_budget.domain.books.reading import read_book
from zhuji_budget.facts import load_facts, load_object_packs, load_schemes
from zhuji_budget.facts.make import main, make_facts
from zhuji_core.spreadsheets import read_workbook

SHARED = Path(__file__).parents[5] / "shared" / "data" / "taichung-105" / "books"


@lru_cache(maxsize=1)
def city() -> Consolidation:
    schemes = load_schemes()
    books = [
        read_book(file=book.name, sheets=book.sheets, fiscal_year=105, schemes=schemes)
        for book in map(read_workbook, sorted(SHARED.iterdir()))
    ]
    pack = object_pack(load_object_packs(), fiscal_year=105)
    return consolidate(books, fiscal_year=105, pack=pack)


@pytest.mark.needs("shared")
def test_the_whole_city() -> None:
    result = city()
    budget = result.budget

    assert len(result.books) == 27
    assert (len(budget.lines), len(budget.agencies), len(budget.departments)) == (782, 125, 25)
    assert budget.total_ntd == 127_360_200_000
    assert result.errors == ()
    assert sum(1 for line in budget.lines if line.this_year_ntd == 0) == 17
    assert sum(1 for line in budget.lines if line.split) == 765
    assert set(result.lines_without_split.values()) == {"zero"}
    rounded, differs = result.warnings
    # One department's final accounts were rounded apart from its agencies'.
    assert (rounded.code, rounded.place.cell) == ("E-BOOK-SUM", "H5")
    assert rounded.arithmetic["difference"] == -1_000
    # Two files of one bureau agree in every amount, but split one line in two ways.
    assert (differs.code, differs.place.cell) == ("E-BOOK-SPLIT-DIFFERS", "J12")
    assert differs.also
    assert differs.also.cell == "J189"
    assert len(result.duplicates) == 19
    assert sum(book.duplicate_lines for book in result.books) == 104


@pytest.mark.needs("shared")
def test_the_order_of_files_changes_no_figure() -> None:
    schemes = load_schemes()
    books = [
        read_book(file=book.name, sheets=book.sheets, fiscal_year=105, schemes=schemes)
        for book in map(read_workbook, sorted(SHARED.iterdir(), reverse=True))
    ]
    pack = object_pack(load_object_packs(), fiscal_year=105)

    assert consolidate(books, fiscal_year=105, pack=pack).budget == city().budget


@pytest.mark.needs("shared")
def test_the_shipped_facts_are_what_the_books_say() -> None:
    facts = load_facts("taichung-105")

    assert facts.budget == city().budget
    assert make_facts(list(SHARED.iterdir()), fiscal_year=105, source=facts.source) == (
        Path(main.__code__.co_filename).with_name("taichung-105.json").read_bytes()
    )


def test_the_shipped_facts_load_without_the_books() -> None:
    facts = load_facts("taichung-105")

    assert facts.budget.total_ntd == 127_360_200_000
    assert facts.pack.name == "old"
    assert facts.source
    codes = {item.code for item in facts.pack.objects}
    for line in facts.budget.lines:
        assert not line.split or sum(o.amount_ntd for o in line.split) == line.this_year_ntd
        assert codes.issuperset(o.code for o in line.split)


def test_make_writes_facts_or_names_the_first_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, press: Press
) -> None:
    source = tmp_path / "書.xlsx"
    out = tmp_path / "facts.json"
    monkeypatch.setattr("sys.stdin", io.StringIO("甲乙縣預算書"))
    source.write_bytes(press.workbook({"S": press.body()}))

    main(["105", str(out), str(source)])

    assert msgspec.json.decode(out.read_bytes())["unit_ntd"] == 1000
    source.write_bytes(press.workbook({"S": press.body({"F7": "x"})}))
    with pytest.raises(SystemExit, match="E-BOOK-AMOUNT"):
        main(["105", str(out), str(source)])


def test_generations_of_object_codes_by_year() -> None:
    packs = load_object_packs()

    assert object_pack(packs, fiscal_year=107).name == "old"
    assert object_pack(packs, fiscal_year=108).name == "new"
    with pytest.raises(LookupError):
        object_pack(packs[1:], fiscal_year=100)
    for pack in packs:
        first = {item.code for item in pack.objects if item.level == 1}
        assert all(item.parent in first for item in pack.objects if item.level == 2)


def test_a_scheme_that_contradicts_the_levels_is_not_taken() -> None:
    other = CodeScheme(
        name="other",
        first_year=90,
        last_year=100,
        segments=(Segment(name="department", length=3), Segment(name="item", length=3)),
    )

    coded = [(1, "001000"), (4, "001001")]
    assert fitting_scheme([other], fiscal_year=95, coded=coded) is other
    assert fitting_scheme([other], fiscal_year=101, coded=coded) is None
    assert fitting_scheme([other], fiscal_year=95, coded=[(4, "001000"), (1, "001001")]) is None
    assert other.cut("001002") == {"department": "001", "item": "002"}
    assert other.level_of("00100") is None
    assert other.level_of("000000") is None
