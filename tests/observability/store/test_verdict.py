"""What is slow is said by what was promised of the operation, and by whether its user waits."""

from __future__ import annotations

from tests.observability.store.test_load import sketch_of
from zhuji_core.modules import HotPath
from zhuji_observability.store.promises import USUAL, of_hot_path, promises_of
from zhuji_observability.store.verdict import Side, judge

CERTIFY = HotPath(name="certify", operation_id="accounting.requests.certify", p95_ms_max=150)


def test_a_hot_path_is_slow_from_its_own_limit_on() -> None:
    promises = promises_of([CERTIFY])
    served = sketch_of(30, lock=180_000, network=100_000)
    found = judge(served, promises.promise(CERTIFY.operation_id))
    assert (found.slow, found.noticed, found.broken) == (True, False, True)
    assert found.side is Side.OTHERS, "the line keeps no promise of the server's"
    assert {one.term for one in found.blame} == {"lock", "own"}
    assert sum(one.share for one in found.blame) > 0.999
    other = judge(served, promises.promise("budget.lines.page"))
    assert (other.slow, other.promise) == (False, USUAL)


def test_what_may_take_longer_is_not_slow_at_half_a_second() -> None:
    batch = of_hot_path(1_000)
    assert not judge(sketch_of(30, sql=700_000), batch).slow
    assert judge(sketch_of(30, sql=700_000)).slow
    found = judge(sketch_of(30, sql=1_200_000), batch)
    assert (found.noticed, found.broken, found.side) == (True, True, Side.DATABASE)


def test_a_line_that_makes_people_wait_is_slow_though_the_server_keeps_its_promise() -> None:
    found = judge(sketch_of(30, network=800_000), of_hot_path(150))
    assert (found.slow, found.noticed, found.broken) == (True, True, False)
    assert found.side is Side.NETWORK
