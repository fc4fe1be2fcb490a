"""The sealer's rounds: alarm, metrics, and heads carried out of the database."""

from __future__ import annotations

import datetime as dt
import logging
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tests.core.audit import changes
from tests.core.site import TestClock
from zhuji_core import background, hooks, tracing
from zhuji_core.access import CountyAccess
from zhuji_core.audit import anchors, trail
from zhuji_core.audit.anchors import AnchorKey, AnchorUnreadable
from zhuji_core.audit.keeper import Keeper
from zhuji_core.audit.verification import PrintedHead, Reason
from zhuji_core.background import Worker, running
from zhuji_core.compose import Host
from zhuji_core.home import Home
from zhuji_core.testing.cluster import TestHost
from zhuji_core.testing.counties import CountyUnderTest, given_actor


class Gauges:
    """A tracer that keeps measures."""

    def __init__(self) -> None:
        self.values: dict[tuple[str, object], float] = {}

    def span(self, name: str, /, **attributes: tracing.Attribute) -> object:
        return tracing.UNWATCHED.span(name, **attributes)

    def current_trace_id(self) -> str:
        return ""

    def gauge(self, name: str, value: float, /, **attributes: tracing.Attribute) -> None:
        self.values[name, attributes["county"]] = value


@pytest.fixture
def gauges() -> Iterator[Gauges]:
    measured = Gauges()
    tracing.install(measured)  # type: ignore[arg-type]
    yield measured
    tracing.install(tracing.UNWATCHED)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("ZHUJI_ANCHORS", str(tmp_path / "elsewhere"))
    return Home(tmp_path / "home")


@pytest.fixture
def own_host(host: TestHost, home: Home) -> Host:
    return Host(home=home, engines=host.engines, manager=hooks.load(), clock=TestClock())


@pytest.fixture
def access(own_host: Host, txg: CountyUnderTest) -> CountyAccess:
    return own_host.access(txg.county)


def clock_of(access: CountyAccess) -> TestClock:
    assert isinstance(access.clock, TestClock)
    return access.clock


def keeper(home: Home) -> Keeper:
    return Keeper(key=AnchorKey(home), places=anchors.folders(home))


def write(county: CountyUnderTest) -> None:
    with county.uow(given_actor(1)) as uow:
        changes.tell(uow, 1)


def test_the_head_goes_to_both_folders_and_verifies(
    access: CountyAccess, txg: CountyUnderTest, home: Home
) -> None:
    write(txg)
    status = keeper(home).keep(access)
    own, further = anchors.folders(home)
    for place in (own, further):
        (anchor,) = anchors.read_anchors(anchors.anchor_file(place, "TXG"))
        assert (anchor.batch_no, anchor.entries, anchor.head) == (1, 1, status.head)
        assert anchors.is_signed(anchor, keys=[AnchorKey(home).public])
        assert stat.S_IMODE(anchors.anchor_file(place, "TXG").stat().st_mode) == 0o600
    kept = anchors.kept_anchors([own, further], "TXG")
    assert len(kept) == 1, "the same anchor in two places is one"
    found = trail.verify_county(
        txg.engine, county="TXG", kept=kept, keys=trail.trusted_keys(AnchorKey(home), [])
    )
    assert found.passed
    assert found.anchors == 1


def test_an_anchor_is_written_once_an_interval_and_at_the_end_of_a_day(
    access: CountyAccess, txg: CountyUnderTest, home: Home
) -> None:
    own, clock = keeper(home), clock_of(access)
    clock.now = dt.datetime(2026, 11, 26, 2, 0, tzinfo=dt.UTC)

    def kept() -> list[tuple[str, int, bool]]:
        found = anchors.read_anchors(anchors.anchor_file(anchors.folders(home)[0], "TXG"))
        return [(str(one.business_date)[5:], one.batch_no, one.closes_day) for one in found]

    write(txg)
    own.keep(access)
    write(txg)
    clock.now += dt.timedelta(seconds=30)
    own.keep(access)
    assert kept() == [("11-26", 1, False)], "not more often than the interval"
    clock.now += dt.timedelta(seconds=30)
    own.keep(access)
    own.keep(access)
    assert kept() == [("11-26", 1, False), ("11-26", 2, False)]
    clock.now = dt.datetime(2026, 11, 26, 15, 59, tzinfo=dt.UTC)  # 23:59 in Taipei
    own.keep(access)
    assert len(kept()) == 2, "nothing is new"
    clock.now += dt.timedelta(minutes=2)
    own.keep(access)
    keeper(home).keep(access)  # a process that has just started reads what was written
    assert kept()[2:] == [("11-26", 2, True)]
    clock.now += dt.timedelta(days=1)
    keeper(home).keep(access)
    assert kept()[3:] == [("11-27", 2, True)], "a day without entries has its head too"


