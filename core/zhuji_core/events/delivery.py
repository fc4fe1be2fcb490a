"""One round of the relay for one module of one county: what it is told, what waits, the cursor.

All of a round is one transaction. What the module writes and the cursor move together, so a
crash repeats or loses nothing of what lies in this database; the promise to modules is still only
"at least once", because a county that is moved may be told of some events again.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import traceback
import uuid
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa

from zhuji_core.access import CountyAccess
from zhuji_core.county import CountyReadOnly, LateWriter
from zhuji_core.events import store
from zhuji_core.identity.actor import Actor
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError, Event, Value

log = logging.getLogger("zhuji.events")

BEHIND, RETRYING, DEAD = "behind", "retrying", "dead"
# What an exception that is no refusal is called on the page.
FAILED = "E-EVENT-FAILED"

# Told at once: a second's events of a busy county, so that following them is a few statements.
BATCH = 1_000
# Tried again in one round, one by one: a round stays short however much waits.
DOCUMENTS, RETRIES = 50, 200
# 2 + 4 + … + 256 s: about eight minutes of trying before a person is asked.
ATTEMPTS_MAX = 8
DELAY_S_MAX = 300.0
ERROR_MAX = 500


class EventUnknown(DomainError):
    """No installed module declares this event any more."""

    code = "E-EVENT-UNKNOWN"
    message = N_("已安裝的模組均未宣告事件「{event}」。")


class EventUnreadable(DomainError):
    """The body of an event does not fit its declaration."""

    code = "E-EVENT-BODY"
    message = N_("事件「{event}」的內容不符其宣告：{fault}")


class Told(Value, frozen=True, kw_only=True):
    """An event of the log on its way to a module."""

    sequence: int
    document_id: uuid.UUID
    type: str
    body: str
    transaction_id: str = ""
    attempts: int = 0


class Waiting(Value, frozen=True, kw_only=True):
    """An event that was not delivered, and when it is tried again."""

    sequence: int
    document_id: uuid.UUID
    state: str
    attempts: int = 0
    delay_s: float = 0.0
    code: str = ""
    error: str = ""


class Round(Value, frozen=True, kw_only=True):
    """What one round did; ``passed``: how far the cursor went, in events."""

    delivered: int = 0
    passed: int = 0
    parked: int = 0

    @property
    def caught_up(self) -> bool:
        """Tell whether events that had waited were delivered: more of them may be due."""
        return self.delivered > self.passed

    @property
    def idle(self) -> bool:
        return not (self.delivered or self.passed or self.parked)


def pending(access: CountyAccess, modules: Sequence[str]) -> list[str]:
    """Return the modules that have something to be told, in one statement."""
    with access.statements.connect() as connection:
        rows = connection.execute(store.PENDING, {"modules": list(modules), "now": access.clock()})
        return [row.module for row in rows]


def deliver(access: CountyAccess, *, module: str, system: Actor, relay: str) -> Round:
    """Do one round; an idle one when another relay is at it or the module is off.

    Raises CountyReadOnly and LateWriter, and whatever says that the database is away.
    """
    with access.begin(actor=system, derived=True) as uow:
        cursor = _lock(uow, module)
        if cursor is None or module not in uow.hooks.listeners:
            uow.abandon("another relay is at work, or the module is off")
            return Round()
        moved_here = cursor.foreign_sequence is not None
        if moved_here:
            uow.connection.execute(store.TAKE_OVER, {"module": module, "now": uow.now})
            cursor = _lock(uow, module)
            assert cursor is not None, "the row is locked by this transaction"
        again = _retry(uow, module) if cursor.due else _Outcome(delivered=0, waiting=())
        batch = _read(uow, module, cursor)
        first = _tell(uow, module, batch.ready)
        held = tuple(_behind(told) for told in batch.held)
        done = Round(
            delivered=again.delivered + first.delivered,
            passed=batch.passed,
            parked=len(again.waiting) + len(first.waiting),
        )
        if done.idle and not moved_here and cursor.began:
            uow.abandon("nothing is to be told")
            return done
        _wait(uow, module, (*again.waiting, *held, *first.waiting))
        last = batch.last or cursor
        uow.connection.execute(
            store.MOVE_CURSOR,
            {
                "module": module,
                "transaction_id": last.transaction_id,
                "sequence": last.sequence,
                "delivered": done.delivered,
                "now": uow.now,
                "relay": relay,
            },
        )
        return done


class _Outcome(Value, frozen=True, kw_only=True):
    delivered: int
    waiting: tuple[Waiting, ...]


def _lock(uow: UnitOfWork, module: str) -> sa.Row[Any] | None:
    """Take the cursor, made if the module never had one; None when another relay has it."""
    parameters = {"module": module, "now": uow.now}
    row = uow.connection.execute(store.LOCK_CURSOR, parameters).one_or_none()
    if row is None:
        uow.connection.execute(store.BEGIN_CURSOR, {"module": module})
        row = uow.connection.execute(store.LOCK_CURSOR, parameters).one_or_none()
    return row


class _Batch(Value, frozen=True, kw_only=True):
    """The next events: to be told, to wait, and how far the cursor goes (``last``, ``passed``)."""

    ready: tuple[Told, ...]
    held: tuple[Told, ...]
    last: Told | None
    passed: int


def _read(uow: UnitOfWork, module: str, cursor: sa.Row[Any]) -> _Batch:
    """Return the next events in the cursor's order; those of other types are passed over."""
    rows = uow.connection.execute(
        store.READ,
        {
            "module": module,
            "batch": BATCH,
            "transaction_id": cursor.transaction_id,
            "sequence": cursor.sequence,
            "floor_sequence": cursor.floor_sequence,
            "followed": uow.hooks.followed(module),
        },
    ).all()
    read = [(_told(row), row) for row in rows]
    followed = [(told, row.behind or row.early) for told, row in read if row.body is not None]
    return _Batch(
        ready=tuple(told for told, held in followed if not held),
        held=tuple(told for told, held in followed if held),
        last=read[-1][0] if read else None,
        passed=rows[0].passed if rows else 0,
    )


