"""The SQL in a Python file, and what it names.

Not a parser: it knows the product's own way to write SQL (named constants, upper-case keywords,
aliases) and refuses what it cannot place.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

STATEMENT = re.compile(r"^\s*(?:--[^\n]*\n\s*)*(?:SELECT|INSERT|UPDATE|DELETE|WITH|CREATE)\b")
UNKNOWN = "__inserted__"

# What is not a table although it follows FROM, UPDATE, INTO or ON.
NOT_TABLES = (
    re.compile(r"--[^\n]*"),
    re.compile(r"'(?:[^']|'')*'"),
    re.compile(r"\b(?:extract|substring|trim|overlay)\s*\([^()]*\)", re.IGNORECASE),
    re.compile(r"\bIS\s+(?:NOT\s+)?DISTINCT\s+FROM\b"),
    re.compile(r"\bFOR\s+(?:NO\s+KEY\s+)?UPDATE(?:\s+OF\s+\w+)?"),
    re.compile(r"\bDO\s+UPDATE\b"),
    re.compile(r"\b(?:BEFORE|AFTER)\s+(?:INSERT|UPDATE|DELETE)\b(?:\s+OR\s+\w+)*"),
    re.compile(r"\bON\s+(?:UPDATE|DELETE)\s+(?:CASCADE|RESTRICT|SET\s+NULL|NO\s+ACTION)\b"),
)
TABLE = re.compile(
    r"\b(?:FROM|JOIN)\s+(?:ONLY\s+|LATERAL\s+)?(?P<name>[a-z_][\w.]*)(?P<call>\s*\()?"
    r"|\b(?:INTO|UPDATE|REFERENCES)\s+(?:ONLY\s+)?(?P<written>[a-z_][\w.]*)"
    r"|\bCREATE\s+(?:UNLOGGED\s+)?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?(?P<created>[a-z_][\w.]*)"
    r"|\bCREATE\s+(?:UNIQUE\s+)?INDEX\s+\w+\s+ON\s+(?P<indexed>[a-z_][\w.]*)"
)
# "FROM a, b": the second and later tables of a list.
NEXT_IN_LIST = re.compile(
    r"\bFROM\s+[a-z_][\w.]*(?:\s+(?:AS\s+)?\w+)?\s*,\s*(?P<name>[a-z_][\w.]*)"
)
CTE = re.compile(
    r"(?:\bWITH\s+(?:RECURSIVE\s+)?|,\s*)(?P<name>[a-z_]\w*)\s*(?:\([\w\s,]*\)\s*)?AS\s"
)
INNER = re.compile(r"\([^()]*\)")
ORDERED = re.compile(r"\b(?:ORDER|GROUP)\s+BY\b")
LIMITED = re.compile(r"\bLIMIT\b|\bFETCH\s+FIRST\b")

# Counters are shared by whoever certifies, claims or pays: a value computed in Python would undo
# what another transaction did since it was read.
COUNTER = (
    r"(?:(?:encumbered|advanced|expended|released|settled|recovered|carried|changes|paid|claimed)_ntd"
    r"|last_no)"
)
ABSOLUTE_COUNTER = re.compile(
    rf"\b(?P<name>{COUNTER})\s*=\s*(?:CAST\s*\(\s*)?(?P<value>:\w+)(?!\s*[-+])"
)


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One SQL text and where it stands."""

    line: int
    text: str


def statements(nodes: Iterable[ast.AST]) -> Iterator[Statement]:
    """Find texts that are SQL; what an f-string inserts is replaced by a mark.

    ``nodes``: all of a file, outer before inner, as ``ast.walk`` gives them.
    """
    inside: set[ast.AST] = set()
    for node in nodes:
        if node in inside:
            continue
        if isinstance(node, ast.JoinedStr):
            inside.update(ast.walk(node))
            text = "".join(_piece(value) for value in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        else:
            continue
        if STATEMENT.match(text):
            yield Statement(line=node.lineno, text=text)


def tables(sql: str) -> Iterator[str]:
    """Name the tables that a statement reads or writes, without its own CTEs and functions."""
    for pattern in NOT_TABLES:
        sql = pattern.sub(" ", sql)
    known = {match["name"] for match in CTE.finditer(sql)}
    for match in TABLE.finditer(sql):
        name = match["name"] or match["written"] or match["created"] or match["indexed"]
        if name not in known and not match["call"] and UNKNOWN not in name:
            yield name
    for match in NEXT_IN_LIST.finditer(sql):
        after = sql[match.end() :].lstrip()
        if (
            match["name"] not in known
            and not after.startswith("(")
            and UNKNOWN not in match["name"]
        ):
            yield match["name"]


def is_list_without_limit(sql: str) -> bool:
    """Tell whether the outermost SELECT orders or groups rows without saying how many."""
    if "SELECT" not in sql:
        return False
    outer = outermost(sql)
    return bool(ORDERED.search(outer)) and not LIMITED.search(outer)


def outermost(sql: str) -> str:
    """Return ``sql`` without anything in parentheses."""
    for pattern in NOT_TABLES[:2]:
        sql = pattern.sub(" ", sql)
    while (less := INNER.sub(" ", sql)) != sql:
        sql = less
    return sql


def absolute_counters(sql: str) -> list[str]:
    """Name the counters that an UPDATE sets to a value computed outside of the database."""
    found = []
    for update in re.split(r"\bSET\b", sql)[1:]:
        assignments = re.split(r"\b(?:WHERE|FROM|RETURNING)\b", update)[0]
        found += [match["name"] for match in ABSOLUTE_COUNTER.finditer(assignments)]
    return found


def _piece(value: ast.expr) -> str:
    if isinstance(value, ast.Constant):
        return str(value.value)
    return UNKNOWN
