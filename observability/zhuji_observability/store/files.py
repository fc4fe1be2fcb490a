"""SQLite files, one for each day (UTC), and what stands in them.

A day is forgotten by removing its file: nothing is deleted row by row. All processes of a host
write to the same file; each has rows of its own.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from zhuji_observability.store.exchange import LATER as LATER_TERMS
from zhuji_observability.store.exchange import TERMS

# Two weeks, and never more than this on the disk: the oldest days go first.
KEPT_DAYS = 14
DAY_BYTES_MAX = 256 * 1024 * 1024
ALL_BYTES_MAX = 2 * 1024 * 1024 * 1024
PAGE_BYTES = 4_096
# Another process writes for some milliseconds; a reader never holds a writer up (WAL).
BUSY_S = 2.0
_PREFIX, _SUFFIX = "times-", ".sqlite"

_COLUMNS = ",\n    ".join(f"{name}_us INTEGER NOT NULL" for name in TERMS)
SCHEMA = f"""
CREATE TABLE IF NOT EXISTS main.exchange (
    trace TEXT PRIMARY KEY,
    began_ms INTEGER NOT NULL,
    county TEXT NOT NULL,
    module TEXT NOT NULL,
    operation TEXT NOT NULL,
    route TEXT NOT NULL,
    method TEXT NOT NULL,
    status INTEGER NOT NULL,
    release TEXT NOT NULL,
    kept TEXT NOT NULL,
    vantage TEXT NOT NULL,
    total_us INTEGER NOT NULL,
    before_us INTEGER NOT NULL,
    rtt_us INTEGER,
    retransmits INTEGER NOT NULL,
    {_COLUMNS},
    spans BLOB NOT NULL,
    met BLOB
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS main.exchange_slowest ON exchange (county, operation, total_us DESC);
CREATE TABLE IF NOT EXISTS main.statement (
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS main.count (
    period_s INTEGER NOT NULL,
    county TEXT NOT NULL,
    operation TEXT NOT NULL,
    release TEXT NOT NULL,
    vantage TEXT NOT NULL,
    process TEXT NOT NULL,
    sketch BLOB NOT NULL,
    PRIMARY KEY (period_s, county, operation, release, vantage, process)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS main.statement_hour (
    hour_s INTEGER NOT NULL,
    county TEXT NOT NULL,
    statement INTEGER NOT NULL,
    process TEXT NOT NULL,
    times INTEGER NOT NULL,
    total_us INTEGER NOT NULL,
    longest_us INTEGER NOT NULL,
    PRIMARY KEY (hour_s, county, statement, process)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS main.line_hour (
    hour_s INTEGER NOT NULL,
    county TEXT NOT NULL,
    process TEXT NOT NULL,
    requests INTEGER NOT NULL,
    sent_again INTEGER NOT NULL,
    hurt INTEGER NOT NULL,
    PRIMARY KEY (hour_s, county, process)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS main.wire (
    trace TEXT PRIMARY KEY,
    told BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS main.head (
    trace TEXT PRIMARY KEY,
    pcap BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS main.process (
    period_s INTEGER NOT NULL,
    process TEXT NOT NULL,
    told BLOB NOT NULL,
    PRIMARY KEY (period_s, process)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS main.probe (
    at_ms INTEGER NOT NULL,
    process TEXT NOT NULL,
    asked_us INTEGER NOT NULL,
    slept_us INTEGER,
    server_us INTEGER,
    total_us INTEGER,
    queued_us INTEGER,
    sending_us INTEGER,
    PRIMARY KEY (at_ms, process, asked_us)
) WITHOUT ROWID;
"""
# Columns that came later, of tables that an older release may have made today.
LATER = {
    "exchange": (
        *(f"{name}_us INTEGER NOT NULL DEFAULT 0" for name in LATER_TERMS),
        "met BLOB",
    ),
    "probe": ("queued_us INTEGER", "sending_us INTEGER"),
}


def path_of(folder: Path, day: dt.date) -> Path:
    return folder / f"{_PREFIX}{day:%Y%m%d}{_SUFFIX}"


def day_of(moment_ms: int) -> dt.date:
    return dt.datetime.fromtimestamp(moment_ms / 1000, tz=dt.UTC).date()


def opened(path: Path, *, bytes_max: int = DAY_BYTES_MAX) -> sqlite3.Connection:
    """Open the file of a day to write; raise sqlite3.Error or OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=BUSY_S, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA max_page_count = {bytes_max // PAGE_BYTES}")
        connection.executescript(SCHEMA)
        _complete(connection)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _complete(connection: sqlite3.Connection) -> None:
    """Add the columns that a table made by an older release does not have."""
    for table, columns in LATER.items():
        rows = connection.execute("SELECT name FROM pragma_table_info(?)", (table,))
        there = {str(name) for (name,) in rows}
        for column in columns:
            if column.partition(" ")[0] not in there:
                connection.execute(f"ALTER TABLE main.{table} ADD COLUMN {column}")


@contextlib.contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the file of a day to read; raise sqlite3.Error."""
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_S)
    connection.row_factory = sqlite3.Row
    try:
        yield connection
    finally:
        connection.close()


def days(folder: Path) -> list[tuple[dt.date, Path]]:
    """Return the days that are kept, oldest first."""
    found = []
    for path in folder.glob(f"{_PREFIX}*{_SUFFIX}"):
        text = path.name.removeprefix(_PREFIX).removesuffix(_SUFFIX)
        with contextlib.suppress(ValueError):  # somebody else's file
            found.append((dt.datetime.strptime(text, "%Y%m%d").date(), path))  # noqa: DTZ007
    return sorted(found)


def forget_old(folder: Path, today: dt.date, *, bytes_max: int = ALL_BYTES_MAX) -> None:
    """Remove days beyond their time, then the oldest until the rest fits; never today's."""
    kept = []
    for day, path in days(folder):
        if day <= today - dt.timedelta(days=KEPT_DAYS):
            _remove(path)
        else:
            kept.append((day, path))
    sizes = [path.stat().st_size for _, path in kept]
    for (day, path), size in zip(kept, list(sizes), strict=True):
        if sum(sizes) <= bytes_max or day >= today:
            return
        _remove(path)
        sizes.remove(size)


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def set_aside(path: Path) -> None:
    """Move a damaged file out of the way, so that the next one begins anew."""
    _remove(path.with_name(f"{path.name}.damaged"))
    path.replace(path.with_name(f"{path.name}.damaged"))
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