def _told(row: sa.Row[Any]) -> Told:
    return Told(
        sequence=row.sequence,
        transaction_id=row.transaction_id,
        document_id=row.document_id,
        type=row.type,
        body=row.body or "",
    )


def _retry(uow: UnitOfWork, module: str) -> _Outcome:
    """Try the documents whose time has come, each up to its first failure."""
    rows = uow.connection.execute(
        store.DUE,
        {"module": module, "now": uow.now, "documents": DOCUMENTS, "batch": RETRIES},
    )
    due = [Told(**row) for row in rows.mappings()]
    outcome = _tell_one_by_one(uow, module, due)
    kept: dict[uuid.UUID, int] = {}
    for waiting in outcome.waiting:
        kept.setdefault(waiting.document_id, waiting.sequence)
    gone = [
        told.sequence
        for told in due
        if told.document_id not in kept or told.sequence < kept[told.document_id]
    ]
    if gone:
        parameters = {"module": module, "sequences": gone}
        uow.connection.execute(store.DONE_WAITING, parameters)
    # What stood behind the failed one still does, as it did.
    failed = tuple(waiting for waiting in outcome.waiting if waiting.state != BEHIND)
    return _Outcome(delivered=outcome.delivered, waiting=failed)


def _tell(uow: UnitOfWork, module: str, events: Sequence[Told]) -> _Outcome:
    """Tell all at once; if that fails, each half of the documents, down to the one that fails.

    A few that fail among a thousand so cost a few dozen calls, and a round stays short.
    """
    ordered = sorted(events, key=lambda told: told.sequence)
    if not ordered:
        return _Outcome(delivered=0, waiting=())
    try:
        with _savepoint(uow):
            uow.hooks.on_events(uow, [_decode(uow, told) for told in ordered], module=module)
    except Exception as error:  # noqa: BLE001 (whatever a module raises parks its document)
        _raise_if_lost(error)
        documents = list(dict.fromkeys(told.document_id for told in ordered))
        if len(documents) == 1:
            return _tell_one_by_one(uow, module, ordered)
        half = frozenset(documents[: len(documents) // 2])
        first = _tell(uow, module, [told for told in ordered if told.document_id in half])
        second = _tell(uow, module, [told for told in ordered if told.document_id not in half])
        return _Outcome(
            delivered=first.delivered + second.delivered,
            waiting=(*first.waiting, *second.waiting),
        )
    return _Outcome(delivered=len(ordered), waiting=())


def _tell_one_by_one(uow: UnitOfWork, module: str, events: Iterable[Told]) -> _Outcome:
    """Tell each event by itself; the first failure of a document parks it and what follows."""
    waiting: list[Waiting] = []
    delivered = 0
    by_document = sorted(events, key=lambda told: (told.document_id, told.sequence))
    for _, group in itertools.groupby(by_document, key=lambda told: told.document_id):
        own = iter(tuple(group))
        for told in own:
            try:
                with _savepoint(uow):
                    uow.hooks.on_events(uow, [_decode(uow, told)], module=module)
            except Exception as error:  # noqa: BLE001 (the same)
                _raise_if_lost(error)
                log.warning("%s: event %s waits: %s", module, told.sequence, _fault(error))
                waiting.append(_failed(told, error))
                waiting.extend(_behind(later) for later in own)
                break
            delivered += 1
    return _Outcome(delivered=delivered, waiting=tuple(waiting))


@contextlib.contextmanager
def _savepoint(uow: UnitOfWork) -> Iterator[None]:
    """Keep all of the block or nothing: rows, and what was recorded to be told or audited."""
    kept = (len(uow.events), len(uow.audits))
    try:
        with uow.connection.begin_nested():
            yield
            assert not uow.abandoned, "a listener does not decide over the relay's transaction"
    except BaseException:
        del uow.events[kept[0] :]
        del uow.audits[kept[1] :]
        uow.abandonments.clear()
        raise


def _decode(uow: UnitOfWork, told: Told) -> Event:
    """Return the event as its module declares it; raise EventUnknown or EventUnreadable."""
    declared = uow.hooks.event_types.get(told.type)
    if declared is None:
        raise EventUnknown(event=told.type)
    try:
        return msgspec.json.decode(told.body, type=declared)
    except msgspec.ValidationError as error:
        raise EventUnreadable(event=told.type, fault=str(error)) from error


def _raise_if_lost(error: Exception) -> None:
    """Let rise what says nothing about the event: the database is away, or the county closed."""
    lost = isinstance(error, sa.exc.DBAPIError) and error.connection_invalidated
    if lost or isinstance(error, CountyReadOnly | LateWriter):
        raise error


def _failed(told: Told, error: Exception) -> Waiting:
    attempts = told.attempts + 1
    code = error.code if isinstance(error, DomainError) else FAILED
    final = isinstance(error, EventUnknown | EventUnreadable) or attempts >= ATTEMPTS_MAX
    return Waiting(
        sequence=told.sequence,
        document_id=told.document_id,
        state=DEAD if final else RETRYING,
        attempts=attempts,
        delay_s=min(2.0**attempts, DELAY_S_MAX),
        code=code,
        error=_fault(error)[:ERROR_MAX],
    )


def _fault(error: Exception) -> str:
    """Say what went wrong without a value: those may be personal, and stand in the event."""
    if isinstance(error, DomainError):
        return error.text(str)
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(place.filename).name}:{place.lineno}"
    if isinstance(error, sa.exc.DBAPIError):
        found: Any = error.orig
        parts = (type(found).__name__, found.sqlstate, found.diag.constraint_name)
        return " ".join(str(part) for part in parts if part)
    return f"{type(error).__name__} ({where})"


def _behind(told: Told) -> Waiting:
    return Waiting(sequence=told.sequence, document_id=told.document_id, state=BEHIND)


def _wait(uow: UnitOfWork, module: str, waiting: Sequence[Waiting]) -> None:
    if waiting:
        told = msgspec.json.encode(waiting).decode()
        uow.connection.execute(store.WAIT, {"module": module, "waiting": told, "now": uow.now})
