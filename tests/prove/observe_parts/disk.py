"""The store of times on a disk that fills up under load: what becomes of requests and of figures.

A tmpfs of a few MB is the store's place. A served county certifies while there is room, while
another program takes every block that comes free, and after room was made again. No request may
fail; what was lost must be told, on the page of the watching itself.
"""

from __future__ import annotations

import contextlib
import html
import re
import sqlite3
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from loadtests import figures
from tests.apart import run_apart
from tests.prove.certification_parts import seed, site
from tests.prove.certification_parts.load import Load, Tally
from tests.prove.certification_parts.seed import Scenario
from tests.prove.certification_parts.site import HOST, PASSWORD, Site
from tests.prove.tools.results import PartResult, Table, counted, must
from zhuji_core.demo.client import DemoSession
from zhuji_observability.store import files
from zhuji_observability.store.itself import Watching, together
from zhuji_observability.store.keeper import WAITING_MAX
from zhuji_observability.store.reading import Store, Wanted, last_hours

SEED = 69
DISK = "24m"
OPERATION = "accounting.requests.certify"
# Certifications and clients: so many clients wait so long that most are worth keeping whole, and
# for more than a minute, so that more are than may wait.
ROOM, FULL, FULL_S = (600, 8), (30_000, 64), 150.0
ROOM_QUICK, FULL_QUICK, FULL_QUICK_S = (100, 4), (2_000, 8), 15.0
PHASE_S_MAX = 600.0
WRITTEN_TIMEOUT_S = 60.0
BLOCK = bytes(4_096)
TAKEN_EVERY_S = 0.05
COMPLAINTS_EACH_S = 60.0
ENGINEER = "engineer"
# What an operator types is temporary; the measured account keeps it.
KEEP_PASSWORD = "UPDATE platform.operator SET temporary_until = NULL"  # noqa: S105 (no password)
KEPT = "SELECT count(*) FROM main.exchange"
TROUBLE = re.compile(r"此處理程序自 [^。]*。")


@dataclass(frozen=True)
class Phase:
    """What clients met, and what the page of the watching itself said at the end."""

    name: str
    clients: int
    sent: int
    tally: Tally
    trouble: str


class Watched(Site):
    """The same home, served with all times kept."""

    @property
    def environment(self) -> dict[str, str]:
        return {**super().environment, "ZHUJI_WATCH_WAITS": "1"}


def disk(*, quick: bool) -> PartResult:
    """Three phases of load on one application; the third begins when room is made."""
    room, full, full_s = (ROOM_QUICK, FULL_QUICK, FULL_QUICK_S) if quick else (ROOM, FULL, FULL_S)
    failures: list[str] = []
    with site.opened("disk") as opened, _small_disk(opened.home.times) as place:
        watched = Watched(opened.home, opened.address)
        with contextlib.closing(_Ids(opened, 2 * room[0] + full[0])) as ids:
            _make_engineer(watched)
            with site.serving(watched) as application:
                runner = _Runner(application.port, ids)
                phases = [runner.phase("there is room", *room)]
                with _taking_every_block(place):
                    phases.append(runner.phase("the disk is full", *full, at_most_s=full_s))
                phases.append(runner.phase("room was made", *room))
                counts = _settled(place, sum(one.sent for one in phases))
        watched.admin.dispose()
        rows = Store(folder=place, on=False).watching(_last_hour()).values()
        whole = together([each for periods in rows for each in periods.values()])
        stored = _stored(place)
        log = (opened.home.log / "serve.log").read_text()
    _judge(failures, phases, whole, counts=counts, stored=stored, log=log)
    return PartResult(
        part="disk",
        title="the store's disk full under load of certifications",
        checked=sum(one.sent for one in phases),
        failures=tuple(failures),
        seed=SEED,
        tables=(_met(phases), _told(whole, counts=counts, stored=stored, log=log)),
        notes=(f"On the page while it was full: {phases[1].trouble or '(nothing)'}",),
    )


class _Ids:
    """Approved requests, each certified once."""

    def __init__(self, opened: Site, count: int) -> None:
        scenario = Scenario(
            requests=count, funded=count, rows=400, lines=3, agencies=20, seed=SEED, group="A"
        )
        self._left = iter(seed.fill(opened.admin, scenario).request_ids)

    def take(self, count: int) -> list[uuid.UUID]:
        return [next(self._left) for _ in range(count)]

    def close(self) -> None:
        self._left = iter(())


class _Runner:
    """Sends the load of a phase, and looks at the page behind it."""

    def __init__(self, port: int, ids: _Ids) -> None:
        self._port, self._ids = port, ids
        self._target = site.sign_in(port)

    def phase(
        self, name: str, count: int, clients: int, *, at_most_s: float = PHASE_S_MAX
    ) -> Phase:
        load = Load(self._target, self._ids.take(count))
        stop = threading.Timer(at_most_s, lambda: setattr(load, "stopping", True))
        stop.start()
        tally = run_apart(load.run(clients=clients))
        stop.cancel()
        session = DemoSession(host=HOST, port=self._port, county="host")
        session.sign_in(account=ENGINEER, password=PASSWORD)
        page = session.get("/host/times/itself?hours=1")
        session.close()
        assert page.status == 200, f"{page.status} {page.text[:300]}"
        found = TROUBLE.search(html.unescape(page.text))
        print(f"  disk: {name}: {len(tally.certified):,} of {tally.sent:,}", flush=True)
        return Phase(name, clients, tally.sent, tally, found[0] if found else "")


