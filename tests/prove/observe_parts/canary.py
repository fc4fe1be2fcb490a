"""Planted in every field of every route, and looked for in all that watching keeps or sends.

Two counties of all modules are served with everything on: spans to a file and to a collector, all
times kept, metrics, a live capture whose packets are joined. Every route is used as its users do,
with the county's mark in what people type (``tests.boundaries``), then with canaries in each field,
header, query and path in turn. None of it may stand in store, traces, metrics, log, capture, pages
or exports; a leak that is planted in each kind of place must be found.
"""

from __future__ import annotations

import contextlib
import gzip
import http.server
import signal
import subprocess
import threading
import time
import urllib.request
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

import sqlalchemy as sa

from tests.boundaries.book import BOOK
from tests.boundaries.caller import Caller, Content
from tests.boundaries.recipe import Scene
from tests.boundaries.routes import Route
from tests.boundaries.swap import SOURCE, TWIN, Swap
from tests.boundaries.twins import MARKS, Twins, files_of, opened_twins, serving
from tests.boundaries.world import HERE, World
from tests.observability.store.conftest import exchange
from tests.prove.observe_parts.canary_places import Places
from tests.prove.tools.results import ROOT, WORK, PartResult, Table, counted, must
from tests.prove.tools.trees import THIS
from zhuji_core.demo.client import DemoSession
from zhuji_core.testing.ports import free_port
from zhuji_observability.store import exports, files, parquet, writing
from zhuji_observability.store.exchange import SpanNote
from zhuji_observability.store.pack import pack
from zhuji_observability.store.reading import Store, last_hours

CANARY = "王小明 A123456789 012-345-678901 canary-7731"
TEXTS = (*MARKS.values(), "王小明", "A123456789", "012-345-678901", "canary-7731", "姓名everything")
KINDS = (
    "store", "traces", "collector", "metrics", "log", "capture", "pages", "commands",
    "perfetto", "speedscope", "OTLP file", "CSV", "Parquet", "heads of packets", "incident pack",
)  # fmt: skip
ENGINEER, PASSWORD = "engineer", "canary-prove-105"
KEEP_PASSWORD = "UPDATE platform.operator SET temporary_until = NULL"  # noqa: S105 (no password)
# The largest forms have hundreds of cells of one kind.
FIELDS_MAX = 25
HEADERS = (
    "user-agent", "referer", "origin", "x-forwarded-for", "x-request-id", "accept-language",
    "traceparent", "tracestate", "baggage", "authorization", "from", "idempotency-key", "accept",
    "content-type", "x-canary",
)  # fmt: skip
PAGES = (
    "", "/counties", "/releases", "/itself", "/statements", "/queues", "/lines", "/slo",
    "/exchanges.csv", "/exchanges.parquet",
)  # fmt: skip
# A capture tells of a connection when it has been quiet for two seconds.
QUIET_S = 4.0


