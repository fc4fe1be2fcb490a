"""Where spans go: an OTLP collector, a file of JSON lines, or nowhere; chosen by environment."""

from __future__ import annotations

import logging
import os
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics.export import MetricReader, PeriodicExportingMetricReader
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opentelemetry.sdk.trace import ReadableSpan

# Two files of this size are kept: about a working day of a county, and never a full disk.
FILE_BYTES_MAX = 64 * 1024 * 1024

# A collector that does not answer must not keep spans waiting, nor hold up the end of the process.
EXPORT_TIMEOUT_S = 5

# One line in the log is enough to know; a collector down all night must not fill the disk.
COMPLAINT_INTERVAL_S = 60

PORT_MAX = 65_535

_logger = logging.getLogger(__name__)


class JsonLinesExporter(SpanExporter):
    """Append one JSON object for each span; the file is bounded: PATH, and PATH.1 before it."""

    def __init__(self, path: Path, *, bytes_max: int = FILE_BYTES_MAX) -> None:
        self._path = path
        self._bytes_max = bytes_max
        self._lock = threading.Lock()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        lines = "".join(f"{span.to_json(indent=None)}\n" for span in spans).encode()
        with self._lock:
            if self._size() + len(lines) > self._bytes_max:
                self._rotate()
            # Opened anew for each batch (5 s apart): nothing to close, and an operator may move it.
            with self._path.open("ab") as file:
                file.write(lines)
        return SpanExportResult.SUCCESS

    def _size(self) -> int:
        return self._path.stat().st_size if self._path.exists() else 0

    def _rotate(self) -> None:
        if self._path.exists():
            self._path.replace(self._path.with_name(f"{self._path.name}.1"))


class HarmlessExporter(SpanExporter):
    """Hand spans to ``exporter``; its failures cost spans and a line in the log, nothing else."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self._silent_until = 0.0
        self.failures = 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        try:
            result = self._exporter.export(spans)
        except Exception as error:  # noqa: BLE001 (whatever a foreign exporter may raise)
            self._complain(f"{type(error).__name__}: {error}", len(spans))
            return SpanExportResult.FAILURE
        if result is not SpanExportResult.SUCCESS:
            self._complain("refused", len(spans))
        return result

    def shutdown(self) -> None:
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._exporter.force_flush(timeout_millis)

    def _complain(self, reason: str, count: int) -> None:
        self.failures += 1
        if time.monotonic() < self._silent_until:
            return
        self._silent_until = time.monotonic() + COMPLAINT_INTERVAL_S
        _logger.warning("%s lost %d spans (%s)", _name(self._exporter), count, reason)


def _name(exporter: SpanExporter) -> str:
    """The one that people know, not what is put around it."""
    return type(getattr(exporter, "following", exporter)).__name__


def span_exporters(environ: Mapping[str, str] = os.environ) -> list[SpanExporter]:
    """Return the exporters that the environment asks for; none is a choice too.

    ``OTEL_EXPORTER_OTLP_ENDPOINT``: address of an OTLP/HTTP collector.
    ``ZHUJI_TRACE_FILE``: file of JSON lines; ``{pid}`` in it keeps processes apart.
    """
    exporters: list[SpanExporter] = []
    if _has_collector(environ):
        exporters.append(OTLPSpanExporter(timeout=EXPORT_TIMEOUT_S))
    if path := environ.get("ZHUJI_TRACE_FILE"):
        exporters.append(JsonLinesExporter(Path(path.replace("{pid}", str(os.getpid())))))
    return exporters


def metric_readers(environ: Mapping[str, str] = os.environ) -> list[MetricReader]:
    """Return the readers that send metrics to the collector, if there is one."""
    if not _has_collector(environ):
        return []
    return [PeriodicExportingMetricReader(OTLPMetricExporter(timeout=EXPORT_TIMEOUT_S))]


def metrics_port(environ: Mapping[str, str] = os.environ) -> int | None:
    """Return the port of ``/metrics`` (``ZHUJI_METRICS_PORT``), None where nobody asks."""
    text = environ.get("ZHUJI_METRICS_PORT", "")
    if not text:
        return None
    if not text.isdigit() or not 0 < int(text) <= PORT_MAX:
        _logger.warning("ZHUJI_METRICS_PORT is no port: %s", text)
        return None
    return int(text)


def _has_collector(environ: Mapping[str, str]) -> bool:
    return bool(environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"))
