"""OpenTelemetry's own instrumentations, put on together and taken off again.

Each logs a line and watches nothing when it dislikes a version of what it watches; that must
not pass unseen, so each is asked whether it is on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.instrumentation.system_metrics import SystemMetricsInstrumentor
from opentelemetry.metrics import MeterProvider
from opentelemetry.trace import TracerProvider

# What says whether this process, or the machine, is the bottleneck. The rest (network cards,
# disks, swap) is for the host's own monitoring, which every machine has.
SYSTEM_METRICS: dict[str, list[str] | None] = {
    "system.cpu.utilization": ["idle", "user", "system", "irq"],
    "system.memory.utilization": ["used", "free", "cached"],
    "process.context_switches": ["involuntary", "voluntary"],
    "process.cpu.time": ["user", "system"],
    "process.memory.usage": None,
    "process.open_file_descriptor.count": None,
    "process.thread.count": None,
    "cpython.gc.collections": None,
}


def watch(tracer_provider: TracerProvider, meter_provider: MeterProvider) -> Callable[[], None]:
    """Watch calls to other services, and the process; return the undoing."""
    watching: list[Any] = [
        _on(
            HTTPXClientInstrumentor(),
            tracer_provider=tracer_provider,
            meter_provider=meter_provider,
        ),
        _on(SystemMetricsInstrumentor(config=SYSTEM_METRICS), meter_provider=meter_provider),
    ]

    def take_off() -> None:
        while watching:
            watching.pop().uninstrument()

    return take_off


def _on(instrumentor: Any, **providers: Any) -> Any:
    instrumentor.instrument(**providers)
    name = type(instrumentor).__name__
    assert instrumentor.is_instrumented_by_opentelemetry, f"{name} watches nothing"
    return instrumentor