def canary(*, quick: bool) -> PartResult:
    """Use every route (``quick``: each sixth) with canaries; search; plant a leak everywhere."""
    failures: list[str] = []
    with opened_twins(WORK / "homes" / "canary") as twins, _collector() as collector:
        swap = Swap(twins, book=BOOK, each=6 if quick else 1)
        swap.fill()
        _watch(twins, collector)
        _make_engineer(twins)
        places = Places(texts=TEXTS)
        with serving(twins), _capturing(twins) as capture:
            swap.use()
            sent = _Planter(swap).plant()
            time.sleep(QUIET_S)
            _look_at_host(places, twins)
        _look_at_files(places, twins, collector, capture)
        kept = _look_at_exports(places, twins)
    planted = {kind: _plant(kind) for kind in KINDS}
    for kind in KINDS:
        must(failures, holds=places.places[kind] > 0, say=f"nothing was searched: {kind}")
        must(failures, holds=planted[kind] > 0, say=f"a leak planted in {kind} was not found")
    must(failures, holds=swap.searched.own_marks["answers"] > 0, say="no answer shows its mark")
    must(failures, holds=not sent.broken, say=f"answered by 500: {sent.broken[:5]}")
    return PartResult(
        part="canary",
        title=f"canaries in every field of {len(swap.routes)} routes of two counties",
        checked=places.places.total(),
        failures=(*failures, *places.faults),
        tables=(
            Table(
                heads=("searched", "places", "bytes", "canaries found", "planted leak found"),
                rows=tuple(
                    (kind, f"{places.places[kind]:,}", f"{places.amounts[kind]:,}",
                     f"{sum(fault.startswith(f'{kind}:') for fault in places.faults):,}",
                     "yes" if planted[kind] else "no")
                    for kind in KINDS
                ),
            ),
            counted(
                "counts",
                [
                    ("requests as users send them", sum(swap.searched.requests.values())),
                    *((f"with canaries: {name}", count) for name, count in sent.requests.items()),
                    ("marks in answers to those who may read them",
                     swap.searched.own_marks["answers"]),
                    ("requests kept whole", kept["kept"]),
                    ("of them with packets", kept["captured"]),
                    ("canaries found", places.occurrences),
                ],
            ),
        ),
        notes=(
            "Canaries: " + ", ".join(TEXTS) + ".",
            "Each as UTF-8, UTF-16, Big5, percent, JSON, HTML, hexadecimal and base64.",
            "Packed files are unpacked, the store's tables are read cell by cell.",
        ),
    )  # fmt: skip


@dataclass(kw_only=True)
class Sent:
    """What was sent with canaries, and what broke."""

    requests: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)


class _Planter:
    """Puts a canary into each field of each route in turn, as somebody who may use it."""

    def __init__(self, swap: Swap) -> None:
        self._swap = swap
        self._sent = Sent()

    def plant(self) -> Sent:
        for code in (SOURCE, TWIN):
            world = self._swap.twins.worlds[code]
            person = self._swap.person[code]
            for route in self._swap.routes:
                if self._swap.book.recipe(route).ends_session:
                    continue
                world.forget_rates()
                self._use(route, world, world.caller(person))
            self._beside(world, world.caller(person))
        return self._sent

    def _use(self, route: Route, world: World, caller: Caller) -> None:
        book, code = self._swap.book, world.code.lower()
        scene = Scene(world=world, by=self._swap.person[world.code], agency_code=HERE)
        values = book.values(route, scene)
        content = book.recipe(route).content(scene, values)
        path = route.path(county=code, values=values)
        for one in _planted(content):
            self._send("a field", caller, route.method, path, one)
        asked = replace(content, query={**content.query, "q": CANARY, CANARY: "1"})
        self._send("the query", caller, route.method, path, asked)
        for name in route.parameters:
            there = route.path(county=code, values={**values, name: CANARY})
            self._send("the path", caller, route.method, there, content)

    def _beside(self, world: World, caller: Caller) -> None:
        """Where no route is, in every header, and in what a browser reports."""
        code = world.code.lower()
        for path in (f"/{code}/budget/lines", f"/{CANARY}", f"/{code}/{CANARY}/{CANARY}"):
            self._send("no route", caller, "GET", path, Content())
            for name in HEADERS:
                self._raw("a header", caller, "GET", path, {name: CANARY.encode()})
        self._raw("the method", caller, "CANARY-7731", f"/{code}/budget/lines", {})
        report = {"trace": CANARY, "name": CANARY, "total": 1, "route": CANARY}
        for body in ([report], report, CANARY):
            self._send("a browser's report", caller, "POST", f"/{code}/kernel/times",
                       Content(json=body))  # fmt: skip

    def _send(self, kind: str, caller: Caller, method: str, path: str, content: Content) -> None:
        with contextlib.suppress(OSError):
            reply = caller.send(method, path, content)
            self._note(kind, f"{method} {path}", reply.status)

    def _raw(
        self, kind: str, caller: Caller, method: str, path: str, headers: dict[str, bytes]
    ) -> None:
        with contextlib.suppress(OSError):
            reply = caller.send(method, path, Content(), key="", headers=headers)
            self._note(kind, f"{method} {path} {sorted(headers)}", reply.status)

    def _note(self, kind: str, what: str, status: int) -> None:
        self._sent.requests[f"{kind}, {status // 100}xx"] += 1
        if status >= 500:
            self._sent.broken.append(what)


