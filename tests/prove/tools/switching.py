"""Switch a module while others work, and judge every answer by when it was asked and given.

A phase lasts from the moment at which a switch was acknowledged to the moment at which the next
one is sent. A request that was sent and answered within one phase must be answered as that phase
is; one that overlaps a switch may be answered either way. Nothing may be a fault of the server.
All moments are taken in one event loop, so that they are in one order.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
import uuid
from collections import Counter, deque
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field

import httpx

# A phase ends when so many requests lie wholly in it, or after so long.
JUDGED_MIN = 6
PHASE_S_MAX = 5.0
TIMEOUT_S = 30.0
SAID_MAX = 10
ON, OFF, FAULT = "on", "off", "fault"

# What an answer says of the module: ``on``, ``off``, or that it is none of both.
Judge = Callable[[httpx.Response], str]


@dataclass(frozen=True, slots=True)
class Answer:
    """One request: its kind, when it was sent and answered, and what the answer says."""

    kind: str
    sent: float
    answered: float
    says: str
    detail: str


@dataclass(frozen=True, slots=True)
class Phase:
    """Acknowledged at ``begins``; ``ends`` is when the next switch was sent."""

    begins: float
    ends: float
    says: str


@dataclass(kw_only=True)
class Verdict:
    """How many answers were judged by phase and kind, and what was wrong."""

    switches: int = 0
    within: Counter[str] = field(default_factory=Counter)
    overlapping: int = 0
    wrong: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    took_s: float = 0.0

    @property
    def judged(self) -> int:
        return sum(self.within.values())


@dataclass(frozen=True, kw_only=True)
class Ask:
    """A read that anybody repeats: its path, and what an answer says."""

    kind: str
    path: str
    judge: Judge


def judge(phases: Sequence[Phase], answers: Sequence[Answer]) -> Verdict:
    """Compare every answer with the phase in which it lies."""
    verdict = Verdict(switches=max(len(phases) - 1, 0))
    waiting = deque(phases)
    for answer in sorted(answers, key=lambda one: one.sent):
        if answer.says == FAULT:
            verdict.faults.append(f"{answer.kind}: {answer.detail}")
            continue
        while waiting and waiting[0].ends <= answer.sent:
            waiting.popleft()
        phase = waiting[0] if waiting else None
        if phase is None or answer.sent < phase.begins or answer.answered > phase.ends:
            verdict.overlapping += 1
            continue
        verdict.within[f"{answer.kind}, module {phase.says}"] += 1
        if answer.says != phase.says:
            verdict.wrong.append(f"{answer.kind}: {answer.says} while {phase.says}")
    return verdict


def by_status(response: httpx.Response) -> str:
    """404 is what a disabled module is; a refusal of the module itself says that it is on."""
    if response.status_code == httpx.codes.NOT_FOUND:
        return OFF
    return ON if response.status_code < httpx.codes.INTERNAL_SERVER_ERROR else FAULT


class Load:
    """Clients that ask without pause, and one administrator who switches ``module``.

    ``bases`` are the addresses of the processes that serve one county; every client and every
    switch takes the next one. ``writes`` are paths to POST to, each until it is answered as on.
    """

    def __init__(
        self,
        bases: Sequence[str],
        *,
        county: str,
        module: str,
        asks: Sequence[Ask],
        writes: Sequence[str] = (),
    ) -> None:
        self.answers: list[Answer] = []
        self.phases: list[Phase] = []
        self._bases = bases
        self._switch = f"/{county}/api/v1/kernel/modules/{module}"
        self._asks = asks
        self._writes = deque(writes)
        self._begins = 0.0
        self._within = 0
        self._stopping = False
        self._enough = asyncio.Event()

    async def run(
        self,
        *,
        switches: int,
        clients: int,
        people: Sequence[Mapping[str, str]],
        administrator: Mapping[str, str],
    ) -> Verdict:
        """Switch so often, off first; return what the answers were worth."""
        started = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for number in range(clients):
                headers = people[number % len(people)]
                group.create_task(self._client(number, headers, writes=number % 2 == 0))
            await self._switching(switches, administrator)
            self._stopping = True
        verdict = judge(self.phases, self.answers)
        verdict.took_s = time.perf_counter() - started
        return verdict

    async def _switching(self, switches: int, headers: Mapping[str, str]) -> None:
        async with httpx.AsyncClient(timeout=TIMEOUT_S, headers=headers) as client:
            self._begins, says = time.perf_counter(), ON
            for number in range(switches):
                await self._last(says)
                says = OFF if says == ON else ON
                verb = "enablement" if says == ON else "disablement"
                base = self._bases[number % len(self._bases)]
                response = await client.post(
                    f"{base}{self._switch}/{verb}",
                    content=b"{}",
                    headers={
                        "Content-Type": "application/json",
                        "Idempotency-Key": str(uuid.uuid4()),
                    },
                )
                assert response.status_code == httpx.codes.OK, response.text
                assert response.json()["changed"], "the switch changed nothing"
                self._begins, self._within = time.perf_counter(), 0
                self._enough.clear()
            await self._last(says)

    async def _last(self, says: str) -> None:
        """Let the phase last until enough requests lie in it; note it."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._enough.wait(), PHASE_S_MAX)
        self.phases.append(Phase(self._begins, time.perf_counter(), says))

    async def _client(self, number: int, headers: Mapping[str, str], *, writes: bool) -> None:
        base = self._bases[number % len(self._bases)]
        async with httpx.AsyncClient(timeout=TIMEOUT_S, base_url=base, headers=headers) as client:
            turn = number
            while not self._stopping:
                turn += 1
                if writes and turn % 2 and self._writes:
                    await self._write(client)
                    continue
                ask = self._asks[turn % len(self._asks)]
                await self._note(ask.kind, ask.judge, client.get(ask.path))

    async def _write(self, client: httpx.AsyncClient) -> None:
        path = self._writes.popleft()
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        says = await self._note("write", by_status, client.post(path, headers=headers))
        if says == OFF:
            self._writes.append(path)

    async def _note(
        self, kind: str, judge_: Judge, sending: Coroutine[object, object, httpx.Response]
    ) -> str:
        sent = time.perf_counter()
        try:
            response = await sending
        except httpx.HTTPError as error:
            says, detail = FAULT, f"{type(error).__name__}: {error}"
        else:
            says, detail = judge_(response), f"{response.status_code} {response.text[:300]}"
        answered = time.perf_counter()
        self.answers.append(Answer(kind, sent, answered, says, detail if says == FAULT else ""))
        self._within += sent >= self._begins
        if self._within >= JUDGED_MIN:
            self._enough.set()
        return says


def described(verdict: Verdict) -> list[tuple[str, object]]:
    """Return the counts in the order of reading."""
    return [
        ("switches", verdict.switches),
        ("answers judged (wholly within a phase)", verdict.judged),
        *sorted(verdict.within.items()),
        ("answers that overlapped a switch (either way is right)", verdict.overlapping),
        ("wrong answers", len(verdict.wrong)),
        ("faults (5xx, no answer)", len(verdict.faults)),
        ("took, s", verdict.took_s),
    ]


def of_home(mark: str) -> Judge:
    """Judge the first page by whether its menu leads to the module."""

    def judged(response: httpx.Response) -> str:
        if response.status_code != httpx.codes.OK:
            return FAULT
        return ON if mark in response.text else OFF

    return judged
