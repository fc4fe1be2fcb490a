"""All that went wrong is kept, and a fair share of the rest; never without bound."""

from __future__ import annotations

import pytest

from tests.observability.store.conftest import exchange, spent
from zhuji_observability.store.promises import Promises, of_hot_path
from zhuji_observability.store.sampling import EACH, KEPT_IN_A_MINUTE_MAX, Sampler


@pytest.mark.parametrize(
    ("different", "why"),
    [
        ({"status": 500}, "error"),
        ({"total_us": 700_000}, "slow"),
        ({"retransmits": 1}, "retransmits"),
    ],
)
def test_whatever_went_wrong_is_kept_each_time(different: dict[str, object], why: str) -> None:
    sampler = Sampler()
    assert [sampler.why(exchange(number, **different)) for number in range(50)] == [why] * 50


def test_of_ordinary_ones_the_first_of_a_kind_and_each_hundredth_are_kept() -> None:
    sampler = Sampler()
    found = [sampler.why(exchange(number)) for number in range(3 * EACH + 1)]
    assert found[0] == "first"
    assert found.count("sample") == 3
    assert found.count("") == 3 * EACH - 3


def test_rare_operations_and_other_counties_are_kept_beside_busy_ones() -> None:
    sampler = Sampler()
    for number in range(50):
        sampler.why(exchange(number))
    assert sampler.why(exchange(51, county="MLI")) == "first"
    assert sampler.why(exchange(52, operation="budget.lines.page")) == "first"
    assert sampler.why(exchange(53, total_us=100_000)) == "first", "slower than the others"
    assert sampler.why(exchange(54, began_ms=exchange().began_ms + 60_000)) == "first"


def test_a_storm_of_errors_is_bounded_in_each_minute() -> None:
    sampler = Sampler()
    found = [sampler.why(exchange(number, status=500)) for number in range(1_000)]
    assert found.count("error") == KEPT_IN_A_MINUTE_MAX
    assert sampler.left_out == 1_000 - KEPT_IN_A_MINUTE_MAX
    later = exchange(status=500, began_ms=exchange().began_ms + 60_000)
    assert sampler.why(later) == "error"


def test_what_is_slower_than_was_promised_of_its_operation_is_kept() -> None:
    sampler = Sampler()
    sampler.promises = Promises(
        of={
            "accounting.requests.certify": of_hot_path(150),
            "accounting.certifications.grant": of_hot_path(1_000),
        }
    )
    served = exchange(1, total_us=200_000)
    assert [sampler.why(served) for _ in range(3)] == ["slow"] * 3
    on_the_line = exchange(2, total_us=200_000, terms_us=spent(200_000, network=100_000))
    assert [sampler.why(on_the_line) for _ in range(2)] == ["first", ""]
    batch = exchange(3, total_us=600_000, operation="accounting.certifications.grant")
    assert [sampler.why(batch) for _ in range(2)] == ["first", ""]


def test_a_storm_of_slow_ones_leaves_room_for_errors() -> None:
    sampler = Sampler()
    for number in range(2 * KEPT_IN_A_MINUTE_MAX):
        sampler.why(exchange(number, total_us=700_000))
    assert sampler.left_out == KEPT_IN_A_MINUTE_MAX
    assert sampler.why(exchange(9_999, status=500)) == "error"
