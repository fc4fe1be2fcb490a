"""Put observability around one process: called once, by the composition root alone."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from opentelemetry import propagate
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.metrics.view import DropAggregation, View
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from zhuji_core import tracing
from zhuji_observability import exporters, instruments, logs, prometheus, routes, usecases, waits
from zhuji_observability.discretion import DiscreetExporter
from zhuji_observability.prober import Prober
from zhuji_observability.recorder.holders import Holders
from zhuji_observability.recorder.middleware import Kept
from zhuji_observability.recorder.put_on import Clocks
from zhuji_observability.store.collector import SpanCollector, taking
from zhuji_observability.store.keeper import Keeper
from zhuji_observability.store.promises import promises_of
from zhuji_observability.tracer import OtelTracer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from opentelemetry.sdk.metrics.export import MetricReader
    from opentelemetry.sdk.trace.export import SpanExporter

    from zhuji_core.modules import HotPath
    from zhuji_observability.routes import ASGIApp

# A statement is named by its beginning; the longest in the product is 3,000 characters.
ATTRIBUTE_LENGTH_MAX = 4_000

# What is lost when the process dies, and how many spans wait in memory (about 2 kB each).
EXPORT_DELAY_MS = 1_000
QUEUE_MAX = 8_192

# How long the end of the process may wait for spans on their way.
FLUSH_TIMEOUT_MS = 3_000


class Observability:
    """What is put on; ``shutdown`` takes all of it off again and sends what is left."""

    def __init__(self, tracer_provider: TracerProvider, meter_provider: MeterProvider) -> None:
        self.tracer_provider = tracer_provider
        self.meter_provider = meter_provider
        self.tracer = OtelTracer(tracer_provider, meter_provider)
        self._undo: list[Callable[[], None]] = []
        self._clocks: Clocks | None = None
        self._kept: Kept = _nowhere
        self._keeper: Keeper | None = None

    def watch_process(self) -> None:
        """Watch drivers, log lines, the process, hooks and the kernel's own spans."""
        # Migrations are longer; that their text is cut is meant, and no line on the terminal.
        logging.getLogger("opentelemetry.attributes").setLevel(logging.ERROR)
        self._undo.append(_without_baggage())
        self._undo.append(instruments.watch(self.tracer_provider, self.meter_provider))
        self._undo.append(logs.correlate(self.tracer_provider))
        tracing.install(self.tracer)
        self._undo.append(lambda: tracing.install(tracing.UNWATCHED))

    def watch_use_cases(self, packages: Iterable[str]) -> None:
        """Watch the use cases of the loaded modules (``["zhuji_budget"]``).

        By way of ``zhuji_core.tracing``, which also counts them as costs of their modules.
        """
        self._undo.append(usecases.wrap(tracing, packages))

    def watch_waits(self, folder: Path | None = None) -> None:
        """Note where each request's time goes, and keep it in ``folder``; before ``watch_app``.

        Kernel and loop are told apart when uvicorn serves by ``http_protocol.WatchedProtocol``.
        """
        self._clocks = Clocks()
        self._undo.append(self._clocks.take_off)
        if folder is not None:
            keeper = self._keeper = Keeper(folder, pauses=self._clocks.pauses.within)
            self.tracer_provider.add_span_processor(SpanCollector())
            self._kept = taking(keeper.take)
            self._undo.append(keeper.start())
            self._undo.append(Holders().start())

    def promise(self, hot_paths: Iterable[HotPath]) -> None:
        """Keep each request whole that takes longer than was promised of its operation."""
        if self._keeper is not None:
            self._keeper.promise(promises_of(hot_paths))

    def probe(self, key: str) -> None:
        """Ask this host's own route of a known length each minute; after ``watch_waits``."""
        if self._keeper is not None:
            self._undo.append(Prober(key=key, take=self._keeper.take_probe).start())

    def watch_app(self, app: ASGIApp) -> ASGIApp:
        """Return ``app`` with a span for each request, named by its route, and its duration."""
        if self._clocks is not None:
            note = waits.noting(self._clocks.pauses)
            app = self._clocks.around(app, self._kept, note, waits.traceparent)
        return routes.instrument(
            app, tracer_provider=self.tracer_provider, meter_provider=self.meter_provider
        )

    def serve_metrics(self, reader: InMemoryMetricReader, *, port: int) -> None:
        """Answer a Prometheus of this host on ``port`` or, where that is taken, after it."""
        self._undo.append(prometheus.serve(reader, port=port))

    def flush(self) -> bool:
        """Send what waits; tell whether it was taken in time."""
        return self.tracer_provider.force_flush(FLUSH_TIMEOUT_MS)

    def shutdown(self) -> None:
        """Take everything off, last things first."""
        while self._undo:
            self._undo.pop()()
        self.flush()
        self.tracer_provider.shutdown()
        self.meter_provider.shutdown()


def install(
    *,
    service: str = "zhuji",
    span_exporters: Sequence[SpanExporter] | None = None,
    metric_readers: Sequence[MetricReader] | None = None,
) -> Observability:
    """Watch this process; exporters come from the environment unless they are given.

    Then ``watch_use_cases`` once the modules are loaded, and ``watch_app`` around the
    application. Requests have a trace id even when nothing is exported.
    """
    if span_exporters is None:
        span_exporters = exporters.span_exporters()
    scraped, port = InMemoryMetricReader(), exporters.metrics_port()
    if metric_readers is None:
        metric_readers = [*exporters.metric_readers(), *([scraped] if port else [])]
    resource = Resource.create(
        {
            "service.name": service,
            "service.version": routes.RELEASE,
            "zhuji.release": routes.RELEASE,
        }
    )
    observability = Observability(
        _tracer_provider(resource, span_exporters),
        MeterProvider(metric_readers, resource, views=[_without_route_less_duration()]),
    )
    observability.watch_process()
    if port:
        observability.serve_metrics(scraped, port=port)
    return observability


def _nowhere(_record: object) -> None:
    """Keep no record: no folder was named."""


def _tracer_provider(resource: Resource, span_exporters: Sequence[SpanExporter]) -> TracerProvider:
    provider = TracerProvider(
        # A client may not decide that its request leaves no trace.
        sampler=ALWAYS_ON,
        resource=resource,
        shutdown_on_exit=False,
        span_limits=SpanLimits(max_attribute_length=ATTRIBUTE_LENGTH_MAX),
    )
    for exporter in span_exporters:
        # Exported by a thread of its own: a request only puts its span into a queue, and when
        # the queue is full, spans are lost, not requests.
        batches = BatchSpanProcessor(
            exporters.HarmlessExporter(DiscreetExporter(exporter)),
            max_queue_size=QUEUE_MAX,
            schedule_delay_millis=EXPORT_DELAY_MS,
        )
        provider.add_span_processor(batches)
    return provider


def _without_route_less_duration() -> View:
    """Drop the instrumentation's own histogram: it knows no route (see ``routes``)."""
    aggregation: Any = DropAggregation()
    return View(
        instrument_name=routes.DURATION,
        meter_name="opentelemetry.instrumentation.asgi",
        aggregation=aggregation,
    )


def _without_baggage() -> Callable[[], None]:
    """Take a trace's id from who calls, and hand it on, and nothing else; return the undoing.

    Baggage is any text of anybody's: the library warns of it in the log, word for word, and would
    hand it on to whomever is asked.
    """
    before = propagate.get_global_textmap()
    propagate.set_global_textmap(TraceContextTextMapPropagator())
    return lambda: propagate.set_global_textmap(before)
