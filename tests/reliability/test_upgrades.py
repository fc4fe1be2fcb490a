"""``zhuji db upgrade``: killed and run again, a county that fails, a canary that fails, a lock."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.prove.kernel_parts import counties
from tests.prove.kernel_parts.counties import Place, placed
from tests.prove.tools import third_party
from zhuji_core import hooks
from zhuji_core.commands import upgrading
from zhuji_core.commands.upgrading import Outcome, upgrade_all
from zhuji_core.compose import Host
from zhuji_core.county import CountyNotFound
from zhuji_core.db import upgrades
from zhuji_core.db.counties import read_counties
from zhuji_core.db.migrations import Migrations
from zhuji_core.db.states import change_state
from zhuji_core.db.upgrades import CountyLeftOut
from zhuji_core.hookspecs import hookimpl
from zhuji_core.modules import ModuleInfo


class Growing:
    """The module of ``third_party`` in this process."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / f"zhuji_{third_party.NAME}" / "migrations"

    @hookimpl
    def register_module(self) -> ModuleInfo:
        return ModuleInfo(name=third_party.NAME, title="成長", version="1")

    @hookimpl
    def register_migrations(self) -> Migrations:
        return Migrations(path=self.path, schema=third_party.NAME, append_only=("thing_1",))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Three counties in a home of their own; each test adds migrations to the same module.

    The first is there before: any of the tests may be a worker's only one.
    """
    folder = tmp_path_factory.mktemp("upgrades")
    folder.chmod(0o755)
    with placed(folder / "place", codes=counties.SMALL) as opened:
        counties.create(opened)
        third_party.grow(opened.module)
        assert opened.upgrade().returncode == 0
        yield opened


@pytest.fixture
def host(place: Place) -> Host:
    """The host as a process that starts now sees it: with the migrations written so far."""
    manager = hooks.load()
    manager.register(Growing(place.module), name=third_party.NAME)
    return Host(home=place.host.home, engines=place.host.engines, manager=manager)


def behind(host: Host) -> dict[str, int]:
    registry = list(read_counties(host.engines).values())
    found = upgrades.status(host.engines, registry, host.migrations)
    return {one.code: one.behind for one in found}


def failed(outcomes: list[Outcome]) -> dict[str, str]:
    return {one.code: one.error for one in outcomes if one.error}


def mend(place: Place, number: int) -> None:
    """Correct the migration that failed, as a new release would."""
    file = place.module / f"zhuji_{third_party.NAME}" / "migrations" / "versions"
    text = (file / f"{number:04}.py").read_text("utf-8")
    for code in counties.SMALL:
        text = text.replace(f"= '{code}'", "= ''")
    (file / f"{number:04}.py").write_text(text, "utf-8")


def test_a_county_that_fails_stays_as_it_was_and_the_others_go_on(place: Place, host: Host) -> None:
    number = third_party.grow(place.module, by=2, failing="LIE")
    outcomes = list(upgrade_all(host, canary="pen"))
    assert [one.code for one in outcomes] == ["PEN", "KIN", "LIE"]
    assert [one.canary for one in outcomes] == [True, False, False]
    assert "not as the migration expects" in failed(outcomes)["LIE"]
    assert "INSERT" not in failed(outcomes)["LIE"], "no statement in the message"
    # Both of its migrations are in one transaction: it has neither.
    assert behind(host) == {"KIN": 0, "LIE": 2, "PEN": 0}
    (last,) = [one.last for one in _status(host) if one.code == "LIE"]
    assert last is not None
    assert last.finished_at is not None
    assert "not as the migration expects" in last.error
    mend(place, number)
    again = list(upgrade_all(host, canary="LIE"))
    assert failed(again) == {}
    assert [len(one.revisions) for one in again] == [2, 0, 0]
    assert behind(host) == {"KIN": 0, "LIE": 0, "PEN": 0}
    assert all(one.last is not None and not one.last.error for one in _status(host))


def _status(host: Host) -> list[upgrades.CountyStatus]:
    registry = list(read_counties(host.engines).values())
    return upgrades.status(host.engines, registry, host.migrations)


def test_when_the_canary_fails_nothing_else_starts(place: Place, host: Host) -> None:
    number = third_party.grow(place.module, failing="LIE")
    outcomes = list(upgrade_all(host, canary="LIE"))
    assert [one.code for one in outcomes] == ["LIE"]
    assert behind(host) == {"KIN": 1, "LIE": 1, "PEN": 1}
    told = place.upgrade("--canary", "LIE")
    assert told.returncode == 3, told.stderr
    assert [one["code"] for one in json.loads(told.stdout)["counties"]] == ["LIE"]
    mend(place, number)
    assert failed(list(upgrade_all(host))) == {}


def test_the_smallest_goes_first_and_a_wrong_name_is_refused(place: Place, host: Host) -> None:
    registry = list(read_counties(host.engines).values())
    sizes = upgrades.database_sizes(host.engines)
    line = upgrades.order(host.engines, registry)
    assert sizes[line[0].code] == min(sizes.values())
    assert [one.code for one in line[1:]] == sorted(one.code for one in line[1:])
    with pytest.raises(CountyNotFound):
        list(upgrade_all(host, canary="XXX"))


def test_a_county_that_is_moved_is_left_out_and_a_suspended_one_is_not(
    place: Place, host: Host
) -> None:
    third_party.grow(place.module)
    change_state(host.engines, code="KIN", state="moving", reason="試")
    change_state(host.engines, code="PEN", state="suspended", reason="試")
    try:
        with pytest.raises(CountyLeftOut):
            list(upgrade_all(host, canary="KIN"))
        assert sorted(one.code for one in upgrade_all(host)) == ["LIE", "PEN"]
        assert behind(host) == {"KIN": 1, "LIE": 0, "PEN": 0}
    finally:
        for code in ("KIN", "PEN"):
            change_state(host.engines, code=code, state="open", reason="試")
    assert failed(list(upgrade_all(host))) == {}


def test_a_table_that_is_in_use_is_tried_again(
    place: Place, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    third_party.grow(place.module)
    monkeypatch.setattr(upgrading, "PAUSES_S", (0.0, 0.0))
    with place.county("KIN") as reader, reader.transaction():
        reader.execute("SELECT count(*) FROM growing.thing_1")
        let_go: list[Any] = []

        def give_up_the_table(_: float) -> None:
            let_go.append(1)
            if len(let_go) == 1:
                reader.execute("COMMIT")

        monkeypatch.setattr("zhuji_core.commands.upgrading.time.sleep", give_up_the_table)
        outcomes = list(upgrade_all(host, canary="KIN"))
    assert failed(outcomes) == {}
    assert outcomes[0].attempts == 2


# Fifty times in `make prove WHAT=kernel` (part counties).
@pytest.mark.slow
def test_killed_and_run_again_it_finishes_and_leaves_nothing_half_done(place: Place) -> None:
    failures: list[str] = []
    killed = counties.kill(place, wanted=counties.SMALL_KILLS, work_s=0.6, failures=failures)
    assert place.upgrade().returncode == 0
    counties.look(place, killed)
    assert failures == []
    assert len({counties.whole(place, code) for code in place.codes}) == 1
    assert killed.count == counties.SMALL_KILLS
    assert killed.half_done == []


def test_what_a_newer_release_did_is_left_alone(place: Place, host: Host) -> None:
    """Old code on new tables: it finds nothing to do and says that it is behind."""
    versions = place.module / f"zhuji_{third_party.NAME}" / "migrations" / "versions"
    newest = max(versions.glob("*.py"))
    text = newest.read_text("utf-8")
    assert failed(list(upgrade_all(host))) == {}
    newest.unlink()
    shutil.rmtree(versions / "__pycache__", ignore_errors=True)
    try:
        assert failed(list(upgrade_all(host))) == {}
        standing = next(one for one in _status(host)[0].schemas if one.schema == third_party.NAME)
        assert standing.ahead
        assert standing.behind == ()
    finally:
        newest.write_text(text, "utf-8")
