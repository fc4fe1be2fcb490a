"""Where the installed distributions keep their templates and texts."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path

import pluggy

from zhuji_core.hooks import ENTRY_POINT_GROUP

# Absent on some hosts.
WATCHING = "zhuji_observability"
KERNEL = Path(__file__).parent.parent


def package_folders() -> dict[str, Path]:
    """Return the package folder of each installed module by the module's name; imports none."""
    folders = {}
    for entry_point in entry_points(group=ENTRY_POINT_GROUP):
        folder = _folder(entry_point.module.partition(".")[0])
        if folder is not None:
            folders[entry_point.name] = folder
    return dict(sorted(folders.items()))


def beside_kernel() -> list[Path]:
    """Return the folders of all that may stand beside the kernel: modules, and observability."""
    watching = _folder(WATCHING)
    return [*package_folders().values(), *([watching] if watching else [])]


def template_folders(manager: pluggy.PluginManager) -> Mapping[str, Path]:
    """Return ``web/templates`` of each loaded module that has one, and of observability."""
    found = {
        name: folder / "web" / "templates"
        for name, folder in package_folders().items()
        if manager.has_plugin(name)
    }
    watching = _folder(WATCHING)
    if watching is not None:
        found["observability"] = watching / "web" / "templates"
    return {name: folder for name, folder in found.items() if folder.is_dir()}


def locale_folders() -> list[Path]:
    """Return the kernel's ``locale`` first: where two catalogues differ, the kernel's counts."""
    folders = [KERNEL, *beside_kernel()]
    return [folder / "locale" for folder in folders if (folder / "locale").is_dir()]


def _folder(package: str) -> Path | None:
    spec = find_spec(package)
    return None if spec is None or spec.origin is None else Path(spec.origin).parent
