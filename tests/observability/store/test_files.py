"""What is written is read again; old days go, damaged ones make room, and nothing is raised."""

from __future__ import annotations

import datetime as dt
import logging
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.observability.store.conftest import NOON_MS, SPANS, exchange
from zhuji_observability.recorder.record import Record
from zhuji_observability.spans.noted import now_ns, over, put_down
from zhuji_observability.spans.work import Root, work
from zhuji_observability.store import files, writing
from zhuji_observability.store.collector import Finished, spans_of
from zhuji_observability.store.counts import Sketch
from zhuji_observability.store.itself import together
from zhuji_observability.store.keeper import QUEUE_MAX, Keeper
from zhuji_observability.store.reading import Operation, Store, Wanted
from zhuji_observability.web.itself_view import loss_sentence, trouble_sentence

DAY = dt.date(2026, 11, 27)
ALL = Wanted(since_ms=NOON_MS - 600_000, until_ms=NOON_MS + 600_000)
TOLD = {
    "http.request.method": "GET",
    "http.response.status_code": 200,
    "http.route": "/{county}/budget/lines",
    "zhuji.county": "TXG",
    "zhuji.module": "budget",
    "zhuji.operation": "budget.lines.page",
}


def finished(number: int) -> Finished:
    record = Record(0)
    record.whole_ns = record.started_ns
    record.opened_ns = 0
    record.first_sent_ns = record.ended_ns = 5_000_000
    return Finished(record, number + 1, NOON_MS * 1_000_000, TOLD)


def keeper(folder: Path, *, day_bytes_max: int = files.DAY_BYTES_MAX) -> Keeper:
    return Keeper(folder, clock=lambda: NOON_MS / 1000, day_bytes_max=day_bytes_max)


