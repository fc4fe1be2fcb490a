"""Put observability around one process: called once, by the composition root alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opentelemetry import propagate
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from zhuji_core import tracing
from zhuji_observability import exporters, instruments, logs, prometheus, routes, usecases, waits
from zhuji_observability.discretion import DiscreetExporter
from zhuji_observability.prober import Prober
from zhuji_observability.recorder import statements
from zhuji_observability.recorder.holders import Holders
from zhuji_observability.recorder.middleware import Kept
from zhuji_observability.recorder.put_on import Clocks
from zhuji_observability.spans.exports import WAITING_MAX, Exports
from zhuji_observability.spans.noted import leave_by
from zhuji_observability.spans.provider import NotingProvider
from zhuji_observability.store.collector import taking
from zhuji_observability.store.keeper import Keeper
from zhuji_observability.store.promises import promises_of
from zhuji_observability.tracer import KernelTracer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from opentelemetry.sdk.metrics.export import MetricReader
    from opentelemetry.sdk.trace.export import SpanExporter

    from zhuji_core.modules import HotPath
    from zhuji_observability.routes import ASGIApp

# What is lost when the process dies.
EXPORT_DELAY_MS = 1_000

# How long the end of the process may wait for spans on their way.
FLUSH_TIMEOUT_MS = 3_000


class Observability:
    """What is put on; ``shutdown`` takes all of it off again and sends what is left."""

    def __init__(
        self, exports: Exports | None, resource: Resource, readers: Sequence[MetricReader]
    ) -> None:
        self.tracer_provider = NotingProvider(resource)
        self.meter_provider = MeterProvider(readers, resource)
        self._measured = bool(readers)
        self.tracer = KernelTracer(self.meter_provider)
        self._exports = exports
        self._undo: list[Callable[[], None]] = []
        self._clocks: Clocks | None = None
        self._kept: Kept = _nowhere
        self._keeper: Keeper | None = None

    def watch_process(self) -> None:
        """Watch drivers, log lines, the process, hooks and the kernel's own spans."""
        if self._exports is not None:
            self._undo += (self._exports.start(), leave_by(self._exports.take))
        self._undo.append(_without_baggage())
        self._undo.append(statements.watch())
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
        if self._exports is not None:
            self._exports.told = waits.telling(self._clocks.pauses)
        if folder is not None:
            keeper = self._keeper = Keeper(folder, pauses=self._clocks.pauses.within)
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
            app = self._clocks.around(app, self._kept)
        return routes.Requests(app, self.meter_provider if self._measured else None)

    def serve_metrics(self, reader: InMemoryMetricReader, *, port: int) -> None:
        """Answer a Prometheus of this host on ``port`` or, where that is taken, after it."""
        self._undo.append(prometheus.serve(reader, port=port))

    def flush(self) -> bool:
        """Send what waits; tell whether it was taken in time."""
        return self._exports is None or self._exports.flush(FLUSH_TIMEOUT_MS)

    def shutdown(self) -> None:
        """Take everything off, last things first."""
        while self._undo:
            self._undo.pop()()
        if self._exports is not None:
            self._exports.flush(FLUSH_TIMEOUT_MS)
            self._exports.shutdown()
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
    exports = _exports(resource, span_exporters)
    observability = Observability(exports, resource, metric_readers)
    observability.watch_process()
    if port:
        observability.serve_metrics(scraped, port=port)
    return observability


def _nowhere(_record: object) -> None:
    """Keep no record: no folder was named."""


def _exports(resource: Resource, exporters_: Sequence[SpanExporter]) -> Exports | None:
    """Return what makes spans of notes; None where nobody wants any, and none are made."""
    # Exported by threads of their own: when a queue is full, spans are lost, not requests.
    processors = [
        BatchSpanProcessor(
            exporters.HarmlessExporter(DiscreetExporter(exporter)),
            max_queue_size=2 * WAITING_MAX,
            schedule_delay_millis=EXPORT_DELAY_MS,
        )
        for exporter in exporters_
    ]
    return Exports(resource, processors) if processors else None


def _without_baggage() -> Callable[[], None]:
    """Take a trace's id from who calls, and hand it on, and nothing else; return the undoing.

    Baggage is any text of anybody's: the library warns of it in the log, word for word, and would
    hand it on to whomever is asked.
    """
    before = propagate.get_global_textmap()
    propagate.set_global_textmap(TraceContextTextMapPropagator())
    return lambda: propagate.set_global_textmap(before)
