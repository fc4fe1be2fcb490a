"""What every module owes to the others, checked from its own declarations."""

from __future__ import annotations

import configparser
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

import jinja2
import msgspec
import pluggy
from litestar import Controller
from litestar.handlers import BaseRouteHandler

from tests.architecture.source import ROOT, module_names
from zhuji_core import hookspecs
from zhuji_core.hooks import ENTRY_POINT_GROUP
from zhuji_core.modules import Permission

# Where .importlinter lists the modules, by section and key.
LISTS = (
    ("importlinter", "root_packages"),
    ("importlinter:contract:modules-are-islands", "modules"),
    ("importlinter:contract:core-knows-no-module", "forbidden_modules"),
    ("importlinter:contract:module-layers", "containers"),
)
DECLARATIONS = ("permission", "signed_in", "public")
COLD = "cold"


def installed_modules() -> list[str]:
    """Return the modules of plugins/ that this environment has."""
    known = {entry_point.name for entry_point in entry_points(group=ENTRY_POINT_GROUP)}
    return [name for name in module_names() if name in known]


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


def listing_gaps(name: str, *, pyproject: Mapping[str, Any], linter: str) -> Iterator[str]:
    """Say where module ``name`` is not listed."""
    tool = pyproject["tool"]
    if f"$MYPY_CONFIG_FILE_DIR/plugins/{name}" not in tool["mypy"]["mypy_path"]:
        yield "pyproject.toml: tool.mypy.mypy_path"
    if f"zhuji-{name}" not in pyproject["dependency-groups"]["modules"]:
        yield "pyproject.toml: dependency-groups.modules"
    if f"zhuji-{name}" not in tool["uv"]["sources"]:
        yield "pyproject.toml: tool.uv.sources"
    contracts = configparser.ConfigParser()
    contracts.read_string(linter)
    for section, key in LISTS:
        if f"zhuji_{name}" not in contracts[section][key].split():
            yield f".importlinter: [{section}] {key}"


def listed_files() -> tuple[dict[str, Any], str]:
    """Return pyproject.toml and .importlinter."""
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    return pyproject, (ROOT / ".importlinter").read_text("utf-8")


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
        if not value.name.startswith(f"{module}.") or value.name.count(".") != 2:
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
