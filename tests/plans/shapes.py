"""A plan reduced to its shape, and what no plan of a page or of a report may do. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from zhuji_core.values import Value

Node = Mapping[str, Any]

# How a node works belongs to its shape where it decides what is read.
HOW = ("Join Type", "Scan Direction", "Strategy", "Subplan Name", "CTE Name", "Function Name")
PLAIN = {"Inner", "Forward", "Plain"}
READERS = ("Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan", "Sample Scan")


class Rows(Value, frozen=True, kw_only=True):
    """How many rows the tables of the county have, by name; from ``large`` on a table is large."""

    of: Mapping[str, int]
    large: int

    def is_large(self, table: str) -> bool:
        return self.of.get(table, 0) >= self.large


def shape(plan: Node) -> str:
    """Return the plan as an indented tree: nodes, relations, indexes; no costs and no values."""
    return "\n".join(_lines(plan, 0))


def _lines(node: Node, depth: int) -> Iterator[str]:
    words = [node["Node Type"]]
    words += [f"({node[how]})" for how in HOW if node.get(how, "Plain") not in PLAIN]
    if "Relation Name" in node:
        words.append(f"on {table_of(node)}")
    if "Index Name" in node:
        words.append(f"by {node['Index Name']}")
    yield "  " * depth + " ".join(words)
    for inner in node.get("Plans", ()):
        yield from _lines(inner, depth + 1)


def nodes(plan: Node) -> Iterator[Node]:
    """Yield the node and all below it."""
    yield plan
    for inner in plan.get("Plans", ()):
        yield from nodes(inner)


def table_of(node: Node) -> str:
    schema = node.get("Schema", "")
    return f"{schema}.{node['Relation Name']}" if schema else str(node["Relation Name"])


def rows_read(plan: Node) -> Counter[str]:
    """Return how many rows of each table a measured plan read, those that it threw away too."""
    found: Counter[str] = Counter()
    for node in nodes(plan):
        if node["Node Type"] in READERS:
            each = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
            each += node.get("Rows Removed by Index Recheck", 0)
            found[table_of(node)] += round(each * node["Actual Loops"])
    return found


def walked(plan: Node, rows: Rows) -> list[str]:
    """Return the large tables that the plan reads from end to end where it reads them at all."""
    return sorted(
        {
            table_of(node)
            for node in nodes(plan)
            if node["Node Type"] == "Seq Scan" and rows.is_large(table_of(node))
        }
    )


def read_beyond(
    plan: Node, rows: Rows, *, share: float, but: Sequence[str] | None = None
) -> list[str]:
    """Return of which large tables a measured plan read more than ``share`` of their rows.

    ``but``: these tables alone are looked at.
    """
    return [
        f"{table}: {read:,} of {rows.of[table]:,} rows"
        for table, read in sorted(rows_read(plan).items())
        if rows.is_large(table) and (but is None or table in but) and read > share * rows.of[table]
    ]


def told(statement: str) -> str:
    """Return the beginning of a statement on one line, to know it by."""
    flat = re.sub(r"\s+", " ", statement).strip()
    return flat if len(flat) <= 96 else f"{flat[:95]}…"
