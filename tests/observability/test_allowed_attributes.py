"""What may leave in a trace is listed; all else stays, whoever wrote it into a span."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator

import httpx
import pytest
from opentelemetry import trace
from opentelemetry.trace import SpanKind

from tests.observability.conftest import PRIVATE, Watched
from zhuji_observability.discretion import ALLOWED_ATTRIBUTES
from zhuji_observability.routes import RELEASE


def test_every_attribute_that_leaves_is_listed(watched: Watched) -> None:
    watched.request("/txg/budget/lines/7?payee=王小明")
    watched.request("/txg/api/v1/accounting/requests", "POST")
    watched.request("/nowhere/at/all")
    told = {key for span in watched.spans() for key in span.attributes or {}}
    assert told
    assert told <= ALLOWED_ATTRIBUTES


def test_what_a_library_adds_by_itself_stays_here(watched: Watched) -> None:
    tracer = watched.observability.tracer_provider.get_tracer("library")
    with tracer.start_as_current_span("asked", attributes={"enduser.id": PRIVATE}) as span:
        span.add_event("told", {"payee": PRIVATE})
        span.add_link(trace.get_current_span().get_span_context(), {"payee": PRIVATE})
    written = watched.span("asked").to_json()
    assert "A123456789" not in written
    assert "enduser.id" not in written


def test_a_request_says_its_release(watched: Watched) -> None:
    watched.request("/health")
    span = watched.span("GET /health")
    assert (span.attributes or {})["zhuji.release"] == RELEASE
    assert span.resource.attributes["zhuji.release"] == RELEASE


class Bank(http.server.BaseHTTPRequestHandler):
    """Another service, and what it was told."""

    traceparent = ""

    def do_GET(self) -> None:
        Bank.traceparent = self.headers["traceparent"]
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def bank() -> Iterator[str]:
    with http.server.HTTPServer(("127.0.0.1", 0), Bank) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_call_to_another_service_is_a_span_without_its_address(
    watched: Watched, bank: str
) -> None:
    with watched.observability.tracer.span("hook.pay", module="treasury"):
        trace_id = watched.observability.tracer.current_trace_id()
        assert (
            httpx.get(f"{bank}/accounts/0071234567?payee=A123456789", timeout=60).status_code == 200
        )
    (called,) = [span for span in watched.spans() if span.kind is SpanKind.CLIENT]
    assert (called.attributes or {})["http.response.status_code"] == 200
    assert "0071234567" not in called.to_json()
    assert "A123456789" not in called.to_json()
    assert trace_id in Bank.traceparent, "the other service can go on with the trace"
