"""``zhuji`` with the shapes of others: ``ZHUJI_BASELINE=sum,rows python -m … serve``.

Requests that it serves are counted under a release of its own, so that ``zhuji observe compare
--before baseline-… --after …`` tells what each term cost.
"""

from __future__ import annotations

import pluggy

from loadtests.baseline.naive import Shape, chosen, install
from zhuji_core import hooks
from zhuji_core.cli import group
from zhuji_observability import routes

real_load = hooks.load


def release_of(shapes: frozenset[Shape]) -> str:
    """Return the name under which its requests are counted."""
    return f"baseline-{'-'.join(sorted(shapes))}" if shapes else routes.RELEASE


def load() -> pluggy.PluginManager:
    """Load the installed modules, then put the stand-in in the place of budget."""
    manager = real_load()
    install(manager, chosen())
    return manager


if __name__ == "__main__":
    routes.RELEASE = release_of(chosen())
    hooks.load = load
    group.main(prog_name="zhuji-baseline")
