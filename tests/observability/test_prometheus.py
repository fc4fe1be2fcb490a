"""A Prometheus on the host is answered on a port of its own, with exemplars."""

from __future__ import annotations

import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from tests.apart import run_apart
from zhuji_core.testing.ports import free_port
from zhuji_observability.exporters import metrics_port
from zhuji_observability.install import Observability, install
from zhuji_observability.routes import RELEASE

OPENMETRICS = "application/openmetrics-text; version=1.0.0"


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> int:
    found = free_port()
    monkeypatch.setenv("ZHUJI_METRICS_PORT", str(found))
    return found


@pytest.fixture
def observability(port: int) -> Iterator[Observability]:
    watching = install(span_exporters=[])
    yield watching
    watching.shutdown()


def samples(port: int) -> list[Sample]:
    asked = urllib.request.Request(
        f"http://127.0.0.1:{port}/metrics", headers={"accept": OPENMETRICS}
    )
    with urllib.request.urlopen(asked, timeout=60) as answer:  # noqa: S310 (of this host)
        text = answer.read().decode()
    read: Any = text_string_to_metric_families
    return [sample for family in read(text) for sample in family.samples]


async def greeting(_scope: object, _receive: object, send: object) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})  # type: ignore[operator]
    await send({"type": "http.response.body", "body": b"ok"})  # type: ignore[operator]


def ask(observability: Observability, app: Any = greeting) -> None:
    transport = httpx.ASGITransport(app=observability.watch_app(app))

    async def once() -> None:
        async with httpx.AsyncClient(
            transport=transport, base_url="http://txg.test", timeout=60
        ) as client:
            await client.get("/")

    run_apart(once())


def test_durations_have_exemplars_that_lead_to_a_trace(
    observability: Observability, port: int
) -> None:
    ask(observability)
    found = samples(port)
    buckets = [one for one in found if one.name == "http_server_request_duration_seconds_bucket"]
    assert [one.value for one in buckets if one.labels["le"] == "+Inf"] == [1.0]
    (exemplar,) = [one.exemplar for one in buckets if one.exemplar]
    assert len(exemplar.labels["trace_id"]) == 32
    assert exemplar.value < 10


def test_requests_that_are_being_served_are_told(observability: Observability, port: int) -> None:
    found: list[float] = []

    async def looking(scope: object, receive: object, send: object) -> None:
        found.append(active(port))
        await greeting(scope, receive, send)

    ask(observability, looking)
    found.append(active(port))
    assert found == [1.0, 0.0]


def active(port: int) -> float:
    (told,) = [one for one in samples(port) if one.name == "http_server_active_requests"]
    return told.value


def test_the_process_and_its_release_are_told(observability: Observability, port: int) -> None:
    ask(observability)
    found = {one.name: one for one in samples(port)}
    assert found["target_info"].labels["zhuji_release"] == RELEASE
    assert found["process_memory_usage_bytes"].value > 1_000_000
    assert "process_cpu_time_seconds_total" in found


def test_a_gauge_of_the_product_is_told(observability: Observability, port: int) -> None:
    observability.tracer.gauge("audit.lag_s", 2.5, county="TXG")
    (lag,) = [one for one in samples(port) if one.name == "zhuji_audit_lag_s"]
    assert (lag.value, lag.labels["zhuji_county"]) == (2.5, "TXG")


def test_a_second_process_takes_the_next_port(observability: Observability, port: int) -> None:
    second = (
        "from zhuji_observability.install import install\n"
        "import time, sys\n"
        "install(span_exporters=[])\n"
        "print('ready', flush=True); sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", second], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        assert any(one.name == "target_info" for one in samples(port + 1))
        process.communicate()


def test_nobody_is_answered_unless_a_port_is_named() -> None:
    assert metrics_port({}) is None
    assert metrics_port({"ZHUJI_METRICS_PORT": "9464"}) == 9464
    for wrong in ("0", "70000", "yes", "-1"):
        assert metrics_port({"ZHUJI_METRICS_PORT": wrong}) is None
