"""Joins what a capture saw to the exchanges that were kept whole, by their trace.

A row goes into the file that its exchange stands in; what nobody kept is not kept either.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from zhuji_observability.pcap.terms import CapturedRow, Row, packet_row_alone
from zhuji_observability.store import files

# An exchange is written within a second of its answer; what waits longer will not come.
WAIT_S = 5.0
# Rows that wait: with their packets some 4 kB each.
WAITING_MAX = 500
_TRACE_AT = slice(3, 35)
_NS_IN_S = 1_000_000_000

_KNOWN = """
    SELECT trace FROM main.exchange
     WHERE trace IN (SELECT value FROM json_each(:traces))
"""
_WIRE = "INSERT OR REPLACE INTO main.wire (trace, told) VALUES (?, ?)"
_HEAD = "INSERT OR REPLACE INTO main.head (trace, pcap) VALUES (?, ?)"


class Wires:
    """Takes rows as they come. ``traced``: those that named a trace; ``joined``: those kept."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._waiting: dict[str, tuple[float, CapturedRow]] = {}
        self.traced = 0
        self.joined = 0

    def take(self, row: Row) -> None:
        """Take a row; raise sqlite3.Error where the store cannot be written."""
        if isinstance(row, CapturedRow) and row.traceparent is not None:
            self.traced += 1
            self._waiting[row.traceparent[_TRACE_AT]] = (time.monotonic(), row)
        if len(self._waiting) >= WAITING_MAX:
            self.join()
            self._let_go()

    def join(self) -> None:
        """Write what has found its exchange; raise sqlite3.Error."""
        waiting = {trace: row for trace, (_, row) in self._waiting.items()}
        for _, path in reversed(files.days(self._folder)):
            if not waiting:
                break
            for trace in _joined_in(path, waiting):
                del waiting[trace], self._waiting[trace]
                self.joined += 1

    def _let_go(self) -> None:
        """Forget what has waited long enough, and the oldest where too many wait."""
        since = time.monotonic() - WAIT_S
        for trace, (came_s, _) in list(self._waiting.items()):
            if came_s < since or len(self._waiting) >= WAITING_MAX:
                del self._waiting[trace]


def _joined_in(path: Path, waiting: Mapping[str, CapturedRow]) -> Iterable[str]:
    connection = files.opened(path)
    try:
        asked = {"traces": msgspec.json.encode(list(waiting)).decode()}
        known = [str(row[0]) for row in connection.execute(_KNOWN, asked).fetchall()]
        with connection:
            connection.executemany(
                _WIRE,
                [
                    (trace, msgspec.msgpack.encode(packet_row_alone(waiting[trace])))
                    for trace in known
                ],
            )
            connection.executemany(
                _HEAD,
                [
                    (trace, zlib.compress(heads))
                    for trace in known
                    if (heads := waiting[trace].heads)
                ],
            )
        return known
    finally:
        connection.close()
