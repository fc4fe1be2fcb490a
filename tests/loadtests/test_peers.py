"""Posting is counted the same for every system: accepted, refused, tried again."""

from __future__ import annotations

import io
import sys
import types

import msgspec
import pytest

from loadtests.peers import peer
from loadtests.peers.peer import Busy, Wanted, work

WANTED = Wanted(
    system="none", processes=1, posts=10, lines=4, of_lines=2, allotted_ntd=6_000, seed=1
)  # fmt: skip


class Purse:
    """A system with money for six documents that is busy at every third try."""

    def __init__(self) -> None:
        self.left_ntd, self.tries = WANTED.allotted_ntd, 0
        self.lines: list[list[int]] = []

    def post(self, lines: list[int], amount_ntd: int) -> bool:
        self.tries += 1
        if self.tries % 3 == 0:
            raise Busy
        self.lines.append(lines)
        if self.left_ntd < amount_ntd:
            return False
        self.left_ntd -= amount_ntd
        return True


class Stuck:
    """A system that never lets go."""

    def post(self, _lines: list[int], _amount_ntd: int) -> bool:
        raise Busy


def test_every_document_ends_accepted_or_refused() -> None:
    purse = Purse()
    done = work(purse, WANTED)
    assert (done.accepted, done.refused, len(done.latencies_ms)) == (6, 4, 10)
    assert done.retries == purse.tries - 10 > 0
    assert all(len(set(lines)) == 2 for lines in purse.lines)
    assert done.took_s > 0


def test_a_system_that_never_answers_ends_too() -> None:
    done = work(Stuck(), msgspec.structs.replace(WANTED, posts=2))
    assert (done.accepted, done.refused, done.retries) == (0, 0, 2 * peer.TRIES_MAX)


def test_a_program_says_what_it_did(
    monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    class System(types.ModuleType):
        @staticmethod
        def poster(_wanted: Wanted) -> Purse:
            return Purse()

        @staticmethod
        def overspent_ntd(wanted: Wanted) -> int:
            return wanted.allotted_ntd

    monkeypatch.setitem(sys.modules, "loadtests.peers.none", System("none"))
    text = msgspec.json.encode(WANTED).decode()
    monkeypatch.setattr(sys, "argv", ["peer", text])
    monkeypatch.setattr(sys, "stdin", io.StringIO("go\n"))
    peer.main()
    ready, told = capsysbinary.readouterr().out.splitlines(keepends=True)
    assert ready == peer.READY
    assert msgspec.json.decode(told, type=peer.Done).accepted == 6
    monkeypatch.setattr(sys, "argv", ["peer", text, "overspent_ntd"])
    peer.main()
    assert capsysbinary.readouterr().out == b"6000\n"
