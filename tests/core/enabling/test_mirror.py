"""The register follows what a county switches: for lists, public pages and the older code."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from zhuji_core.cli import group
from zhuji_core.compose import mirror_modules, open_host
from zhuji_core.db.embedded import Cluster
from zhuji_core.db.engines import Engines
from zhuji_core.enabling.disable_module import disable_module
from zhuji_core.enabling.store import mirror_module_set
from zhuji_core.home import Home
from zhuji_core.testing.cluster import QUICK
from zhuji_core.testing.counties import CountyUnderTest
from zhuji_core.web.counties import CountyDirectory


def register(engines: Engines) -> Any:
    with engines.platform.connect() as connection:
        return tuple(
            connection.exec_driver_sql(
                "SELECT modules, modules_version FROM platform.county WHERE code = 'TXG'"
            ).one()
        )


def mirror(county: CountyUnderTest, engines: Engines) -> None:
    mirror_module_set(county.engine, engines.platform, code="TXG")


def test_the_register_follows_a_switch(txg: CountyUnderTest, engines: Engines) -> None:
    before = register(engines)
    mirror(txg, engines)
    assert register(engines) == before  # nothing was switched yet: the register's own set holds
    with txg.uow() as uow:
        disable_module(uow, module="accounting")
    for _ in range(2):
        mirror(txg, engines)
        assert register(engines) == (["budget"], 1)


def test_the_register_never_goes_back_to_an_older_set(
    txg: CountyUnderTest, engines: Engines
) -> None:
    """Two switches may reach it in the other order."""
    with txg.uow() as uow:
        disable_module(uow, module="accounting")
    with engines.platform.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE platform.county SET modules = '{}', modules_version = 2 WHERE code = 'TXG'"
        )
    mirror(txg, engines)
    assert register(engines) == ([], 2)


def test_a_directory_tells_the_register_and_one_without_it_tells_nobody() -> None:
    told: list[str] = []
    CountyDirectory(dict, mirror=told.append).mirror("TXG")
    CountyDirectory(dict).mirror("TXG")
    assert told == ["TXG"]


def test_a_new_county_and_a_command_leave_both_alike(
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    quick_home: Callable[[Path], Home],
) -> None:
    home = quick_home(tmp_path_factory.mktemp("mirror") / "home")
    monkeypatch.setenv("ZHUJI_HOME", str(home.path))
    monkeypatch.delenv("ZHUJI_DATABASE_URL", raising=False)
    monkeypatch.delenv("ZHUJI_LICENCE_KEYS", raising=False)

    def run(*arguments: str) -> None:
        assert CliRunner().invoke(group, arguments, catch_exceptions=False).exit_code == 0

    with Cluster(home, options=QUICK):
        run("county", "add", "TXG", "--name", "臺中市")
        with open_host(home) as host:
            assert register(host.engines) == (["accounting", "budget"], 1)
        run("county", "disable", "TXG", "accounting")
        with open_host(home) as host:
            assert register(host.engines) == (["budget"], 2)
            mirror_modules(host, "TXG")
            assert register(host.engines) == (["budget"], 2)
            assert host.county("txg").entered(None).hooks.enabled == {"budget"}
