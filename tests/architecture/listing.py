"""Which modules this repository has, and where it lists them."""

from __future__ import annotations

import configparser
import tomllib
from collections.abc import Iterator, Mapping
from importlib.metadata import entry_points
from typing import Any

from tests.architecture.source import ROOT, module_names
from zhuji_core.hooks import ENTRY_POINT_GROUP

# Where .importlinter lists the modules, by section and key.
LISTS = (
    ("importlinter", "root_packages"),
    ("importlinter:contract:modules-are-islands", "modules"),
    ("importlinter:contract:core-knows-no-module", "forbidden_modules"),
    ("importlinter:contract:module-layers", "containers"),
)


def installed_modules() -> list[str]:
    """Return the modules of plugins/ that this environment has."""
    known = {entry_point.name for entry_point in entry_points(group=ENTRY_POINT_GROUP)}
    return [name for name in module_names() if name in known]


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