def _planted(content: Content) -> Iterator[Content]:
    """Give the content with a canary in one of its fields, for each of them."""
    for name in list(content.form or {})[:FIELDS_MAX]:
        yield replace(content, form={**(content.form or {}), name: CANARY})
    for name in list(content.query)[:FIELDS_MAX]:
        yield replace(content, query={**content.query, name: CANARY})
    for number, body in enumerate(_leaves(content.json)):
        if number == FIELDS_MAX:
            break
        yield replace(content, json=body)
    for name, _, data in content.files[:1]:
        yield replace(content, files=[(name, f"{CANARY}.csv", data)])
        yield replace(content, files=[(name, "canary.csv", CANARY.encode())])


def _leaves(value: object) -> Iterator[object]:
    """Give the JSON with a canary in the place of one of its leaves, for each of them."""
    if isinstance(value, dict):
        for name, one in value.items():
            for changed in _leaves(one):
                yield {**value, name: changed}
        yield {**value, CANARY: CANARY}
    elif isinstance(value, list):
        for place, one in enumerate(value):
            for changed in _leaves(one):
                yield [*value[:place], changed, *value[place + 1 :]]
    elif value is not None:
        yield CANARY


@dataclass(frozen=True)
class Collector:
    """Somebody's OTLP collector, and what it was sent."""

    port: int
    bodies: list[bytes]


@contextlib.contextmanager
def _collector() -> Iterator[Collector]:
    bodies: list[bytes] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            packed = self.headers.get("content-encoding") == "gzip"
            bodies.append(gzip.decompress(body) if packed else body)
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield Collector(server.server_port, bodies)
        server.shutdown()
        thread.join()


def _watch(twins: Twins, collector: Collector) -> None:
    twins.environment.update(
        ZHUJI_WATCH_WAITS="1",
        ZHUJI_METRICS_PORT=str(free_port()),
        OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{collector.port}",
        OTEL_METRIC_EXPORT_INTERVAL="5000",
    )


def _make_engineer(twins: Twins) -> None:
    said = twins.command("operator", "add", ENGINEER, "--name", "工程師", "--role", "PERF",
                         "--password", PASSWORD)  # fmt: skip
    assert b"E-" not in said, said.decode()
    engine = sa.create_engine(twins.address.url(twins.address.platform_name))
    with engine.begin() as connection:
        connection.execute(sa.text(KEEP_PASSWORD))
    engine.dispose()


@contextlib.contextmanager
def _capturing(twins: Twins) -> Iterator[Path]:
    """Capture what passes, and join it to what is kept; what it prints goes into a file."""
    told = twins.home.path.parent / "capture.told"
    with told.open("wb") as file:
        process = subprocess.Popen(
            [*THIS.zhuji, "observe", "capture", "--port", str(_port(twins)), "--interface", "lo",
             "--json", "--keep"],
            env=twins.environment, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=file, stderr=file,
        )  # fmt: skip
        while "擷取中".encode() not in told.read_bytes():
            assert process.poll() is None, told.read_text()
            time.sleep(0.1)
        try:
            yield told
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)


def _port(twins: Twins) -> int:
    port = urlsplit(twins.worlds[SOURCE].site.address).port
    assert port, "served"
    return port


