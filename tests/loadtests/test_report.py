"""A run says on its page and on the terminal what it was, and fails when anything is a fault."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from loadtests import processes, report
from loadtests.checks import Compared, Verified
from loadtests.machine import Course, Used, course, watching
from loadtests.notes import Act, Seen
from loadtests.outcome import Outcome, rates_of, slowest_of
from loadtests.people import Plan
from loadtests.scenarios import SCENARIOS
from loadtests.slo import judge, read_promise

SEEN = Seen(
    at_s=1.0, operation="accounting.requests.certify", status=201, total_ms=30.0, server_ms=20.0,
    terms_ms={},
)  # fmt: skip
GOOD = Outcome(
    scenario=SCENARIOS["A"], scale=0.05,
    plan=Plan(
        scenario="A", county="txg", folder="", minutes=1, sessions=41, think=1, fiscal_year=115,
        day="2026-03-17", people={},
    ),
    processes=1, took_s=60.0, locust_code=0,
    rates=rates_of(
        SCENARIOS["A"], [SEEN] * 30, [Act(what="certification", of="1")], scale=0.05, minutes=1
    ),
    kept=tuple(judge([SEEN] * 30, read_promise(), scenario="A")),
    compared=(Compared(what="certification", acknowledged=1, stored=1),),
    verified=(Verified(command="zhuji budget verify", checked=1_080, errors=()),),
    used=(
        Used(name="application", pid=1, cpu_s=12.0,
             own_mib=course([(0.0, 90.0), (1800.0, 100.0), (3600.0, 110.0)])),
    ), followed_s=1.0, load_before=0.5, since_s=0.0, slowest=slowest_of([SEEN]),
    breakdown={"accounting.requests.certify": {"sql": 8.0, "own": 3.5}},
)  # fmt: skip


def test_a_run_without_a_fault_passes_and_shows_everything(tmp_path: Path) -> None:
    assert GOOD.passed, GOOD.faults
    told = report.text(GOOD)
    assert told.endswith("PASSED")
    for word in (
        "41 sessions",
        "accounting.requests.certify",
        "acknowledged = stored",
        "1,080",
        "+20.0",
    ):
        assert word in told
    page = report.write(GOOD, tmp_path).read_text(encoding="utf-8")
    assert "<td>11.50</td>" in page, "the sum of an operation's terms"
    assert (tmp_path / "outcome.json").exists()


@pytest.mark.parametrize(
    ("fault", "word"),
    [
        ({"kept": ()}, "nobody was answered"),
        ({"locust_code": 1}, "Locust ended with 1"),
        ({"compared": (Compared(what="claim", acknowledged=2, stored=1),)}, "claim: 2"),
        ({"verified": (Verified(command="v", checked=1, errors=("drift",)),)}, "v: drift"),
        ({"scale": 1.0, "rates": rates_of(SCENARIOS["A"], [SEEN], [], scale=1, minutes=1)},
         "certifications decided per second: 0.02 of 3.00"),
        ({"kept": tuple(judge([msgspec.structs.replace(SEEN, failed="500 <b>")] * 30,
                              read_promise(), scenario="A"))}, "30 of 30 failed"),
    ],
)  # fmt: skip
def test_each_kind_of_fault_fails_the_run(
    fault: dict[str, object], word: str, tmp_path: Path
) -> None:
    broken = msgspec.structs.replace(GOOD, **fault)
    assert not broken.passed
    told = report.text(broken)
    assert word in told
    assert told.endswith("FAILED")
    assert "<b>" not in report.write(broken, tmp_path).read_text(encoding="utf-8")


def test_the_machine_is_watched_while_it_works() -> None:
    before = processes.cpu_s(processes.tree(os.getpid()))
    with watching({"this": os.getpid()}) as found:
        sum(number * number for number in range(1_000_000))
    (one,) = found
    assert 0 < one.cpu_s <= processes.cpu_s(processes.tree(os.getpid())) - before
    assert one.memory_mib.most > one.own_mib.most > 10
    assert one.files.most >= 3
    assert one.processes.first >= 1


def test_growth_is_that_of_the_time_in_which_everybody_is_there() -> None:
    grows = course([(at * 6.0, 100.0 + at if at < 20 else 120.0 + at / 100) for at in range(100)])
    assert (grows.first, grows.last, grows.most) == (100.0, 120.99, 120.99)
    assert grows.per_hour == pytest.approx(6.0)
    assert course([(0.0, 1.0), (60.0, 2.0)]).per_hour is None, "a minute tells nothing"
    assert course([]) == Course()


def test_the_slowest_answers_stand_first() -> None:
    seen = [msgspec.structs.replace(SEEN, server_ms=float(at)) for at in range(20)]
    assert [one.server_ms for one in slowest_of(seen)] == [19, 18, 17, 16, 15]
