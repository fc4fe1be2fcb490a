"""Each request leaves a span named by its route, with its statements below it."""

from __future__ import annotations

import logging

import pytest
from opentelemetry import propagate
from opentelemetry.trace import SpanKind, StatusCode

from tests.observability.conftest import PRIVATE, Watched
from zhuji_core import tracing
from zhuji_core.logs import DiscreetFormatter

ROUTE = "/{county}/budget/lines/{line_id}"


def test_span_is_named_by_the_route(watched: Watched) -> None:
    assert watched.request("/txg/budget/lines/7").status_code == 200
    span = watched.span(f"GET {ROUTE}")
    assert span.kind is SpanKind.SERVER
    attributes = dict(span.attributes or {})
    assert attributes["http.route"] == ROUTE
    assert attributes["http.response.status_code"] == 200
    assert attributes["zhuji.county"] == "TXG"
    assert attributes["zhuji.module"] == "budget"


def test_a_span_has_no_text_that_somebody_typed_into_an_address(watched: Watched) -> None:
    """What a county calls its own table of codes, or whatever else a route takes as text."""
    assert watched.request("/txg/codes/王小明").text == "王小明"
    assert watched.request("/txg/payees/王小明").status_code == 404
    assert watched.request("/files/陳/王小明").text == "/陳/王小明", "a parameter of two segments"
    for name in ("GET /{county}/codes/{set_name}", "GET /files/{path}", "GET"):
        assert "url.path" not in (watched.span(name).attributes or {})
    written = "".join(span.to_json() for span in watched.spans())
    for piece in ("王小明", "%E7%8E%8B", "\\u738b"):
        assert piece not in written


def test_what_a_caller_says_in_baggage_is_neither_read_nor_logged(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    """The library warns of what it does not like there, word for word."""
    said = {b"baggage": "王小明 A123456789=1,kept=王小明".encode()}
    assert watched.request("/txg/budget/lines/7", headers=said).status_code == 200
    assert "王小明" not in caplog.text
    assert "A123456789" not in caplog.text
    assert "baggage" not in propagate.get_global_textmap().fields


def test_statement_in_a_thread_is_a_child_of_its_request(watched: Watched) -> None:
    watched.request("/txg/budget/lines/7")
    request = watched.span(f"GET {ROUTE}")
    statements = [
        span
        for span in watched.spans()
        if "SELECT" in str((span.attributes or {}).get("db.query.text", ""))
    ]
    assert statements, f"no database span among {[span.name for span in watched.spans()]}"
    asked = statements[-1]
    assert request.context is not None
    assert asked.parent is not None, "a statement outside of any request"
    assert asked.parent.span_id == request.context.span_id
    assert asked.context is not None
    assert asked.context.trace_id == request.context.trace_id


def test_no_value_of_a_statement_leaves(watched: Watched) -> None:
    assert PRIVATE in watched.request("/txg/budget/lines/7?payee=王小明").text
    assert watched.request("/txg/api/v1/accounting/requests", "POST").status_code == 500
    written = "".join(span.to_json() for span in watched.spans())
    assert "db.query.text" in written
    for piece in ("王小明", "A123456789", "\\u738b", "payee="):
        assert piece not in written


def test_failure_keeps_the_type_of_the_exception_only(watched: Watched) -> None:
    watched.request("/txg/api/v1/accounting/requests", "POST")
    failed = [span for span in watched.spans() if span.status.status_code is StatusCode.ERROR]
    assert {span.kind for span in failed} == {SpanKind.SERVER, SpanKind.CLIENT}
    for span in failed:
        assert span.status.description is None
        for event in span.events:
            assert set(event.attributes or {}) <= {"exception.type", "exception.escaped"}


def test_api_names_its_module(watched: Watched) -> None:
    watched.request("/txg/api/v1/accounting/requests", "POST")
    span = watched.span("POST /{county}/api/v1/accounting/requests")
    assert (span.attributes or {})["zhuji.module"] == "accounting"


def test_path_without_a_route_makes_no_name(watched: Watched) -> None:
    assert watched.request("/nothing/here/12345").status_code == 404
    assert watched.request("/nothing/here", "BREW").status_code in {404, 405}
    names = {span.name for span in watched.spans()}
    assert names == {"GET", "_OTHER"}
    assert all("http.route" not in (span.attributes or {}) for span in watched.spans())


def test_broken_exporter_costs_nobody_an_answer(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert [watched.request("/health").status_code for _ in range(20)] == [200] * 20
        watched.observability.flush()
    complaints = [record for record in caplog.records if "lost" in record.getMessage()]
    assert len(complaints) == 1, "one line, however long the collector is away"


def test_trace_id_is_known_to_the_kernel_and_on_log_lines(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    assert tracing.current_trace_id() == ""
    with caplog.at_level(logging.INFO), tracing.span("hook.move_funds", module="budget"):
        logging.getLogger("zhuji.test").info("certified")
        trace_id = tracing.current_trace_id()
    assert len(trace_id) == 32
    record = caplog.records[-1]
    assert vars(record)["otelTraceID"] == trace_id
    assert f" [{trace_id}] certified" in DiscreetFormatter().format(record)
    span = watched.span("hook.move_funds")
    assert (span.attributes or {})["zhuji.module"] == "budget"


def test_nothing_is_left_after_shutdown(watched: Watched) -> None:
    watched.observability.shutdown()
    with tracing.span("hook.worklist"):
        assert tracing.current_trace_id() == ""
