"""``zhuji`` with the naive budget module: ``python -m ….naive_serve serve --port N``."""

from __future__ import annotations

import pluggy

from tests.prove.certification_parts import naive
from zhuji_core import hooks
from zhuji_core.cli import group

real_load = hooks.load


def load() -> pluggy.PluginManager:
    """Load the installed modules, then put the naive one in the place of budget."""
    manager = real_load()
    naive.install(manager)
    return manager


if __name__ == "__main__":
    hooks.load = load
    group.main(prog_name="zhuji-naive")
