"""Frames the HTTP/1 messages of one direction; keeps their heads' first line, never a body.

A message whose length cannot be known (its head was cut, its framing is wrong, or it ends with
the connection) lasts until the other side begins its turn, or until the end.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Protocol

from zhuji_observability.pcap.half_streams import Piece
from zhuji_observability.pcap.messages import Kind, Message
from zhuji_observability.pcap.traces import trace_of

_HEAD_BYTES_MAX = 1 << 16
_LINE_BYTES_MAX = 1 << 13
_OK, _NO_CONTENT, _NOT_MODIFIED = 200, 204, 304

_REQUEST_LINE = re.compile(rb"([A-Z][A-Z_-]{0,19}) (\S+) HTTP/([12])\.[01]")
_STATUS_LINE = re.compile(rb"HTTP/1\.[01] ([1-9]\d\d)(?: |$)")
_REQUEST_BEGINS = re.compile(rb"[A-Z][A-Z_-]{0,19}(?: |$)")
_CUT_REQUEST = re.compile(rb"([A-Z][A-Z_-]{0,19}) (\S+) HTTP/")
_REQUEST_FOUND = re.compile(rb"[A-Z]{3,20} (?:/|\*|https?://)")
_ANSWER = b"HTTP/1."
_HEADERS = frozenset(
    (b"content-length", b"transfer-encoding", b"expect", b"traceparent", b"server-timing")
)


class State(enum.Enum):
    """Where in a message the reader stands."""

    WAIT = "wait"
    HEAD = "head"
    BODY = "body"  # a counted number of bytes
    CHUNK = "chunk"  # the same, and then the size of the next
    CHUNK_SIZE = "chunk_size"
    TRAILER = "trailer"
    OPEN = "open"  # until the other side's turn
    OFF = "off"  # no HTTP/1 any more


class Listener(Protocol):
    """Who pairs the messages of both directions."""

    def began(self, kind: Kind, message: Message) -> None:
        """The first byte of a message is there."""

    def understood(self, kind: Kind, message: Message) -> None:
        """Its head is read."""

    def ended(self, kind: Kind, message: Message) -> None:
        """It is over: whole, or ``message.ended`` is false."""

    def asked(self) -> str | None:
        """Return the method that the answer at hand answers."""

    def lost(self, kind: Kind) -> None:
        """The capture missed where a message begins."""

    def strange(self, kind: Kind, data: bytes) -> None:
        """What comes is no HTTP/1."""


def begins_message(kind: Kind, data: bytes) -> bool:
    """Tell whether a message seems to begin here, in a stream that was found in its middle."""
    if kind is Kind.ANSWER:
        return data.startswith(_ANSWER)
    return _REQUEST_FOUND.match(data) is not None


class MessageReader:
    """Reads one direction; ``in_step`` is false when it must look for where a message begins."""

    def __init__(self, kind: Kind, listener: Listener, *, in_step: bool) -> None:
        self.state = State.WAIT
        self._kind = kind
        self._listener = listener
        self._in_step = in_step
        self._message = Message()
        self._head = bytearray()
        self._left = 0
        self._head_bytes = 0

    @property
    def unread(self) -> int:
        """How many of the next bytes are body, into which nobody looks."""
        return self._left if self.state is State.BODY else max(0, self._left - 2)

    def passes(self, length: int, time_ns: int) -> bool:
        """Take bytes in the middle of a body, into which nobody looks; tell whether they are."""
        if length >= self._left:
            return False
        self._left -= length
        self._message.saw(length, time_ns)
        return True

    def feed(self, piece: Piece) -> None:
        """Take the next bytes of the direction."""
        if piece.time_ns is None:
            self._pass_gap(piece.length)
            return
        at = 0
        while at < piece.length and self.state is not State.OFF:
            at = self._STEPS[self.state](self, piece, at, piece.time_ns)

    def turn(self) -> None:
        """The other side speaks: a message of unknown length is over."""
        if self.state is State.OPEN:
            self._end()
            self._in_step = False

    def close(self, *, whole: bool) -> None:
        """The side sends nothing more; ``whole``: it said so itself."""
        if self.state is State.OPEN and whole:
            self._end()
        elif self.state not in (State.WAIT, State.OFF):
            self._break_off()

    def off(self) -> None:
        """What follows is no HTTP/1."""
        self.state = State.OFF
        self._left = 0
        self._head = bytearray()

    def bodiless(self) -> None:
        """The request's body was refused before it was sent: the next message comes instead."""
        untouched = self._message.bytes == self._head_bytes
        if untouched and self._message.continues and self.state in (State.BODY, State.CHUNK_SIZE):
            self._end()
            self._in_step = False

    def _wait(self, piece: Piece, at: int, _time_ns: int) -> int:
        data = piece.data
        while at < len(data) and data[at] in b"\r\n":
            at += 1
        if at >= len(data):
            self._in_step = self._in_step and len(data) == piece.length
            return piece.length
        if not self._in_step and not begins_message(self._kind, data[at : at + 32]):
            return piece.length
        self._message = Message()
        self._head = bytearray()
        self.state = State.HEAD
        self._listener.began(self._kind, self._message)
        return at

    def _read_head(self, piece: Piece, at: int, time_ns: int) -> int:
        before = len(self._head)
        self._head += piece.data[at:]
        end = self._head.find(b"\r\n\r\n", max(0, before - 3))
        if not self._may_begin():
            self._message.saw(piece.length - at, time_ns)
            self._give_up_protocol()
            return piece.length
        if end >= 0:
            taken = end + 4 - before
            self._message.saw(taken, time_ns)
            self._understand(bytes(self._head[:end]))
            return at + taken
        self._message.saw(piece.length - at, time_ns)
        if len(piece.data) < piece.length or len(self._head) > _HEAD_BYTES_MAX:
            self._understand_cut(bytes(self._head))
        return piece.length

    def _count(self, piece: Piece, at: int, time_ns: int) -> int:
        taken = min(self._left, piece.length - at)
        self._message.saw(taken, time_ns)
        self._left -= taken
        if not self._left:
            if self.state is State.CHUNK:
                self._expect_line(State.CHUNK_SIZE)
            else:
                self._end()
        return at + taken

    def _read_line(self, piece: Piece, at: int, time_ns: int) -> int:
        """Read the size of a chunk, or a line after the last chunk."""
        end = piece.data.find(b"\n", at)
        taken = (end + 1 if end >= 0 else len(piece.data)) - at
        self._head += piece.data[at : at + taken]
        self._message.saw(taken, time_ns)
        if end >= 0:
            line = bytes(self._head).strip()
            self._head = bytearray()
            self._read_size(line) if self.state is State.CHUNK_SIZE else self._read_trailer(line)
        elif len(piece.data) < piece.length or len(self._head) > _LINE_BYTES_MAX:
            self._leave_open("framing")
        return at + taken if taken or end >= 0 else self._unframed(piece, at, time_ns)

    def _unframed(self, piece: Piece, at: int, time_ns: int) -> int:
        """The line lies in what the capture cut."""
        self._leave_open("cut")
        return self._count_open(piece, at, time_ns)

    def _read_size(self, line: bytes) -> None:
        digits = line.partition(b";")[0].strip()
        if not re.fullmatch(rb"[0-9A-Fa-f]{1,15}", digits):
            self._leave_open("framing")
            return
        size = int(digits, 16)
        if size:
            self._left = size + 2  # and the line's end behind it
            self.state = State.CHUNK
        else:
            self._expect_line(State.TRAILER)

    def _read_trailer(self, line: bytes) -> None:
        if not line:
            self._end()

    def _count_open(self, piece: Piece, at: int, time_ns: int) -> int:
        self._message.saw(piece.length - at, time_ns)
        return piece.length

    def _pass_gap(self, length: int) -> None:
        if self.state is State.OFF:
            return
        if self.state is State.OPEN:
            self._message.saw(length, None)
        elif self.state in (State.BODY, State.CHUNK) and self._left > length:
            self._left -= length
            self._message.saw(length, None)
        else:
            began = self.state in (State.WAIT, State.HEAD)
            if self.state is not State.WAIT:
                self._message.note("gap")
                self._break_off()
            self._in_step = False
            if began:
                self._listener.lost(self._kind)

    def _may_begin(self) -> bool:
        if self._kind is Kind.REQUEST:
            return _REQUEST_BEGINS.match(self._head) is not None
        return bytes(self._head[: len(_ANSWER)]) == _ANSWER[: len(self._head)]

    def _understand(self, head: bytes) -> None:
        line, _, rest = head.partition(b"\r\n")
        if not self._read_first_line(line):
            self._give_up_protocol()
            return
        headers = _headers(rest)
        self._message.traceparent = trace_of(headers)
        self._message.continues = headers.get(b"expect", b"").lower() == b"100-continue"
        self._head_bytes = self._message.bytes
        self._listener.understood(self._kind, self._message)
        if self.state is not State.OFF:
            self._frame(headers)

    def _understand_cut(self, head: bytes) -> None:
        """Only the beginning of the head was captured: what it says still counts."""
        line, ending, rest = head.partition(b"\r\n")
        found = _CUT_REQUEST.match(line)
        if found and not ending and self._kind is Kind.REQUEST:
            self._message.method, self._message.target = found[1].decode(), _text(found[2])
        else:
            self._read_first_line(line)
        self._message.traceparent = trace_of(_headers(rest))
        self._message.note("cut")
        self._listener.understood(self._kind, self._message)
        self._leave_open("cut")

    def _read_first_line(self, line: bytes) -> bool:
        if self._kind is Kind.ANSWER:
            found = _STATUS_LINE.match(line)
            self._message.status = int(found[1]) if found else None
            return found is not None
        found = _REQUEST_LINE.fullmatch(line)
        if found is None or found[3] != b"1":
            return False
        self._message.method, self._message.target = found[1].decode(), _text(found[2])
        return True

    def _frame(self, headers: dict[bytes, bytes]) -> None:
        """Find how long the body is (RFC 9112, 6.3)."""
        message = self._message
        if self._kind is Kind.ANSWER:
            status = message.status or 0
            bodiless = status < _OK or status in (_NO_CONTENT, _NOT_MODIFIED)
            if bodiless or self._listener.asked() == "HEAD":
                self._end()
                return
        if b"transfer-encoding" in headers:
            if headers[b"transfer-encoding"].lower().endswith(b"chunked"):
                self._expect_line(State.CHUNK_SIZE)
            else:
                self._leave_open(None)
        elif b"content-length" in headers:
            self._frame_by_length(headers[b"content-length"])
        elif self._kind is Kind.REQUEST:
            self._end()
        else:
            self._leave_open(None)

    def _frame_by_length(self, text: bytes) -> None:
        if not re.fullmatch(rb"\d{1,18}", text):
            self._leave_open("framing")
            return
        self._left = int(text)
        self.state = State.BODY
        if not self._left:
            self._end()

    def _expect_line(self, state: State) -> None:
        self.state = state
        self._left = 0
        self._head = bytearray()

    def _leave_open(self, note: str | None) -> None:
        if self.state is State.OFF:
            return
        if note:
            self._message.note(note)
        self.state = State.OPEN
        self._left = 0
        self._head = bytearray()

    def _end(self) -> None:
        self._message.ended = True
        self._break_off()

    def _break_off(self) -> None:
        if self.state is not State.OFF:
            self.state = State.WAIT
        self._left = 0
        self._in_step = True
        self._head = bytearray()
        self._listener.ended(self._kind, self._message)

    def _give_up_protocol(self) -> None:
        data = bytes(self._head[:24])
        self.state = State.WAIT
        self._in_step = False
        self._head = bytearray()
        self._listener.strange(self._kind, data)

    _STEPS: ClassVar[Mapping[State, Callable[[Any, Piece, int, int], int]]] = {
        State.WAIT: _wait,
        State.HEAD: _read_head,
        State.BODY: _count,
        State.CHUNK: _count,
        State.CHUNK_SIZE: _read_line,
        State.TRAILER: _read_line,
        State.OPEN: _count_open,
    }


def _headers(rest: bytes) -> dict[bytes, bytes]:
    """Return the headers that matter here; a name that stands twice is joined, as HTTP has it."""
    found: dict[bytes, bytes] = {}
    for line in rest.split(b"\r\n"):
        name, colon, value = line.partition(b":")
        name = name.lower()
        if colon and name in _HEADERS:
            value = value.strip()
            before = found.get(name)
            found[name] = value if before in (None, value) else b", ".join((before or b"", value))
    return found


def _text(target: bytes) -> str:
    return target.decode("latin-1")
