"""A setting, and nothing else, puts the clocks on; without it nothing is there."""

from __future__ import annotations

import http.client
import time
import types
from pathlib import Path
from typing import Any, cast

import psycopg
import pytest
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from tests.observability.recorder.timing import parsed
from zhuji_core import compose, hooks, server
from zhuji_observability.recorder.http_protocol import WatchedProtocol
from zhuji_observability.store.reading import Store, Wanted


async def answering(scope: Any, receive: Any, send: Any) -> None:
    """A whole answer to a request, and to uvicorn's own questions."""
    if scope["type"] == "lifespan":
        while (message := await receive())["type"] != "lifespan.shutdown":
            await send({"type": message["type"] + ".complete"})
        await send({"type": "lifespan.shutdown.complete"})
        return
    headers = [(b"content-length", b"2")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"ok"})


def asked() -> str | None:
    """Serve one request as the command does; return the header that tells its time."""
    host = cast("compose.Host", types.SimpleNamespace(modules=(), manager=hooks.load()))
    with compose.watched() as around, server.listen(host="127.0.0.1", port=0) as listener:
        with server.in_background(around(host, answering), listener=listener):
            host_name, port = listener.getsockname()
            connection = http.client.HTTPConnection(host_name, port, timeout=60)
            connection.request("GET", "/")
            answer = connection.getresponse()
            assert (answer.status, answer.read()) == (200, b"ok")
            connection.close()
        return answer.headers["server-timing"]


@pytest.mark.parametrize("value", [None, "", "0", "no"])
def test_without_the_setting_requests_are_served_as_ever(
    monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    monkeypatch.delenv("ZHUJI_WATCH_WAITS", raising=False)
    if value is not None:
        monkeypatch.setenv("ZHUJI_WATCH_WAITS", value)
    config = server._config(answering)
    config.load()
    assert config.http_protocol_class is HttpToolsProtocol
    assert asked() is None


def test_with_the_setting_each_answer_says_where_its_time_went(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ZHUJI_WATCH_WAITS", "1")
    monkeypatch.setenv("ZHUJI_HOME", str(tmp_path))
    before = psycopg.Cursor.execute
    config = server._config(answering)
    config.load()
    assert config.http_protocol_class is WatchedProtocol
    header = asked()
    assert header is not None
    timing = parsed(header)
    assert sum(length for name, length in timing.items() if name != "app") <= timing["app"] + 0.1
    assert psycopg.Cursor.execute is before, "the clocks are taken off again"
    now_ms = round(time.time() * 1000)
    wanted = Wanted(since_ms=now_ms - 900_000, until_ms=now_ms + 1_000)
    (counted,) = Store(folder=tmp_path / "times", on=True).counts(wanted).values()
    assert counted.requests == 1, "and it is kept in the home of this host"
