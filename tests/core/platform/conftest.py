"""The application with the host's pages, and operators who use them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.core.probe import ProbeModule
from tests.core.site import PASSWORDS, Browser, Site
from zhuji_core import hooks
from zhuji_core.platform.accounts import add_operator
from zhuji_core.platform.operators import Operator
from zhuji_core.platform.uow import Platform
from zhuji_core.testing.cluster import TestHost
from zhuji_core.testing.counties import CountyUnderTest

PASSWORD = "Correct-horse-battery-9"  # noqa: S105 (of a test)
MACHINE = Operator(operator_id=None, account="root", name="", roles=())


@dataclass(frozen=True, kw_only=True)
class HostSite:
    """Both counties, and the host that holds them."""

    site: Site
    host: TestHost
    times: Path

    @property
    def platform(self) -> Platform:
        return Platform(engines=self.host.engines, clock=self.site.clock)

    def given_operator(self, account: str, *roles: str) -> str:
        with self.platform.begin(MACHINE) as uow:
            add_operator(
                uow,
                account=account,
                name=f"維運{account}",
                roles=roles or ("OPR",),
                password=PASSWORD,
                passwords=PASSWORDS,
            )
        return account

    @contextmanager
    def operator(self, account: str, *roles: str) -> Iterator[Browser]:
        """Open a browser in which the operator has signed in."""
        self.given_operator(account, *roles)
        with self.site.browser() as browser:
            assert browser.sign_in(account, county="host", password=PASSWORD).status_code == 303
            yield browser

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with self.host.server.connect(self.host.server.platform_name) as platform:
            return list(platform.execute(query).fetchall())


@pytest.fixture(scope="session")
def _times(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("times")


@pytest.fixture(scope="session")
def _served_host(host: TestHost, _times: Path) -> Iterator[Site]:
    made = Site(module=ProbeModule(), manager=hooks.load(), of_host=host, times=_times)
    with made.served() as site:
        yield site


@pytest.fixture
def at_host(
    _served_host: Site, _times: Path, host: TestHost, txg: CountyUnderTest, mli: CountyUnderTest
) -> HostSite:
    _served_host.begin_test(txg, mli)
    for file in _times.iterdir():
        file.unlink()
    return HostSite(site=_served_host, host=host, times=_times)
