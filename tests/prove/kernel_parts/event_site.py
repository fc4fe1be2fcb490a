"""Documents told of by many writers, and a relay process that may be killed at any moment.

    python -m tests.prove.kernel_parts.event_site FOLDER

is such a relay: it delivers the events of the county described in FOLDER to the module ``ear``,
which writes down what it hears and fails at poisoned events while FOLDER/poison exists.
"""

from __future__ import annotations

import dataclasses
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pluggy
import sqlalchemy as sa

from zhuji_core import hookspecs
from zhuji_core.access import CountyAccess, utc_now
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.county import County
from zhuji_core.db.engines import Engines
from zhuji_core.db.server import ServerAddress
from zhuji_core.events.relay import Relay
from zhuji_core.home import Home
from zhuji_core.hooks import Hooks
from zhuji_core.hookspecs import hookimpl
from zhuji_core.identity.actor import system_actor
from zhuji_core.ids import new_id
from zhuji_core.licences.book import UNLIMITED
from zhuji_core.modules import ModuleInfo
from zhuji_core.testing.cluster import TestHost
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Event

ROOT = Path(__file__).resolve().parents[3]
MODULE = "ear"
COUNTY = "TXG"
SYSTEM = system_actor({})

MADE = (
    "DROP SCHEMA IF EXISTS heard CASCADE",
    "CREATE SCHEMA heard",
    "CREATE TABLE heard.document (document_id uuid PRIMARY KEY, number integer NOT NULL)",
    """CREATE TABLE heard.event (at bigint GENERATED ALWAYS AS IDENTITY, event_id uuid,
                                 document_id uuid, number integer)""",
)
HEAR = sa.text("""
    INSERT INTO heard.event (event_id, document_id, number)
    SELECT * FROM unnest(CAST(:events AS uuid[]), CAST(:documents AS uuid[]),
                         CAST(:numbers AS integer[]))
""")
NEXT = sa.text("""
    UPDATE heard.document SET number = number + 1 WHERE document_id = :document_id
    RETURNING number
""")


class Noted(Event, frozen=True, kw_only=True, tag="ear.noted"):
    """The ``number``-th thing told of a document."""

    document_id: uuid.UUID
    number: int
    poisoned: bool


