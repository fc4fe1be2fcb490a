"""Name each request's span by its route, and measure the duration of each route.

OpenTelemetry's ASGI instrumentation starts its span before routing: its name would be the raw
path (a new name for every document) and its histogram would know no route. Here, inside of it,
the route is known as soon as the answer begins.
"""

from __future__ import annotations

import importlib.metadata
import re
import time
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

from opentelemetry import trace
from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
from opentelemetry.util.http import sanitize_method

from zhuji_core.db.counties import CODE_FORM

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from opentelemetry.metrics import Histogram, MeterProvider
    from opentelemetry.trace import TracerProvider

    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]

METER_NAME = "zhuji.http"
DURATION = "http.server.request.duration"

# The bounds that OpenTelemetry's conventions advise, in seconds, with two more below 5 ms: a
# certification's server time is told apart there.
DURATION_BOUNDS_S = (
    *(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75),
    *(1.0, 2.5, 5.0, 7.5, 10.0),
)

# Litestar's templates name the type of a parameter; conventions of http.route do not.
PARAMETER_TYPE = re.compile(r"\{([^{}:]+):[^{}]+\}")
# Spans of two releases stand in one store: what was slow before, and what is slow after.
RELEASE = importlib.metadata.version("zhuji")
NOT_FOUND = 404
SERVER_ERROR = 500


class ASGIApp(Protocol):
    """Any ASGI application."""

    async def __call__(self, scope: Any, receive: Any, send: Any, /) -> None: ...


def instrument(
    app: ASGIApp, *, tracer_provider: TracerProvider, meter_provider: MeterProvider
) -> ASGIApp:
    """Return ``app`` with a span and a duration for each request."""
    duration = meter_provider.get_meter(METER_NAME).create_histogram(
        DURATION,
        unit="s",
        description="Duration of HTTP server requests, by route.",
        explicit_bucket_boundaries_advisory=DURATION_BOUNDS_S,
    )
    # Untyped in its own package, and it takes an application as any callable.
    around: Any = OpenTelemetryMiddleware
    watched: ASGIApp = around(
        _RouteNaming(app, duration),
        default_span_details=_before_routing,
        exclude_spans=["receive", "send"],  # two more spans for each request that say nothing new
        tracer_provider=tracer_provider,
        meter_provider=meter_provider,
    )
    return watched


@lru_cache(maxsize=4096)
def public_route(template: str) -> str:
    """Return the route of Litestar's path template: ``/{county:str}/budget`` without types."""
    return PARAMETER_TYPE.sub(r"{\1}", template)


class _RouteNaming:
    def __init__(self, app: ASGIApp, duration: Histogram) -> None:
        self._app = app
        self._duration = duration

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        attributes: dict[str, str | int] = {
            "http.request.method": sanitize_method(scope["method"]),
            "http.response.status_code": SERVER_ERROR,
            "url.scheme": scope.get("scheme", "http"),
        }

        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                attributes["http.response.status_code"] = message["status"]
                attributes.update(_name_span(scope))
                if message["status"] == NOT_FOUND:
                    # Any text may stand where a county is expected; it must not make a time
                    # series for each that somebody tries.
                    attributes.pop("zhuji.county", None)
            await send(message)

        started = time.perf_counter()
        try:
            await self._app(scope, receive, named)
        finally:
            self._duration.record(time.perf_counter() - started, attributes)


def _name_span(scope: Message) -> dict[str, str]:
    template = scope.get("path_template")
    if not template:
        return {}
    route = public_route(template)
    attributes = {"http.route": route, "zhuji.module": _module_of(scope)}
    if operation := operation_of(scope):
        attributes["zhuji.operation"] = operation
    if route.startswith("/{county}"):
        code = scope["path"].split("/", 2)[1].upper()
        # Anything else is somebody's probe, and may be a name.
        if CODE_FORM.fullmatch(code):
            attributes["zhuji.county"] = code
    span = trace.get_current_span()
    span.update_name(f"{sanitize_method(scope['method'])} {route}")
    span.set_attributes(attributes)
    return attributes


def _module_of(scope: Message) -> str:
    """The kernel mounts each module's routers with ``opt={"module": name}``; others are its own."""
    options: dict[str, Any] = getattr(scope.get("route_handler"), "opt", {})
    return str(options.get("module", "kernel"))


def operation_of(scope: Message) -> str:
    """Return the name of the route's handler (``accounting.requests.certify``), or ''."""
    operation = getattr(scope.get("route_handler"), "operation_id", "")
    return operation if isinstance(operation, str) else ""


def _before_routing(scope: Message) -> tuple[str, dict[str, str]]:
    """Method only: what no route matches may not make names without end."""
    return sanitize_method(scope.get("method", "WS")), {"zhuji.release": RELEASE}
