"""``zhuji module new``: names that are refused, and what it writes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from zhuji_core import cli, i18n
from zhuji_core.commands.module import write_module

METADATA = "Metadata-Version: 2.1\nName: zhuji-petty\nVersion: 0.1.0\n"
MARK = re.compile(r"@\w+@")
WHAT_EVERY_MODULE_OWES = ("tests/test_module.py", "-k", "not loads_alone")


def new(name: str, into: Path) -> tuple[int, str]:
    done = CliRunner().invoke(cli.group, ["module", "new", name, "--into", str(into)])
    return done.exit_code, done.output


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "E-MODULE-NAME"),
        ("a", "E-MODULE-NAME"),
        ("Petty", "E-MODULE-NAME"),
        ("9lives", "E-MODULE-NAME"),
        ("petty-cash", "E-MODULE-NAME"),
        ("petty_cash", "E-MODULE-NAME"),
        ("../petty", "E-MODULE-NAME"),
        ("備忘", "E-MODULE-NAME"),
        ("a" * 21, "E-MODULE-NAME"),
        ("kernel", "E-MODULE-NAME-TAKEN"),
        ("platform", "E-MODULE-NAME-TAKEN"),
        ("api", "E-MODULE-NAME-TAKEN"),
        ("static", "E-MODULE-NAME-TAKEN"),
        ("audit", "E-MODULE-NAME-TAKEN"),
        ("import", "E-MODULE-NAME-TAKEN"),
        ("user", "E-MODULE-NAME-TAKEN"),
        ("order", "E-MODULE-NAME-TAKEN"),
        ("pgnotes", "E-MODULE-NAME-TAKEN"),
        ("budget", "E-MODULE-NAME-TAKEN"),
    ],
)
def test_a_name_that_cannot_be_is_refused_and_nothing_is_written(
    tmp_path: Path, name: str, code: str
) -> None:
    status, output = new(name, tmp_path)
    assert (status, code in output) == (1, True), output
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "petty").mkdir()
    (tmp_path / "petty" / "mine").write_text("mine", "utf-8")
    status, output = new("petty", tmp_path)
    assert (status, "E-MODULE-FOLDER" in output) == (1, True), output
    assert [path.name for path in (tmp_path / "petty").iterdir()] == ["mine"]
    assert [path.name for path in tmp_path.iterdir()] == ["petty"]


@pytest.mark.parametrize("name", ["qz", "petty", "ledgerofpettycash2"])
def test_what_is_written_keeps_the_rules_whatever_its_name(tmp_path: Path, name: str) -> None:
    folder = write_module(name, into=tmp_path)
    written = [path for path in folder.rglob("*") if path.is_file()]
    assert len(written) > 20
    assert not [path for path in written if MARK.search(f"{path} {path.read_text('utf-8')}")]
    ruff = [sys.executable, "-m", "ruff", "check", "--no-cache", "--quiet", "."]
    checked = subprocess.run(ruff, check=False, cwd=folder, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout
    assert list(i18n.untranslated(folder / f"zhuji_{name}", "en")) == []


def test_it_passes_the_tests_that_every_module_inherits(tmp_path: Path) -> None:
    """In this environment, as if it were installed; the page's own test installs it really."""
    folder = write_module("petty", into=tmp_path)
    installed = folder / "zhuji_petty-0.1.0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text(METADATA, "utf-8")
    (installed / "entry_points.txt").write_text("[zhuji.modules]\npetty = zhuji_petty.plugin\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *WHAT_EVERY_MODULE_OWES],
        check=False,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
