"""Leaves are written by the database, seals in an order in which nothing can be missed."""

from __future__ import annotations

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
import sqlalchemy as sa

from tests.core.audit import changes
from zhuji_core.audit import canonical, reading, sealing
from zhuji_core.audit.sealing import seal_once, seal_status
from zhuji_core.audit.trail import snapshot
from zhuji_core.identity.actor import Actor
from zhuji_core.testing.counties import CountyUnderTest, given_actor

# The statement of part 1, which knows of no leaf, and must go on working.
PART_1 = changes.LOST


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def write(county: CountyUnderTest, count: int = 1, *, actor: Actor | None = None) -> None:
    for number in range(count):
        with county.uow(actor or given_actor(1)) as uow:
            changes.tell(uow, number)


def seal(county: CountyUnderTest) -> canonical.Seal | None:
    return seal_once(county.engine, county="TXG", now=now())


def passes(county: CountyUnderTest) -> bool:
    with snapshot(county.engine) as connection:
        return changes.verified(connection, "TXG").passed


def test_code_that_knows_no_leaf_writes_one(txg: CountyUnderTest) -> None:
    with txg.engine.begin() as connection:
        connection.exec_driver_sql(PART_1)
    (row,) = txg.rows("SELECT form, octet_length(leaf) AS length FROM kernel.audit_entry")
    assert tuple(row) == (1, 32)
    assert passes(txg)


def test_the_trigger_and_the_function_of_the_migration_hash_the_same(txg: CountyUnderTest) -> None:
    write(txg, 4)
    write(txg, actor=msgspec.structs.replace(given_actor(3), context={"token": "介接"}))
    with txg.engine.begin() as connection:
        connection.exec_driver_sql(PART_1)  # no before, no after, no context
    rows = txg.rows("SELECT e.leaf = kernel.audit_leaf(e) AS same FROM kernel.audit_entry AS e")
    assert [row.same for row in rows] == [True] * 6


def test_nobody_brings_a_leaf_of_his_own(txg: CountyUnderTest) -> None:
    with txg.engine.begin() as connection:
        connection.exec_driver_sql(
            PART_1.replace("trace_id)", "trace_id, form, leaf)").replace(
                "'', '')", "'', '', 7, sha256('x'))"
            )
        )
    assert passes(txg)


def test_a_session_has_no_say_in_the_hash(txg: CountyUnderTest) -> None:
    with txg.engine.connect() as connection:
        for name, value in (("TimeZone", "Asia/Taipei"), ("DateStyle", "German"),
                            ("extra_float_digits", "-5"), ("bytea_output", "escape")):  # fmt: skip
            connection.exec_driver_sql(f"SET {name} = '{value}'")
        connection.exec_driver_sql(PART_1)
        connection.commit()
        connection.invalidate()
    assert passes(txg)


def test_how_a_person_came_to_act_is_kept_and_hashed(txg: CountyUnderTest) -> None:

    actor = msgspec.structs.replace(given_actor(3), context={"token": "公庫介接"})
    write(txg, actor=actor)
    (row,) = txg.rows("SELECT context FROM kernel.audit_entry")
    assert row.context == {"token": "公庫介接"}
    assert passes(txg)


def test_seals_are_chained_and_count(txg: CountyUnderTest) -> None:
    write(txg, 3)
    first = seal(txg)
    assert seal(txg) is None
    write(txg, 2)
    second = seal(txg)
    assert first is not None
    assert second is not None
    assert first.previous_hash == canonical.genesis("TXG")
    assert second.previous_hash == first.seal_hash
    assert (second.batch_no, second.entries, second.entries_total) == (2, 2, 5)


def test_no_seal_reaches_past_an_open_transaction(
    txg: CountyUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "WRITERS_WAIT_S", 0.1)
    with txg.engine.connect() as slow:
        slow.exec_driver_sql(PART_1)  # takes number 1, and is still open
        write(txg, 2)  # numbers 2 and 3 are committed
        assert seal(txg) is None
        slow.commit()
    made = seal(txg)
    assert made is not None
    assert made.entry_ids == ((1, 3),)
    assert passes(txg)


def test_a_number_lost_with_a_rollback_is_a_gap_and_no_loss(txg: CountyUnderTest) -> None:
    with txg.engine.connect() as slow:
        slow.exec_driver_sql(PART_1)
        write(txg, 2)
        sealed: list[canonical.Seal | None] = []
        waiting = threading.Thread(target=lambda: sealed.append(seal(txg)))
        waiting.start()
        waiting.join(0.1)
        assert waiting.is_alive(), "the sealer waits for whoever was writing"
        slow.rollback()
        waiting.join()
    (made,) = sealed
    assert made is not None
    assert (made.first_audit_id, made.entry_ids) == (1, ((2, 3),))
    assert passes(txg)