def test_a_lag_of_more_than_five_seconds_is_an_alarm(
    access: CountyAccess, txg: CountyUnderTest, home: Home, gauges: Gauges,
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    own, clock = keeper(home), clock_of(access)
    write(txg)
    monkeypatch.setattr("zhuji_core.audit.keeper.seal_once", lambda *_, **__: None)
    own.keep(access)
    assert caplog.records == []
    clock.now += dt.timedelta(seconds=6)
    for _ in range(3):
        own.keep(access)
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert "TXG" in caplog.text
    assert gauges.values["audit.backlog", "TXG"] == 1
    assert gauges.values["audit.lag_s", "TXG"] > 5
    monkeypatch.undo()
    own.keep(access)
    assert [record.levelno for record in caplog.records] == [logging.ERROR, logging.WARNING]
    assert gauges.values["audit.backlog", "TXG"] == 0


def test_one_countys_trouble_is_not_anothers(
    own_host: Host, txg: CountyUnderTest, mli: CountyUnderTest, home: Home,
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    write(txg)
    own = keeper(home)
    kept, keep = [], own.keep

    def fails_for_mli(access: CountyAccess) -> None:
        if access.county.code == "MLI":
            raise RuntimeError("no space")
        keep(access)
        kept.append(access.county.code)

    monkeypatch.setattr(own, "keep", fails_for_mli)
    background.keep_all(own_host, own)
    assert kept == ["TXG"]
    assert "MLI" in caplog.text


def test_a_worker_goes_on_after_a_failure_and_stops_with_its_block(
    caplog: pytest.LogCaptureFixture,
) -> None:
    calls: list[int] = []
    enough = threading.Event()

    def step() -> None:
        calls.append(1)
        if len(calls) >= 3:
            enough.set()
        if len(calls) == 1:
            raise RuntimeError("the first time")

    with running([Worker(name="probe", interval_s=0.001, step=step)]):
        assert enough.wait(5)
    assert "probe failed" in caplog.text
    assert not [one for one in threading.enumerate() if one.name == "zhuji-probe"]


def test_forged_foreign_and_unreadable_anchors_are_refused(
    access: CountyAccess, txg: CountyUnderTest, home: Home, tmp_path: Path
) -> None:
    write(txg)
    keeper(home).keep(access)
    place = anchors.folders(home)[0]
    (anchor,) = anchors.read_anchors(anchors.anchor_file(place, "TXG"))
    mine, stranger = AnchorKey(home), AnchorKey(Home(tmp_path / "stranger"))
    forgeries = [
        msgspec.structs.replace(anchor, entries=2),
        msgspec.structs.replace(anchor, signature="00" * 64),
        msgspec.structs.replace(anchor, signature="not hexadecimal"),
        msgspec.structs.replace(anchor, county="MLI"),
        stranger.sign(anchor),
        msgspec.structs.replace(stranger.sign(anchor), key=mine.public),
    ]
    for forged in forgeries:
        found = trail.verify_county(txg.engine, county="TXG", kept=[forged], keys=[mine.public])
        assert [one.reason for one in found.findings] == [Reason.ANCHOR_UNSIGNED], forged
    trusted = trail.trusted_keys(mine, [anchors.grouped(stranger.public)])
    believed = trail.verify_county(
        txg.engine, county="TXG", kept=[stranger.sign(anchor)], keys=trusted
    )
    assert believed.passed
    file = anchors.anchor_file(place, "TXG")
    file.write_text(file.read_text("utf-8") + "{}\n", "utf-8")
    with pytest.raises(AnchorUnreadable, match="2"):
        anchors.read_anchors(file)


def test_a_head_keyed_from_paper_finds_truncation(
    access: CountyAccess, txg: CountyUnderTest, home: Home
) -> None:
    write(txg)
    status = keeper(home).keep(access)
    shown = anchors.grouped(status.head)
    assert len(shown.split()) == 16

    def with_head(batch_no: int, text: str) -> list[Reason]:
        printed = [PrintedHead(batch_no=batch_no, head=anchors.ungrouped(text))]
        found = trail.verify_county(txg.engine, county="TXG", printed=printed)
        return [one.reason for one in found.findings]

    assert with_head(1, shown.lower().replace(" ", "-")) == []
    assert with_head(1, "0" * 64) == [Reason.ANCHOR_DIFFERS]
    assert with_head(2, shown) == [Reason.ANCHOR_AHEAD]
