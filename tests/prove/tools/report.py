"""The report of a proof: one Markdown page made anew from the kept results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

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
    """Write the page; ``parts`` names every part, so that one that was not run is seen."""
    by_part = {result.part: result for result in results}
    lines = [
        f"# {title}",
        "",
        f"Made by `{command}`; not edited by hand. One part alone: `{by_hand} --only PART`.",
        "",
        *_summary(parts, by_part),
    ]
    for part in parts:
        if part in by_part:
            lines += _section(by_part[part], command=by_hand)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines).rstrip() + "\n")


def _summary(parts: Mapping[str, str], results: Mapping[str, PartResult]) -> list[str]:
    rows = []
    for part, title in parts.items():
        result = results.get(part)
        if result is None:
            rows.append((part, title, "not run", "", ""))
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
    lines += [f"- {note}" for note in result.notes]
    lines += [f"- **FAILED**: {failure}" for failure in result.failures]
    return [*lines, ""]


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
