"""Make a facts file from official books: ``python -m zhuji_budget.facts.make 105 OUT.json FILE…``.

The books themselves are not shipped; what is written are the figures and names they print.
"""

from __future__ import annotations

import sys
from pathlib import Path

from zhuji_budget.domain.books.codes import object_pack
from zhuji_budget.domain.books.consolidate import consolidate
from zhuji_budget.domain.books.reading import read_book
from zhuji_budget.facts import dump_facts, load_object_packs, load_schemes
from zhuji_core.spreadsheets import read_workbook


def make_facts(files: list[Path], *, fiscal_year: int, source: str) -> bytes:
    """Return the facts of a fiscal year's books; SystemExit names the first error, if any."""
    schemes = load_schemes()
    books = []
    for path in sorted(files):
        workbook = read_workbook(path)
        books.append(
            read_book(
                file=workbook.name,
                sheets=workbook.sheets,
                fiscal_year=fiscal_year,
                schemes=schemes,
            )
        )
    pack = object_pack(load_object_packs(), fiscal_year=fiscal_year)
    result = consolidate(books, fiscal_year=fiscal_year, pack=pack)
    if result.errors:
        first = result.errors[0]
        message = f"{len(result.errors)} errors; {first.place}: {first.code} {first.text()}"
        raise SystemExit(message)
    return dump_facts(result.budget, source=source, pack=pack)


def main(arguments: list[str]) -> None:
    """Write the facts file; the source to name is read from standard input."""
    year, out, *names = arguments
    source = sys.stdin.read().strip()
    facts = make_facts([Path(name) for name in names], fiscal_year=int(year), source=source)
    Path(out).write_bytes(facts)


if __name__ == "__main__":
    main(sys.argv[1:])
