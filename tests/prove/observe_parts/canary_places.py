"""Where something that was typed might stand: unpacked, and searched in every way of writing it."""

from __future__ import annotations

import base64
import contextlib
import gzip
import html
import io
import json
import sqlite3
import tempfile
import urllib.parse
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from arro3.io import read_parquet

FAULTS_KEPT = 20
_SQLITE = b"SQLite format 3\x00"


@dataclass(kw_only=True)
class Places:
    """What was looked through, by kind, and what was found there."""

    texts: Sequence[str]
    places: Counter[str] = field(default_factory=Counter)
    amounts: Counter[str] = field(default_factory=Counter)
    occurrences: int = 0
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._written = {text: sorted(written(text)) for text in self.texts}

    def look(self, kind: str, place: str, content: bytes) -> int:
        """Search what ``content`` holds; return how often something was found."""
        self.places[kind] += 1
        found = 0
        for part in unpacked(content):
            self.amounts[kind] += len(part)
            for text, ways in self._written.items():
                times = sum(part.count(way) for way in ways)
                if times and len(self.faults) < FAULTS_KEPT:
                    self.faults.append(f"{kind}: {place}: {text} {times} times")
                found += times
        self.occurrences += found
        return found


def written(text: str) -> set[bytes]:
    """Return the ways in which a text may stand in a file."""
    plain = text.encode()
    found = {
        plain,
        text.encode("utf-16-le"),
        html.escape(text).encode(),
        json.dumps(text)[1:-1].encode(),
        urllib.parse.quote(text, safe="").encode(),
        urllib.parse.quote(text, safe="").lower().encode(),
        urllib.parse.quote_plus(text).encode(),
        plain.hex().encode(),
        plain.hex().upper().encode(),
    }
    with contextlib.suppress(UnicodeEncodeError):
        found.add(text.encode("big5"))
    for before in range(3):
        # The digits that depend on this text alone, whatever stands before and behind it.
        first = -(-before * 8 // 6)
        last = (before + len(plain)) * 8 // 6
        found.add(base64.b64encode(b"\x00" * before + plain)[first:last])
    return found


def unpacked(content: bytes) -> Iterator[bytes]:
    """Give the bytes, and what is packed in them."""
    yield content
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                yield name.encode()
                yield from unpacked(archive.read(name))
    elif content.startswith(b"\x1f\x8b"):
        yield gzip.decompress(content)
    elif content.startswith(b"PAR1"):
        table = read_parquet(io.BytesIO(content)).read_all()
        for name in table.column_names:
            yield "\n".join(map(str, (name, *table.column(name).to_pylist()))).encode()
    elif content.startswith(_SQLITE):
        yield from _of_sqlite(content)


def _of_sqlite(content: bytes) -> Iterator[bytes]:
    with tempfile.NamedTemporaryFile(suffix=".sqlite") as file:
        file.write(content)
        file.flush()
        with contextlib.closing(sqlite3.connect(file.name)) as connection:
            names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            for (name,) in names.fetchall():
                rows = connection.execute(f'SELECT * FROM "{name}"')  # noqa: S608 (its own names)
                yield b"\n".join(_cell(cell) for row in rows for cell in row)


def _cell(cell: object) -> bytes:
    if not isinstance(cell, bytes):
        return str(cell).encode()
    with contextlib.suppress(zlib.error):
        return zlib.decompress(cell)
    return cell
