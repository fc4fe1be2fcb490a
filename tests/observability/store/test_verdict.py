"""What is slow is said by what was promised of the operation, and by whether its user waits."""

from __future__ import annotations

from tests.observability.store.test_load import sketch_of
from zhuji_core.modules import HotPath
from zhuji_observability.store.counts import Sketch
from zhuji_observability.store.exchange import BROWSER
from zhuji_observability.store.promises import USUAL, of_hot_path, promises_of
from zhuji_observability.store.verdict import Side, judge
from zhuji_observability.web.comparison_view import DRAWN, county_table
from zhuji_observability.web.verdict_view import judged, sentence

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


def test_a_redirect_is_the_work_of_the_request_before_it_and_no_fault_of_the_line() -> None:
    found = judge(sketch_of(30, redirect=2_000_000, network=200_000))
    assert (found.slow, found.side) == (True, Side.BEFORE)


def test_what_is_known_of_a_few_requests_stands_behind_what_is_known_of_many() -> None:
    counts = {
        ("", "kernel.health"): sketch_of(3, kernel=9_000_000),
        ("TXG", "budget.lines.page"): sketch_of(30, sql=700_000),
        ("TXG", "kernel.home.page"): sketch_of(30, sql=800_000),
        ("TXG", "kernel.session.page"): sketch_of(30, sql=10_000),
    }
    assert [name for (_, name), _ in judged(counts, promises_of([]))] == [
        "kernel.home.page", "budget.lines.page", "kernel.health", "kernel.session.page",
    ]  # fmt: skip


def test_of_an_operation_that_no_browser_reports_the_page_does_not_say_that_nothing_came() -> None:
    nothing = judge(Sketch())
    assert "沒有請求" in sentence(str, nothing)
    assert "瀏覽器回報" in sentence(str, nothing, seen=BROWSER)


def test_a_county_that_waits_for_its_own_batch_is_told_so_beside_the_others() -> None:
    table = county_table(
        str, {"TXG": sketch_of(30, group=90_000, sql=20_000), "MLI": sketch_of(30, sql=20_000)},
        query={}, operation="", here="/host/times",
    )  # fmt: skip
    heads = [column.title for column in table.columns]
    first = dict(zip(heads, (cell.value for cell in table.rows[0].cells), strict=True))
    assert (first["平均"], first["同批作業的排隊"], first["網路"]) == ("120.0", "90.0", "0.0")
    assert "他人持有的鎖" not in heads, "of no time anywhere"
    assert heads.index("網路") == DRAWN[1]