def test_many_writers_and_sealers_at_once_make_one_chain(txg: CountyUnderTest) -> None:
    done = threading.Event()

    def keep_sealing(_: int) -> int:
        made = 0
        while not done.is_set():
            made += seal(txg) is not None
        return made

    def keep_writing(number: int) -> None:
        write(txg, 25)
        with txg.engine.connect() as connection:
            connection.exec_driver_sql(PART_1)
            connection.rollback()

    with ThreadPoolExecutor(6) as crowd:
        sealers = [crowd.submit(keep_sealing, number) for number in range(2)]
        for writer in [crowd.submit(keep_writing, number) for number in range(4)]:
            writer.result()
        done.set()
        assert sum(sealer.result() for sealer in sealers) > 0
    while seal(txg) is not None:
        pass
    with snapshot(txg.engine) as connection:
        found = changes.verified(connection, "TXG")
    assert found.passed, found.findings
    assert (found.checked, found.sealed) == (100, 100)


def test_a_backlog_is_sealed_in_batches(
    txg: CountyUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "BATCH_MAX", 4)
    write(txg, 10)
    assert [one.entries for _ in range(3) if (one := seal(txg)) is not None] == [4, 4, 2]
    assert passes(txg)


def test_lag_and_backlog_are_those_of_entries_without_a_seal(txg: CountyUnderTest) -> None:
    write(txg, 2)
    later = now() + dt.timedelta(seconds=7)
    with txg.engine.connect() as connection:
        before = seal_status(connection, now=later)
    assert before.backlog == 2
    assert before.lag_s > 6.5
    seal(txg)
    with txg.engine.connect() as connection:
        after = seal_status(connection, now=later)
    assert (after.backlog, after.lag_s, after.entries_total) == (0, 0.0, 2)


def test_the_countys_role_changes_neither_entries_nor_seals(txg: CountyUnderTest) -> None:
    write(txg, 1)
    seal(txg)
    for statement in (
        "UPDATE kernel.audit_seal SET entries = 9",
        "DELETE FROM kernel.audit_seal",
        "TRUNCATE kernel.audit_seal",
        "UPDATE kernel.audit_entry SET leaf = leaf",
        "ALTER TABLE kernel.audit_entry DISABLE TRIGGER audit_entry_hashed",
        "DROP FUNCTION kernel.audit_entry_hashed() CASCADE",
        "SET session_replication_role = replica",
    ):
        with txg.engine.connect() as connection, pytest.raises(sa.exc.ProgrammingError):
            connection.exec_driver_sql(statement)


def test_a_county_that_moves_takes_no_seal(txg: CountyUnderTest) -> None:
    write(txg, 1)
    txg.execute("UPDATE kernel.this_county SET state = 'moving'")
    assert seal(txg) is None
    txg.execute("UPDATE kernel.this_county SET state = 'read_only'")
    assert seal(txg) is not None


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 8, 9, 64, 65])
def test_every_leaf_of_a_tree_has_its_way_to_the_root(size: int) -> None:
    leaves = [canonical.leaf_hash("1", [b"%d" % number]) for number in range(size)]
    root = canonical.merkle_root(leaves)
    assert root == rfc6962(leaves)
    for index, leaf in enumerate(leaves):
        path = canonical.merkle_path(leaves, index)
        assert canonical.root_of_path(leaf, index=index, size=size, path=path) == root
        assert canonical.root_of_path(leaf, index=index, size=size, path=[*path, root]) is None
        other = (index + 1) % size
        if other != index:
            assert canonical.root_of_path(leaf, index=other, size=size, path=path) != root


def rfc6962(leaves: list[bytes]) -> bytes:
    """Follow the definition in the RFC word for word: split at the largest power of two."""
    if len(leaves) == 1:
        return leaves[0]
    half = 1 << ((len(leaves) - 1).bit_length() - 1)
    return canonical.node_hash(rfc6962(leaves[:half]), rfc6962(leaves[half:]))


def test_entries_are_read_page_by_page(
    txg: CountyUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "PAGE_ROWS", 3)
    monkeypatch.setattr(reading, "SEALS_PAGE", 1)
    for _ in range(4):
        write(txg, 2)
        seal(txg)
    with snapshot(txg.engine) as connection:
        found = changes.verified(connection, "TXG")
    assert found.passed
    assert (found.checked, found.seals) == (8, 4)
