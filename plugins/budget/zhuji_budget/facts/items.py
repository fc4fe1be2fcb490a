"""Line items of one agency's unit budget book (單位預算書), shipped as facts.

``python -m zhuji_budget.facts.items 105 AGENCY OUT.json FILE`` makes a file of them; its source
is read from standard input. The book itself is not shipped; what is written are what its pages
9–31 print.
"""

from __future__ import annotations

import sys
from importlib.resources import files
from pathlib import Path

import msgspec

from zhuji_budget.domain.books.codes import object_pack
from zhuji_budget.domain.estimate import EXPENDITURE, REVENUE
from zhuji_budget.domain.estimate_items import WantedItem, WantedLine
from zhuji_budget.domain.unit_book.model import Item, PlanPage, RevenuePage
from zhuji_budget.domain.unit_book.reading import read_unit_book
from zhuji_budget.facts import load_object_packs, load_schemes
from zhuji_core.spreadsheets import read_workbook
from zhuji_core.values import Value


class ItemFacts(Value, frozen=True, kw_only=True):
    """The lines of one agency's book of ``fiscal_year``, as they would be keyed."""

    source: str
    fiscal_year: int
    agency_code: str
    lines: tuple[WantedLine, ...]


def load_items(name: str) -> ItemFacts:
    """Return shipped items by name, for example "rdec-105" (FileNotFoundError if none)."""
    content = files("zhuji_budget.facts").joinpath(f"{name}-items.json").read_bytes()
    return msgspec.json.decode(content, type=ItemFacts)


def make_items(file: Path, *, fiscal_year: int, agency_code: str, source: str) -> bytes:
    """Return the facts of a book; SystemExit names the first cell that cannot be read."""
    workbook = read_workbook(file)
    reading = read_unit_book(
        file=workbook.name,
        sheets=workbook.sheets,
        fiscal_year=fiscal_year,
        pack=object_pack(load_object_packs(), fiscal_year=fiscal_year),
        schemes=load_schemes(),
    )
    if reading.problems:
        raise SystemExit(f"{reading.problems[0].place}: {reading.problems[0].text()}")
    pages: list[tuple[str, PlanPage | RevenuePage]] = [
        *((EXPENDITURE, plan) for plan in reading.book.plans),
        *((REVENUE, page) for page in reading.book.revenues),
    ]
    facts = ItemFacts(
        source=source,
        fiscal_year=fiscal_year,
        agency_code=agency_code,
        lines=tuple(
            WantedLine(
                side=side,
                code=page.code,
                name=page.name,
                group_code=reading.book.scheme.up_to(page.code, "plan"),
                group_name=page.program if isinstance(page, PlanPage) else page.group,
                legal_basis="" if isinstance(page, PlanPage) else page.legal_basis,
                items=tuple(_wanted(item) for item in page.items if item.amount_ntd),
            )
            for side, page in pages
        ),
    )
    return msgspec.json.format(msgspec.json.encode(facts), indent=1) + b"\n"


def _wanted(item: Item) -> WantedItem:
    return WantedItem(
        object_code=item.object_code,
        sub_plan=item.sub_plan,
        unit=item.unit,
        quantity=item.quantity,
        price_ntd=item.price_ntd,
        explanation=item.explanation,
        fund_source=item.fund_source,
    )


def main(arguments: list[str]) -> None:
    """Write the facts file; the source to name is read from standard input."""
    year, agency_code, out, name = arguments
    source = sys.stdin.read().strip()
    facts = make_items(Path(name), fiscal_year=int(year), agency_code=agency_code, source=source)
    Path(out).write_bytes(facts)


if __name__ == "__main__":
    main(sys.argv[1:])
