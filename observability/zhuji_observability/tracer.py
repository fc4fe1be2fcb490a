"""The kernel's ``tracing.Tracer``, made of OpenTelemetry."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

from opentelemetry import trace
from opentelemetry.metrics import NoOpMeterProvider
from opentelemetry.trace import StatusCode

from zhuji_core.values import DomainError
from zhuji_observability.recorder.record import CURRENT
from zhuji_observability.recorder.record import now_ns as perf_now_ns
from zhuji_observability.recorder.terms import Term

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opentelemetry.metrics import MeterProvider
    from opentelemetry.metrics import _Gauge as Gauge
    from opentelemetry.trace import TracerProvider

    from zhuji_core.tracing import Attribute

TRACER_NAME = "zhuji"
# What the kernel waits for, and which term that is.
WAITS = {"together.wait": Term.GROUP}


class OtelTracer:
    """Spans of hooks and use cases; ``module="budget"`` becomes ``zhuji.module``."""

    def __init__(
        self, tracer_provider: TracerProvider, meter_provider: MeterProvider | None = None
    ) -> None:
        self._tracer = tracer_provider.get_tracer(TRACER_NAME)
        self._meter = (meter_provider or NoOpMeterProvider()).get_meter(TRACER_NAME)
        self._gauges: dict[str, Gauge] = {}

    @contextlib.contextmanager
    def span(self, name: str, /, **attributes: Attribute) -> Iterator[None]:
        """Time a block of code.

        A refusal is an answer, so its span is no error: it bears ``zhuji.refusal`` = its code.
        Of any other exception only the type is kept: its message may quote personal data.
        """
        with self._tracer.start_as_current_span(
            name,
            attributes={f"zhuji.{key}": value for key, value in attributes.items()},
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield
            except DomainError as refusal:
                span.set_attribute("zhuji.refusal", refusal.code)
                raise
            except BaseException as error:
                span.set_attribute("error.type", type(error).__qualname__)
                span.set_status(StatusCode.ERROR)
                raise

    def waited(self, name: str, since_ns: int, /, **attributes: Attribute) -> None:
        """Note a wait that is over: a span of its own, and a term of the request."""
        now_ns, record = perf_now_ns(), CURRENT.get()
        if record is not None:
            record.add(WAITS[name], since_ns, now_ns)
        self._tracer.start_span(
            name,
            start_time=time.time_ns() - (now_ns - since_ns),
            attributes={f"zhuji.{key}": value for key, value in attributes.items()},
        ).end()

    def current_trace_id(self) -> str:
        """Return the current trace's id in hexadecimal, or '' outside of any."""
        context = trace.get_current_span().get_span_context()
        return f"{context.trace_id:032x}" if context.is_valid else ""

    def gauge(self, name: str, value: float, /, **attributes: Attribute) -> None:
        """Keep the last value; ``audit.lag_s`` of ``county="TXG"`` is ``zhuji.audit.lag_s``."""
        instrument = self._gauges.get(name)
        if instrument is None:
            instrument = self._gauges.setdefault(name, self._meter.create_gauge(f"zhuji.{name}"))
        instrument.set(value, {f"zhuji.{key}": value for key, value in attributes.items()})
