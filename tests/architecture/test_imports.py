"""The contracts of .importlinter find what they are there for, in a small copy of the product."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.architecture.source import ROOT, module_names

# What each file of the copy imports: a product that keeps all contracts.
CLEAN = {
    "zhuji_core/values.py": "",
    "zhuji_core/uow.py": "import sqlalchemy\nimport psycopg\nimport zhuji_core.values",
    "zhuji_core/hooks.py": "import zhuji_core.uow",
    "zhuji_core/hookspecs.py": "",
    "zhuji_core/tracing.py": "",
    "zhuji_core/app.py": "import litestar\nimport zhuji_core.hooks",
    "zhuji_core/compose.py": "import zhuji_core.app\nimport zhuji_observability.install",
    "zhuji_observability/install.py": "import opentelemetry\nimport zhuji_core.tracing",
}
MODULE = {
    "plugin.py": "import zhuji_{name}.web.pages",
    "settings.py": "",
    "web/__init__.py": "",
    "web/pages.py": "import litestar\nimport zhuji_{name}.usecases.verb",
    "usecases/__init__.py": "",
    "usecases/verb.py": "import zhuji_{name}.store.rows\nimport zhuji_{name}.domain.rule",
    "queries/__init__.py": "",
    "queries/screen.py": "import sqlalchemy",
    "store/__init__.py": "",
    "store/rows.py": "import sqlalchemy\nimport zhuji_{name}.domain.rule",
    "domain/__init__.py": "",
    "domain/rule.py": "import zhuji_core.values",
}
# One breach for each contract, by the contract's id in .importlinter.
PLANTED = {
    "modules-are-islands": ("zhuji_budget/usecases/verb.py", "import zhuji_accounting.domain.rule"),
    "core-knows-no-module": ("zhuji_core/hooks.py", "import zhuji_budget.plugin"),
    "module-layers": ("zhuji_budget/domain/rule.py", "import zhuji_budget.usecases.verb"),
    "pure-domain": ("zhuji_budget/domain/rule.py", "import zhuji_core.uow"),
    "sql-in-its-place": ("zhuji_budget/web/pages.py", "import sqlalchemy"),
    "web-in-its-place": ("zhuji_budget/usecases/verb.py", "import litestar"),
    "watched-from-outside": ("zhuji_budget/usecases/verb.py", "import opentelemetry"),
    "composed-once": ("zhuji_core/app.py", "import zhuji_observability.install"),
    "kernel-layers": ("zhuji_core/values.py", "import zhuji_core.app"),
}

RUN = "from importlinter.cli import lint_imports_command; lint_imports_command()"


def test_clean_product_is_kept(tmp_path: Path) -> None:
    code, report = lint(tmp_path, CLEAN | modules())
    assert code == 0, report


def test_every_contract_finds_a_breach(tmp_path: Path) -> None:
    files = CLEAN | modules()
    for path, breach in PLANTED.values():
        files[path] += f"\n{breach}"
    code, report = lint(tmp_path, files)
    assert code == 1
    assert f"Contracts: 0 kept, {len(PLANTED)} broken." in report, report


def test_every_contract_has_a_planted_breach() -> None:
    linter = (ROOT / ".importlinter").read_text("utf-8")
    assert set(re.findall(r"^\[importlinter:contract:(.+)\]$", linter, re.MULTILINE)) == set(
        PLANTED
    )


def modules() -> dict[str, str]:
    return {
        f"zhuji_{name}/{path}": text.replace("{name}", name)
        for name in module_names()
        for path, text in MODULE.items()
    }


def lint(folder: Path, files: dict[str, str]) -> tuple[int, str]:
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
        (folder / path.split("/")[0] / "__init__.py").touch()
    done = subprocess.run(
        [sys.executable, "-c", RUN, "--no-cache", "--config", ROOT / ".importlinter"],
        check=False,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.returncode, done.stdout + done.stderr
