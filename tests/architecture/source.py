"""The source that the rules read: which files there are, and what they are."""

from __future__ import annotations

from pathlib import Path

from zhuji_core.testing.rules.source import KERNEL, Where

ROOT = Path(__file__).parents[2]


def module_folders() -> list[Path]:
    """Return the folders of plugins/, one for each module."""
    return sorted(path.parent for path in (ROOT / "plugins").glob("*/pyproject.toml"))


def module_names() -> list[str]:
    return [folder.name for folder in module_folders()]


def product_files() -> list[Path]:
    """Return every file of the product's packages, migrations included."""
    folders = [
        ROOT / "core" / "zhuji_core",
        ROOT / "observability" / "zhuji_observability",
        *(folder / f"zhuji_{folder.name}" for folder in module_folders()),
    ]
    return [path for folder in folders for path in sorted(folder.rglob("*.py"))]


def files_of_tests() -> list[Path]:
    return sorted((ROOT / "tests").rglob("*.py"))


def place(path: Path) -> str:
    return str(path.relative_to(ROOT))


def owner(path: Path) -> str:
    """Return the module that a file belongs to; ``kernel`` for all that is not in plugins/."""
    parts = path.relative_to(ROOT).parts
    return parts[1] if parts[0] == "plugins" else KERNEL


def layer(path: Path) -> str:
    """Return ``domain`` for ``plugins/budget/zhuji_budget/domain/funds.py``; '' at the top."""
    parts = path.relative_to(ROOT).parts
    inside = parts[3:] if parts[0] == "plugins" else parts[2:]
    return inside[0] if len(inside) > 1 else ""


def where(path: Path) -> Where:
    """Return what the rules need to know of a file of the product."""
    return Where(place=place(path), module=owner(path), layer=layer(path))
