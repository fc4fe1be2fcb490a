"""Faults that are put in blindly, and what passes as a diagnosis."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from click.testing import CliRunner

from zhuji_core.cli import group
from zhuji_core.db.server import ServerAddress
from zhuji_observability.joined.equation import DOWNLOAD, NETWORK, UPLOAD
from zhuji_observability.proving import blind
from zhuji_observability.proving.faults import KINDS, LEAST_MS, MOST_MS, drawn
from zhuji_observability.recorder.terms import Term


def named(fault: str, *, right: bool = True, slow: bool = True) -> blind.Named:
    return blind.Named(fault=fault, lost_ms=100, slow=slow, term=None, right=right)


def test_every_kind_is_drawn_as_often_and_without_order() -> None:
    found = drawn(random.Random(1), trials=4, with_database=True)  # noqa: S311 (a fixed draw)
    assert Counter(fault.name for fault in found) == {kind.name: 4 for kind in KINDS}
    assert [fault.name for fault in found] != sorted(fault.name for fault in found)
    assert all(LEAST_MS <= fault.lost_ms <= MOST_MS for fault in found)
    without = drawn(random.Random(1), trials=1, with_database=False)  # noqa: S311
    assert {kind.name for kind in KINDS if not kind.needs_database} == {
        fault.name for fault in without
    }
    assert len(without) >= 10


def test_every_kind_names_terms_that_there_are() -> None:
    terms = {term.word for term in Term} | {UPLOAD, NETWORK, DOWNLOAD}
    for kind in KINDS:
        assert kind.terms
        assert kind.terms <= terms, kind


def test_what_passes() -> None:
    well = [named("", slow=False)] * 100
    assert blind.summed([named("distance")] * 20 + well).passed
    assert blind.summed([named("distance")] * 19 + [named("distance", right=False)] + well).passed
    two = [named("distance", right=False)] * 2
    assert not blind.summed([named("distance")] * 18 + two + well).passed
    alarmed = [named("", right=False)] * 2
    found = blind.summed([named("distance")] * 20 + well + alarmed)
    assert (found.false_alarms, found.passed) == (2, False)
    assert not blind.summed([]).passed


def test_without_root_it_says_why_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    result = CliRunner().invoke(group, ["--lang", "en", "observe", "blind"])
    assert result.exit_code == 2
    assert "root" in result.stderr


@pytest.mark.slow
@pytest.mark.needs("root", "ip", "tun")
def test_faults_are_named(pg_server: ServerAddress) -> None:
    """Every kind once, on whatever machine this is; the bound of a proof is on a quiet one."""
    url = pg_server.url("postgres").render_as_string(hide_password=False)
    found = blind.run(trials=1, healthy=3, seed=5, database=url)
    assert found.trials == len(KINDS)
    assert found.right >= 0.75, [one for one in found.named if not one.right]
    assert found.false_alarms <= 1
