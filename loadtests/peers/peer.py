"""What each system is asked to do, and the program that does it in a process of its own.

A posting debits one or two expense lines and credits one account, after the budget of each line
was checked in the way that the system's users check it. Everybody is measured in process: no HTTP.
"""

from __future__ import annotations

import importlib
import random
import sys
import time
from typing import Protocol

import msgspec

AMOUNT_NTD = 1_000
# Twice what is needed, so that an answer that comes late is seen and not cut off.
TRIES_MAX = 50
NAMED = 2  # the place of an act among the words of the command
READY = b"ready\n"


class Poster(Protocol):
    """A system, ready to post; made in the process that posts."""

    def post(self, lines: list[int], amount_ntd: int) -> bool:
        """Post one document over budget ``lines`` (0 …); tell whether it was accepted.

        Raises Busy when it must be tried again.
        """


class Busy(Exception):
    """The system gave up over a lock, or a conflict: it asks to be tried again."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What one of ``processes`` does: ``posts`` documents over ``of_lines`` of the ``lines`` each.

    Every line is allotted ``allotted_ntd``.
    """

    system: str
    processes: int
    posts: int
    lines: int
    of_lines: int
    allotted_ntd: int
    seed: int


class Done(msgspec.Struct, kw_only=True):
    """What one process did; ``cpu_s`` is its own, without the database's."""

    accepted: int = 0
    refused: int = 0
    retries: int = 0
    took_s: float = 0.0
    cpu_s: float = 0.0
    latencies_ms: list[float] = []


def work(poster: Poster, wanted: Wanted) -> Done:
    """Post as often as wanted, one after the other."""
    drawn = random.Random(wanted.seed)  # noqa: S311 (repeatable, no secret)
    done = Done()
    began_s, began_cpu_s = time.perf_counter(), time.process_time()
    for _ in range(wanted.posts):
        lines = drawn.sample(range(wanted.lines), min(wanted.of_lines, wanted.lines))
        started_s = time.perf_counter()
        for _ in range(TRIES_MAX):
            try:
                accepted = poster.post(lines, AMOUNT_NTD)
            except Busy:
                done.retries += 1
                continue
            done.accepted += accepted
            done.refused += not accepted
            break
        done.latencies_ms.append((time.perf_counter() - started_s) * 1000)
    done.took_s = time.perf_counter() - began_s
    done.cpu_s = time.process_time() - began_cpu_s
    return done


def main() -> None:
    """Post as ``argv`` says, or do another act of the system: its set-up, its overspend.

    A poster says that it is ready and waits for a line, so that all begin together.
    """
    wanted = msgspec.json.decode(sys.argv[1], type=Wanted)
    system = importlib.import_module(f"loadtests.peers.{wanted.system}")
    if len(sys.argv) > NAMED:
        sys.stdout.write(f"{getattr(system, sys.argv[NAMED])(wanted)}\n")
        return
    poster = system.poster(wanted)
    sys.stdout.buffer.write(READY)
    sys.stdout.buffer.flush()
    sys.stdin.readline()
    sys.stdout.buffer.write(msgspec.json.encode(work(poster, wanted)))
