"""Many clients certify many requests over HTTP, and every answer is accounted for."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from loadtests.http_client import Client, Reply, Unanswered
from tests.apart import run_apart

CREATED, CONFLICT = 201, 409
# Short beside a start of the application, long enough to leave it the CPU.
RETRY_PAUSE_S = 0.2
# Each n-th request is sent twice in the same moment with one key, as by an impatient double click.
DOUBLE_CLICK_EVERY = 16


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """A signed-in person: the headers that each of their requests carries."""

    account: str
    headers: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """Where the application listens, and who certifies there."""

    host: str
    port: int
    county: str
    accounts: Sequence[Account]

    def path(self, request_id: uuid.UUID) -> str:
        return f"/{self.county}/api/v1/accounting/requests/{request_id}/certification"


@dataclass(kw_only=True, slots=True)
class Tally:
    """What was sent and what came back."""

    sent: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    certified: dict[uuid.UUID, str] = field(default_factory=dict)
    contradictions: list[str] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)
    latencies_ms: list[float] = field(default_factory=list)
    unanswered: int = 0
    replayed: int = 0
    in_flight: int = 0
    bytes_read: int = 0
    took_s: float = 0.0

    @property
    def answered(self) -> int:
        return sum(self.answers.values())

    def take(self, request_id: uuid.UUID, reply: Reply) -> None:
        """Note one whole answer; the same request must never get two numbers."""
        body = msgspec.json.decode(reply.body)
        replayed = reply.headers.get("idempotent-replayed") == "true"
        if reply.status == CREATED:
            number = body["certification_no"]
            if self.certified.setdefault(request_id, number) != number:
                self.contradictions.append(f"{request_id}: {number}")
        elif reply.status != CONFLICT and len(self.unexpected) < 20:
            self.unexpected.append(f"{reply.status} {reply.body[:300]!r}")
        self.replayed += replayed
        kind = f"{reply.status} {'replayed' if replayed else body.get('code', 'certified')}"
        self.answers[kind] += 1


class Load:
    """Clients that take turns at a list of requests.

    ``retry``: an unanswered request is sent again with its key until it is answered (the
    application may be killed); without it, an unanswered request is a fault. ``double_clicks``:
    some requests are sent twice in the same moment with one key.
    """

    def __init__(
        self,
        target: Target,
        request_ids: Sequence[uuid.UUID],
        *,
        retry: bool = False,
        double_clicks: bool = False,
    ) -> None:
        self.tally = Tally()
        self.stopping = False
        self._target = target
        self._retry = retry
        self._double_clicks = double_clicks
        self._next = enumerate(request_ids, 1)

    async def run(self, *, clients: int) -> Tally:
        """Send everything with ``clients`` at once; return when every answer has come."""
        started = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for number in range(clients):
                account = self._target.accounts[number % len(self._target.accounts)]
                group.create_task(self._client(account))
        self.tally.took_s = time.perf_counter() - started
        return self.tally

    async def _client(self, account: Account) -> None:
        async with self._connection(account) as client, self._connection(account) as twin:
            for number, request_id in self._next:
                key = str(uuid.uuid4())
                sending = [self._certify(client, request_id, key)]
                if self._double_clicks and number % DOUBLE_CLICK_EVERY == 0:
                    sending.append(self._certify(twin, request_id, key))
                await asyncio.gather(*sending)
                if self.stopping:
                    break
            self.tally.bytes_read += client.bytes_read + twin.bytes_read

    def _connection(self, account: Account) -> Client:
        return Client(host=self._target.host, port=self._target.port, headers=account.headers)

    async def _certify(self, client: Client, request_id: uuid.UUID, key: str) -> None:
        tally = self.tally
        tally.sent += 1
        while True:
            started = time.perf_counter()
            tally.in_flight += 1
            try:
                reply = await client.post(self._target.path(request_id), b"", key=key)
            except Unanswered as error:
                tally.unanswered += error.sent
                if not self._retry:
                    tally.unexpected.append(str(error))
                    return
                await asyncio.sleep(RETRY_PAUSE_S)
                continue
            finally:
                tally.in_flight -= 1
            tally.latencies_ms.append((time.perf_counter() - started) * 1000)
            tally.take(request_id, reply)
            return


def send(
    target: Target,
    request_ids: Sequence[uuid.UUID],
    *,
    clients: int,
    double_clicks: bool = False,
) -> Tally:
    """Certify ``request_ids`` by ``clients`` at once."""
    load = Load(target, request_ids, double_clicks=double_clicks)
    return run_apart(load.run(clients=clients))
