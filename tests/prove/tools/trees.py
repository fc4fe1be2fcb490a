"""The code under test, and an older commit beside it with an environment of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.prove.tools.results import ROOT, WORK
from zhuji_core.values import Value


class Tree(Value, frozen=True, kw_only=True):
    """A checkout with its virtual environment; ``name`` as the report calls it."""

    name: str
    root: Path
    programs: Path

    @property
    def zhuji(self) -> tuple[str, ...]:
        return (str(self.programs / "zhuji"),)

    @property
    def python(self) -> str:
        return str(self.programs / "python")

    @property
    def environment(self) -> dict[str, str]:
        """Variables for its programs: its own packages, and nothing of another tree's."""
        inherited = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
        return {**inherited, "PYTHONPATH": str(self.root)}


THIS = Tree(name="this tree", root=ROOT, programs=Path(sys.executable).parent)


def of_commit(commit: str) -> Tree:
    """Return ``commit`` unpacked under prove-work/ with the packages that it locked."""
    root = WORK / "trees" / commit
    tree = Tree(name=commit, root=root, programs=root / ".venv" / "bin")
    if not Path(tree.zhuji[0]).exists():
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir(parents=True)
        archive = subprocess.run(
            ["git", "archive", commit], cwd=ROOT, check=True, capture_output=True
        )
        subprocess.run(["tar", "-x", "-C", str(root)], input=archive.stdout, check=True)
        subprocess.run(
            ["uv", "sync", "--locked", "--quiet"], cwd=root, env=tree.environment, check=True
        )
    return tree
