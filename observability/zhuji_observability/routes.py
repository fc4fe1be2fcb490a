"""A span and a duration for each request, named by its route.

The route is known as soon as the answer begins; before it there is the method alone, so what no
route matches makes no names without end. What is noted are codes and words of the program: no
path, no query, no address.
"""

from __future__ import annotations

import importlib.metadata
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

from opentelemetry.metrics import Observation
from opentelemetry.util.http import sanitize_method

from zhuji_core.db.counties import CODE_FORM
from zhuji_observability.spans.caller import caller_of
from zhuji_observability.spans.noted import SERVER, Noted, Trace, now_ns
from zhuji_observability.spans.work import Root

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, MutableMapping

    from opentelemetry.metrics import CallbackOptions, Histogram, MeterProvider

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
_NS_IN_S = 1_000_000_000
# What the histogram is kept apart by.
_COUNTED = (
    "http.request.method",
    "http.response.status_code",
    "http.route",
    "url.scheme",
    "zhuji.county",
    "zhuji.module",
    "zhuji.operation",
)


class ASGIApp(Protocol):
    """Any ASGI application."""

    async def __call__(self, scope: Any, receive: Any, send: Any, /) -> None: ...


@lru_cache(maxsize=4096)
def public_route(template: str) -> str:
    """Return the route of Litestar's path template: ``/{county:str}/budget`` without types."""
    return PARAMETER_TYPE.sub(r"{\1}", template)


# It asks the environment each time.
_known = lru_cache(maxsize=64)(sanitize_method)


class Requests:
    """The ASGI application with a span and a duration for each request.

    ``meter_provider`` None: nobody reads durations, and none are measured.
    """

    def __init__(self, app: ASGIApp, meter_provider: MeterProvider | None) -> None:
        self._app = app
        self._going_on: dict[tuple[str, str], int] = {}
        self._duration: Histogram | None = None
        if meter_provider is not None:
            self._measure(meter_provider)

    def _measure(self, meter_provider: MeterProvider) -> None:
        meter = meter_provider.get_meter(METER_NAME)
        self._duration = meter.create_histogram(
            DURATION,
            unit="s",
            description="Duration of HTTP server requests, by route.",
            explicit_bucket_boundaries_advisory=DURATION_BOUNDS_S,
        )
        meter.create_observable_up_down_counter(
            "http.server.active_requests",
            callbacks=[self._active],
            description="Requests that are being served.",
        )

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        method, scheme = _known(scope["method"]), scope.get("scheme", "http")
        root = Root(method, Trace(*caller_of(scope["headers"])))
        request = root.note
        request.kind = SERVER
        request.attributes = _told_before(scope, method, scheme)
        self._going_on[method, scheme] = self._going_on.get((method, scheme), 0) + 1
        with root:
            try:
                await self._app(scope, receive, _naming(scope, request, send))
            finally:
                self._going_on[method, scheme] -= 1
                if self._duration is not None:
                    self._count(self._duration, request)

    def _count(self, duration: Histogram, request: Noted) -> None:
        told = {key: request.attributes[key] for key in _COUNTED if key in request.attributes}
        if told["http.response.status_code"] == NOT_FOUND:
            # Any text may stand where a county is expected; it must not make a time series for
            # each that somebody tries.
            told.pop("zhuji.county", None)
        duration.record((now_ns() - request.started_ns) / _NS_IN_S, told)

    def _active(self, _options: CallbackOptions) -> Iterator[Observation]:
        for (method, scheme), count in tuple(self._going_on.items()):
            yield Observation(count, {"http.request.method": method, "url.scheme": scheme})


def _told_before(scope: Message, method: str, scheme: str) -> dict[str, Any]:
    server = scope.get("server") or ("", None)
    return {
        "http.request.method": method,
        # Until an answer begins there is none: the application has failed.
        "http.response.status_code": SERVER_ERROR,
        "url.scheme": scheme,
        "network.protocol.version": scope.get("http_version", ""),
        "server.address": server[0],
        "server.port": server[1],
        "zhuji.release": RELEASE,
    }


def _naming(scope: Message, request: Noted, send: Send) -> Send:
    """Return ``send`` that names the span when the answer begins, and ends it with the answer."""

    async def named(message: Message) -> None:
        kind = message["type"]
        if kind == "http.response.start":
            _name(request, scope, message["status"])
        await send(message)
        if kind == "http.response.body" and not message.get("more_body"):
            request.ended_ns = now_ns()

    return named


def _name(request: Noted, scope: Message, status: int) -> None:
    told: dict[str, Any] = {**request.attributes, "http.response.status_code": status}
    if status >= SERVER_ERROR:
        request.failed = True
        told["error.type"] = str(status)
    if template := scope.get("path_template"):
        route = public_route(template)
        told |= {"http.route": route, "zhuji.module": _module_of(scope)}
        if operation := operation_of(scope):
            told["zhuji.operation"] = operation
        if route.startswith("/{county}"):
            code = scope["path"].split("/", 2)[1].upper()
            # Anything else is somebody's probe, and may be a name.
            if CODE_FORM.fullmatch(code):
                told["zhuji.county"] = code
        request.name = f"{request.name} {route}"
    request.attributes = told


def _module_of(scope: Message) -> str:
    """The kernel mounts each module's routers with ``opt={"module": name}``; others are its own."""
    options: dict[str, Any] = getattr(scope.get("route_handler"), "opt", {})
    return str(options.get("module", "kernel"))


def operation_of(scope: Message) -> str:
    """Return the name of the route's handler (``accounting.requests.certify``), or ''."""
    operation = getattr(scope.get("route_handler"), "operation_id", "")
    return operation if isinstance(operation, str) else ""
