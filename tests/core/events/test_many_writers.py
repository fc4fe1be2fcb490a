"""Many writers with transactions of random length, relays at the same time, and poison."""

from __future__ import annotations

import contextlib
import random
import threading
import time

import sqlalchemy as sa

from tests.core.events.given import Listening
from zhuji_core.ids import new_id

WRITERS, TRANSACTIONS, RELAYS = 4, 40, 2
# Locks stand for those of documents: a number is given under the lock, as by a use case.
LOCK = sa.text("SELECT pg_advisory_xact_lock(:number)")


class Crowd:
    """Writers and relays of one county; ``told`` events were committed in the end."""

    def __init__(self, listening: Listening) -> None:
        self.listening = listening
        self.documents = [new_id() for _ in range(12)]
        self.told: list[int] = []
        self._done = threading.Event()

    def write(self, seed: int) -> None:
        choose = random.Random(seed)  # noqa: S311 (a seed, not a secret)
        for _ in range(TRANSACTIONS):
            with contextlib.suppress(ZeroDivisionError):
                self._transaction(choose)

    def _transaction(self, choose: random.Random) -> None:
        wanted = sorted(choose.sample(range(12), 2))
        with self.listening.writing() as uow:
            if choose.random() < 0.5:
                uow.connection.execute(sa.text("SELECT pg_current_xact_id()"))
                time.sleep(choose.random() * 0.02)
            for number in wanted:
                uow.connection.execute(LOCK, {"number": number})
            if choose.random() < 0.1:
                raise ZeroDivisionError
            for number in wanted:
                self.listening.note(uow, self.documents[number])
            time.sleep(choose.random() ** 3 * 0.02)
            self.told.append(len(wanted))

    def relay(self) -> None:
        while not self._done.is_set():
            self.listening.deliver()

    def work(self) -> None:
        relays = [threading.Thread(target=self.relay) for _ in range(RELAYS)]
        writers = [threading.Thread(target=self.write, args=(seed,)) for seed in range(WRITERS)]
        for thread in (*relays, *writers):
            thread.start()
        for thread in writers:
            thread.join()
        self._done.set()
        for thread in relays:
            thread.join()


def test_nothing_is_skipped_doubled_or_out_of_order(listening: Listening) -> None:
    crowd = Crowd(listening)
    first, sixth = crowd.documents[0], crowd.documents[5]
    poisoned = {(first, 3), (sixth, 2)}
    listening.ear.fails = lambda event: (event.document_id, event.number) in poisoned
    crowd.work()
    listening.deliver_all()
    heard = listening.heard()
    assert sum(map(len, heard.values())) + len(listening.waiting()) == sum(crowd.told)
    assert (heard[first], heard[sixth]) == ([1, 2], [1])
    poisoned.clear()
    listening.pass_time()
    listening.deliver_all()
    heard = listening.heard()
    assert sum(map(len, heard.values())) == sum(crowd.told) > 200
    assert all(found == list(range(1, len(found) + 1)) for found in heard.values())
    assert listening.waiting() == []
