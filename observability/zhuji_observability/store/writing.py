"""Rows as they are written: exchanges, statements once each, and counts."""

from __future__ import annotations

import hashlib
import sqlite3
import zlib
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from zhuji_observability.store.counts import Sketch, packed
from zhuji_observability.store.exchange import TERMS, Exchange, SpanNote
from zhuji_observability.store.hourly import LineKey, LineSum, StatementKey, StatementSum
from zhuji_observability.store.itself import Watching
from zhuji_observability.store.probe import Probe

# Period in seconds, county, operation, release, vantage.
CountKey = tuple[int, str, str, str, str]

_FIRST = (
    "trace, began_ms, county, module, operation, route, method, status, release, kept, vantage,"
    " total_us, before_us, rtt_us, retransmits"
)
_TERM_COLUMNS = ", ".join(f"{name}_us" for name in TERMS)
_PLACES = ", ".join("?" for _ in range(15 + len(TERMS) + 2))
# The same trace may be asked for twice, by a client that sends its own ``traceparent``.
_EXCHANGE = f"""
    INSERT OR REPLACE INTO main.exchange ({_FIRST}, {_TERM_COLUMNS}, spans, met) VALUES ({_PLACES})
"""
_STATEMENT = "INSERT OR IGNORE INTO main.statement (id, text) VALUES (?, ?)"
_COUNT = """
    INSERT OR REPLACE INTO main.count
           (period_s, county, operation, release, vantage, process, sketch)
    VALUES (?, ?, ?, ?, ?, ?, ?)
"""
_PROCESS = "INSERT OR REPLACE INTO main.process (period_s, process, told) VALUES (?, ?, ?)"
_PROBE = """
    INSERT OR REPLACE INTO main.probe
           (at_ms, process, asked_us, slept_us, server_us, total_us, queued_us, sending_us)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
_STATEMENT_HOUR = """
    INSERT OR REPLACE INTO main.statement_hour
           (hour_s, county, statement, process, times, total_us, longest_us)
    VALUES (?, ?, ?, ?, ?, ?, ?)
"""
_LINE_HOUR = """
    INSERT OR REPLACE INTO main.line_hour (hour_s, county, process, requests, sent_again, hurt)
    VALUES (?, ?, ?, ?, ?, ?)
"""

# As packed: name, parent, start, length, module, statement (0: none), refusal, failed.
PackedSpan = tuple[str, int, int, int, str, int, str, bool]
_SPANS = msgspec.msgpack.Decoder(list[PackedSpan])


def write(
    connection: sqlite3.Connection,
    exchanges: Sequence[Exchange],
    counted: Mapping[CountKey, Sketch],
    *,
    process: str,
) -> None:
    """Write all of it or nothing; raise sqlite3.Error."""
    texts = {span.statement for one in exchanges for span in one.spans if span.statement}
    with connection:
        connection.executemany(_STATEMENT, [(statement_id(text), text) for text in sorted(texts)])
        connection.executemany(_EXCHANGE, [_row(one) for one in exchanges])
        connection.executemany(
            _COUNT, [(*key, process, packed(sketch)) for key, sketch in counted.items()]
        )


def write_itself(
    connection: sqlite3.Connection,
    watching: Mapping[int, Watching],
    probes: Sequence[Probe],
    *,
    process: str,
) -> None:
    """Write what became of watching in each period, and probes; raise sqlite3.Error."""
    with connection:
        connection.executemany(
            _PROCESS,
            [(at_s, process, _told(one)) for at_s, one in watching.items()],
        )
        connection.executemany(
            _PROBE,
            [
                (one.at_ms, process, one.asked_us, one.slept_us, one.server_us, one.total_us,
                 one.queued_us, one.sending_us)
                for one in probes
            ],
        )  # fmt: skip


def _told(one: Watching) -> bytes:
    """Return it without what is 0: an older release takes a name unknown to it for damage."""
    told = {name: value for name, value in msgspec.structs.asdict(one).items() if value}
    return msgspec.msgpack.encode(told)


def write_hourly(
    connection: sqlite3.Connection,
    statements: Mapping[StatementKey, StatementSum],
    lines: Mapping[LineKey, LineSum],
    *,
    process: str,
) -> None:
    """Write the sums of the hours at hand; raise sqlite3.Error."""
    texts = sorted({text for _, _, text in statements})
    with connection:
        connection.executemany(_STATEMENT, [(statement_id(text), text) for text in texts])
        connection.executemany(
            _STATEMENT_HOUR,
            [
                (hour_s, county, statement_id(text), process, one.times, one.total_us,
                 one.longest_us)
                for (hour_s, county, text), one in statements.items()
            ],
        )  # fmt: skip
        connection.executemany(
            _LINE_HOUR,
            [
                (hour_s, county, process, one.requests, one.sent_again, one.hurt)
                for (hour_s, county), one in lines.items()
            ],
        )


def statement_id(text: str) -> int:
    """Return the same positive number for the same statement, in every process and release."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=7).digest()) or 1


def pack_spans(spans: Iterable[SpanNote]) -> bytes:
    rows: list[PackedSpan] = [
        (
            one.name, one.parent, one.start_us, one.length_us, one.module,
            statement_id(one.statement) if one.statement else 0, one.refusal, one.failed,
        )
        for one in spans
    ]  # fmt: skip
    return zlib.compress(msgspec.msgpack.encode(rows), 1)


def unpack_spans(data: bytes) -> list[PackedSpan]:
    """Return the spans; raise zlib.error or msgspec.DecodeError for what are none."""
    return _SPANS.decode(zlib.decompress(data))


def _row(one: Exchange) -> tuple[object, ...]:
    return (
        one.trace, one.began_ms, one.county, one.module, one.operation, one.route, one.method,
        one.status, one.release, one.kept, one.vantage, one.total_us, one.before_us, one.rtt_us,
        one.retransmits, *(one.terms_us.get(name, 0) for name in TERMS), pack_spans(one.spans),
        msgspec.msgpack.encode(one.met) if one.met else None,
    )  # fmt: skip
