"""How large functions and files are.

SQL constants and data tables do not count: they are read as one thing, however long.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from zhuji_core.testing.rules.source import Finding

FUNCTION_LINES, FUNCTION_LINES_MAX = 40, 70
FILE_LINES, FILE_LINES_MAX = 400, 600
PARAMETERS_MAX = 6

# A longer signature needs a reason, in the place where ruff wants it too.
EXCUSED = re.compile(r"#\s*noqa:[^#]*PLR0913[^(#]*\(\S.*\)")
NOT_CODE = {
    *(tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT),
    *(tokenize.DEDENT, tokenize.ENCODING, tokenize.ENDMARKER),
}
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """What is beyond the aim (``over``), and what is refused (``refused``)."""

    over: list[Finding]
    refused: list[Finding]


def measure(source: str, *, place: str) -> Sizes:
    """Measure one file."""
    tree = ast.parse(source)
    functions = list(_functions(tree))
    found = Sizes(over=[], refused=[])
    lines = len(source.splitlines())
    # Most files and functions are short with all that is in them: nothing need be told apart.
    long = [one for one in functions if len(_span(one)) > FUNCTION_LINES]
    one_thing = _lines_of_one_thing(ast.walk(tree)) if long or lines > FILE_LINES else set()
    here = Finding(place=place, line=1, text="file")
    _judge(found, lines - len(one_thing), (FILE_LINES, FILE_LINES_MAX), here)
    code = _code_lines(source) - one_thing if long else set()
    for function in long:
        here = Finding(place=place, line=function.lineno, text=function.name)
        _judge(found, len(code & set(_span(function))), (FUNCTION_LINES, FUNCTION_LINES_MAX), here)
    found.refused.extend(_wide_functions(functions, source.splitlines(), place))
    return found


def _functions(node: ast.AST) -> Iterator[Function]:
    """Give the functions in ``node``: they stand among statements, never inside an expression."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            continue
        if isinstance(child, Function):
            yield child
        yield from _functions(child)


def _span(function: Function) -> range:
    return range(function.lineno, (function.end_lineno or function.lineno) + 1)


def _judge(found: Sizes, lines: int, bounds: tuple[int, int], what: Finding) -> None:
    aim, refused = bounds
    if lines <= aim:
        return
    text = f"{what.text}: {lines} lines (aim {aim}, refused over {refused})"
    finding = Finding(place=what.place, line=what.line, text=text)
    (found.refused if lines > refused else found.over).append(finding)


def _wide_functions(
    functions: Iterable[Function], lines: list[str], place: str
) -> Iterator[Finding]:
    for function in functions:
        count = len(parameters(function))
        if function.name.startswith("_") or count <= PARAMETERS_MAX:
            continue
        if not EXCUSED.search(lines[function.lineno - 1]):
            text = f"{function.name}: {count} parameters (at most {PARAMETERS_MAX})"
            yield Finding(place=place, line=function.lineno, text=text)


def parameters(function: Function) -> list[ast.arg]:
    """Return the parameters that a caller gives."""
    given = function.args
    named = [*given.posonlyargs, *given.args]
    if named and named[0].arg in {"self", "cls"}:
        named = named[1:]
    return [*named, *given.kwonlyargs]


def _code_lines(source: str) -> set[int]:
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in NOT_CODE:
            lines.update(range(token.start[0], token.end[0] + 1))
    return lines


def _lines_of_one_thing(nodes: Iterable[ast.AST]) -> set[int]:
    """Lines after the first of long texts (SQL, docstrings) and of literals of constants."""
    lines: set[int] = set()
    for node in nodes:
        if _is_docstring(node):
            lines.update(range(_first(node), _last(node) + 1))
        elif isinstance(node, ast.expr) and (_is_text(node) or _is_table(node)):
            lines.update(range(_first(node) + 1, _last(node) + 1))
    return lines


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_text(node: ast.expr) -> bool:
    if isinstance(node, ast.JoinedStr):
        return True
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _is_table(node: ast.expr) -> bool:
    if not isinstance(node, ast.Dict | ast.List | ast.Tuple | ast.Set):
        return False
    return all(_is_datum(child) for child in ast.iter_child_nodes(node))


def _is_datum(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant | ast.expr_context | ast.Name | ast.Attribute):
        return True
    if isinstance(node, ast.Call):  # N_("…")
        return isinstance(node.func, ast.Name) and node.func.id == "N_"
    return isinstance(node, ast.expr) and _is_table(node)


def _first(node: ast.AST) -> int:
    return int(getattr(node, "lineno", 0))


def _last(node: ast.AST) -> int:
    return int(getattr(node, "end_lineno", 0))
