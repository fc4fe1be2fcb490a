"""What leaves the store is what other tools read, and says nothing that they need not know."""

from __future__ import annotations

import csv
import io
import json
import sys
import zipfile
from pathlib import Path

import pytest
from arro3.io import read_parquet
from google.protobuf import json_format  # type: ignore[import-untyped]
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.observability.store.conftest import SPANS, exchange, spent
from tests.observability.store.test_load import sketch_of
from tests.observability.store.test_wires import captured, lossy_talk
from zhuji_observability.pcap.analysis import Analysis
from zhuji_observability.pcap.terms import CapturedRow
from zhuji_observability.store.counts import Sketch
from zhuji_observability.store.exports import (
    EXCHANGE_HEAD,
    exchange_csv,
    otlp,
    perfetto,
    speedscope,
)
from zhuji_observability.store.hourly import LineSum
from zhuji_observability.store.lines import line_of
from zhuji_observability.store.pack import pack
from zhuji_observability.store.parquet import exchange_parquet
from zhuji_observability.store.promises import of_hot_path
from zhuji_observability.store.refusals import ParquetAbsent
from zhuji_observability.store.slo import ALL_HOURS, DAY, HOUR, bad_of, burn_of

ONE = exchange(
    1, total_us=46_000, terms_us=spent(46_000, upload=5_000, lock=6_000, network=20_000),
    spans=SPANS, before_us=400,
)  # fmt: skip


class Captured:
    """Who was captured one request of."""

    def __init__(self, row: CapturedRow) -> None:
        self._row = row

    def wire(self, trace: str) -> CapturedRow | None:
        return self._row if trace == ONE.trace else None

    def heads(self, trace: str) -> bytes | None:
        return self._row.heads if trace == ONE.trace else None


@pytest.fixture
def wire(tmp_path: Path) -> CapturedRow:
    (row,) = Analysis(captured(tmp_path, lossy_talk()), packets=True).rows()
    assert isinstance(row, CapturedRow)
    return row


def test_perfetto_has_steps_and_packets_on_tracks_of_their_own(wire: CapturedRow) -> None:
    events = json.loads(perfetto(ONE, wire))["traceEvents"]
    steps = {one["name"]: one for one in events if one["ph"] == "X" and one["pid"] == 1}
    assert (steps["SELECT"]["ts"], steps["SELECT"]["dur"]) == (600, 6_000)
    assert [one["dur"] for one in events if one["ph"] == "X" and one["pid"] == 2][:2] == [
        5_000,
        40_000,
    ]
    packets = [one for one in events if one["ph"] == "i"]
    assert len(packets) == len(wire.packets)
    assert [one["ts"] for one in packets if one["name"] == "data again"] == [136_000]
    assert {one["pid"] for one in json.loads(perfetto(ONE, None))["traceEvents"]} == {1}


def test_speedscope_closes_what_it_opened_in_the_order_of_time() -> None:
    (profile,) = json.loads(speedscope(ONE))["profiles"]
    standing, last_us = [], 0
    for event in profile["events"]:
        assert event["at"] >= last_us
        last_us = event["at"]
        if event["type"] == "O":
            standing.append(event["frame"])
        else:
            assert standing.pop() == event["frame"]
    assert standing == []
    assert (last_us, len(profile["events"])) == (profile["endValue"], 2 * (1 + len(SPANS)))


def test_otlp_is_what_a_collector_takes() -> None:
    raw = json.loads(otlp([ONE]))
    ids = [one["spanId"] for one in raw["resourceSpans"][0]["scopeSpans"][0]["spans"]]
    assert len(set(ids)) == 1 + len(SPANS)
    # OTLP's JSON has ids in hexadecimal, protobuf's own in base64: as text both are read.
    message = json_format.Parse(otlp([ONE]), ExportTraceServiceRequest())
    spans = message.resource_spans[0].scope_spans[0].spans
    assert [one.name for one in spans][1:] == [note.name for note in SPANS]
    assert spans[2].end_time_unix_nano - spans[2].start_time_unix_nano == 6_000_000
    told = {one.key: one.value for one in spans[0].attributes}
    assert told["http.response.status_code"].int_value == 303
    assert told["zhuji.wait.lock_ms"].double_value == 6.0


