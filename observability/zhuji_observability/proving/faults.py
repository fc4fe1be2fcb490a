"""What can be wrong, and which terms may be named for it: the questions of a blind diagnosis."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from zhuji_core.values import Value

# So much is lost to a fault, in ms; less is within what a busy machine does by itself.
LEAST_MS, MOST_MS = 80.0, 200.0


class Kind(Value, frozen=True, kw_only=True):
    """A fault, and the terms of which one must be named.

    Those that need a database are left out where there is none.
    """

    name: str
    terms: frozenset[str]
    needs_database: bool = False


KINDS: Sequence[Kind] = (
    # In the line.
    Kind(name="distance", terms=frozenset({"network"})),
    Kind(name="narrow_line", terms=frozenset({"download"})),
    # At the client.
    Kind(name="slow_upload", terms=frozenset({"upload"})),
    Kind(name="slow_reader", terms=frozenset({"download"})),
    # In the server. A request that comes while the loop is blocked lies in the kernel; one that
    # is being served waits for its turn.
    Kind(name="blocked_loop", terms=frozenset({"kernel", "loop"})),
    Kind(name="busy_threads", terms=frozenset({"thread"})),
    Kind(name="busy_processor", terms=frozenset({"cpu"})),
    Kind(name="collector", terms=frozenset({"pause"})),
    Kind(name="slow_page", terms=frozenset({"template"})),
    Kind(name="slow_signature", terms=frozenset({"signature"})),
    Kind(name="slow_code", terms=frozenset({"own"})),
    Kind(name="one_connection", terms=frozenset({"pool"}), needs_database=True),
    Kind(name="held_lock", terms=frozenset({"lock"}), needs_database=True),
    Kind(name="slow_statement", terms=frozenset({"sql"}), needs_database=True),
)
BY_NAME: Mapping[str, Kind] = {kind.name: kind for kind in KINDS}


class Fault(Value, frozen=True, kw_only=True):
    """One fault of a trial; ``name`` '' is none: everything is as it should be."""

    name: str = ""
    lost_ms: float = 0.0


def drawn(chance: random.Random, *, trials: int, with_database: bool) -> list[Fault]:
    """Return so many trials of every kind, in an order that tells nothing."""
    kinds = [kind for kind in KINDS if with_database or not kind.needs_database]
    found = [
        Fault(name=kind.name, lost_ms=chance.uniform(LEAST_MS, MOST_MS))
        for kind in kinds
        for _ in range(trials)
    ]
    chance.shuffle(found)
    return found
