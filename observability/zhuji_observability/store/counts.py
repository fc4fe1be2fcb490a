"""Exact counts of all requests: how long they took, and what of it was which term.

A length falls into a bucket of at most 1.6 % width, so a quantile is right within 0.8 %; sums
are exact. For each bucket of the total the sums of all terms are kept: what the slowest of an
operation lost their time to is read off, not estimated from a sample.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from zhuji_observability.store.exchange import STORED, Exchange

# Sixty-four buckets for each doubling, as an HDR histogram has them; below 128 µs each its own.
_PARTS_BITS = 6
_PARTS = 1 << _PARTS_BITS

_PLACES = {name: place for place, name in enumerate(STORED)}
_ROW = 2 + len(STORED)


def bucket_of(length_us: int) -> int:
    """Return the number of the bucket of a length; negative lengths are none."""
    length = max(length_us, 0)
    shift = max(length.bit_length() - 1 - _PARTS_BITS, 0)
    return shift * _PARTS + (length >> shift)


def middle_us(bucket: int) -> float:
    """Return the middle of a bucket."""
    shift = max(bucket // _PARTS - 1, 0)
    lowest = (bucket - shift * _PARTS) << shift
    return lowest + ((1 << shift) - 1) / 2


class Sketch(msgspec.Struct, kw_only=True):
    """Counts of one operation, in one time: add to it, or to it another one."""

    requests: int = 0
    errors: int = 0
    # Bucket of the total → requests, sum of the totals, sums of the terms in their order.
    totals: dict[int, list[int]] = {}
    # Place of a term → its bucket → requests; where it took no time it is not counted.
    terms: dict[int, dict[int, int]] = {}
    # Bucket of what the server took of it → requests; an older release did not count that.
    served: dict[int, int] = {}

    def add(self, exchange: Exchange) -> None:
        self.requests += 1
        self.errors += exchange.failed
        row = self.totals.get(bucket := bucket_of(exchange.total_us))
        if row is None:
            row = self.totals[bucket] = [0] * _ROW
        row[0] += 1
        row[1] += exchange.total_us
        at = bucket_of(exchange.served_us)
        self.served[at] = self.served.get(at, 0) + 1
        for name, length in exchange.terms_us.items():
            if length:
                place = _PLACES[name]
                row[2 + place] += length
                buckets = self.terms.setdefault(place, {})
                at = bucket_of(length)
                buckets[at] = buckets.get(at, 0) + 1

    def merge(self, other: Sketch) -> None:
        self.requests += other.requests
        self.errors += other.errors
        for bucket, row in other.totals.items():
            mine = self.totals.get(bucket)
            self.totals[bucket] = (
                list(row) if mine is None else [a + b for a, b in zip(mine, row, strict=True)]
            )
        for place, buckets in other.terms.items():
            _merge(self.terms.setdefault(place, {}), buckets)
        _merge(self.served, other.served)

    def quantile_us(self, share: float) -> float:
        """Return below which length ``share`` of the requests lie; 0 without any."""
        return _quantile({bucket: row[0] for bucket, row in self.totals.items()}, share)

    def served_quantile_us(self, share: float) -> float:
        """Return the same of what the server took, without the line.

        Where an older release counted some, of the total.
        """
        return _quantile(self.served, share) if self._all_served else self.quantile_us(share)

    @property
    def _all_served(self) -> bool:
        return sum(self.served.values()) == self.requests

    def slower(self, limit_us: int, *, served: bool) -> int:
        """Count the requests above a length, within the width of a bucket.

        ``served``: of what the server took; where an older release counted some, of the total.
        """
        from_bucket = bucket_of(limit_us)
        buckets = {bucket: row[0] for bucket, row in self.totals.items()}
        if served and self._all_served:
            buckets = self.served
        return sum(count for bucket, count in buckets.items() if bucket >= from_bucket)

    def term_quantile_us(self, name: str, share: float) -> float:
        """Return the same of one term, over all requests: those without it have taken 0."""
        buckets = dict(self.terms.get(_PLACES[name], {}))
        buckets[0] = buckets.get(0, 0) + self.requests - sum(buckets.values())
        return _quantile(buckets, share)

    def slowest_us(self, share: float) -> dict[str, int]:
        """Return the sums of the terms over the slowest requests: those from a quantile on.

        They are at least ``1 - share`` of all; ``share`` 0 is all requests.
        """
        from_bucket = bucket_of(round(self.quantile_us(share)))
        rows = [row for bucket, row in self.totals.items() if bucket >= from_bucket]
        return {name: sum(row[2 + place] for row in rows) for name, place in _PLACES.items()}


_DECODER = msgspec.msgpack.Decoder(Sketch)


def packed(sketch: Sketch) -> bytes:
    return msgspec.msgpack.encode(sketch)


def unpacked(data: bytes) -> Sketch:
    """Return the sketch; raise msgspec.DecodeError or ValidationError for what is none."""
    sketch = _DECODER.decode(data)
    for row in sketch.totals.values():
        # Of an older release, which knew fewer terms.
        row.extend([0] * (_ROW - len(row)))
    return sketch


def merged(sketches: Iterable[Sketch]) -> Sketch:
    whole = Sketch()
    for one in sketches:
        whole.merge(one)
    return whole


def _merge(mine: dict[int, int], other: Mapping[int, int]) -> None:
    for bucket, count in other.items():
        mine[bucket] = mine.get(bucket, 0) + count


def _quantile(buckets: Mapping[int, int], share: float) -> float:
    wanted = share * sum(buckets.values())
    seen = 0
    for bucket in sorted(buckets):
        seen += buckets[bucket]
        if seen >= wanted and seen:
            return middle_us(bucket)
    return 0.0
