"""Exporters are chosen by the environment and never outgrow their bounds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter

from zhuji_observability.exporters import JsonLinesExporter, metric_readers, span_exporters
from zhuji_observability.install import install


def test_nothing_is_exported_by_default() -> None:
    assert span_exporters({}) == []
    assert metric_readers({}) == []


def test_collector_is_used_when_named() -> None:
    environ = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}
    (exporter,) = span_exporters(environ)
    assert isinstance(exporter, OTLPSpanExporter)
    (reader,) = metric_readers(environ)
    reader.shutdown(timeout_millis=1)


def test_file_holds_one_object_a_line(tmp_path: Path) -> None:
    (exporter,) = span_exporters({"ZHUJI_TRACE_FILE": str(tmp_path / "trace-{pid}.jsonl")})
    tell(exporter, count=3)
    (file,) = tmp_path.iterdir()
    assert "{pid}" not in file.name
    names = [json.loads(line)["name"] for line in file.read_text("utf-8").splitlines()]
    assert names == ["hook.move_funds"] * 3


def test_file_never_grows_beyond_its_bound(tmp_path: Path) -> None:
    path = tmp_path / "trace.jsonl"
    tell(JsonLinesExporter(path, bytes_max=5_000), count=100)
    assert {file.name for file in tmp_path.iterdir()} == {"trace.jsonl", "trace.jsonl.1"}
    assert all(file.stat().st_size <= 5_000 for file in tmp_path.iterdir())


def test_unwritable_file_costs_spans_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHUJI_TRACE_FILE", str(tmp_path / "no-such-folder" / "trace.jsonl"))
    observability = install(service="test")
    with observability.tracer.span("hook.move_funds"):
        assert observability.tracer.current_trace_id()
    observability.shutdown()
    assert list(tmp_path.iterdir()) == []


def tell(exporter: SpanExporter, *, count: int) -> None:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    for _ in range(count):
        with provider.get_tracer("test").start_as_current_span("hook.move_funds"):
            pass
    provider.shutdown()
