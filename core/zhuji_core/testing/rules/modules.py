"""What every module owes to the others, checked from its own declarations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import jinja2
import msgspec
import pluggy
from litestar import Controller
from litestar.handlers import BaseRouteHandler

from zhuji_core import hookspecs
from zhuji_core.hooks import ENTRY_POINT_GROUP
from zhuji_core.modules import Permission

DECLARATIONS = ("permission", "signed_in", "public")
COLD = "cold"
NOUN_AND_VERB = 2


def load_alone(name: str) -> pluggy.PluginManager:
    """Load one module as a county does that has licensed nothing else."""
    manager = pluggy.PluginManager("zhuji")
    manager.add_hookspecs(hookspecs.Specs)
    manager.load_setuptools_entrypoints(ENTRY_POINT_GROUP, name=name)
    manager.check_pending()
    return manager


def declared(manager: pluggy.PluginManager, hook: str) -> list[Any]:
    """Return the answers of a registration hook, lists joined."""
    return [item for answer in getattr(manager.hook, hook)() for item in answer]


def undeclared_permissions(
    constants: ModuleType, given: Iterable[Permission], *, module: str
) -> Iterator[str]:
    """Say which constants are not given to the kernel, and which bear another module's name."""
    names = {permission.name for permission in given}
    for constant, value in vars(constants).items():
        if not isinstance(value, Permission):
            continue
        if value.name not in names:
            yield f"{constant} is not declared through register_permissions"
        if not value.name.startswith(f"{module}.") or value.name.count(".") != NOUN_AND_VERB:
            yield f"{constant}: {value.name} is not {module}.noun.verb"


def unused_permissions(constants: ModuleType, sources: Iterable[str]) -> Iterator[str]:
    """Say which constants no use case or query asks for: the route alone protects nothing."""
    text = "\n".join(sources)
    for constant, value in vars(constants).items():
        if isinstance(value, Permission) and constant not in text:
            yield f"{constant} is asked for by no use case or query"


def handlers(controller: type[Controller]) -> Iterator[BaseRouteHandler]:
    for base in controller.__mro__:
        for value in vars(base).values():
            if isinstance(value, BaseRouteHandler):
                yield value


def route_faults(
    controllers: Iterable[type[Controller]], *, module: str, hot: set[str]
) -> Iterator[str]:
    """Say which routes lack right, name, or a word about their speed."""
    seen: set[str] = set()
    for controller in controllers:
        for handler in handlers(controller):
            name = str(getattr(handler, "operation_id", None) or "")
            where = name or f"{controller.__name__}.{handler}"
            if not name.startswith(f"{module}."):
                yield f"{where}: operation_id is not {module}.…"
            if name in seen:
                yield f"{where}: operation_id is taken"
            seen.add(name)
            yield from _declaration_faults(where, handler.opt or {}, module)
            is_cold = bool(
                (handler.opt or {}).get(COLD) or getattr(controller, COLD, False) is True
            )
            if is_cold == (name in hot):
                yield f"{where}: neither hot path nor cold (or both)"
    for name in sorted(hot - seen):
        yield f"hot path {name}: no such route"


def _declaration_faults(where: str, opt: Mapping[str, Any], module: str) -> Iterator[str]:
    given = [key for key in DECLARATIONS if opt.get(key)]
    if len(given) != 1:
        yield f"{where}: declares {given or 'no right'}, one of {DECLARATIONS} is needed"
    permission = opt.get("permission")
    if isinstance(permission, Permission) and not permission.name.startswith(f"{module}."):
        yield f"{where}: {permission.name} belongs to another module"


def template_faults(folder: Path) -> Iterator[str]:
    """Say which templates do not parse."""
    environment = jinja2.Environment(
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"], autoescape=True
    )
    for path in sorted(folder.rglob("*.html")):
        try:
            environment.parse(path.read_text("utf-8"), filename=str(path))
        except jinja2.TemplateSyntaxError as error:
            yield f"{path.name}:{error.lineno}: {error.message}"


def missing_templates(sources: Iterable[str], folder: Path, *, module: str) -> Iterator[str]:
    """Say which templates handlers name that do not exist."""
    prefix = f'"{module}/'
    for source in sources:
        for piece in source.split(prefix)[1:]:
            name = piece.split('"', 1)[0]
            if name.endswith(".html") and not (folder / name).exists():
                yield f"{module}/{name}"


def unnamed_settings(struct: type[msgspec.Struct], readme: str) -> Iterator[str]:
    """Say which settings the module's README does not name."""
    for field in struct.__struct_fields__:
        if f"`{field}`" not in readme:
            yield f"`{field}`"
