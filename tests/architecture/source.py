"""The source that the rules read: which files there are, and what they are."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A place that breaks a rule."""

    place: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.place}:{self.line}: {self.text}"


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
    return parts[1] if parts[0] == "plugins" else "kernel"


def layer(path: Path) -> str:
    """Return ``domain`` for ``plugins/budget/zhuji_budget/domain/funds.py``; '' at the top."""
    parts = path.relative_to(ROOT).parts
    inside = parts[3:] if parts[0] == "plugins" else parts[2:]
    return inside[0] if len(inside) > 1 else ""


def parse(source: str) -> ast.Module:
    return ast.parse(source)
