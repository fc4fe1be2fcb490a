"""Rules of style that no tool knows. Each takes the source of one file and yields findings."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from zhuji_core.testing.rules import sql
from zhuji_core.testing.rules.source import KERNEL, Finding, Where

# The system's own catalogue may be asked by anybody.
CATALOGUE = ("pg_", "information_schema.")
# ``main`` is what SQLite calls its own: the figures of requests are kept in files of it.
SCHEMAS_OF_KERNEL = {"kernel", "platform", "main"}
CLOCKS = {"now", "utcnow", "today"}
CLOCK_OWNERS = {"datetime", "date", "dt", "time"}
# Every node of one file, and every statement of SQL in it.
Nodes: TypeAlias = Sequence[ast.AST]
Statements: TypeAlias = Sequence[sql.Statement]


def findings(source: str, *, where: Where) -> Iterator[Finding]:
    """Yield every breach of every rule in one file of the product."""
    # Walked once for all rules: finding the nodes takes longer than looking at them.
    for line, text in _breaches(list(ast.walk(ast.parse(source))), where):
        yield Finding(place=where.place, line=line, text=text)


def _breaches(nodes: Nodes, where: Where) -> Iterator[tuple[int, str]]:
    yield from swallowed_exceptions(nodes)
    yield from positional_booleans(nodes)
    yield from float_money(nodes)
    statements = list(sql.statements(nodes))
    yield from sql_without_schema(statements, module=where.module)
    yield from absolute_counters(statements)
    if where.layer in {"domain", "usecases", "queries", "store"}:
        yield from own_clocks(nodes)
    if where.layer == "queries":
        yield from lists_without_limit(statements)
    if where.module != KERNEL:
        yield from own_commits(nodes)


def swallowed_exceptions(nodes: Nodes) -> Iterator[tuple[int, str]]:
    """``except Exception: pass``: a fault that nobody will ever hear of."""
    for node in nodes:
        if not isinstance(node, ast.ExceptHandler) or not _catches_all(node.type):
            continue
        if all(_does_nothing(statement) for statement in node.body):
            yield node.lineno, "catches everything and says nothing"


def own_clocks(nodes: Nodes) -> Iterator[tuple[int, str]]:
    """``datetime.now()``: time comes in with the unit of work (``uow.now``)."""
    for node in nodes:
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        whose = ast.unparse(node.func.value).split(".")
        by_method = node.func.attr in CLOCKS and whose[-1] in CLOCK_OWNERS
        by_time = whose == ["time"] and node.func.attr in {"time", "time_ns"}
        if by_method or by_time:
            yield node.lineno, f"reads a clock: {ast.unparse(node.func)}()"


def positional_booleans(nodes: Nodes) -> Iterator[tuple[int, str]]:
    """``reserve(v, a, True)``: nobody knows what is true."""
    for node in nodes:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if node.name.startswith("_"):
            continue
        for argument in [*node.args.posonlyargs, *node.args.args]:
            if argument.annotation is not None and ast.unparse(argument.annotation) == "bool":
                yield node.lineno, f"{node.name}: boolean {argument.arg!r} may be positional"


def float_money(nodes: Nodes) -> Iterator[tuple[int, str]]:
    """Money is ``int``: whole NT dollars."""
    for node in nodes:
        name, annotation = "", None
        if isinstance(node, ast.arg):
            name, annotation = node.arg, node.annotation
        elif isinstance(node, ast.AnnAssign):
            name, annotation = ast.unparse(node.target), node.annotation
        if not name.endswith("_ntd") or annotation is None:
            continue
        if {"float", "Decimal"} & set(ast.unparse(annotation).replace("|", " ").split()):
            yield annotation.lineno, f"{name} is money and not a whole number"


def sql_without_schema(statements: Statements, *, module: str) -> Iterator[tuple[int, str]]:
    """SQL names its schema, and a module's SQL never names another's."""
    allowed = SCHEMAS_OF_KERNEL if module == KERNEL else {module}
    for statement in statements:
        for table in sql.tables(statement.text):
            if table.startswith(CATALOGUE):
                continue
            schema, dot, _ = table.partition(".")
            if not dot:
                yield statement.line, f"SQL names {table!r} without its schema"
            elif schema not in allowed:
                yield statement.line, f"SQL of {module} names {table!r} of another schema"


def absolute_counters(statements: Statements) -> Iterator[tuple[int, str]]:
    """Counters change by deltas inside the database."""
    for statement in statements:
        for name in sql.absolute_counters(statement.text):
            yield statement.line, f"SQL sets counter {name} to a value computed in Python"


def lists_without_limit(statements: Statements) -> Iterator[tuple[int, str]]:
    """Every list has a LIMIT."""
    for statement in statements:
        if sql.is_list_without_limit(statement.text):
            yield statement.line, "a list without LIMIT"


def own_commits(nodes: Nodes) -> Iterator[tuple[int, str]]:
    """Nobody but ``begin()`` commits."""
    for node in nodes:
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr in {"commit", "rollback"}:
            yield node.lineno, f"a module ends a transaction: {ast.unparse(node.func)}()"


def _catches_all(kind: ast.expr | None) -> bool:
    return kind is None or ast.unparse(kind) in {"Exception", "BaseException"}


def _does_nothing(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Pass | ast.Continue):
        return True
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