def _look_at_host(places: Places, twins: Twins) -> None:
    """Read the pages of times as an engineer, and what a Prometheus is told."""
    port = twins.environment["ZHUJI_METRICS_PORT"]
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=60) as answer:
        places.look("metrics", "/metrics", answer.read())
    session = DemoSession(host="127.0.0.1", port=_port(twins), county="host")
    session.sign_in(account=ENGINEER, password=PASSWORD)
    for page in PAGES:
        _look_at_page(places, session, f"/host/times{page}")
    for code in (SOURCE, TWIN):
        _look_at_page(places, session, f"/host/times/pack?county={code}", kind="incident pack")
    for one in _kept(twins)[:100]:
        _look_at_page(places, session, f"/host/times/exchanges/{one}")
    session.close()


def _look_at_page(places: Places, session: DemoSession, path: str, *, kind: str = "pages") -> None:
    reply = session.get(path)
    assert reply.status == 200, f"{path}: {reply.status}"
    places.look(kind, path, reply.body)


def _kept(twins: Twins) -> list[str]:
    store = Store(folder=twins.home.times, on=False)
    wanted = last_hours(24, now_ms=round(time.time() * 1000))
    return [one.trace for one in store.slowest(wanted, limit=5_000)]


def _look_at_files(places: Places, twins: Twins, collector: Collector, capture: Path) -> None:
    for place, content in files_of(twins):
        kind = "store" if place.startswith("times") else "traces" if "trace" in place else "log"
        places.look(kind, place, content)
    for number, body in enumerate(collector.bodies):
        places.look("collector", f"body {number}", body)
    places.look("capture", "rows", capture.read_bytes())
    for arguments in (
        ("times", "--json"), ("itself",), ("export", "--format", "csv"),
        ("export", "--format", "otlp"), ("export", "--format", "parquet"),
    ):  # fmt: skip
        places.look("commands", " ".join(arguments), twins.command("observe", *arguments))


def _look_at_exports(places: Places, twins: Twins) -> Counter[str]:
    """Export every request that was kept, in every format."""
    store = Store(folder=twins.home.times, on=False)
    found: Counter[str] = Counter()
    wholes = [one for trace in _kept(twins) if (one := store.find(trace)) is not None]
    for one in wholes:
        wire, heads = store.wire(one.trace), store.heads(one.trace)
        found["kept"] += 1
        places.look("perfetto", one.trace, exports.perfetto(one, wire))
        places.look("speedscope", one.trace, exports.speedscope(one))
        places.look("OTLP file", one.trace, exports.otlp([one]))
        if heads is not None:
            found["captured"] += 1
            places.look("heads of packets", one.trace, heads)
    places.look("CSV", "all", exports.exchange_csv(wholes))
    places.look("Parquet", "all", parquet.exchange_parquet(wholes))
    places.look("incident pack", "all", pack("", None, wholes, store))
    return found


def _plant(kind: str) -> int:
    """Return how often a canary is found that is put where this kind of place has its texts."""
    one = exchange(1, route=f"/{CANARY}", operation=CANARY, kept="first")
    text = f"INFO {CANARY}\n".encode()
    made: dict[str, Callable[[], bytes]] = {
        "store": lambda: _store_with(CANARY),
        "perfetto": lambda: exports.perfetto(one, None),
        "speedscope": lambda: exports.speedscope(one),
        "OTLP file": lambda: exports.otlp([one]),
        "CSV": lambda: exports.exchange_csv([one]),
        "Parquet": lambda: parquet.exchange_parquet([one]),
        "incident pack": lambda: pack(
            CANARY, None, [], Store(folder=Path("/nonexistent"), on=False)
        ),
    }
    return Places(texts=TEXTS).look(kind, "planted", made.get(kind, lambda: text)())


def _store_with(text: str) -> bytes:
    """Return a file of the store in whose packed spans a text stands."""
    folder = WORK / "homes" / f"planted-{uuid.uuid4().hex[:8]}"
    path = folder / "times.sqlite"
    note = SpanNote(name=text, parent=-1, start_us=0, length_us=1)
    connection = files.opened(path)
    writing.write(connection, [exchange(1, spans=(note,), kept="first")], {}, process="1")
    connection.close()
    content = path.read_bytes()
    for left in folder.iterdir():
        left.unlink()
    folder.rmdir()
    return content
