"""What is noted says the same as OpenTelemetry's own instrumentations, which are measured here."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry import trace
from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
from opentelemetry.instrumentation.psycopg import PsycopgInstrumentor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from psycopg import sql

from tests.apart import run_apart
from zhuji_core.db.server import ServerAddress
from zhuji_observability.discretion import discreet
from zhuji_observability.recorder import statements
from zhuji_observability.routes import Requests
from zhuji_observability.spans.caller import NOBODY, caller_of
from zhuji_observability.spans.exports import Exports
from zhuji_observability.spans.noted import leave_by
from zhuji_observability.spans.work import work

STATEMENTS: Sequence[Any] = (
    "SELECT 1",
    "  select %(payee)s::text -- 王小明",
    sql.SQL("SELECT {}").format(sql.Literal(7)),
    "SELECT * FROM nowhere_at_all",
    "",
)


@contextlib.contextmanager
def noting() -> Iterator[Callable[[], list[ReadableSpan]]]:
    """Give what returns the spans that were noted."""
    exporter = InMemorySpanExporter()
    exports = Exports(Resource({}), [SimpleSpanProcessor(exporter)])
    undo = leave_by(exports.take)

    def found() -> list[ReadableSpan]:
        exports.step()
        return list(exporter.get_finished_spans())

    try:
        yield found
    finally:
        undo()


def by_the_library() -> tuple[TracerProvider, InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    # A client may not decide that its request leaves no trace.
    provider = TracerProvider(sampler=ALWAYS_ON, shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return provider, exporter


def told(spans: Sequence[ReadableSpan]) -> list[tuple[object, ...]]:
    """Return what leaves the process, without names of spans above and moments."""
    found: list[tuple[object, ...]] = []
    for one in spans:
        span = discreet(one)
        attributes = {
            key: value
            for key, value in (span.attributes or {}).items()
            # How the library tells a failure: an event, where the conventions have an attribute.
            if key not in {"error.type", "zhuji.release"} and value
        }
        found.append((span.name, span.kind, attributes, span.status.status_code))
    return found


def asked(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in STATEMENTS:
            given_values = {"payee": "王小明"} if "payee" in str(statement) else None
            with contextlib.suppress(psycopg.Error):
                connection.execute(statement, given_values)
        with connection.cursor() as cursor:
            cursor.executemany("SELECT %s::int", [(1,), (2,)])


def test_statements_are_told_as_by_the_library(pg_server: ServerAddress) -> None:
    url = pg_server.url("postgres").set(drivername="postgresql").render_as_string(False)
    provider, exporter = by_the_library()
    library = PsycopgInstrumentor()
    library.instrument(tracer_provider=provider)
    try:
        asked(url)
    finally:
        library.uninstrument()
    expected = told(exporter.get_finished_spans())
    take_off = statements.watch()
    try:
        with noting() as found, work("given"):
            asked(url)
        ours = told(found())[:-1]
    finally:
        take_off()
    assert len(expected) == len(STATEMENTS) + 1
    assert ours == expected


async def application(scope: Any, _receive: Any, send: Any) -> None:
    if scope["path"] == "/breaks":
        raise ValueError("王小明")
    status = int(scope["path"][1:])
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": b"o", "more_body": True})
    await send({"type": "http.response.body", "body": b"k"})


async def served(app: Any, path: str, method: str) -> None:
    scope = {
        "type": "http", "method": method, "path": path, "raw_path": path.encode(),
        "query_string": "payee=王小明".encode(), "scheme": "https", "http_version": "1.1",
        "server": ("127.0.0.1", 8000), "client": ("192.0.2.7", 5), "asgi": {"version": "3.0"},
        "headers": [
            (b"host", b"txg.test"),
            (b"user-agent", b"somebody's"),
            (b"traceparent", b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"),
        ],
    }  # fmt: skip

    async def send(_message: object) -> None:
        """Take it."""

    with contextlib.suppress(ValueError):
        await app(scope, send, send)


@pytest.mark.parametrize(
    ("path", "method"), [("/200", "GET"), ("/404", "POST"), ("/503", "BREW"), ("/breaks", "GET")]
)
def test_a_request_is_told_as_by_the_library(path: str, method: str) -> None:
    provider, exporter = by_the_library()
    around: Any = OpenTelemetryMiddleware
    library = around(
        application,
        default_span_details=lambda scope: (_name(scope["method"]), {}),
        exclude_spans=["receive", "send"],
        tracer_provider=provider,
        meter_provider=MeterProvider(),
    )
    run_apart(served(library, path, method))
    (expected,) = exporter.get_finished_spans()
    with noting() as found:
        run_apart(served(Requests(application, None), path, method))
    (ours,) = found()
    ((name, kind, attributes, status),) = told([ours])
    ((*theirs,),) = told([expected])
    # Its port has an attribute of its own, in the conventions and with us.
    theirs[2] = {**theirs[2], "server.address": "127.0.0.1"}  # type: ignore[dict-item]
    # The library leaves it out where no answer began: there was none, and its client had a 500.
    if path == "/breaks":
        attributes.pop("http.response.status_code")  # type: ignore[attr-defined]
    assert [name, kind, attributes, status] == theirs
    assert ours.context is not None
    assert expected.context is not None
    assert ours.context.trace_id == expected.context.trace_id == 0x0AF7651916CD43DD8448EB211C80319C
    assert ours.parent is not None
    assert expected.parent is not None
    assert ours.parent.span_id == expected.parent.span_id


def _name(method: str) -> str:
    return method if method in {"GET", "POST"} else "_OTHER"


HEX = "0123456789abcdef"


def _hex(length: int) -> st.SearchStrategy[str]:
    return st.one_of(st.text(HEX, min_size=length, max_size=length), st.just("0" * length))


FORMS = st.builds(
    "{}{}-{}-{}-{}{}{}".format,
    st.sampled_from(["", " ", "\t"]), st.sampled_from(["00", "01", "ff", "0", "0G"]),
    _hex(32), _hex(16), st.sampled_from(["00", "01", "ff", "1"]),
    st.sampled_from(["", "-", "-more", "x"]), st.sampled_from(["", " "]),
)  # fmt: skip


@given(value=st.one_of(FORMS, st.text(max_size=60)))
def test_who_asked_is_read_as_by_the_library(value: str) -> None:
    context = TraceContextTextMapPropagator().extract({"traceparent": value})
    theirs = trace.get_current_span(context).get_span_context()
    expected = (theirs.trace_id, theirs.span_id) if theirs.is_valid else NOBODY
    headers = [(b"host", b"x"), (b"traceparent", value.encode("utf-8", "surrogatepass"))]
    assert caller_of(headers) == expected
    assert caller_of(headers[:1]) == NOBODY
