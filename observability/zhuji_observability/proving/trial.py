"""Runs the cells of the matrix and compares what three places saw with what was put in."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from zhuji_observability.joined.browser import terms_of
from zhuji_observability.joined.equation import Process, Wire, explain
from zhuji_observability.proving.accuracy import Compared
from zhuji_observability.proving.client import Asking, Seen
from zhuji_observability.proving.instruments import (
    Instruments,
    apparatus,
    new_trace,
    on_loopback,
    tell,
)
from zhuji_observability.proving.line import LineSetting
from zhuji_observability.proving.matrix import Batch, Cell
from zhuji_observability.proving.places import two_ends

_US_IN_MS = 1000
# So often before anything is compared, each size.
_WARMING = 3


def run_without_line(cells: Sequence[Cell], *, each: int) -> list[Compared]:
    """Run the cells that need no line on the loopback device: the process's figures alone."""
    still = [cell for cell in cells if not cell.rtt_ms and not cell.loss]
    with tempfile.TemporaryDirectory() as folder:
        with on_loopback(folder=Path(folder)) as instruments:
            asked, seen = _ask(still, each, instruments)
        return _compared(asked, seen, instruments)


def run(
    cells: Sequence[Cell], *, each: int, tls: bool = False, browser: bool = False
) -> list[Compared]:
    """Run ``each`` exchanges of every cell, on one connection a cell."""
    with tempfile.TemporaryDirectory() as folder, two_ends() as ends:
        with apparatus(*ends, folder=Path(folder), tls=tls, browser=browser) as instruments:
            asked, seen = _ask(cells, each, instruments)
        return _compared(asked, seen, instruments)


def run_batch(batch: Batch) -> list[Compared]:
    return run(batch.cells, each=batch.each, tls=batch.tls, browser=batch.browser)


def _ask(
    cells: Sequence[Cell], each: int, instruments: Instruments
) -> tuple[Mapping[str, Cell], list[Seen]]:
    """Ask everything of each cell on one connection; return what was asked and seen, by trace."""
    asked: dict[str, Cell] = {}
    seen: list[Seen] = []
    _warm_up(cells, instruments)
    for cell in cells:
        askings = [_asking(cell) for _ in range(each)]
        asked.update((asking.trace, cell) for asking in askings)
        _lay_line(cell, instruments)
        seen += msgspec.convert(tell(instruments.client, askings), list[Seen])
    return asked, seen


def _warm_up(cells: Sequence[Cell], instruments: Instruments) -> None:
    """Ask what is not compared: in a process that is new everything is done for the first time."""
    shapes = {(cell.down_bytes, cell.up_bytes): cell for cell in cells}.values()
    # A browser keeps the connection that it opens here: its handshake must be of the same line.
    _lay_line(cells[0], instruments)
    tell(instruments.client, [_asking(cell) for cell in shapes for _ in range(_WARMING)])


def _lay_line(cell: Cell, instruments: Instruments) -> None:
    if instruments.tunnel is not None:
        tell(instruments.tunnel, LineSetting(delay_ms=cell.rtt_ms / 2, loss=cell.loss))


def _compared(
    asked: Mapping[str, Cell], seen: Sequence[Seen], instruments: Instruments
) -> list[Compared]:
    wires, processes = instruments.told()
    return [
        compare(asked[one.trace], one, wires.get(one.trace), processes.get(one.trace))
        for one in seen
    ]


def compare(cell: Cell, seen: Seen, wire: Wire | None, process: Process | None) -> Compared:
    """Compare what was seen of an exchange with what was put into it."""
    browser = terms_of(seen.stamps)
    explained = explain(browser=browser, wire=wire, process=process)
    server_us = wire.server_us if wire is not None else None
    process_us = process.worked_us if process is not None else None
    served_us = process_us if cell.tls else server_us
    network = None
    if cell.is_one_round_trip and browser is not None and served_us is not None:
        network = (browser.wait_us - served_us) / _US_IN_MS - cell.rtt_ms
    return Compared(
        cell=cell.name,
        tls=cell.tls,
        # Encrypted, the wire sees a connection and no exchange.
        joined=(cell.tls or wire is not None) and process is not None and browser is not None,
        wire_error_ms=None if server_us is None else (server_us - seen.slept_us) / _US_IN_MS,
        process_error_ms=None if process_us is None else (process_us - seen.slept_us) / _US_IN_MS,
        network_error_ms=network,
        unattributed_ms=None if explained is None else explained.unattributed_us / _US_IN_MS,
        # What is lost before the server is seen by the browser alone, and shown as unattributed.
        sum_within_bound=None if explained is None or cell.loss else not explained.is_open,
    )


def _asking(cell: Cell) -> Asking:
    return Asking(
        trace=new_trace(),
        sleep_ms=cell.sleep_ms,
        down_bytes=cell.down_bytes,
        up_bytes=cell.up_bytes,
    )
