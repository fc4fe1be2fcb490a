"""Limits are judged on the server's time and the network's apart, and can be broken."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from loadtests.notes import Act, Notebook, Seen, read_acts, read_seen, told_ms
from loadtests.outcome import rates_of
from loadtests.scenarios import SCENARIOS
from loadtests.slo import Kept, judge, read_promise

PROMISE = read_promise()
CERTIFY = "accounting.requests.certify"


def seen(total_ms: float = 30.0, server_ms: float = 20.0, **more: str) -> Seen:
    return Seen(
        at_s=1.0, operation=more.pop("operation", CERTIFY), status=201, total_ms=total_ms,
        server_ms=server_ms, terms_ms={"db": 12.0}, **more,
    )  # fmt: skip


def judged(*answers: Seen, scenario: str = "A") -> Kept:
    (found,) = judge(answers, PROMISE, scenario=scenario)
    return found


def test_what_keeps_its_limits_passes() -> None:
    found = judged(*[seen()] * 30)
    assert found.passed
    assert (found.server_p50_ms, found.network_p50_ms) == (20.0, 10.0)


def test_a_slow_server_breaks_the_servers_limit_alone() -> None:
    found = judged(*[seen(170, 160)] * 30)
    assert found.broken == ("server_p95_ms 160 > 150",)


def test_a_slow_line_breaks_the_networks_limit_alone_unless_the_scenario_allows_it() -> None:
    slow = [seen(320, 20)] * 30
    assert judged(*slow).broken == ("network_p95_ms 300 > 150",)
    assert judged(*slow, scenario="H").passed


def test_one_failure_fails_it_and_a_refusal_does_not() -> None:
    assert judged(*[seen()] * 30, seen(code="E-FUNDS")).passed
    found = judged(*[seen()] * 30, seen(failed="500"))
    assert found.broken == ("1 of 31 failed: 500",)


def test_few_answers_have_no_quantile() -> None:
    found = judged(*[seen(999, 900)] * 5)
    assert found.passed
    assert not found.judged


def test_an_operation_without_limits_of_its_own_has_those_of_all() -> None:
    found = judged(*[seen(700, 600, operation="accounting.claims.page")] * 30)
    assert found.broken == ("server_p95_ms 600 > 500",)


def test_a_limit_that_is_none_is_refused(tmp_path: Path) -> None:
    wrong = tmp_path / "slo.toml"
    wrong.write_text("requests_min = 1\nfailures_max = 0.0\n[all]\nserver_p59_ms = 1\n")
    with pytest.raises(msgspec.ValidationError):
        read_promise(wrong)


def test_the_servers_terms_are_read_off_its_header() -> None:
    header = 'app;dur=12.30, kq;dur=0.40, db;dur=8.00, traceparent;desc="00-ab-cd-01"'
    assert told_ms(header) == (12.3, {"kq": 0.4, "db": 8.0})
    assert told_ms("") == (0.0, {})


def test_what_processes_note_is_read_whole(tmp_path: Path) -> None:
    book = Notebook(tmp_path)
    one = seen(failed="說明, 含逗號")
    book.see(one)
    book.act("certification", "01-ab", "115000001")
    book.close()
    assert list(read_seen(tmp_path)) == [one]
    assert read_acts(tmp_path) == [Act(what="certification", of="01-ab", number="115000001")]


def test_rates_grow_with_the_scale_and_a_hot_line_grants_exactly_twenty() -> None:
    answers, acts = [seen()] * 60, [Act(what="certification", of=str(at)) for at in range(20)]
    ordinary = rates_of(SCENARIOS["A"], answers, acts, scale=0.05, minutes=1)
    decided = next(one for one in ordinary if one.name.startswith("certifications decided"))
    assert (decided.reached, round(decided.required, 2)) == (1.0, 0.15)
    assert decided.passed
    for granted, passes in ((20, True), (21, False), (19, False)):
        found = rates_of(SCENARIOS["F"], answers, [*acts, *acts][:granted], scale=1, minutes=1)
        assert next(one for one in found if one.exactly).passed is passes
