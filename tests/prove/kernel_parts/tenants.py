"""Two counties with the same ids: everything is searched for what belongs to the other."""

from __future__ import annotations

from tests.boundaries.book import BOOK
from tests.boundaries.swap import SOURCE, TWIN, Searched, Swap
from tests.boundaries.twins import MARKS, opened_twins, serving
from tests.prove.tools.results import WORK, PartResult, Table, counted, must

KINDS = (
    "answers", "keys of the other", "cursors of the other", "sessions of the other", "commands",
    "tables of the counties", "tables of the platform", "logs and other files", "traces",
)  # fmt: skip


def tenants(*, quick: bool) -> PartResult:
    """Use every route of both (``quick``: each sixth), crosswise too; search; plant a leak."""
    with opened_twins(WORK / "homes" / "tenants") as twins:
        swap = Swap(twins, book=BOOK, each=6 if quick else 1)
        copied = swap.fill()
        with serving(twins):
            swap.use()
        swap.search_commands()
        swap.search_places()
        found, occurrences = swap.searched, swap.searched.occurrences
        failures = list(found.faults)
        swap.searched = Searched()
        with twins.serve_log.open("a") as log:
            log.write(f"INFO {MARKS[TWIN]}\n")
        swap.search_places()
        planted = swap.searched.occurrences
    for kind in KINDS:
        must(failures, holds=found.places[kind] > 0, say=f"nothing was searched: {kind}")
    must(failures, holds=found.own_marks["answers"] > 0, say="no answer shows its own mark")
    must(failures, holds=planted == 1, say=f"a planted leak was found {planted} times")
    return PartResult(
        part="tenants",
        title=f"{SOURCE} and {TWIN} with the same ids, {len(swap.routes)} routes each",
        checked=sum(found.places.values()),
        failures=tuple(failures),
        tables=(_searched(found), _counts(found, copied, occurrences, planted)),
        notes=(
            "Logs, traces and the platform's tables must hold neither county's mark.",
            "Packed files are unpacked, PDF is read by pdftotext where it is installed.",
        ),
    )


def _searched(found: Searched) -> Table:
    rows = tuple(
        (kind, f"{found.places[kind]:,}", f"{found.amounts[kind]:,}", f"{found.own_marks[kind]:,}")
        for kind in KINDS
    )
    return Table(heads=("searched", "places", "bytes", "own marks found"), rows=rows)


def _counts(found: Searched, copied: int, occurrences: int, planted: int) -> Table:
    return counted(
        "counts",
        [
            ("rows that both counties have", copied),
            *sorted(found.requests.items()),
            ("occurrences of the other county's mark", occurrences),
            ("planted leak found", planted),
        ],
    )
