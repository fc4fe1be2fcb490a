"""Faults put in without telling the diagnosis, and which term it names for each."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from zhuji_core.values import Value
from zhuji_observability.joined.browser import terms_of
from zhuji_observability.joined.diagnosis import diagnose, usual
from zhuji_observability.joined.equation import Process, Wire, explain
from zhuji_observability.proving.client import Asking, Seen
from zhuji_observability.proving.faults import BY_NAME, Fault, drawn
from zhuji_observability.proving.instruments import Instruments, apparatus, new_trace, tell
from zhuji_observability.proving.line import LineSetting
from zhuji_observability.proving.places import two_ends

RIGHT_SHARE = 0.95
FALSE_SHARE = 0.01
# The line of every trial, and how the ordinary operation looks from outside.
_RTT_MS = 10.0
_UP_BYTES = 400
_DOWN_BYTES = 31_000
_EACH = 9
USUAL = 25


class Named(Value, frozen=True, kw_only=True):
    """A trial: what was put in, what was named, and whether that is right."""

    fault: str
    lost_ms: float
    slow: bool
    term: str | None
    right: bool


class Blindness(Value, frozen=True, kw_only=True):
    """The figures of all trials."""

    trials: int
    right: float
    healthy: int
    false_alarms: int
    named: tuple[Named, ...]

    @property
    def passed(self) -> bool:
        false = self.false_alarms / self.healthy if self.healthy else 0.0
        return self.trials > 0 and self.right >= RIGHT_SHARE and false <= FALSE_SHARE


def run(*, trials: int, healthy: int, seed: int, database: str = "") -> Blindness:
    """Run ``trials`` of each kind of fault and ``healthy`` runs without one."""
    chance = random.Random(seed)  # noqa: S311 (a proof must be repeatable)
    faults = drawn(chance, trials=trials, with_database=bool(database))
    faults += [Fault()] * healthy
    chance.shuffle(faults)
    with tempfile.TemporaryDirectory() as folder, two_ends() as ends:
        with apparatus(*ends, folder=Path(folder), database=database) as instruments:
            ordinary = ask_ordinary(instruments, Fault(), USUAL)
            asked = [ask_ordinary(instruments, fault, _EACH) for fault in faults]
            take_out(instruments)
        wires, processes = instruments.told()
    usually = usual(terms_seen(ordinary, wires, processes))
    named = [
        _named(fault, terms_seen(seen, wires, processes), usually)
        for fault, seen in zip(faults, asked, strict=True)
    ]
    return summed(named)


def summed(named: Sequence[Named]) -> Blindness:
    wrong = [one for one in named if one.fault]
    well = [one for one in named if not one.fault]
    return Blindness(
        trials=len(wrong),
        right=sum(one.right for one in wrong) / len(wrong) if wrong else 0.0,
        healthy=len(well),
        false_alarms=sum(one.slow for one in well),
        named=tuple(named),
    )


def ask_ordinary(instruments: Instruments, fault: Fault, count: int) -> list[Seen]:
    """Put the fault in and ask so often; the first, which opens the connection, does not count."""
    assert instruments.tunnel is not None, "faults are put into a line"
    tell(instruments.tunnel, LineSetting(delay_ms=_RTT_MS / 2))
    told = msgspec.json.encode(fault).decode()
    tell(instruments.client, [Asking(trace=new_trace(), path="/fault", body=told)])
    tell(instruments.tunnel, _line(fault))
    askings = [
        Asking(
            trace=new_trace(),
            path="/ordinary",
            up_bytes=_UP_BYTES,
            up_pause_ms=fault.lost_ms if fault.name == "slow_upload" else 0.0,
            read_pause_ms=fault.lost_ms if fault.name == "slow_reader" else 0.0,
        )
        for _ in range(count + 1)
    ]
    return msgspec.convert(tell(instruments.client, askings), list[Seen])[1:]


def take_out(instruments: Instruments) -> None:
    """End the last fault: a site whose processor is taken from it does not end in time either."""
    ask_ordinary(instruments, Fault(), 0)


def _line(fault: Fault) -> LineSetting:
    if fault.name == "distance":
        return LineSetting(delay_ms=(_RTT_MS + fault.lost_ms) / 2)
    if fault.name == "narrow_line":
        mbit_per_s = _DOWN_BYTES * 8 / 1000 / fault.lost_ms
        return LineSetting(delay_ms=_RTT_MS / 2, mbit_per_s=mbit_per_s, queue_ms=1000)
    return LineSetting(delay_ms=_RTT_MS / 2)


def terms_seen(
    seen: Sequence[Seen], wires: Mapping[str, Wire], processes: Mapping[str, Process]
) -> list[Mapping[str, int]]:
    """Return the terms of the exchanges that were seen whole."""
    found = []
    for one in seen:
        explained = explain(
            browser=terms_of(one.stamps),
            wire=wires.get(one.trace),
            process=processes.get(one.trace),
        )
        if explained is not None:
            found.append(explained.terms_us)
    return found


def _named(
    fault: Fault, exchanges: Sequence[Mapping[str, int]], usually: Mapping[str, int]
) -> Named:
    found = diagnose(usual(exchanges), usually)
    kind = BY_NAME.get(fault.name)
    right = not found.slow if kind is None else found.term in kind.terms
    return Named(
        fault=fault.name, lost_ms=fault.lost_ms, slow=found.slow, term=found.term, right=right
    )
