"""A module that hears, what it has heard, and documents of which things are told."""

from __future__ import annotations

import contextlib
import dataclasses
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar

import sqlalchemy as sa

from tests.core.site import Site, bare_manager
from zhuji_core.access import CountyAccess
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.events.delivery import Round, deliver
from zhuji_core.events.relay import Relay
from zhuji_core.events.status import read_status
from zhuji_core.hooks import Hooks
from zhuji_core.hookspecs import hookimpl
from zhuji_core.ids import new_id
from zhuji_core.modules import ModuleInfo
from zhuji_core.testing.counties import CountyUnderTest
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Event

WAIT_S = 60

HEAR = sa.text("""
    INSERT INTO heard.event (module, event_id, document_id, number)
    VALUES (:module, :event_id, :document_id, :number)
""")


class Noted(Event, frozen=True, kw_only=True, tag="ear.noted"):
    """Something was noted of a document: the ``number``-th thing, from 1."""

    PERSONAL: ClassVar[frozenset[str]] = frozenset({"number"})

    document_id: uuid.UUID
    number: int


class Mused(Event, frozen=True, kw_only=True, tag="ear.mused"):
    """Another kind of event, which a listener may follow alone."""

    document_id: uuid.UUID
    number: int


class Gone(Event, frozen=True, kw_only=True, tag="ear.gone"):
    """An event that no module declares any more."""

    number: int


class Ear:
    """Writes down what it hears; ``fails`` says of which event it raises.

    ``follows``: the types that it asks for; empty: all.
    """

    def __init__(self, name: str = "ear", *, follows: tuple[str, ...] = ()) -> None:
        self.name = name
        self.follows = follows
        self.fails: Callable[[Noted | Mused], bool] = lambda _: False
        self.calls = 0

    @hookimpl
    def register_module(self) -> ModuleInfo:
        return ModuleInfo(name=self.name, title="耳朵", version="1", follows=self.follows)

    @hookimpl
    def register_events(self) -> Sequence[type[Event]]:
        return [Noted, Mused] if self.name == "ear" else []

    @hookimpl
    def on_events(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        for event in events:
            self.hear(uow, event)

    def hear(self, uow: UnitOfWork, event: Event) -> None:
        self.calls += 1
        assert isinstance(event, Noted | Mused)
        uow.connection.execute(
            HEAR,
            {
                "module": self.name,
                "event_id": event.event_id,
                "document_id": event.document_id,
                "number": event.number,
            },
        )
        if self.fails(event):
            raise RuntimeError("王小明 A123456789")


class Listening:
    """One county with ears: tells, delivers, and looks at what was heard."""

    def __init__(self, site: Site, *ears: Ear, enabled: Sequence[str] | None = None) -> None:
        self.site = site
        self.county: CountyUnderTest = site.under_test["TXG"]
        self.ears = ears or (Ear(),)
        self.manager = bare_manager()
        for ear in self.ears:
            self.manager.register(ear, name=ear.name)
        self.enable(*(enabled if enabled is not None else [ear.name for ear in self.ears]))
        self._numbers: dict[uuid.UUID, int] = defaultdict(int)
        self._lock = threading.Lock()

    @property
    def ear(self) -> Ear:
        return self.ears[0]

    def enable(self, *modules: str) -> None:
        self.access: CountyAccess = dataclasses.replace(
            self.site.counties["TXG"], hooks=Hooks(self.manager, frozenset(modules))
        )

    @contextlib.contextmanager
    def writing(self) -> Iterator[UnitOfWork]:
        with self.access.begin(actor=self.site.operator) as uow:
            yield uow

    def tell(self, *documents: uuid.UUID) -> None:
        """Tell one thing of each document, in one transaction."""
        with self.writing() as uow:
            for document_id in documents:
                self.note(uow, document_id)

    def note(self, uow: UnitOfWork, document_id: uuid.UUID) -> None:
        with self._lock:
            self._numbers[document_id] += 1
            number = self._numbers[document_id]
        event = Noted(event_id=new_id(), document_id=document_id, number=number)
        uow.record(event, document_id=document_id)
        note_audit(uow)

    def deliver(self, module: str = "ear") -> Round:
        return deliver(self.access, module=module, system=self.site.operator, relay="test")

    def deliver_now(self, module: str = "ear") -> int:
        """Deliver what is safe at this moment; return how many were delivered."""
        delivered = 0
        while not (done := self.deliver(module)).idle:
            delivered += done.delivered
        return delivered

    def deliver_all(self, module: str = "ear") -> int:
        """Deliver until the cursor is at the end of the log; return how many were delivered."""
        return self.deliver_to_the_end(module).delivered

    def deliver_to_the_end(self, module: str) -> Round:
        """Deliver until the cursor is at the end of the log; return the sum of all rounds.

        Transactions of other tests on the same server hold the relay back for moments: how many
        rounds it takes is nobody's promise.
        """
        rounds: list[Round] = []
        end = time.monotonic() + WAIT_S
        while True:
            while not (done := self.deliver(module)).idle:
                rounds.append(done)
            if not self.behind(module):
                break
            assert time.monotonic() < end, "the relay does not come to the end"
            time.sleep(0.02)
        return Round(
            delivered=sum(one.delivered for one in rounds),
            passed=sum(one.passed for one in rounds),
            parked=sum(one.parked for one in rounds),
        )

    def behind(self, module: str) -> int:
        with self.access.statements.connect() as connection:
            found = read_status(
                connection, now=self.access.clock(), listeners=self.access.hooks.listeners
            )
        return next(one.lag_events for one in found if one.module == module)

    def relay(self) -> Relay:
        return Relay(lambda: {"TXG": self.access}, system=self.site.operator)

    def heard(self, module: str = "ear") -> dict[uuid.UUID, list[int]]:
        """Return the numbers heard of each document, in the order of hearing."""
        found: dict[uuid.UUID, list[int]] = defaultdict(list)
        for row in self.county.rows(
            "SELECT document_id, number FROM heard.event WHERE module = :module ORDER BY at",
            module=module,
        ):
            found[row.document_id].append(row.number)
        return dict(found)

    def waiting(self) -> list[Any]:
        return self.county.rows("SELECT * FROM kernel.event_waiting ORDER BY module, sequence")

    def pass_time(self) -> None:
        """Let every retry be due."""
        self.county.execute("UPDATE kernel.event_waiting SET due_at = now() - interval '1 hour'")


def note_audit(uow: UnitOfWork) -> None:
    uow.audit(
        "kernel.thing.note",
        DocumentRef(kind="kernel.thing", document_id=new_id(), label="1", agency_code=""),
    )
