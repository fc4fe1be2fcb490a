"""Paths of many requests laid together: nothing is lost, nothing counted twice."""

from __future__ import annotations

import json
from pathlib import Path

from tests.observability.store.conftest import NOON_MS, SPANS, exchange, spent
from zhuji_observability.store import files, writing
from zhuji_observability.store.exchange import Exchange, SpanNote
from zhuji_observability.store.exports import speedscope_of
from zhuji_observability.store.flame import DEPTH_MAX, flame_of, hottest
from zhuji_observability.store.path import path_of
from zhuji_observability.store.reading import Store, Wanted

LINES = "budget.lines.page"
DEEP = tuple(
    SpanNote(name=f"step {place}", parent=place - 1, start_us=0, length_us=1_000)
    for place in range(3 * DEPTH_MAX)
)


def test_the_same_step_in_the_same_steps_is_one_frame() -> None:
    whole = flame_of([
        exchange(1, spans=SPANS),
        exchange(2, spans=SPANS, total_us=90_000, terms_us=spent(90_000, network=60_000)),
        exchange(3, operation=LINES),
    ])  # fmt: skip
    certify, lines = whole.inside
    assert (certify.name, certify.times, certify.total_us) == (exchange().operation, 2, 40_000)
    assert (lines.name, lines.total_us, lines.own_us) == (LINES, 10_000, 10_000)
    (case,) = certify.inside
    (locked,) = case.inside
    assert (case.times, case.total_us, case.own_us) == (2, 16_000, 4_000)
    assert (locked.statement, locked.own_us) == ("SELECT … FOR UPDATE", 12_000)
    assert whole.total_us == sum(one.own_us for one in whole.all) == 50_000, "without the line"
    assert [one.name for one in whole.way_to(locked.key)] == ["", certify.name, case.name, "SELECT"]
    assert whole.way_to("nowhere") == ()
    again = flame_of([exchange(9, spans=SPANS)]).way_to(locked.key)
    assert again[-1].times == 1, "the same steps have the same key another day"


def test_the_hottest_step_is_found_wherever_it_stands() -> None:
    elsewhere = (SpanNote(name="budget.move_funds", parent=-1, start_us=0, length_us=9_000),
                 SpanNote(name="SELECT", parent=0, start_us=0, length_us=9_000,
                          statement="SELECT … FOR UPDATE"))  # fmt: skip
    whole = flame_of([exchange(1, spans=SPANS), exchange(2, spans=elsewhere)])
    most = hottest(whole)[0]
    assert (most.statement, most.times, most.own_us) == ("SELECT … FOR UPDATE", 2, 15_000)


def test_a_step_of_sql_is_called_by_the_table_that_it_writes_else_reads() -> None:
    texts = {
        "SELECT r.a FROM budget.control_row AS r FOR NO KEY UPDATE OF r": "budget.control_row",
        "WITH a AS (SELECT 1 FROM kernel.setting) INSERT INTO kernel.event AS e": "kernel.event",
        "WITH a AS (UPDATE budget.line SET b = 1) SELECT 1 FROM a": "budget.line",
    }
    notes = [SpanNote(name="SQL", parent=-1, start_us=0, length_us=1, statement=one)
             for one in (*texts, "COMMIT")]  # fmt: skip
    labels = [step.label for step in path_of(notes)]
    assert labels == [*(f"SQL {table}" for table in texts.values()), "SQL"]


def test_steps_without_end_are_counted_as_those_above_them() -> None:
    whole = flame_of([exchange(1, spans=DEEP)])
    assert max(one.depth for one in whole.all) == DEPTH_MAX + 1
    assert whole.total_us == 10_000
    assert flame_of([]).total_us == 0


def test_speedscope_weighs_each_way_down_by_what_was_done_there() -> None:
    told = json.loads(speedscope_of(flame_of([exchange(1, spans=SPANS), exchange(2)])))
    (profile,) = told["profiles"]
    names = [one["name"] for one in told["shared"]["frames"]]
    ways = [[names[at] for at in sample] for sample in profile["samples"]]
    assert ways[-1] == [
        "zhuji", exchange().operation, "accounting.certify_requests", "SELECT … FOR UPDATE",
    ]  # fmt: skip
    assert sum(profile["weights"]) == profile["endValue"] == 20_000
    assert len(profile["weights"]) == len(ways)


def test_the_slowest_or_the_ordinary_ones_are_laid_together(tmp_path: Path) -> None:
    day_ms = 86_400_000
    slow = exchange(1, total_us=900_000, kept="slow", spans=SPANS)
    first = exchange(2, began_ms=NOON_MS - day_ms, kept="first", spans=SPANS)
    newest = exchange(3, began_ms=NOON_MS + 9_000, kept="sample", spans=SPANS)
    other = exchange(4, county="MLI", kept="slow", total_us=950_000)
    for one in (slow, first, newest, other):
        connection = files.opened(files.path_of(tmp_path, files.day_of(one.began_ms)))
        writing.write(connection, [one], {}, process="1")
        connection.close()
    store = Store(folder=tmp_path, on=True)
    wanted = Wanted(since_ms=NOON_MS - 2 * day_ms, until_ms=NOON_MS + day_ms, county="TXG")

    def traces(found: list[Exchange]) -> list[str]:
        return [one.trace for one in found]

    slowest = store.whole(wanted, usual=False, limit=2)
    assert traces(slowest)[0] == slow.trace
    assert slowest[0].spans == SPANS
    assert traces(store.whole(wanted, usual=True, limit=9)) == [newest.trace, first.trace]
    assert len(store.whole(wanted, usual=False, limit=9)) == 3
