"""Where the installed distributions keep their templates and texts."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path

import pluggy

from zhuji_core.hooks import ENTRY_POINT_GROUP

KERNEL = Path(__file__).parent.parent


def package_folders() -> dict[str, Path]:
    """Return the package folder of each installed module by the module's name; imports none."""
    folders = {}
    for entry_point in entry_points(group=ENTRY_POINT_GROUP):
        spec = find_spec(entry_point.module.partition(".")[0])
        if spec is not None and spec.origin is not None:
            folders[entry_point.name] = Path(spec.origin).parent
    return dict(sorted(folders.items()))


def template_folders(manager: pluggy.PluginManager) -> Mapping[str, Path]:
    """Return ``web/templates`` of each loaded module that has one."""
    found = {
        name: folder / "web" / "templates"
        for name, folder in package_folders().items()
        if manager.has_plugin(name)
    }
    return {name: folder for name, folder in found.items() if folder.is_dir()}


def locale_folders() -> list[Path]:
    """Return the kernel's ``locale`` first: where two catalogues differ, the kernel's counts."""
    folders = [KERNEL, *package_folders().values()]
    return [folder / "locale" for folder in folders if (folder / "locale").is_dir()]
