"""What the source itself says: names of spans and metrics, environment variables, operations.

Read from the syntax of the installed packages, so that a name that is written anywhere in the
product is known, whether or not it has run.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import pkgutil
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from zhuji_core import hooks
from zhuji_core.compose import unserved_app
from zhuji_core.web.openapi.operations import Operation, operations
from zhuji_core.web.packages import beside_kernel, package_folders

VARIABLE = re.compile(r"(?:ZHUJI|OTEL)_[A-Z0-9_]+")
# A span around a block, and one of a wait that is over.
SPANS = frozenset({"span", "waited"})
METERS = frozenset({"create_histogram", "create_counter", "create_gauge", "create_up_down_counter"})
# What stands in each file that has something to say of this kind.
SPAN = re.compile(r"\bspan\b")
METER = re.compile(rf"\b(?:gauge|{'|'.join(sorted(METERS))})\b")
ANYTHING = re.compile("")
# How ``hooks.Hooks`` asks: the name of the hook is the first text among the arguments.
ASKING = frozenset({"_by_module", "_of_module", "_answered"})
NOT_PRODUCT = ("/testing/", "/module_template/", "/docs_tables.py", "/docs_code.py")
ATTRIBUTE = "zhuji."
GAUGE = "zhuji.{name}"


@dataclass(frozen=True, kw_only=True)
class Named:
    """A name in the source: ``where`` it is written, what it is ``about``, its ``attributes``."""

    name: str
    where: str
    about: str
    attributes: tuple[str, ...] = ()


@lru_cache(maxsize=1)
def product_operations() -> tuple[Operation, ...]:
    """Return every operation of the API of this host, as an application would mount it."""
    return operations(unserved_app())


def spans() -> list[Named]:
    """Return the spans of the kernel and the modules, a row for each hook that is asked."""
    found: list[Named] = []
    for path, tree in _trees(SPAN):
        for call, function in _calls(tree):
            if not isinstance(call.func, ast.Attribute) or call.func.attr not in SPANS:
                continue
            name = _text(call.args[0]) if call.args else ""
            if name:
                found.append(_span(name, path, call, function))
    return sorted(_expanded(found), key=lambda one: one.name)


def use_cases() -> list[Named]:
    """Return the spans that observability puts around each use case of the modules."""
    found = []
    for module in sorted(package_folders()):
        package = f"zhuji_{module}.usecases"
        if importlib.util.find_spec(package) is None:
            continue
        parent = importlib.import_module(package)
        for info in pkgutil.iter_modules(parent.__path__):
            inside = importlib.import_module(f"{package}.{info.name}")
            function = getattr(inside, info.name, None)
            if callable(function):
                about = (function.__doc__ or "").strip().split("\n\n", maxsplit=1)[0]
                where = f"{package}.{info.name}"
                attributes = (f"{ATTRIBUTE}module", f"{ATTRIBUTE}county")
                name = f"{module}.{info.name}"
                found.append(Named(name=name, where=where, about=about, attributes=attributes))
    return found


def metrics() -> list[Named]:
    """Return the instruments that the product makes."""
    found = []
    for path, tree in _trees(METER):
        constants = _constants(tree)
        for call, function in _calls(tree):
            if not isinstance(call.func, ast.Attribute) or call.func.attr not in METERS:
                continue
            first = call.args[0]
            name = constants.get(first.id, "") if isinstance(first, ast.Name) else _text(first)
            if name == GAUGE:
                continue  # a row for each gauge that is kept, below
            about = next(
                (_text(one.value) for one in call.keywords if one.arg == "description"), ""
            )
            found.append(Named(name=name, where=_place(path), about=about or _about(function)))
        found.extend(_gauges(path, tree))
    return sorted(found, key=lambda one: one.name)


def _gauges(path: Path, tree: ast.Module) -> Iterator[Named]:
    for call, function in _calls(tree):
        kept = isinstance(call.func, ast.Attribute) and call.func.attr == "gauge"
        name = _text(call.args[0]) if kept and call.args else ""
        if name:
            full = GAUGE.replace("{name}", name)
            yield Named(name=full, where=_place(path), about=_about(function))


def environment_variables() -> dict[str, str]:
    """Return the variables that the product reads or sets, each with the file that does."""
    found: dict[str, str] = {}
    for path, tree in _trees(VARIABLE):
        for node in ast.walk(tree):
            text = _text(node) if isinstance(node, ast.Constant) else ""
            if VARIABLE.fullmatch(text):
                found.setdefault(text, _place(path))
    return found


def words_of_raises() -> set[str]:
    """Return the names that are raised or called, or stand in a table of what is raised."""
    found: set[str] = set()
    for _, tree in _trees(ANYTHING):
        for node in ast.walk(tree):
            if isinstance(node, ast.Raise) and node.exc is not None:
                found.update(_words(node.exc))
            elif isinstance(node, ast.Call):
                found.update(_words(node.func))
            elif isinstance(node, ast.Tuple | ast.List | ast.Dict):
                items = node.values if isinstance(node, ast.Dict) else node.elts
                for item in items:
                    found.update(_words(item))
    return found


def _trees(word: re.Pattern[str]) -> Iterator[tuple[Path, ast.Module]]:
    """Parse the files in which ``word`` stands: few do, and a tree is far larger than its file."""
    for path in _files():
        source = path.read_text("utf-8")
        if word.search(source):
            yield path, ast.parse(source)


def _files() -> Iterator[Path]:
    for root in (Path(__file__).parent, *beside_kernel()):
        for path in sorted(root.rglob("*.py")):
            if not any(part in path.as_posix() for part in NOT_PRODUCT):
                yield path


def _calls(tree: ast.Module) -> Iterator[tuple[ast.Call, ast.AST]]:
    """Give each call with the innermost function around it."""
    stack: list[tuple[ast.AST, ast.AST]] = [(tree, tree)]
    while stack:
        node, around = stack.pop()
        if isinstance(node, ast.Call):
            yield node, around
        inner = node if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else around
        stack.extend((child, inner) for child in ast.iter_child_nodes(node))


def _span(name: str, path: Path, call: ast.Call, function: ast.AST) -> Named:
    attributes = tuple(f"{ATTRIBUTE}{one.arg}" for one in call.keywords if one.arg)
    return Named(name=name, where=_place(path), about=_about(function), attributes=attributes)


def _expanded(found: Iterable[Named]) -> Iterator[Named]:
    asked = _asked_hooks()
    for one in found:
        if one.name != "hook.{name}":
            yield one
    attributes = (f"{ATTRIBUTE}module", f"{ATTRIBUTE}county")
    for name in asked:
        about = f"The hook `{name}` is asked of the enabled modules."
        yield Named(
            name=f"hook.{name}", where="zhuji_core.hooks", about=about, attributes=attributes
        )


def _asked_hooks() -> list[str]:
    tree = ast.parse(Path(str(hooks.__file__)).read_text("utf-8"))
    found: set[str] = set()
    for call, _ in _calls(tree):
        if isinstance(call.func, ast.Attribute) and call.func.attr in ASKING:
            found.update(text for text in map(_text, call.args) if text)
    return sorted(found)


def _text(node: ast.expr) -> str:
    """Return a text as written; what an f-string puts in stands in braces."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if not isinstance(node, ast.JoinedStr):
        return ""
    parts = []
    for value in node.values:
        if isinstance(value, ast.Constant):
            parts.append(str(value.value))
        elif isinstance(value, ast.FormattedValue):
            parts.append(f"{{{ast.unparse(value.value)}}}")
    return "".join(parts)


def _constants(tree: ast.Module) -> dict[str, str]:
    return {
        node.targets[0].id: _text(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }


def _words(node: ast.AST) -> Iterator[str]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name):
            yield inner.id
        elif isinstance(inner, ast.Attribute):
            yield inner.attr


def _about(function: ast.AST) -> str:
    if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
        return ""
    return (ast.get_docstring(function) or "").split("\n\n", maxsplit=1)[0]


def _place(path: Path) -> str:
    """Return the module's dotted name: ``zhuji_core.audit.sealing``."""
    parts = path.with_suffix("").parts
    first = max(index for index, part in enumerate(parts) if part.startswith("zhuji_"))
    return ".".join(parts[first:])
