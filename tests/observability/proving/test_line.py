"""The line of a proof: what is put in is what a packet meets."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zhuji_observability.proving.line import Line, LineSetting
from zhuji_observability.proving.matrix import Cell, cells

MS = 1_000_000


def test_a_packet_arrives_after_the_delay() -> None:
    line = Line(LineSetting(delay_ms=20), seed=1)
    assert [line.send(at * MS, 1000) for at in (0, 1, 50)] == [20 * MS, 21 * MS, 70 * MS]


# How fast examples are drawn says how busy the machine is.
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(st.integers(0, 5 * MS), st.integers(40, 1500)), max_size=20),
    st.floats(0, 30), st.floats(0, 20), st.sampled_from((0.0, 1.0, 100.0)),
)  # fmt: skip
def test_packets_keep_their_order_and_never_come_before_they_are_sent(
    packets: list[tuple[int, int]], delay_ms: float, jitter_ms: float, mbit_per_s: float
) -> None:
    line = Line(LineSetting(delay_ms=delay_ms, jitter_ms=jitter_ms, mbit_per_s=mbit_per_s), seed=3)
    now = last = 0
    for step, size in packets:
        now += step
        arrives = line.send(now, size)
        if arrives is not None:
            assert arrives >= max(now, last)
            last = arrives


def test_a_narrow_line_sends_one_after_the_other() -> None:
    line = Line(LineSetting(delay_ms=10, mbit_per_s=8), seed=1)  # a thousand bytes in 1 ms
    assert [line.send(0, 1000) for _ in range(3)] == [11 * MS, 12 * MS, 13 * MS]
    assert line.send(100 * MS, 1000) == 111 * MS


def test_what_waits_too_long_is_dropped() -> None:
    line = Line(LineSetting(mbit_per_s=8, queue_ms=5), seed=1)
    assert sum(line.send(0, 1000) is None for _ in range(20)) == 14
    assert line.lost == 14


def test_loss_is_a_share_and_the_same_each_time() -> None:
    def lost(seed: int) -> list[int]:
        line = Line(LineSetting(loss=0.1), seed=seed)
        return [at for at in range(5000) if line.send(at, 100) is None]

    assert 400 < len(lost(1)) < 600
    assert lost(1) == lost(1) != lost(2)


@pytest.mark.parametrize(("full", "count"), [(False, 54), (True, 120)])
def test_the_matrix_names_each_cell_once(*, full: bool, count: int) -> None:
    chosen = cells(full=full)
    assert len(chosen) == len({cell.name for cell in chosen}) == count


def test_a_cell_whose_network_is_known() -> None:
    assert Cell(rtt_ms=20, loss=0, sleep_ms=5).is_one_round_trip
    assert not Cell(rtt_ms=20, loss=0.01, sleep_ms=5).is_one_round_trip
    assert not Cell(rtt_ms=20, loss=0, sleep_ms=5, up_bytes=9).is_one_round_trip
    assert not Cell(rtt_ms=20, loss=0, sleep_ms=5, down_bytes=9000).is_one_round_trip
