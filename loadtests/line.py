"""A slow line between the people and the server: it delays, and loses one packet of a hundred.

As root the people and the server are in two network namespaces, with that of ``zhuji observe
prove`` between them: packets are lost, and the kernels of both ends send them again. Elsewhere a
small program passes bytes on, each way half of a round trip later; where a packet of a real line
is lost TCP sends it again after the retransmission timeout, so does this: later, never less. What
the server measures it measures behind this program.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import subprocess
import sys
from collections.abc import Iterator

from loadtests.scenarios import Scenario
from loadtests.site import HOST
from zhuji_core.testing.ports import free_port
from zhuji_core.values import Value
from zhuji_observability.proving import places
from zhuji_observability.proving.instruments import tell
from zhuji_observability.proving.line import LineSetting

# RFC 6298: a retransmission timeout is a round trip and 200 ms at least on Linux.
RESENT_S = 0.2
SEGMENT_BYTES, CHUNK_BYTES = 1_448, 65_536


class Ends(Value, frozen=True, kw_only=True):
    """Where people and server are: in which network namespaces, and at which address.

    Without namespaces both are on the loopback.
    """

    people: str = ""
    server: str = ""
    host: str = HOST


@contextlib.contextmanager
def laid(scenario: Scenario) -> Iterator[Ends]:
    """Lay a real line where the scenario wants one and the machine can; else all are at home."""
    if not scenario.rtt_ms[1] or places.what_is_missing():
        yield Ends()
        return
    low, high = scenario.rtt_ms
    # Each way half of a round trip: the middle of the range, and as far to both sides of it.
    setting = LineSetting(
        delay_ms=(low + high) / 4, jitter_ms=(high - low) / 4, loss=scenario.loss
    )  # fmt: skip
    with places.two_ends() as (people, server):
        words = [
            text
            for end in (people, server)
            for text in (end.namespace, end.device, end.address, end.other)
        ]
        with subprocess.Popen(
            [sys.executable, "-m", "zhuji_observability.proving.tunnel", *words], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        ) as process:  # fmt: skip
            assert process.stdout is not None, "it was asked for"
            process.stdout.readline()  # it is ready
            try:
                tell(process, setting)
                yield Ends(
                    people=people.namespace, server=server.namespace, host=server.address
                )  # fmt: skip
            finally:
                process.terminate()


@contextlib.contextmanager
def between(port: int, scenario: Scenario, ends: Ends) -> Iterator[int]:
    """Give the port that the people use: the server's own, or that of a program before it."""
    if not scenario.rtt_ms[1] or ends.server:
        yield port
        return
    front = free_port()
    given = (front, port, *scenario.rtt_ms, scenario.loss)
    process = subprocess.Popen(
        [sys.executable, "-m", "loadtests.line", *map(str, given)], stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None, "it was asked for"
        process.stdout.readline()
        yield front
    finally:
        process.terminate()
        process.wait()


class Delayed:
    """One direction of one connection: chunks in their order, each not before its time."""

    def __init__(self, *, half_s: float, loss: float, drawn: random.Random) -> None:
        self._half_s, self._loss, self._drawn = half_s, loss, drawn
        self._last_s = 0.0

    def due_s(self, now_s: float, size: int) -> float:
        """Return when a chunk that is sent now arrives."""
        packets = max(1, -(-size // SEGMENT_BYTES))
        lost = sum(self._drawn.random() < self._loss for _ in range(packets))
        late_s = self._half_s + (RESENT_S + 2 * self._half_s) * bool(lost)
        self._last_s = max(self._last_s, now_s + late_s)
        return self._last_s


async def _pass_on(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delayed: Delayed
) -> None:
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def send() -> None:
        while True:
            due_s, chunk = await queue.get()
            await asyncio.sleep(due_s - loop.time())
            if not chunk:
                break
            writer.write(chunk)
            await writer.drain()
        writer.close()

    sending = asyncio.create_task(send())
    with contextlib.suppress(OSError):
        while chunk := await reader.read(CHUNK_BYTES):
            queue.put_nowait((delayed.due_s(loop.time(), len(chunk)), chunk))
    queue.put_nowait((loop.time(), b""))
    with contextlib.suppress(OSError):
        await sending


async def serve(front: int, back: int, rtt_ms: tuple[float, float], loss: float) -> None:
    """Listen on ``front`` and pass on to ``back``, each connection with a round trip of its own."""
    drawn = random.Random(105)  # noqa: S311 (repeatable, no secret)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        half_s = drawn.uniform(*rtt_ms) / 2_000
        await asyncio.sleep(2 * half_s)  # the handshake
        there, to_there = await asyncio.open_connection(HOST, back)
        await asyncio.gather(
            _pass_on(reader, to_there, Delayed(half_s=half_s, loss=loss, drawn=drawn)),
            _pass_on(there, writer, Delayed(half_s=half_s, loss=loss, drawn=drawn)),
        )

    server = await asyncio.start_server(connected, HOST, front)
    sys.stdout.write("listening\n")
    sys.stdout.flush()
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    _front, _back, _low, _high, _loss = sys.argv[1:]
    asyncio.run(serve(int(_front), int(_back), (float(_low), float(_high)), float(_loss)))
