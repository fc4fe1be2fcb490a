"""Counties are added whole or not at all, and switched on and off by what modules require."""

from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from zhuji_core.county import County, CountyNotFound
from zhuji_core.db import counties, databases
from zhuji_core.db.counties import (
    CountyCodeInvalid,
    CountyExists,
    find_county,
    read_counties,
    upgrade_county,
)
from zhuji_core.db.server import WrongDatabase, scalar
from zhuji_core.modules import ModuleInfo, ModuleRequires, ModuleUnknown
from zhuji_core.testing.cluster import TestHost
from zhuji_core.values import DomainError

EXISTS = "SELECT EXISTS (SELECT FROM pg_database WHERE datname = %s)"
AUDIT = "SELECT action, county_code, before, after FROM platform.audit_entry ORDER BY audit_id"
MODULES = {
    "paper": ModuleInfo(name="paper", title="紙", version="1"),
    "stamps": ModuleInfo(name="stamps", title="章", version="1", requires=("paper",)),
}


@pytest.fixture
def fresh(fresh: TestHost) -> TestHost:
    """Give an installation whose modules have no tables: what counts here is their names."""
    return dataclasses.replace(fresh, modules=MODULES)


def audits(host: TestHost) -> list[Any]:
    with host.server.connect(host.server.platform_name) as admin:
        return admin.execute(AUDIT).fetchall()


def has_database(host: TestHost, code: str) -> bool:
    with host.server.connect() as admin:
        return bool(scalar(admin, EXISTS, host.server.county_name(code)))


def test_adds_a_county_that_can_be_used(fresh: TestHost) -> None:
    added = fresh.add_county(code="TXG", name="臺中市", modules=["paper"])
    assert added == County(code="TXG", name="臺中市", modules=("paper",), state="open", epoch=1)
    assert read_counties(fresh.engines) == {"TXG": added}
    assert find_county(fresh.engines, "TXG") == added
    with fresh.engines.county(added).begin() as connection:
        connection.exec_driver_sql("INSERT INTO kernel.agency VALUES ('A', '甲', NULL, NULL)")
    assert upgrade_county(fresh.engines, added, fresh.migrations) == []
    ((action, code, before, after),) = audits(fresh)
    assert (action, code, before) == ("county.add", "TXG", None)
    assert after == {"name": "臺中市", "modules": ["paper"]}


@pytest.mark.parametrize(
    ("code", "name", "modules", "refusal"),
    [
        ("txg", "臺中市", [], CountyCodeInvalid),
        ("TXGG", "臺中市", [], CountyCodeInvalid),
        ('T"G', "臺中市", [], CountyCodeInvalid),
        ("TXG", " ", [], CountyCodeInvalid),
        ("TXG", "臺中市", ["nothing"], ModuleUnknown),
        ("TXG", "臺中市", ["stamps"], ModuleRequires),
    ],
)
def test_refuses_and_makes_nothing(
    fresh: TestHost, code: str, name: str, modules: list[str], refusal: type[DomainError]
) -> None:
    with pytest.raises(refusal):
        fresh.add_county(code=code, name=name, modules=modules)
    assert not has_database(fresh, code)


def test_refuses_a_county_that_exists(fresh: TestHost) -> None:
    fresh.add_county(code="TXG", name="臺中市")
    with pytest.raises(CountyExists):
        fresh.add_county(code="TXG", name="臺中市")
    assert len(audits(fresh)) == 1


def test_unknown_counties_are_not_found(fresh: TestHost) -> None:
    counties.ensure_platform(fresh.engines)
    with pytest.raises(CountyNotFound):
        fresh.engines.county("XXX")
    with pytest.raises(CountyNotFound):
        find_county(fresh.engines, "XXX")


@pytest.mark.parametrize(
    ("where", "step"),
    [
        (databases, "create_database"),
        (databases, "close_door"),
        (databases, "migrate"),
        (counties, "prepare_county"),
        (counties, "audit"),
    ],
)
def test_what_a_crash_left_half_way_is_finished_by_doing_it_again(
    fresh: TestHost, monkeypatch: pytest.MonkeyPatch, where: Any, step: str
) -> None:
    counties.ensure_platform(fresh.engines)
    with monkeypatch.context() as crash:
        crash.setattr(where, step, _crash)
        with pytest.raises(SystemExit):
            fresh.add_county(code="TXG", name="臺中市")
    assert read_counties(fresh.engines) == {}
    fresh.add_county(code="TXG", name="臺中市")
    with fresh.engines.county("TXG").connect() as connection:
        found = connection.exec_driver_sql("SELECT code FROM kernel.this_county").scalar_one()
    assert found == "TXG"
    assert len(audits(fresh)) == 1


def _crash(*_: object, **__: object) -> None:
    raise SystemExit


def test_takes_up_a_database_with_its_data_when_the_register_was_lost(fresh: TestHost) -> None:
    fresh.add_county(code="TXG", name="臺中市")
    with fresh.engines.county("TXG").begin() as connection:
        connection.exec_driver_sql("INSERT INTO kernel.agency VALUES ('A', '甲', NULL, NULL)")
    with fresh.server.connect(fresh.server.platform_name) as admin:
        admin.execute("DELETE FROM platform.county")
    fresh.add_county(code="TXG", name="臺中市")
    with fresh.engines.county("TXG").connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM kernel.agency").scalar_one() == 1


def test_never_takes_up_the_database_of_another_county(fresh: TestHost) -> None:
    fresh.add_county(code="TXG", name="臺中市")
    names = (fresh.server.county_name("TXG"), fresh.server.county_name("MLI"))
    fresh.engines.dispose()
    with fresh.server.connect() as admin:
        admin.execute("ALTER DATABASE {} RENAME TO {}".format(*names))
    with pytest.raises(WrongDatabase):
        fresh.add_county(code="MLI", name="苗栗縣")
    assert list(read_counties(fresh.engines)) == ["TXG"]


def test_two_operators_add_at_once(fresh: TestHost) -> None:
    def add(code: str) -> str:
        try:
            return fresh.add_county(code=code, name="縣").code
        except CountyExists:
            return "refused"

    with ThreadPoolExecutor(4) as threads:
        told = sorted(threads.map(add, ["TXG", "MLI", "TXG", "MLI"]))
    assert told == ["MLI", "TXG", "refused", "refused"]
    assert list(read_counties(fresh.engines)) == ["MLI", "TXG"]
