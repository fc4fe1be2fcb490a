"""The kernel's ``tracing.Tracer``: spans are noted, gauges are OpenTelemetry's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opentelemetry.metrics import NoOpMeterProvider

from zhuji_observability.recorder.record import CURRENT
from zhuji_observability.recorder.terms import Term
from zhuji_observability.spans.noted import PLACE, now_ns, over, put_down
from zhuji_observability.spans.work import Part, Root, work

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.metrics import _Gauge as Gauge

    from zhuji_core.tracing import Attribute

# What the kernel waits for, and which term that is.
WAITS = {"together.wait": Term.GROUP}


class KernelTracer:
    """Spans of hooks and use cases; ``module="budget"`` becomes ``zhuji.module``."""

    def __init__(self, meter_provider: MeterProvider | None = None) -> None:
        self._meter = (meter_provider or NoOpMeterProvider()).get_meter("zhuji")
        self._gauges: dict[str, Gauge] = {}

    def span(self, name: str, /, **attributes: Attribute) -> Root | Part:
        """Time a block of code.

        A refusal is an answer, so its span is no error: it bears ``zhuji.refusal`` = its code.
        Of any other exception only the type is kept: its message may quote personal data.
        """
        return work(name, attributes)

    def waited(self, name: str, since_ns: int, /, **attributes: Attribute) -> None:
        """Note a wait that is over: a span of its own, and a term of the request."""
        until_ns, record = now_ns(), CURRENT.get()
        if record is not None:
            record.add(WAITS[name], since_ns, until_ns)
        note = over(name, since_ns, until_ns)
        note.own = attributes
        put_down(note)

    def current_trace_id(self) -> str:
        """Return the current trace's id in hexadecimal, or '' outside of any."""
        place = PLACE.get()
        return "" if place is None else f"{place.trace.id:032x}"

    def gauge(self, name: str, value: float, /, **attributes: Attribute) -> None:
        """Keep the last value; ``audit.lag_s`` of ``county="TXG"`` is ``zhuji.audit.lag_s``."""
        instrument = self._gauges.get(name)
        if instrument is None:
            instrument = self._gauges.setdefault(name, self._meter.create_gauge(f"zhuji.{name}"))
        instrument.set(value, {f"zhuji.{key}": value for key, value in attributes.items()})
