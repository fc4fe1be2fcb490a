"""Whatever is done to the audit trail is found: bytes as read, the database itself, its end."""

from __future__ import annotations

import contextlib
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import sqlalchemy as sa

from tests.core.audit import changes
from tests.prove.tools.results import PartResult, Table, counted, must
from zhuji_core.audit import reading
from zhuji_core.audit.canonical import Seal
from zhuji_core.audit.reading import Entry
from zhuji_core.audit.trail import snapshot
from zhuji_core.audit.verification import Reason, Trail, verify
from zhuji_core.testing.cluster import CountyDatabases, running_host
from zhuji_core.testing.counties import CountyUnderTest, under_test

COUNTY = "TXG"
SEED = 2026
# Batches of 15 entries, as changes.py knows them: 14 make 210 sealed rows.
BATCHES, BATCHES_QUICK = 14, 4
ROWS, ROWS_QUICK = 200, 8


def tampering(*, quick: bool) -> PartResult:
    """Every byte of sealed rows as read; every change in the database; truncation; rewriting."""
    failures: list[str] = []
    with opened_county() as county:
        changes.given_trail(county, batches=BATCHES_QUICK if quick else BATCHES)
        rows = ROWS_QUICK if quick else ROWS
        tried, rows_tried, took_s = _every_byte(county, rows, failures)
        must(failures, holds=rows_tried == rows, say=f"{rows_tried} rows of {rows}")
        spots = _spots(county, failures)
        ends = _ends(county, failures)
    return PartResult(
        part="tampering",
        title="every change of the audit trail is found",
        checked=tried + len(spots) + len(ends),
        failures=tuple(failures),
        tables=(
            counted(
                "bytes as read",
                [
                    ("sealed rows, each value of which was changed", rows_tried),
                    ("changes: each byte, and each value taken away or made longer", tried),
                    ("found, with the row's number and no other", tried - _missed(failures)),
                    ("verifications per second", round(tried / took_s)),
                ],
            ),
            Table(heads=("change in the database, as its administrator", "found"), rows=spots),
            Table(heads=("consistent forgery", "without anchor", "with anchor"), rows=ends),
        ),
        seed=SEED,
        notes=("A forgery of the whole chain is invisible without an anchor, as it must be.",),
    )


@contextlib.contextmanager
def opened_county() -> Iterator[CountyUnderTest]:
    """Give a county on a server of its own."""
    with (
        tempfile.TemporaryDirectory(prefix="zhuji-tampering-") as folder,
        running_host(Path(folder) / "home", worker="tampering") as host,
    ):
        databases = CountyDatabases(host)
        yield under_test(databases, COUNTY)
        databases.close()


def every_byte(entry: Entry, *, chance: random.Random) -> Iterator[Entry]:
    """Give the entry with one byte of one stored value changed, for each byte of each value."""
    for at, part in enumerate(entry.parts):
        for changed in _changed(part, chance):
            parts = (*entry.parts[:at], changed, *entry.parts[at + 1 :])
            yield msgspec.structs.replace(entry, parts=parts)
    for form in _changed(entry.form, chance):
        yield msgspec.structs.replace(entry, form=form)
    for leaf in _changed(entry.leaf, chance):
        yield msgspec.structs.replace(entry, leaf=leaf)


def _changed(value: bytes | None, chance: random.Random) -> Iterator[bytes | None]:
    if value is None:
        yield from (b"", b"null", b"-")
        return
    for at, byte in enumerate(value):
        yield value[:at] + bytes([byte ^ chance.randint(1, 255)]) + value[at + 1 :]
    yield from (None, value + b" ", value[:-1] if value else b"0")


def _every_byte(county: CountyUnderTest, rows: int, failures: list[str]) -> tuple[int, int, float]:
    """Verify the whole trail for each change; say which were not found as what they are."""
    chance = random.Random(SEED)  # noqa: S311 (of a test, to be repeated)
    with snapshot(county.engine) as connection:
        entries, seals = list(reading.entries(connection)), list(reading.seals(connection))
    started, tried = time.perf_counter(), 0
    for place, entry in enumerate(entries[:rows]):
        around = _batch_of(entries, seals, place)
        for changed in every_byte(entry, chance=chance):
            tried += 1
            found = _found(around, entry, changed)
            if found != {(Reason.ENTRY_CHANGED, entry.audit_id)}:
                failures.append(f"byte of {entry.audit_id}: {sorted(map(str, found))}")
    return tried, min(rows, len(entries)), time.perf_counter() - started


def _batch_of(
    entries: list[Entry], seals: list[Seal], place: int
) -> tuple[list[Entry], list[Seal], int]:
    """Return what a verification up to the entry's own seal reads; later seals add nothing."""
    last = next(one for one in seals if one.last_audit_id >= entries[place].audit_id)
    kept = [one for one in entries if one.audit_id <= last.last_audit_id]
    return kept, [one for one in seals if one.batch_no <= last.batch_no], place


def _found(
    around: tuple[list[Entry], list[Seal], int], entry: Entry, changed: Entry
) -> set[tuple[Reason, int | None]]:
    entries, seals, place = around
    assert entries[place] is entry, "the row under test"
    row = [*entries[:place], changed, *entries[place + 1 :]]
    found = verify(Trail(county=COUNTY, entries=row, seals=seals))
    return changes.names(found.findings)


def _spots(county: CountyUnderTest, failures: list[str]) -> tuple[tuple[str, str], ...]:
    rows = []
    for change in changes.spot_changes(COUNTY):
        with changes.tampered(county, change.do) as connection:
            found = changes.verified(connection, COUNTY)
        reasons = sorted({finding.reason.value for finding in found.findings})
        rows.append((change.name, ", ".join(reasons)))
        must(failures, holds=changes.is_found(change, found), say=f"not found: {change.name}")
    must(failures, holds=len(rows) >= 20, say=f"only {len(rows)} changes")
    return tuple(rows)


def _ends(county: CountyUnderTest, failures: list[str]) -> tuple[tuple[str, str, str], ...]:
    anchor = changes.head(county)

    def forge(connection: sa.Connection) -> None:
        changes.set_to("document_label = '9'")(connection)
        changes.rewrite(connection, county=COUNTY)

    rows = []
    for name, do in (("end cut off, with its seals", changes.truncate), ("all rewritten", forge)):
        with changes.tampered(county, do) as connection:
            alone = changes.verified(connection, COUNTY)
            beside = changes.verified(connection, COUNTY, [anchor])
        reasons = sorted({finding.reason.value for finding in beside.findings})
        rows.append((name, "nothing" if alone.passed else "found", ", ".join(reasons)))
        must(failures, holds=not beside.passed, say=f"not found by the anchor: {name}")
        must(failures, holds=beside.checked > 0, say=f"nothing was checked: {name}")
    return tuple(rows)


def _missed(failures: list[str]) -> int:
    return sum(failure.startswith("byte of") for failure in failures)
