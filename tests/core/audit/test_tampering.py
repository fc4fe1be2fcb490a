"""What is done to the audit trail is found, whoever does it."""

from __future__ import annotations

import msgspec
import pytest
import sqlalchemy as sa

from tests.core.audit import changes
from tests.core.audit.changes import Change
from zhuji_core.audit import reading
from zhuji_core.audit.reading import Entry
from zhuji_core.audit.trail import snapshot
from zhuji_core.audit.verification import Reason, Trail, verify
from zhuji_core.testing.counties import CountyUnderTest

SPOTS = list(changes.spot_changes("TXG"))


@pytest.fixture
def sealed(txg: CountyUnderTest) -> CountyUnderTest:
    """A county with 4 sealed batches of 15 entries; numbers 16, 32, 48, 64 were lost."""
    changes.given_trail(txg)
    return txg


def test_an_untouched_trail_passes(sealed: CountyUnderTest) -> None:
    with snapshot(sealed.engine) as connection:
        found = changes.verified(connection, "TXG", [changes.head(sealed)])
    assert found.passed, found.findings
    assert (found.checked, found.sealed, found.seals, found.anchors) == (60, 60, 4, 1)
    assert found.head == changes.head(sealed).head


def test_nothing_checked_is_no_success(txg: CountyUnderTest) -> None:
    with snapshot(txg.engine) as connection:
        found = changes.verified(connection, "TXG")
    assert (found.checked, found.broken, found.passed) == (0, 0, False)


def test_every_change_in_the_database_is_found(sealed: CountyUnderTest) -> None:
    missed = []
    for change in SPOTS:
        with changes.tampered(sealed, change.do) as connection:
            found = changes.verified(connection, "TXG")
        if not changes.is_found(change, found):
            missed.append((change.name, found.findings))
    assert len(SPOTS) >= 20
    assert missed == []


def test_a_change_names_its_entry_and_no_other(sealed: CountyUnderTest) -> None:
    for change, reason in (
        (Change(name="", do=changes.set_to("action = 'x'")), Reason.ENTRY_CHANGED),
        (Change(name="", do=changes.new_leaf("action = 'x'")), Reason.ENTRY_REWRITTEN),
    ):
        with changes.tampered(sealed, change.do) as connection:
            found = changes.verified(connection, "TXG")
        assert changes.names(found.findings) == {(reason, 10)}


def test_truncation_and_rewriting_need_an_anchor_and_are_found_by_it(
    sealed: CountyUnderTest,
) -> None:
    anchor = changes.head(sealed)

    def forge(connection: sa.Connection) -> None:
        changes.set_to("document_label = '9'")(connection)
        changes.rewrite(connection, county="TXG")

    for do, reason in (
        (changes.truncate, Reason.ANCHOR_AHEAD),
        (forge, Reason.ANCHOR_DIFFERS),
    ):
        with changes.tampered(sealed, do) as connection:
            alone = changes.verified(connection, "TXG")
            beside = changes.verified(connection, "TXG", [anchor])
        assert alone.passed, "the forgery is consistent: only an anchor shows it"
        assert not beside.passed
        assert {finding.reason for finding in beside.findings} == {reason}


def test_every_byte_of_an_entry_counts(sealed: CountyUnderTest) -> None:
    with snapshot(sealed.engine) as connection:
        entries, seals = list(reading.entries(connection)), list(reading.seals(connection))
    tried = 0
    for place in (0, 37):
        for changed in every_byte(entries[place]):
            row = [*entries[:place], changed, *entries[place + 1 :]]
            found = verify(Trail(county="TXG", entries=row, seals=seals))
            assert changes.names(found.findings) == {(Reason.ENTRY_CHANGED, changed.audit_id)}
            tried += 1
    assert tried > 500


def every_byte(entry: Entry) -> list[Entry]:
    """Return the entry with one byte of one stored value changed, for each byte."""
    made = []
    for at, part in enumerate(entry.parts):
        for changed in _changed(part):
            parts = (*entry.parts[:at], changed, *entry.parts[at + 1 :])
            made.append(msgspec.structs.replace(entry, parts=parts))
    made += [msgspec.structs.replace(entry, form=form) for form in _changed(entry.form)]
    made += [msgspec.structs.replace(entry, leaf=leaf) for leaf in _changed(entry.leaf)]
    return made


def _changed(value: bytes | None) -> list[bytes | None]:
    if value is None:
        return [b"", b"null"]
    flipped = [
        value[:at] + bytes([value[at] ^ 1 << at % 8]) + value[at + 1 :] for at in range(len(value))
    ]
    return [*flipped, None, value + b" "]
