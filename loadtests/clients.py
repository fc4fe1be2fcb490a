"""Clients that certify as fast as they are answered: for ceilings and comparisons, not for days.

Each takes the next request of a list; session, CSRF token, permission and key are those of a
browser. Locust's people (``loadtests.users``) are for rates and mixtures.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from loadtests.figures import quantile
from loadtests.http_client import Client, Reply, Unanswered
from loadtests.notes import told_ms
from loadtests.people import PASSWORD, Person
from loadtests.site import HOST
from zhuji_core.demo.client import CSRF_COOKIE, CSRF_HEADER, SEE_OTHER, DemoSession

CREATED, REFUSED = 201, 409
Headers = Mapping[str, str]


class NotSignedIn(Exception):
    """The page of sign-in did not let the person in."""


class Tally(msgspec.Struct, kw_only=True):
    """What a round was answered. ``terms_ms``: sums over all answers, by the server's clock."""

    took_s: float = 0.0
    granted: int = 0
    refused: int = 0
    faults: list[str] = []
    latencies_ms: list[float] = []
    terms_ms: dict[str, float] = {}

    @property
    def answers(self) -> int:
        return self.granted + self.refused + len(self.faults)

    @property
    def per_s(self) -> float:
        return (self.granted + self.refused) / self.took_s

    def at_ms(self, share: float) -> float:
        return quantile(self.latencies_ms, share)

    def take(self, reply: Reply, latency_ms: float) -> None:
        self.latencies_ms.append(latency_ms)
        if reply.status == CREATED:
            self.granted += 1
        elif reply.status == REFUSED:
            self.refused += 1
        else:
            self.faults.append(f"{reply.status} {reply.body[:200]!r}")
        whole_ms, terms = told_ms(reply.headers.get("server-timing", ""))
        for name, length in {"whole": whole_ms, **terms}.items():
            self.terms_ms[name] = self.terms_ms.get(name, 0.0) + length


def sign_in(port: int, *, county: str, people: Sequence[Person]) -> list[Headers]:
    """Sign people in through the page; return the headers that their requests bear.

    A session is the county's, so it counts at every process that serves it.
    """
    found: list[Headers] = []
    for person in people:
        session = DemoSession(host=HOST, port=port, county=county)
        reply = session.sign_in(account=person.account, password=PASSWORD)
        session.close()
        if reply.status != SEE_OTHER:
            raise NotSignedIn(f"{person.account}: {reply.status}")
        cookies = session.cookies
        found.append({
            "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
            CSRF_HEADER: cookies[CSRF_COOKIE],
            "Accept": "application/json",
        })  # fmt: skip
    return found


def certify_all(
    port: int, *, county: str, headers: Sequence[Headers], ids: Sequence[str], clients: int
) -> Tally:
    """Certify ``ids`` by ``clients`` at once; every answer is in the tally."""
    return asyncio.run(_certify_all(port, county, headers, iter(ids), clients))


async def _certify_all(
    port: int, county: str, headers: Sequence[Headers], ids: Iterator[str], clients: int
) -> Tally:
    tally = Tally()
    started = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(clients):
            own = headers[number % len(headers)]
            group.create_task(_client(tally, port, county, own, ids))
    tally.took_s = time.perf_counter() - started
    return tally


async def _client(
    tally: Tally, port: int, county: str, headers: Headers, ids: Iterator[str]
) -> None:
    async with Client(host=HOST, port=port, headers=headers) as client:
        for request_id in ids:
            path = f"/{county}/api/v1/accounting/requests/{request_id}/certification"
            started = time.perf_counter()
            try:
                reply = await client.post(path, b"", key=str(uuid.uuid4()))
            except Unanswered as error:
                tally.faults.append(str(error))
                continue
            tally.take(reply, (time.perf_counter() - started) * 1000)