def test_an_exchange_is_read_as_it_was_written(tmp_path: Path) -> None:
    one = exchange(7, spans=SPANS, kept="slow", rtt_us=20_000, retransmits=2, before_us=4_000)
    sketch = Sketch()
    sketch.add(one)
    key = (NOON_MS // 1000, "TXG", one.operation, one.release, one.vantage)
    connection = files.opened(files.path_of(tmp_path, DAY))
    writing.write(connection, [one], {key: sketch}, process="1")
    writing.write(connection, [], {key: sketch}, process="2")
    connection.close()
    store = Store(folder=tmp_path, on=True)
    assert store.find(one.trace) == one
    assert store.find("0" * 32) is None
    (slowest,) = store.slowest(ALL)
    assert (slowest.trace, slowest.spans) == (one.trace, ())
    found = store.counts(ALL)
    name = Operation(county="TXG", operation=one.operation, release=one.release)
    assert {name: counted.requests for name, counted in found.items()} == {name: 2}
    other = Wanted(since_ms=ALL.since_ms, until_ms=ALL.until_ms, county="MLI")
    assert (store.counts(other), store.slowest(other)) == ({}, [])


def test_all_requests_are_counted_and_some_kept_whole(tmp_path: Path) -> None:
    one = keeper(tmp_path)
    for number in range(250):
        one.take(finished(number))
        if number == 100:
            one.step()
    one.step()
    store = Store(folder=tmp_path, on=True)
    (counted,) = store.counts(ALL).values()
    assert counted.requests == 250
    assert counted.quantile_us(0.5) == pytest.approx(5_000, rel=0.008)
    assert len(store.slowest(ALL)) == 1 + 2, "the first, and each hundredth"
    assert one.lost == 0


def test_a_queue_that_is_full_loses_figures_and_says_how_many(tmp_path: Path) -> None:
    one = keeper(tmp_path)
    for number in range(QUEUE_MAX + 7):
        one.take(finished(number))
    assert one.lost == 7


def test_a_damaged_file_is_set_aside(tmp_path: Path) -> None:
    path = files.path_of(tmp_path, DAY)
    path.write_bytes(b"this is no database at all, whatever it was before" * 100)
    one = keeper(tmp_path)
    one.take(finished(1))
    one.step()
    (counted,) = Store(folder=tmp_path, on=True).counts(ALL).values()
    assert counted.requests == 1
    assert path.with_name(f"{path.name}.damaged").exists()


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 256 kB with nothing left on it."""
    place = tmp_path / "disk"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "none", place], check=True)
    try:
        (place / "full").write_bytes(bytes(256 * 1024))
        yield place
    finally:
        subprocess.run(["umount", place], check=True)


@pytest.mark.needs("root")
def test_a_full_disk_costs_figures_and_one_line(
    full_disk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    one = keeper(full_disk / "times")
    with caplog.at_level(logging.WARNING):
        for number in range(5):
            one.take(finished(number))
            one.step()
    assert len([line for line in caplog.records if "not kept" in line.getMessage()]) == 1
    assert one.trouble
    (full_disk / "full").unlink()
    one.take(finished(6))
    one.step()
    assert one.trouble == ""
    one.close()  # or the disk cannot be taken away
    (counted,) = Store(folder=full_disk / "times", on=True).counts(ALL).values()
    assert counted.requests == 6, "counts had waited in memory"
    assert len(Store(folder=full_disk / "times", on=True).slowest(ALL)) == 1, "and the first one"


@pytest.mark.needs("root")
def test_what_a_full_disk_keeps_from_being_kept_is_counted(
    full_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zhuji_observability.store.keeper.WAITING_MAX", 3)
    one = keeper(full_disk / "times")
    failed = {**TOLD, "http.response.status_code": 500}
    for number in range(5):
        one.take(finished(number)._replace(attributes=failed))
        one.step()
    assert one.unwritten == 2
    told = trouble_sentence(str, one)
    assert f"無法寫入時間紀錄（{one.trouble}）" in told
    assert "已有 2 次未能留存" in told
    (full_disk / "full").unlink()
    one.step()
    one.step()
    one.close()
    store = Store(folder=full_disk / "times", on=True)
    kept = sorted(each.trace for each in store.slowest(ALL))
    assert kept == [f"{number:032x}" for number in (3, 4, 5)]
    whole = together([each for rows in store.watching(ALL).values() for each in rows.values()])
    assert (whole.requests, whole.lost, whole.unwritten) == (5, 0, 2)
    assert "應留存的請求有 2 次因無法寫入而未留存" in loss_sentence(str, whole)
    assert trouble_sentence(str, one) == ""


def test_a_file_that_has_grown_to_its_bound_costs_nobody_anything(tmp_path: Path) -> None:
    one = keeper(tmp_path, day_bytes_max=64 * 1024)
    for number in range(500):
        big = finished(number)
        big = big._replace(attributes={**TOLD, "http.response.status_code": 500})
        one.take(big)
        one.step()
    assert files.path_of(tmp_path, DAY).stat().st_size <= 64 * 1024


def test_days_are_forgotten_by_age_and_by_size(tmp_path: Path) -> None:
    for before in (0, 1, 2, 3, files.KEPT_DAYS):
        path = files.path_of(tmp_path, DAY - dt.timedelta(days=before))
        path.write_bytes(bytes(1_000))
        path.with_name(f"{path.name}-wal").write_bytes(b"")
    (tmp_path / "notes.txt").write_text("not ours")
    files.forget_old(tmp_path, DAY, bytes_max=2_500)
    assert [day for day, _ in files.days(tmp_path)] == [DAY - dt.timedelta(days=1), DAY]
    assert len(list(tmp_path.iterdir())) == 2 * 2 + 1
    files.forget_old(tmp_path, DAY, bytes_max=10)
    assert [day for day, _ in files.days(tmp_path)] == [DAY], "never today's"


def test_unreadable_days_are_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    files.path_of(tmp_path, DAY).write_bytes(b"no database" * 1_000)
    store = Store(folder=tmp_path, on=True)
    with caplog.at_level(logging.WARNING):
        assert store.counts(ALL) == {}
        assert store.find("0" * 32) is None
    assert "cannot be read" in caplog.text


def test_spans_stand_below_their_parents() -> None:
    record = Record(0)
    with Root("GET /{county}") as request:
        record.spans = request.trace.notes
        with work("accounting.certify_requests"):
            note = over("", now_ns(), now_ns())
            note.statement = "SELECT 1"
            put_down(note)
            with work("hook.move_funds", {"module": "budget"}):
                pass
        trace_id, first_ns = request.trace.id, request.started_ns
    with work("background"):
        pass
    notes = spans_of(Finished(record, trace_id, 0, {}, first_ns))
    assert [(note.name, note.parent) for note in notes] == [
        ("accounting.certify_requests", -1),
        ("SELECT", 0),
        ("hook.move_funds", 0),
    ]
    assert notes[1].statement == "SELECT 1"
