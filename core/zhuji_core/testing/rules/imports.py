"""The contracts of ``.importlinter`` for one module by itself, wherever it lies."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

RUN = "from importlinter.cli import lint_imports_command; lint_imports_command()"

CONTRACTS = """
[importlinter]
root_packages =
    zhuji_core
    {package}
include_external_packages = True

[importlinter:contract:layers]
name = plugin → web, jobs, commands, demo → usecases → queries, store → domain
type = layers
containers = {package}
layers =
    plugin
    (web) | (jobs) | (commands) | (demo)
    (usecases)
    (queries) : (store)
    (domain)
    (settings) : (permissions)
exhaustive = true
exhaustive_ignores =
    migrations
    facts
    testing

[importlinter:contract:pure-domain]
name = The domain is pure: no web, no SQL, no hooks, no clockwork
type = forbidden
source_modules = {package}.domain
allow_indirect_imports = True
forbidden_modules =
    alembic
    jinja2
    litestar
    pluggy
    psycopg
    sqlalchemy
    zhuji_core.hooks
    zhuji_core.hookspecs
    zhuji_core.uow

[importlinter:contract:sql-in-its-place]
name = SQL lives in store, queries and migrations
type = forbidden
source_modules =
    {package}.web
    {package}.usecases
    {package}.domain
allow_indirect_imports = True
forbidden_modules =
    psycopg
    sqlalchemy
"""
ISLAND = """
[importlinter:contract:island]
name = It imports no other module
type = forbidden
source_modules = {package}
allow_indirect_imports = True
forbidden_modules =
    {others}
"""


def contracts(name: str, *, others: Sequence[str]) -> str:
    """Return the contracts of module ``name``; ``others`` are the packages of other modules."""
    package = f"zhuji_{name}"
    text = CONTRACTS.format(package=package)
    if others:
        text += ISLAND.format(package=package, others="\n    ".join(others))
    return text


def lint(config: Path, *, cwd: Path) -> tuple[int, str]:
    """Hold the imports against ``config``; return import-linter's exit code and report."""
    done = subprocess.run(  # noqa: S603 (our own program)
        [sys.executable, "-c", RUN, "--no-cache", "--config", str(config)],
        check=False,
        cwd=cwd,
        env={**os.environ, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.returncode, done.stdout + done.stderr
