"""The faults of the matrix: each put in with a known length, and what was attributed of it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from zhuji_core.db.embedded import Cluster
from zhuji_core.home import Home
from zhuji_observability.joined.browser import terms_of
from zhuji_observability.joined.diagnosis import diagnose, usual
from zhuji_observability.joined.equation import Process, Wire, explain
from zhuji_observability.proving.accuracy import Attributed, Compared
from zhuji_observability.proving.blind import USUAL, ask_ordinary, take_out, terms_seen
from zhuji_observability.proving.client import Seen
from zhuji_observability.proving.faults import BY_NAME, Fault
from zhuji_observability.proving.instruments import apparatus
from zhuji_observability.proving.places import two_ends

NAME = "faults"
# Issue 6: narrow line, slow upload, blocked loop, pool of one, held row lock, slow SQL, CPU hog.
# Of those that are exact every request meets the whole length; a loop is blocked for a part of
# it, and a processor is shared.
EXACT: Mapping[str, bool] = {
    "slow_upload": True,
    "one_connection": True,
    "held_lock": True,
    "slow_statement": True,
    "narrow_line": False,
    "blocked_loop": False,
    "busy_processor": False,
}
LOST_MS = {"quick": (120.0,), "full": (80.0, 120.0, 200.0)}
EACH = {"quick": 6, "full": 20}


def run_faults(matrix: str) -> tuple[list[Compared], list[Attributed]]:
    """Put each fault in; return every exchange, and what of each fault was attributed."""
    faults = [Fault(name=name, lost_ms=lost) for name in EXACT for lost in LOST_MS[matrix]]
    with tempfile.TemporaryDirectory() as folder, two_ends() as ends, _database() as database:
        with apparatus(*ends, folder=Path(folder), database=database) as instruments:
            ordinary = ask_ordinary(instruments, Fault(), USUAL)
            asked = [ask_ordinary(instruments, fault, EACH[matrix]) for fault in faults]
            take_out(instruments)
        wires, processes = instruments.told()
    usually = usual(terms_seen(ordinary, wires, processes))
    compared = [
        _compared(fault, one, wires.get(one.trace), processes.get(one.trace))
        for fault, seen in zip([Fault(), *faults], [ordinary, *asked], strict=True)
        for one in seen
    ]
    attributed = [
        attributed_to(fault, terms_seen(seen, wires, processes), usually)
        for fault, seen in zip(faults, asked, strict=True)
    ]
    return compared, attributed


def attributed_to(
    fault: Fault, exchanges: Sequence[Mapping[str, int]], usually: Mapping[str, int]
) -> Attributed:
    """Compare a fault with what its terms grew by, over what is usual."""
    found, kind = diagnose(usual(exchanges), usually), BY_NAME[fault.name]
    grown_ms = {name: length / 1_000 for name, length in found.grown_us.items()}
    own_ms = sum(length for name, length in grown_ms.items() if name in kind.terms)
    return Attributed(
        fault=f"{fault.name} {fault.lost_ms:g} ms",
        injected_ms=fault.lost_ms,
        attributed_ms=own_ms,
        others_ms=sum(grown_ms.values()) - own_ms,
        named=found.term or "",
        terms=tuple(sorted(kind.terms)),
        exact=EXACT[fault.name],
    )


def _compared(fault: Fault, seen: Seen, wire: Wire | None, process: Process | None) -> Compared:
    """Of a fault the truth of server and network is not known, only that nothing is lost."""
    browser = terms_of(seen.stamps)
    explained = explain(browser=browser, wire=wire, process=process)
    # Whoever takes the processor takes it from the client as well, which stamps too late then.
    shared = fault.name == "busy_processor"
    return Compared(
        cell=f"{fault.name} {fault.lost_ms:g} ms" if fault.name else "ordinary",
        joined=wire is not None and process is not None and browser is not None,
        wire_error_ms=None,
        process_error_ms=None,
        network_error_ms=None,
        unattributed_ms=None if explained is None else explained.unattributed_us / 1_000,
        sum_within_bound=None if explained is None or shared else not explained.is_open,
    )


@contextmanager
def _database() -> Iterator[str]:
    """Give the address of a PostgreSQL of this proof alone."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder) / "home")
        with Cluster(home) as server:
            yield server.url("postgres").render_as_string(hide_password=False)
