"""Where the server's time of many requests went, step inside step: their paths laid together.

A step that stands in the same steps is one frame, however many requests had it. The width of a
frame is what it did itself and all that stands in it, so the frames of a row never take more than
the one above. The line is no part of it: a request is as long as the server took.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from zhuji_core.values import Value
from zhuji_observability.store.exchange import Exchange, SpanNote
from zhuji_observability.store.path import path_of

# Steps below this are counted as what the one above them did itself; the product has twelve.
DEPTH_MAX = 40
_KEY_BYTES = 6


class Frame(Value, frozen=True, kw_only=True):
    """A step as it stands in others, of all requests together; lengths in microseconds.

    ``key`` names it in an address: the same steps have the same one on every day. ``inside``:
    those that took longest first. Of a statement ``statement`` is its text.
    """

    key: str
    name: str
    module: str
    statement: str
    depth: int
    times: int
    own_us: int
    total_us: int
    inside: tuple[Frame, ...]

    @property
    def all(self) -> Iterator[Frame]:
        """Give the frame and those inside, each before what stands in it."""
        yield self
        for one in self.inside:
            yield from one.all

    def way_to(self, key: str) -> tuple[Frame, ...]:
        """Return the frames from this one down to the one of ``key``; none where it is not."""
        if self.key == key:
            return (self,)
        for one in self.inside:
            if way := one.way_to(key):
                return (self, *way)
        return ()


class Sum(Value, frozen=True, kw_only=True):
    """A step wherever it stands: how often, and what it did itself."""

    name: str
    module: str
    statement: str
    times: int
    own_us: int


def flame_of(exchanges: Iterable[Exchange]) -> Frame:
    """Lay the requests together: all, then each operation, then its steps."""
    root = _Node("", SpanNote(name="", parent=-1, start_us=0, length_us=0))
    for one in exchanges:
        root.times += 1
        _add(root, one)
    return root.frozen(0)


def _add(root: _Node, one: Exchange) -> None:
    request = root.inner(
        SpanNote(name=one.operation or one.route, parent=-1, start_us=0, length_us=0,
                 module=one.module)
    )  # fmt: skip
    request.times += 1
    standing, outside_us = [request], one.served_us
    for step in path_of(one.spans):
        if step.depth == 0:
            outside_us -= step.note.length_us
        if step.depth >= DEPTH_MAX:
            standing[DEPTH_MAX].own_us += step.own_us
            continue
        node = standing[step.depth].inner(step.note)
        node.times += 1
        node.own_us += step.own_us
        standing[step.depth + 1 :] = [node]
    request.own_us += max(0, outside_us)


class _Node:
    """A frame while requests are added to it."""

    def __init__(self, key: str, note: SpanNote) -> None:
        self.key = key
        self.note = note
        self.times = 0
        self.own_us = 0
        self._inside: dict[str, _Node] = {}

    def inner(self, note: SpanNote) -> _Node:
        """Return what stands in this one under the name, or statement, of ``note``."""
        label = note.statement or note.name
        if (found := self._inside.get(label)) is None:
            key = hashlib.blake2s(f"{self.key}\0{label}".encode(), digest_size=_KEY_BYTES)
            found = self._inside[label] = _Node(key.hexdigest(), note)
        return found

    def frozen(self, depth: int) -> Frame:
        inside = [node.frozen(depth + 1) for node in self._inside.values()]
        return Frame(
            key=self.key,
            name=self.note.name,
            module=self.note.module,
            statement=self.note.statement,
            depth=depth,
            times=self.times,
            own_us=self.own_us,
            total_us=self.own_us + sum(one.total_us for one in inside),
            inside=tuple(sorted(inside, key=lambda one: one.total_us, reverse=True)),
        )


def hottest(frame: Frame) -> tuple[Sum, ...]:
    """Return the steps below a frame by what they did themselves, wherever they stand."""
    found: dict[str, Sum] = {}
    for one in frame.all:
        label = one.statement or one.name
        before = found.get(label)
        found[label] = Sum(
            name=one.name,
            module=one.module,
            statement=one.statement,
            times=one.times + (before.times if before else 0),
            own_us=one.own_us + (before.own_us if before else 0),
        )
    return tuple(sorted(found.values(), key=lambda one: one.own_us, reverse=True))
