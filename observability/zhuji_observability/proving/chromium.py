"""The client of a proof that is a real Chromium: obeys standard input as ``client`` does.

``python -m zhuji_observability.proving.chromium ADDRESS PORT [tls]``. Chromium is told by its own
protocol over two pipes, without a library; what it measured is its own Resource Timing.
"""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec

from zhuji_observability.joined.browser import Stamps
from zhuji_observability.proving.client import Asking, Seen
from zhuji_observability.proving.site import SLEPT

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
    "--disable-background-networking", "--disable-component-update", "--no-first-run",
    "--no-proxy-server", "--ignore-certificate-errors", "--remote-debugging-pipe",
)  # fmt: skip
_END = b"\0"
_READ_BYTES = 65_536
# The shell that begins Chromium can name descriptors of one digit only.
_DIGIT_MAX = 9
# Asks one after the other, and waits for the entry of each: it comes a moment after the answer.
ASK = """
async (askings) => {
  performance.setResourceTimingBufferSize(100000);
  const seen = [];
  for (const [place, asking] of askings.entries()) {
    const path = `${asking.path}?sleep_ms=${asking.sleep_ms}&bytes=${asking.down_bytes}`;
    const url = new URL(`${path}&ask=${performance.now()}.${place}`, location.href).href;
    const body = asking.up_bytes ? "u".repeat(asking.up_bytes) : undefined;
    const answer = await fetch(url, {
      method: body ? "POST" : "GET", body, cache: "no-store",
      headers: {traceparent: asking.trace},
    });
    await answer.arrayBuffer();
    let entry;
    while (!(entry = performance.getEntriesByName(url)[0])) {
      await new Promise((done) => setTimeout(done, 1));
    }
    seen.push({
      trace: asking.trace,
      slept_us: Number(answer.headers.get("SLEPT")),
      stamps: {
        start: entry.startTime, fetch_start: entry.fetchStart,
        lookup_start: entry.domainLookupStart, lookup_end: entry.domainLookupEnd,
        connect_start: entry.connectStart, connect_end: entry.connectEnd,
        secure_start: entry.secureConnectionStart, request_start: entry.requestStart,
        response_start: entry.responseStart, response_end: entry.responseEnd,
      },
    });
  }
  performance.clearResourceTimings();
  return JSON.stringify(seen);
}
""".replace("SLEPT", SLEPT)


def program() -> str:
    """Return where Chromium is, or ''."""
    return next((path for name in PROGRAMS if (path := shutil.which(name))), "")


class Conversation:
    """Messages to Chromium and back, one at a time: each is an object and a NUL."""

    def __init__(self, sending: int, receiving: int) -> None:
        self._sending, self._receiving = sending, receiving
        self._numbers = itertools.count(1)
        self._rest = b""

    def call(self, method: str, *, session: str = "", **parameters: Any) -> Any:
        """Return the result; events meanwhile are let go. Raise ChildProcessError."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self._sending, msgspec.json.encode(message) + _END)
        while True:
            told = self._next()
            if told.get("id") == number:
                if "error" in told:
                    raise ChildProcessError(f"{method}: {told['error']}")
                return told["result"]

    def _next(self) -> dict[str, Any]:
        while _END not in self._rest:
            part = os.read(self._receiving, _READ_BYTES)
            if not part:
                raise ChildProcessError("Chromium has ended")
            self._rest += part
        first, _, self._rest = self._rest.partition(_END)
        told: dict[str, Any] = msgspec.json.decode(first)
        return told


@contextmanager
def running(path: str) -> Iterator[Conversation]:
    """Run Chromium with a profile of its own, which is taken away."""
    down, told = os.pipe()
    heard, up = os.pipe()
    assert max(down, up) <= _DIGIT_MAX, "this process has opened nothing before"
    # Chromium reads descriptor 3 and writes 4.
    command = f'exec 8<&{down} 9>&{up} && exec "$@" 3<&8 4>&9'
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        words = [path, *ARGUMENTS, f"--user-data-dir={profile}", "about:blank"]
        process = subprocess.Popen(
            ["/bin/sh", "-c", command, "sh", *words], pass_fds=(down, up),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(down)
        os.close(up)
        try:
            yield Conversation(told, heard)
        finally:
            os.close(told)
            os.close(heard)
            process.terminate()
            process.wait()


def opened(conversation: Conversation, url: str) -> str:
    """Open a page and return the session in which scripts of its origin run."""
    target = conversation.call("Target.createTarget", url=url)["targetId"]
    session = conversation.call("Target.attachToTarget", targetId=target, flatten=True)
    name = str(session["sessionId"])
    while _evaluated(conversation, name, "document.readyState + location.href") != f"complete{url}":
        pass
    return name


def ask_all(conversation: Conversation, session: str, askings: Sequence[Asking]) -> list[Seen]:
    """Ask one after the other; Chromium opens and keeps connections as it likes."""
    told = msgspec.json.encode(askings).decode()
    answer = _evaluated(conversation, session, f"({ASK})({told})")
    rows = msgspec.json.decode(answer, type=list[Row])
    return [Seen(trace=row.trace, stamps=row.stamps, slept_us=row.slept_us) for row in rows]


class Row(msgspec.Struct):
    """What the page says of one asking."""

    trace: str
    slept_us: int
    stamps: Stamps


def _evaluated(conversation: Conversation, session: str, expression: str) -> str:
    found = conversation.call(
        "Runtime.evaluate", session=session, expression=expression, awaitPromise=True,
        returnByValue=True,
    )  # fmt: skip
    if "exceptionDetails" in found:
        raise ChildProcessError(str(found["exceptionDetails"]))
    return str(found["result"]["value"])


def main(address: str, port: int, scheme: str) -> None:
    """Obey standard input until it ends."""
    with running(program()) as conversation:
        url = f"{scheme}://{address}:{port}/probe?sleep_ms=0&bytes=2"
        session = opened(conversation, url)
        for line in sys.stdin:
            askings = msgspec.json.decode(line, type=list[Asking])
            seen = ask_all(conversation, session, askings)
            sys.stdout.write(msgspec.json.encode(seen).decode() + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), "https" if "tls" in sys.argv[3:] else "http")
