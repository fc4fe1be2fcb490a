"""Exchanges as they are read from the rows of a day."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

import msgspec

from zhuji_observability.store.exchange import TERMS, Exchange, Meeting, SpanNote
from zhuji_observability.store.writing import unpack_spans

STATEMENTS = "SELECT id, text FROM main.statement"


def exchange_of_row(row: sqlite3.Row, *, spans: tuple[SpanNote, ...] = ()) -> Exchange:
    """Return the exchange of a row, with the spans that were read of it."""
    return Exchange(
        trace=row["trace"],
        began_ms=row["began_ms"],
        county=row["county"],
        module=row["module"],
        operation=row["operation"],
        route=row["route"],
        method=row["method"],
        status=row["status"],
        release=row["release"],
        total_us=row["total_us"],
        terms_us={name: _term_us(row, name) for name in TERMS},
        before_us=row["before_us"],
        rtt_us=row["rtt_us"],
        retransmits=row["retransmits"],
        kept=row["kept"],
        vantage=row["vantage"],
        spans=spans,
        met=_met(row),
    )


def _met(row: sqlite3.Row) -> tuple[Meeting, ...]:
    told = row["met"] if "met" in row.keys() else None  # noqa: SIM118 (a Row iterates over its values)
    return () if told is None else msgspec.msgpack.decode(told, type=tuple[Meeting, ...])


def _term_us(row: sqlite3.Row, name: str) -> int:
    column = f"{name}_us"
    # A day of an older release knows fewer terms.
    return int(row[column]) if column in row.keys() else 0  # noqa: SIM118 (a Row iterates over its values)


def spans_of(row: sqlite3.Row, texts: Mapping[int, str]) -> tuple[SpanNote, ...]:
    """Return the spans of a row; ``texts``: the statements of its day by their numbers."""
    return tuple(
        SpanNote(
            name=name,
            parent=parent,
            start_us=start_us,
            length_us=length_us,
            module=module,
            statement=texts.get(statement, ""),
            refusal=refusal,
            failed=failed,
        )
        for name, parent, start_us, length_us, module, statement, refusal, failed in unpack_spans(
            row["spans"]
        )
    )