def test_a_table_has_a_column_for_each_term() -> None:
    (row,) = csv.DictReader(io.StringIO(exchange_csv([ONE]).decode()))
    assert (row["lock_us"], row["network_us"], row["rtt_us"]) == ("6000", "20000", "")


def test_a_parquet_file_has_the_same_columns_with_their_types() -> None:
    other = exchange(2, rtt_us=61_000, retransmits=3)
    table = read_parquet(io.BytesIO(exchange_parquet([ONE, other]))).read_all()
    assert table.column_names == list(EXCHANGE_HEAD)
    columns = {name: table.column(name).to_pylist() for name in EXCHANGE_HEAD}
    assert columns["trace"] == [ONE.trace, other.trace]
    assert (columns["lock_us"], columns["rtt_us"]) == ([6_000, 0], [None, 61_000])
    empty = read_parquet(io.BytesIO(exchange_parquet([]))).read_all()
    assert (empty.num_rows, empty.column_names) == (0, list(EXCHANGE_HEAD))


def test_a_host_that_cannot_write_parquet_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "arro3.io", None)
    with pytest.raises(ParquetAbsent) as refused:
        exchange_parquet([ONE])
    assert "zhuji[parquet]" in refused.value.message


def test_the_pack_for_the_operator_of_a_line_says_nothing_of_what_a_county_does(
    wire: CapturedRow,
) -> None:
    line = line_of(sketch_of(100, network=80_000), None, LineSum(requests=100, hurt=3))
    content = pack("先讀我", line, [ONE], Captured(wire))
    assert content == pack("先讀我", line, [ONE], Captured(wire))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        heads = archive.read(names.pop())
        files = {name: archive.read(name).decode() for name in names}
    assert heads == wire.heads
    whole = "".join(files.values()) + heads.decode("latin-1")
    for hidden in (ONE.operation, ONE.route, "SELECT", "certif", "/claims"):
        assert hidden not in whole
    (row,) = csv.DictReader(io.StringIO(files["exchanges.csv"]))
    assert (row["server_and_rest_us"], row["captured"]) == ("21000", "yes")
    packets = list(csv.DictReader(io.StringIO(files["packets.csv"])))
    assert [one["at_us"] for one in packets if one["sent_again"]] == ["136000"]


def test_a_budget_burns_by_what_was_slow_or_failed() -> None:
    quick, slow = sketch_of(990), sketch_of(10, sql=600_000)
    slow.merge(quick)
    found = burn_of({HOUR: sketch_of(10, sql=600_000), DAY: slow, ALL_HOURS: slow})
    assert found.burn[DAY] == pytest.approx(1.0)
    assert found.left == pytest.approx(0.0, abs=1e-9)
    assert found.burn[HOUR] == pytest.approx(100.0)
    assert found.urgent
    failed = Sketch()
    for number in range(4):
        failed.add(exchange(number, status=500 if number < 2 else 200))
    assert burn_of(dict.fromkeys((HOUR, DAY, ALL_HOURS), failed)).broken
    assert not burn_of(dict.fromkeys((HOUR, DAY, ALL_HOURS), Sketch())).broken


def test_a_hot_path_is_held_to_its_own_promise_of_server_time() -> None:
    promise = of_hot_path(150)
    # 100 ms of the line's are no fault of the server; a fifth of a second of SQL is.
    far = sketch_of(90, sql=20_000, network=300_000)
    assert bad_of(far, promise) == 0
    assert bad_of(far) == 0
    far.merge(sketch_of(10, sql=200_000))
    found = burn_of(dict.fromkeys((HOUR, DAY, ALL_HOURS), far), promise)
    assert (found.bad, found.broken) == (10, True)
    assert found.burn[HOUR] == pytest.approx(2.0), "twice the five of a hundred that may be"
    assert found.reached_us == pytest.approx(210_000, rel=0.02)
    usual = burn_of(dict.fromkeys((HOUR, DAY, ALL_HOURS), far))
    assert (usual.bad, usual.left) == (0, 1.0)


def test_counts_of_a_release_that_did_not_know_server_time_are_judged_by_the_total() -> None:
    older = sketch_of(3, sql=200_000)
    older.served.clear()
    older.merge(sketch_of(2, sql=10_000))
    assert bad_of(older, of_hot_path(150)) == 3
