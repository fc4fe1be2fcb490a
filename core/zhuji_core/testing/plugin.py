"""Fixtures and the marker ``needs`` for the tests of the kernel and of every module."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from zhuji_core.db.engines import Engines
    from zhuji_core.db.server import ServerAddress
    from zhuji_core.testing.cluster import CountyDatabases, TestHost

pytest_plugins = ["zhuji_core.testing.counties"]

SKIPPED_FOR_WANT = "not tested, absent: "

PG15 = Path("/usr/lib/postgresql/15/bin/postgres")
TUN = Path("/dev/net/tun")
# The engine without a window first: `chromium --headless` opens one for each context, and a page of
# its own for the toolbar, which takes more of the processor than most tests' pages.
CHROMIUMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


def shared_folder(root: Path) -> Path:
    """Return the folder of official workbooks and golden figures beside the checkout."""
    return Path(os.environ.get("ZHUJI_SHARED") or root.parent / "shared")


def chromium_program() -> str:
    """Return where the Chromium of this machine is; '' without any."""
    return next((path for name in CHROMIUMS if (path := shutil.which(name))), "")


def _has_cjk_font(_: Path) -> bool:
    from zhuji_core.export_pdf import PdfFontMissing, chinese_fonts  # noqa: PLC0415

    try:
        return bool(chinese_fonts())
    except PdfFontMissing:
        return False


TOOLS: dict[str, Callable[[Path], bool]] = {
    "chromium": lambda _: bool(chromium_program()),
    "tshark": lambda _: shutil.which("tshark") is not None,
    "soffice": lambda _: shutil.which("soffice") is not None,
    "pdftotext": lambda _: shutil.which("pdftotext") is not None,
    "cjk-font": _has_cjk_font,
    "hledger": lambda _: shutil.which("hledger") is not None,
    "ip": lambda _: shutil.which("ip") is not None,
    "tun": lambda _: TUN.exists(),
    "root": lambda _: os.geteuid() == 0,
    "shared": lambda root: shared_folder(root).is_dir(),
    "pg15": lambda _: PG15.exists(),
}


# A device of the kernel, which .ci/run cannot install: where it is absent, CI skips too.
NOT_INSTALLABLE = frozenset({"tun"})


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what this machine cannot test; on the CI machine that is a failure."""
    wanted = [tool for marker in item.iter_markers("needs") for tool in marker.args]
    absent = [tool for tool in wanted if not TOOLS[tool](item.config.rootpath)]
    if not absent:
        return
    reason = SKIPPED_FOR_WANT + ", ".join(absent)
    if os.environ.get("CI", "").lower() == "true" and not NOT_INSTALLABLE.issuperset(absent):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say aloud, in one line per tool, what the green result does not cover."""
    reasons = Counter(
        report.longrepr[2].partition(SKIPPED_FOR_WANT)[2]
        for report in terminalreporter.stats.get("skipped", [])
        if isinstance(report.longrepr, tuple) and SKIPPED_FOR_WANT in report.longrepr[2]
    )
    for tools, count in sorted(reasons.items()):
        terminalreporter.write_line(
            f"NOT TESTED: {count} tests need {tools}, absent on this machine",
            yellow=True,
            bold=True,
        )


@pytest.fixture(scope="session")
def host(tmp_path_factory: pytest.TempPathFactory, worker_name: str) -> Iterator[TestHost]:
    """Give the run's server with every installed module; names on it are this worker's."""
    from zhuji_core.testing.cluster import running_host  # noqa: PLC0415

    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_name == "main" else base.parent) / "zhuji"
    with running_host(folder, worker=worker_name) as opened:
        yield opened


@pytest.fixture(scope="session")
def worker_name() -> str:
    """Return ``gw0``… under pytest-xdist, else ``main``."""
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


@pytest.fixture(scope="session")
def pg_server(host: TestHost) -> ServerAddress:
    """Give the address of the run's PostgreSQL, as its administrator."""
    return host.server


@pytest.fixture(scope="session")
def _made_counties(host: TestHost) -> Iterator[CountyDatabases]:
    from zhuji_core.testing.cluster import CountyDatabases  # noqa: PLC0415

    made = CountyDatabases(host)
    yield made
    made.close()


@pytest.fixture
def county_databases(_made_counties: CountyDatabases) -> CountyDatabases:
    """Give the counties TXG (every module) and MLI (budget), clean."""
    _made_counties.clean()
    return _made_counties


@pytest.fixture
def engines(county_databases: CountyDatabases) -> Engines:
    """Give pools of the clean counties and of the platform."""
    return county_databases.engines
