"""What is known of an HTTP message that passed: moments, sizes and its first line, never a body."""

from __future__ import annotations

import enum


class Kind(enum.Enum):
    """Who sends the messages."""

    REQUEST = "request"
    ANSWER = "answer"


class Message:
    """What is known of one request or answer."""

    __slots__ = (
        "bytes", "continues", "ended", "first_ns", "last_ns", "method", "notes", "status", "target",
        "traceparent",
    )  # fmt: skip

    def __init__(self) -> None:
        self.first_ns: int | None = None
        self.last_ns: int | None = None
        self.bytes = 0
        self.method: str | None = None
        self.target: str | None = None
        self.status: int | None = None
        self.traceparent: str | None = None
        self.continues = False
        self.ended = False
        self.notes: frozenset[str] = frozenset()

    def note(self, word: str) -> None:
        """Mark it; nearly none is, so each has the same empty set."""
        self.notes |= {word}

    def saw(self, length: int, time_ns: int | None) -> None:
        self.bytes += length
        if time_ns is None:
            self.note("gap")
            return
        if self.first_ns is None or time_ns < self.first_ns:
            self.first_ns = time_ns
        if self.last_ns is None or time_ns > self.last_ns:
            self.last_ns = time_ns