@contextlib.contextmanager
def _small_disk(place: Path) -> Iterator[Path]:
    place.mkdir(mode=0o700, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "none", place], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


@contextlib.contextmanager
def _taking_every_block(place: Path) -> Iterator[None]:
    """Be the other program: whatever the store lets go of is taken at once."""
    stop = threading.Event()
    path = place / "somebody-elses"

    def take() -> None:
        with path.open("ab", buffering=0) as file:
            while not stop.wait(TAKEN_EVERY_S):
                with contextlib.suppress(OSError):
                    while not stop.is_set():
                        file.write(BLOCK)

    thread = threading.Thread(target=take)
    thread.start()
    time.sleep(2 * TAKEN_EVERY_S)
    try:
        yield
    finally:
        stop.set()
        thread.join()
        path.unlink()


def _make_engineer(watched: Site) -> None:
    watched.command("operator", "add", ENGINEER, "--name", "工程師", "--role", "PERF",
                    "--password", PASSWORD)  # fmt: skip
    engine = sa.create_engine(watched.address.url(watched.address.platform_name))
    with engine.begin() as connection:
        connection.execute(sa.text(KEEP_PASSWORD))
    engine.dispose()


def _settled(place: Path, sent: int) -> int:
    """Wait until what had waited is written; return how many certifications are counted."""
    store = Store(folder=place, on=False)
    until_s = time.monotonic() + WRITTEN_TIMEOUT_S
    while True:
        found = store.by_operation(_last_hour())
        counts = sum(one.requests for (_, name), one in found.items() if name == OPERATION)
        if counts >= sent or time.monotonic() > until_s:
            return counts
        time.sleep(0.5)


def _last_hour() -> Wanted:
    return last_hours(1, now_ms=round(time.time() * 1000))


def _stored(place: Path) -> int:
    """Return how many requests stand whole in the files, of every operation."""
    found = 0
    for _, path in files.days(place):
        with contextlib.closing(sqlite3.connect(path)) as connection:
            found += int(connection.execute(KEPT).fetchone()[0])
    return found


def _judge(
    failures: list[str], phases: Sequence[Phase], whole: Watching, *, counts: int, stored: int,
    log: str,
) -> None:  # fmt: skip
    for one in phases:
        missing = one.sent - len(one.tally.certified)
        must(failures, holds=not missing and not one.tally.unexpected,
             say=f"{one.name}: {missing} not certified: {one.tally.unexpected[:3]}")  # fmt: skip
    must(failures, holds=bool(phases[1].trouble), say="the page says nothing of a full disk")
    must(failures, holds=not (phases[0].trouble or phases[2].trouble),
         say="the page tells of trouble while there is none")  # fmt: skip
    sent = sum(one.sent for one in phases)
    must(failures, holds=counts == sent, say=f"{counts:,} counted of {sent:,} certifications")
    must(failures, holds=whole.lost == 0, say=f"{whole.lost:,} requests lost from the counts")
    must(failures, holds=stored + whole.unwritten == whole.kept,
         say=f"{whole.kept:,} to keep: {stored:,} kept, {whole.unwritten:,} told")  # fmt: skip
    took_s = sum(one.tally.took_s for one in phases)
    lines = _complaints(log)
    must(failures, holds=1 <= lines <= took_s / COMPLAINTS_EACH_S + 2,
         say=f"{lines} lines of the log in {took_s:.0f} s")  # fmt: skip


def _complaints(log: str) -> int:
    return log.count("figures of requests are not kept")


def _met(phases: Sequence[Phase]) -> Table:
    return Table(
        heads=("phase", "clients", "certifications", "failed", "per second", "p50 ms", "p99 ms"),
        rows=tuple(
            (
                one.name,
                str(one.clients),
                f"{one.sent:,}",
                f"{one.sent - len(one.tally.certified):,}",
                f"{one.sent / one.tally.took_s:,.0f}",
                f"{figures.quantile(one.tally.latencies_ms, 0.5):,.1f}",
                f"{figures.quantile(one.tally.latencies_ms, 0.99):,.1f}",
            )
            for one in phases
        ),
    )


def _told(whole: Watching, *, counts: int, stored: int, log: str) -> Table:
    return counted(
        f"store of times on {DISK}",
        [
            ("certifications counted", counts),
            ("requests lost from the counts", whole.lost),
            (f"requests to be kept whole (at most {WAITING_MAX} wait)", whole.kept),
            ("of them kept", stored),
            ("of them told as not written", whole.unwritten),
            ("lines of the log (one a minute)", _complaints(log)),
        ],
    )