class Ear:
    """Hears; fails at what is poisoned while there is poison."""

    def __init__(self, poison: Path) -> None:
        self._poison = poison

    @hookimpl
    def register_module(self) -> ModuleInfo:
        return ModuleInfo(name=MODULE, title="耳朵", version="1")

    @hookimpl
    def register_events(self) -> Sequence[type[Event]]:
        return [Noted]

    @hookimpl
    def on_events(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        heard = [event for event in events if isinstance(event, Noted)]
        uow.connection.execute(
            HEAR,
            {
                "events": [event.event_id for event in heard],
                "documents": [event.document_id for event in heard],
                "numbers": [event.number for event in heard],
            },
        )
        if any(event.poisoned for event in heard) and self._poison.exists():
            raise ValueError("poisoned")


@dataclass(kw_only=True)
class EventSite:
    """The county under test, as the writers and the relays reach it."""

    folder: Path
    engines: Engines
    access: CountyAccess
    documents: list[uuid.UUID] = field(default_factory=list)
    told: int = 0
    rolled_back: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def poison(self) -> Path:
        return self.folder / "poison"

    def rows(self, sql: str) -> list[Any]:
        engine = self._admin()
        with engine.connect() as connection:
            found = list(connection.execute(sa.text(sql)).all())
        engine.dispose()
        return found

    def execute(self, *statements: str) -> None:
        engine = self._admin()
        with engine.begin() as connection:
            for statement in statements:
                connection.execute(sa.text(statement))
        engine.dispose()

    def _admin(self) -> sa.Engine:
        server = self.engines.server
        return sa.create_engine(server.url(server.county_name(COUNTY)))

    def prepare(self, documents: int) -> None:
        role = self.engines.server.county_name(COUNTY)
        self.execute(
            *MADE,
            f'GRANT USAGE ON SCHEMA heard TO "{role}"',
            f'GRANT ALL ON ALL TABLES IN SCHEMA heard TO "{role}"',
        )
        self.documents = [new_id() for _ in range(documents)]
        values = ", ".join(f"('{one}', 0)" for one in self.documents)
        self.execute(f"INSERT INTO heard.document VALUES {values}")  # noqa: S608 (our own ids)
        self.poison.touch()

    def write(self, seed: int, transactions: int, *, sleep_s_max: float) -> None:
        """Tell of documents in transactions of random length; a tenth is rolled back.

        Half of them have their id long before they wait for the document's lock.
        """
        choose = random.Random(seed)  # noqa: S311 (a seed, not a secret)
        for _ in range(transactions):
            try:
                self._transaction(choose, sleep_s_max)
            except ZeroDivisionError:
                with self._lock:
                    self.rolled_back += 1

    def _transaction(self, choose: random.Random, sleep_s_max: float) -> None:
        wanted = sorted(choose.sample(self.documents, choose.randint(1, 3)))
        with self.access.begin(actor=SYSTEM) as uow:
            if choose.random() < 0.5:
                uow.connection.execute(sa.text("SELECT pg_current_xact_id()"))
                time.sleep(choose.random() * sleep_s_max)
            for document_id in wanted:
                number = uow.connection.execute(NEXT, {"document_id": document_id}).scalar_one()
                event = Noted(
                    event_id=new_id(),
                    document_id=document_id,
                    number=number,
                    poisoned=choose.random() < 0.003,
                )
                uow.record(event, document_id=document_id)
            uow.audit(
                "kernel.thing.note",
                DocumentRef(kind="kernel.thing", document_id=new_id(), label="1", agency_code=""),
            )
            time.sleep(choose.random() ** 4 * sleep_s_max)
            if choose.random() < 0.1:
                raise ZeroDivisionError
        with self._lock:
            self.told += len(wanted)

    def write_by_many(self, *, writers: int, transactions: int, sleep_s_max: float) -> None:
        threads = [
            threading.Thread(
                target=self.write, args=(seed, transactions), kwargs={"sleep_s_max": sleep_s_max}
            )
            for seed in range(writers)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def works(self, pid: int) -> bool:
        return (self.folder / f"works-{pid}").exists()

    def relay_process(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.prove.kernel_parts.event_site", str(self.folder)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
        )


@contextmanager
def killed_now_and_then(
    site: EventSite, *, relays: int, every_s: tuple[float, float]
) -> Iterator[list[int]]:
    """Keep ``relays`` processes at work, one of them killed -9 every so often; give the count."""
    kills = [0]
    stop = threading.Event()
    choose = random.Random(9)  # noqa: S311 (a seed, not a secret)
    running = [site.relay_process() for _ in range(relays)]

    def kill() -> None:
        while not stop.wait(choose.uniform(*every_s)):
            at = choose.randrange(relays)
            # One that has not begun to work yet would be killed in vain.
            while not site.works(running[at].pid) and not stop.is_set():
                time.sleep(0.02)
            time.sleep(choose.random() * 0.2)
            running[at].send_signal(signal.SIGKILL)
            running[at].wait()
            kills[0] += 1
            running[at] = site.relay_process()

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield kills
    finally:
        stop.set()
        thread.join()
        for process in running:
            process.kill()
            process.wait()


@contextmanager
def made(host: TestHost, folder: Path) -> Iterator[EventSite]:
    """Add the county, and describe it in ``folder`` for the relays; its connections end here."""
    folder.mkdir(parents=True, exist_ok=True)
    host.add_county(code=COUNTY, name="臺中市", modules=[])
    described = {"server": dataclasses.asdict(host.server), "home": str(host.engines.home.path)}
    (folder / "site.json").write_text(json.dumps(described))
    site = opened(folder)
    try:
        yield site
    finally:
        site.engines.dispose()


def opened(folder: Path) -> EventSite:
    described = json.loads((folder / "site.json").read_text())
    server = described["server"]
    server["extra"] = tuple(tuple(one) for one in server["extra"])
    address = ServerAddress(**server)
    engines = Engines(address, Home(Path(described["home"])))
    engine = engines.county(COUNTY)
    manager = pluggy.PluginManager("zhuji")
    manager.add_hookspecs(hookspecs.Specs)
    manager.register(Ear(folder / "poison"), name=MODULE)
    county = County(code=COUNTY, name="臺中市", modules=(MODULE,), state="open", epoch=1)
    access = CountyAccess(
        county=county,
        engine=engine,
        statements=engine.execution_options(isolation_level="AUTOCOMMIT"),
        hooks=Hooks(manager, frozenset({MODULE, "kernel"})),
        licences=UNLIMITED,
        clock=utc_now,
    )
    return EventSite(folder=folder, engines=engines, access=access)


def main() -> None:
    """Relay until killed, without a pause, so that kills meet a round and not a sleep."""
    site = opened(Path(sys.argv[1]))
    relay = Relay(lambda: {COUNTY: site.access}, system=SYSTEM)
    parent = os.getppid()
    (site.folder / f"works-{os.getpid()}").touch()
    while os.getppid() == parent:
        if not relay.serve(site.access):
            time.sleep(0.02)


if __name__ == "__main__":
    main()
