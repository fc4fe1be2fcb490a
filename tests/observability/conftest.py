"""An application that asks a real PostgreSQL, and what is seen of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from litestar import Litestar, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.apart import run_apart
from zhuji_core.db.server import ServerAddress
from zhuji_observability.install import Observability, install
from zhuji_observability.routes import ASGIApp

PRIVATE = "王小明 A123456789"  # a payee and an identity number: must never stand in a trace


class BrokenExporter(SpanExporter):
    """A collector in its worst mood."""

    def export(self, spans: object) -> SpanExportResult:
        message = "no collector"
        raise OSError(message)


class Watched:
    """A watched application, and what was seen of it."""

    def __init__(
        self,
        app: ASGIApp,
        observability: Observability,
        spans: InMemorySpanExporter,
        metrics: InMemoryMetricReader,
    ) -> None:
        self.app = app
        self.observability = observability
        self._spans = spans
        self.metrics = metrics

    def request(
        self, path: str, method: str = "GET", headers: dict[bytes, bytes] | None = None
    ) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(
                transport=transport, base_url="http://txg.test", timeout=60
            ) as client:
                return await client.request(method, path, headers=headers)

        return run_apart(ask())

    def spans(self) -> list[ReadableSpan]:
        assert self.observability.flush(), "spans were not exported in time"
        return list(self._spans.get_finished_spans())

    def span(self, name: str) -> ReadableSpan:
        found = [span for span in self.spans() if span.name == name]
        assert len(found) == 1, [span.name for span in self.spans()]
        return found[0]


@pytest.fixture
def watched(pg_server: ServerAddress) -> Iterator[Watched]:
    spans = InMemorySpanExporter()
    metrics = InMemoryMetricReader()
    observability = install(
        service="test", span_exporters=[BrokenExporter(), spans], metric_readers=[metrics]
    )
    engine = sa.create_engine(pg_server.url("postgres"))
    try:
        app = observability.watch_app(_application(engine))
        yield Watched(app, observability, spans, metrics)
    finally:
        engine.dispose()
        observability.shutdown()


def _application(engine: sa.Engine) -> Litestar:
    @get("/{county:str}/budget/lines/{line_id:int}", opt={"module": "budget"}, sync_to_thread=True)
    def show_line(line_id: FromPath[int]) -> str:
        with engine.connect() as connection:
            row = connection.execute(
                sa.text("SELECT :line_id || :payee AS line"),
                {"line_id": str(line_id), "payee": PRIVATE},
            )
            return str(row.scalar_one())

    @post(
        "/{county:str}/api/v1/accounting/requests",
        opt={"module": "accounting"},
        sync_to_thread=True,
    )
    def write_request() -> None:
        with engine.connect() as connection:
            connection.execute(
                sa.text("SELECT CAST(:payee AS integer)"),
                {"payee": PRIVATE},
            )

    @get("/{county:str}/codes/{set_name:str}", opt={"module": "budget"}, sync_to_thread=False)
    def show_codes(set_name: FromPath[str]) -> str:
        return set_name

    @get("/files/{path:path}", sync_to_thread=False)
    def show_file(path: FromPath[Path]) -> str:
        return str(path)

    @get("/health", sync_to_thread=False)
    def health() -> str:
        return "ok"

    @get("/{county:str}/lost", sync_to_thread=False)
    def lost() -> None:
        raise NotFoundException

    handlers = [lost, show_line, show_codes, show_file, write_request, health]
    return Litestar(handlers, openapi_config=None)
