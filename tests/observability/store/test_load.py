"""What eats the server's time, from which load on requests queue, and which line is bad."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tests.observability.store.conftest import NOON_MS, SPANS, asked, exchange, spent
from tests.observability.store.test_files import ALL
from zhuji_observability.store import files, writing
from zhuji_observability.store.counts import Sketch
from zhuji_observability.store.hourly import (
    HOUR_S,
    Hourly,
    LineSum,
    StatementSum,
    statements_together,
)
from zhuji_observability.store.lines import Trouble, line_of
from zhuji_observability.store.load import PERIOD_S, by_load, knee, load_of
from zhuji_observability.store.reading import Store


def test_statements_of_all_requests_are_added_up_by_county_and_hour(tmp_path: Path) -> None:
    hourly = Hourly()
    for number in range(3):
        one = exchange(number, spans=SPANS, retransmits=number)
        hourly.add(one, asked(one))
    other = exchange(9, spans=SPANS, county="MLI", began_ms=NOON_MS + HOUR_S * 1_000)
    hourly.add(other, asked(other))
    connection = files.opened(files.path_of(tmp_path, files.day_of(NOON_MS)))
    for process in ("1", "2"):
        writing.write_hourly(connection, hourly.unwritten(), hourly.lines, process=process)
    connection.close()
    store = Store(folder=tmp_path, on=True)
    later = msgspec.structs.replace(ALL, until_ms=ALL.until_ms + 2 * HOUR_S * 1_000)
    found = statements_together((text, one) for text, _, one in store.statements(later))
    (text,) = {span.statement for span in SPANS} - {""}
    assert found == {text: StatementSum(times=8, total_us=48_000, longest_us=6_000)}
    only = store.statements(msgspec.structs.replace(later, county="MLI"))
    assert [(county, one.times) for _, county, one in only] == [("MLI", 2)]
    assert store.lines(ALL)["TXG"] == LineSum(requests=6, sent_again=6, hurt=4)


def test_hours_that_are_over_are_forgotten_once_written() -> None:
    hourly = Hourly()
    one = exchange(1, spans=SPANS)
    hourly.add(one, asked(one))
    hourly.written(NOON_MS / 1_000)
    assert not hourly.unwritten()
    assert hourly.lines, "the hour is not over"
    hourly.written(NOON_MS / 1_000 + 2 * HOUR_S)
    assert not hourly.statements
    assert not hourly.lines


def sketch_of(requests: int, **terms: int) -> Sketch:
    sketch = Sketch()
    total = sum(terms.values()) + 10_000
    for number in range(requests):
        sketch.add(exchange(number, total_us=total, terms_us=spent(total, **terms)))
    return sketch


def test_requests_inside_are_known_by_littles_law() -> None:
    load = load_of(sketch_of(600, thread=20_000, network=50_000))
    assert load.per_s == 2.0
    assert load.inside == pytest.approx(2.0 * 0.030), "the network is not inside"
    assert (load.worked_us, load.waited_us) == (10_000, 20_000)
    assert load_of(Sketch()).inside == 0.0


def test_the_knee_is_where_waiting_begins_to_be_longer_than_work() -> None:
    periods = {
        0: sketch_of(30),
        PERIOD_S: sketch_of(1_000, thread=2_000),
        2 * PERIOD_S: sketch_of(1_500, thread=60_000, pool=5_000),
        3 * PERIOD_S: sketch_of(1_600, thread=60_000, pool=5_000),
    }
    bands = by_load(periods)
    assert [one.periods for one in bands] == [1, 1, 2]
    assert bands[0].least == 0.0
    found = knee(bands)
    assert found is not None
    assert found.load.requests == 3_100
    assert knee(bands[:2]) is None


def test_a_line_is_called_bad_for_what_it_does_and_for_nothing_else() -> None:
    steady = sketch_of(100, network=80_000)
    far = line_of(steady, None, LineSum(requests=100))
    assert (far.troubles, far.connect_p95_us) == ((), None), "far away is not bad"
    lossy = line_of(steady, None, LineSum(requests=100, sent_again=9, hurt=3))
    assert lossy.troubles == (Trouble.LOSS,)
    swaying = sketch_of(90, network=20_000)
    swaying.merge(sketch_of(10, network=90_000))
    browsers = sketch_of(20, connect=1_080_000, network=20_000)
    found = line_of(swaying, browsers, LineSum(requests=100, hurt=1))
    assert found.troubles == (Trouble.CONNECT, Trouble.UNSTEADY)
