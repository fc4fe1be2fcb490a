"""The report of a proof: one Markdown page made anew from the kept results."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.prove.tools.results import PartResult, Table


def write(
    path: Path,
    *,
    title: str,
    command: str,
    by_hand: str,
    parts: Mapping[str, str],
    results: Sequence[PartResult],
) -> None:
    """Write the page; ``parts`` names every part, so that one that was not run is seen.

    What the page has of a part whose result is not kept here stays: it was run in another place.
    """
    by_part = {result.part: result for result in results}
    before = _before(path) if path.exists() else {}
    lines = [
        f"# {title}",
        "",
        f"Made by `{command}`; not edited by hand. One part alone: `{by_hand} --only PART`.",
        "",
        *_summary(parts, by_part, before),
    ]
    for part in parts:
        if part in by_part:
            lines += _section(by_part[part], command=by_hand)
        elif part in before:
            lines += [*before[part].section, ""]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines).rstrip() + "\n")


class Before(NamedTuple):
    """What a page had of a part: the last cells of its row in the summary, and its section."""

    told: tuple[str, ...]
    section: list[str]


def _before(path: Path) -> Mapping[str, Before]:
    """Return what the page has of each part that has a section."""
    head, *sections = re.split(r"^(?=## )", path.read_text("utf-8"), flags=re.MULTILINE)
    told = {
        cells[0]: tuple(cells[-3:])
        for line in head.splitlines()
        if line.startswith("| ") and len(cells := line.strip("| ").split(" | ")) > 3
    }
    found = {text[3:].partition(":")[0]: text.rstrip().splitlines() for text in sections}
    return {part: Before(told[part], lines) for part, lines in found.items() if part in told}


def _summary(
    parts: Mapping[str, str], results: Mapping[str, PartResult], before: Mapping[str, Before]
) -> list[str]:
    rows = []
    for part, title in parts.items():
        result = results.get(part)
        if result is None:
            told = before[part].told if part in before else ("not run", "", "")
            rows.append((part, title, *told))
            continue
        outcome = "passed" if result.passed else "**FAILED**"
        rows.append((part, title, outcome, f"{result.checked:,}", f"{result.took_s:,.0f} s"))
    heads = ("part", "what", "outcome", "checked", "took")
    return [*_table(Table(heads=heads, rows=tuple(rows))), ""]


def _section(result: PartResult, *, command: str) -> list[str]:
    lines = [
        f"## {result.part}: {result.title}",
        "",
        (
            f"`{command} --only {result.part}`; commit {result.commit}; {result.at}; "
            f"seed {result.seed}; {result.machine}."
        ),
        "",
    ]
    for table in result.tables:
        lines += [*_table(table), ""]
    told = [f"- {note}" for note in result.notes]
    told += [f"- **FAILED**: {failure}" for failure in result.failures]
    return [*lines, *told, ""] if told else lines


def _table(table: Table) -> list[str]:
    # Figures are read from the right.
    aligned = ["---", *["---:" if _figures(table, at) else "---" for at in range(1, _width(table))]]
    return [
        _row(table.heads),
        _row(tuple(aligned)),
        *(_row(row) for row in table.rows),
    ]


def _width(table: Table) -> int:
    return len(table.heads)


def _figures(table: Table, at: int) -> bool:
    cells = [row[at] for row in table.rows if row[at]]
    return bool(cells) and all(cell.lstrip("-+±")[:1].isdigit() for cell in cells)


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
