"""What a proof goes through: lines × sleeps × sizes, asked by three clients, and faults."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from zhuji_core.values import Value


class Cell(Value, frozen=True, kw_only=True):
    """One combination; ``rtt_ms`` is there and back."""

    rtt_ms: float
    loss: float
    sleep_ms: float
    down_bytes: int = 200
    up_bytes: int = 0
    client: str = ""  # '' the plain one, else TLS or BROWSER or both

    @property
    def name(self) -> str:
        parts = [self.client] if self.client else []
        parts += [f"rtt {self.rtt_ms:g}", f"sleep {self.sleep_ms:g}"]
        if self.down_bytes > _ONE_PACKET:
            parts.append(f"{self.down_bytes // 1000} kB down")
        if self.up_bytes:
            parts.append(f"{self.up_bytes // 1000} kB up")
        if self.loss:
            parts.append(f"loss {self.loss:.0%}")
        return ", ".join(parts)

    @property
    def tls(self) -> bool:
        return TLS in self.client

    @property
    def is_one_round_trip(self) -> bool:
        """Tell whether request and answer are a packet each, so that the network is known."""
        return not self.loss and not self.up_bytes and self.down_bytes <= _ONE_PACKET


class Batch(Value, frozen=True, kw_only=True):
    """Cells that go through one apparatus: of one line, by one client; done or not at all."""

    name: str
    cells: tuple[Cell, ...]
    each: int

    @property
    def tls(self) -> bool:
        return self.cells[0].tls

    @property
    def browser(self) -> bool:
        return BROWSER in self.cells[0].client


PLAIN, TLS, BROWSER = "", "TLS", "Chromium"
BOTH = f"{BROWSER} {TLS}"
_ONE_PACKET = 1_000
_SIZES = ((200, 0), (200_000, 0), (200, 100_000))


# How often each cell is asked. Clients beside the plain one are asked fewer cells, and so often
# that more than a hundred exchanges tell of the network by TLS: of fewer, p99 is the worst of all.
EACH, EACH_BESIDE = {"quick": 6, "full": 20}, {"quick": 13, "full": 10}


def cells(*, full: bool) -> Sequence[Cell]:
    """Return the cells of the plain client in an order in which lines change seldom."""
    rtts = (0.0, 20.0, 80.0, 200.0) if full else (0.0, 20.0, 80.0)
    sleeps = (0.0, 5.0, 20.0, 100.0, 1000.0) if full else (0.0, 20.0, 100.0)
    return _product(rtts, (0.0, 0.01), sleeps)


def batches(matrix: str, *, with_browser: bool) -> Sequence[Batch]:
    """Return all of a matrix, ``quick`` or ``full``; a batch is of one line and one client."""
    full = matrix == "full"
    rtts, sleeps = ((0.0, 20.0, 80.0, 200.0), (0.0, 20.0, 100.0)) if full else (
        (0.0, 80.0), (0.0, 20.0)
    )  # fmt: skip
    beside = (TLS, BROWSER, BOTH) if with_browser else (TLS,)
    every = list(cells(full=full))
    for client in beside:
        every += _product(rtts, (0.0, 0.01) if full else (0.0,), sleeps, client)
    by_line = itertools.groupby(every, key=lambda cell: (cell.client, cell.rtt_ms, cell.loss))
    return [
        Batch(
            name=f"{client or 'plain'}, rtt {rtt_ms:g}, loss {loss:g}",
            cells=tuple(of_line),
            each=EACH_BESIDE[matrix] if client else EACH[matrix],
        )
        for (client, rtt_ms, loss), of_line in by_line
    ]


def _product(
    rtts: Sequence[float], losses: Sequence[float], sleeps: Sequence[float], client: str = PLAIN
) -> list[Cell]:
    return [
        Cell(rtt_ms=rtt, loss=loss, sleep_ms=sleep, down_bytes=down, up_bytes=up, client=client)
        for rtt, loss, (down, up), sleep in itertools.product(rtts, losses, _SIZES, sleeps)
    ]
