"""``/metrics`` for a Prometheus on this host: text, and OpenMetrics with exemplars where asked.

Its own port, on the loopback address alone: whoever may ask is whoever is on the host, and no
page of the product leads there. An exemplar bears the trace id of one request of its bucket.
OpenTelemetry's own exporter for Prometheus drops exemplars; Prometheus's client writes the text.
"""

from __future__ import annotations

import functools
import logging
import threading
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from wsgiref.simple_server import WSGIServer

from opentelemetry.sdk.metrics.export import (
    Gauge,
    Histogram,
    HistogramDataPoint,
    InMemoryMetricReader,
    Metric,
    MetricsData,
    Sum,
)
from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
)
from prometheus_client.core import Metric as Family
from prometheus_client.registry import Collector
from prometheus_client.samples import Exemplar

HOST = "127.0.0.1"
# A host serves by several processes, each with its own figures: the first takes the port, the
# next one the port after it. Prometheus asks all of them.
PORTS_MAX = 16
_NS_IN_S = 1_000_000_000
_UNITS = {"s": "seconds", "By": "bytes", "1": "ratio"}

_logger = logging.getLogger(__name__)


def serve(reader: InMemoryMetricReader, *, port: int) -> Callable[[], None]:
    """Answer ``http://127.0.0.1:port/metrics``; return the undoing.

    Where the port and those after it are taken, one line says so: figures are not worth a
    website that does not start.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Figures(reader))
    for candidate in range(port, port + PORTS_MAX):
        try:
            server, thread = start_http_server(candidate, HOST, registry)
        except OSError:
            continue
        return functools.partial(_stop, server, thread)
    _logger.warning("no /metrics: ports %d to %d are taken", port, port + PORTS_MAX - 1)
    return lambda: None


def _stop(server: WSGIServer, thread: threading.Thread) -> None:
    server.shutdown()
    server.server_close()
    thread.join()


class Figures(Collector):
    """What the SDK has measured, in Prometheus's families."""

    def __init__(self, reader: InMemoryMetricReader) -> None:
        self._reader = reader

    def collect(self) -> Iterator[Family]:
        data = self._reader.get_metrics_data()
        return families(data) if data is not None else iter(())


def families(data: MetricsData) -> Iterator[Family]:
    """Give each metric once, whatever library measured it."""
    for resource in data.resource_metrics:
        about = _labels(resource.resource.attributes)
        yield InfoMetricFamily("target", "What was measured.", value=about)
        for scope in resource.scope_metrics:
            for metric in scope.metrics:
                if metric.data.data_points:
                    yield _family(metric)


def _family(metric: Metric) -> Family:
    name, about, data = _name(metric), metric.description or metric.name, metric.data
    names = sorted({key for point in data.data_points for key in point.attributes or {}})
    labels = [_word(key) for key in names]
    if isinstance(data, Histogram):
        histogram = HistogramMetricFamily(name, about, labels=labels)
        for point in data.data_points:
            histogram.add_metric(_values(point.attributes, names), _buckets(point), point.sum)
        return histogram
    assert isinstance(data, Sum | Gauge), "the SDK gives no other kind by default"
    rises = isinstance(data, Sum) and data.is_monotonic
    family = (CounterMetricFamily if rises else GaugeMetricFamily)(name, about, labels=labels)
    for number in data.data_points:
        family.add_metric(_values(number.attributes, names), number.value)
    return family


def _buckets(point: HistogramDataPoint) -> list[Any]:
    """Return upper bound, requests up to it, and one of the bucket's own."""
    bounds = [*(str(bound) for bound in point.explicit_bounds), "+Inf"]
    shown: dict[int, Exemplar] = {}
    for one in sorted(point.exemplars, key=lambda one: one.time_unix_nano):
        if one.trace_id is not None:
            told = {"trace_id": f"{one.trace_id:032x}"}
            at = bisect_left(point.explicit_bounds, one.value)
            shown[at] = Exemplar(told, one.value, one.time_unix_nano / _NS_IN_S)
    found: list[Any] = []
    so_far = 0
    for number, (bound, count) in enumerate(zip(bounds, point.bucket_counts, strict=True)):
        so_far += count
        found.append((bound, so_far, shown.get(number)))
    return found


def _name(metric: Metric) -> str:
    unit = _UNITS.get(metric.unit or "", "")
    name = _word(metric.name)
    return name if not unit or name.endswith(f"_{unit}") else f"{name}_{unit}"


def _word(name: str) -> str:
    return name.replace(".", "_")


def _labels(attributes: Mapping[str, Any]) -> dict[str, str]:
    return {_word(key): str(value) for key, value in attributes.items()}


def _values(attributes: Mapping[str, Any] | None, names: list[str]) -> list[str]:
    return [str((attributes or {}).get(name, "")) for name in names]
