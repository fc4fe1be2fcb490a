"""Two counties with a day of load behind them, served again; a browser in each; packets captured.

TXG has the ordinary day, MLI's people sit behind the islands' line. Both are kept in
``load-work/pages`` and played anew once their times are older than the pages show by themselves.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, ViewportSize

from loadtests import site
from loadtests.operator import begin_of, home_of
from loadtests.people import PASSWORD as PEOPLES_PASSWORD
from loadtests.people import SINCE, make_people
from loadtests.site import HOST, WORK, ZHUJI, Served, Site
from tests.prove.tools.results import ROOT
from zhuji_core.home import Home
from zhuji_core.identity.accounts import create_user, find_user
from zhuji_core.identity.agencies import find_agencies
from zhuji_core.identity.grants import grant_role
from zhuji_core.identity.passwords import Passwords
from zhuji_observability.store.reading import Store, last_hours

FOLDER = "pages"
ORDINARY, ISLANDS = "TXG", "MLI"
# county: scenario, scale, minutes, think
DAYS = {ORDINARY: ("A", "0.05", 2.0, "0.2"), ISLANDS: ("H", "0.02", 2.0, "0.2")}
FRESH_H, REQUESTS_MIN = 12, 500
LOAD_S = 1_800.0
ENGINEER, PASSWORD = "engineer", "pages-prove-105"
# What an operator types is temporary; the account of this proof keeps it.
KEEP_PASSWORD = "UPDATE platform.operator SET temporary_until = NULL"  # noqa: S105 (no password)
# What people of every class may open; a browser's times are of these.
VISITED = ("", "accounting/requests", "accounting/vouchers", "budget/lines", "accounting/books")
VISITS, QUIET_S = 4, 4.0
PATIENCE_MS = 180_000
OFFICE = ViewportSize(width=1366, height=768)


@contextlib.contextmanager
def served(chromium: Chromium, *, minutes: float | None) -> Iterator[tuple[Site, Served]]:
    """Play the days, serve both counties again, let browsers report and packets be joined."""
    for county in DAYS:
        _play(county, minutes=minutes)
    with site.opened(WORK / FOLDER, code=ORDINARY) as opened, home_of(opened):
        opened.command("db", "upgrade")  # the days may have been played by an older release
        _make_engineers(opened)
        with site.serving(opened) as application:
            with _captured(opened, application.port):
                for county in DAYS:
                    _visit(chromium, application.port, county)
                time.sleep(QUIET_S)  # a capture tells of a connection once it is quiet
            yield opened, application


def now_ms() -> int:
    return round(time.time() * 1000)


def counted(home_times: Path, county: str, *, hours: int = FRESH_H) -> int:
    """Return how many requests of a county were counted in the last hours."""
    wanted = last_hours(hours, now_ms=now_ms(), county=county)
    found = Store(folder=home_times, on=False).by_operation(wanted)
    return sum(sketch.requests for sketch in found.values())


def _play(county: str, *, minutes: float | None) -> None:
    times = Home(WORK / FOLDER).times
    if times.is_dir() and counted(times, county) > REQUESTS_MIN:
        return
    scenario, scale, usual, think = DAYS[county]
    command = [sys.executable, "-m", "loadtests.run", "--home", FOLDER, "--county", county]
    command += ["--scenario", scenario, "--scale", scale, "--think", think]
    command += ["--minutes", str(minutes or usual)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=LOAD_S
    )
    # On a busy machine a run may miss its limits of time: its requests are what is wanted here.
    assert "report: " in done.stdout, done.stderr[-2000:]


def _make_engineers(opened: Site) -> None:
    """Make an engineer of the host and one of the county, unless they are there."""
    with contextlib.suppress(site.CommandFailed):
        opened.command("operator", "add", ENGINEER, "--name", "效能組", "--role", "PERF",
                       "--password", PASSWORD)  # fmt: skip
    platform = sa.create_engine(
        opened.address.url(opened.address.platform_name), poolclass=sa.NullPool
    )
    with platform.begin() as connection:
        connection.execute(sa.text(KEEP_PASSWORD))
    with begin_of(ORDINARY) as begin, begin() as uow:
        if find_user(uow, account=ENGINEER) is None:
            user = create_user(
                uow, account=ENGINEER, name="效能組", agency_code=find_agencies(uow)[0].agency_code,
                password_hash=Passwords().hash(PASSWORD),
            )  # fmt: skip
            grant_role(
                uow, user_id=user.user_id, role_code="PERF", agency_code=None, valid_from=SINCE
            )
        else:
            uow.abandon("the account is there")


@contextlib.contextmanager
def _captured(opened: Site, port: int) -> Iterator[None]:
    """Capture what passes meanwhile, and join it; without root nothing is captured."""
    if os.geteuid() != 0:
        yield
        return
    told = opened.home.log / "capture.log"
    with told.open("wb") as file:
        process = subprocess.Popen(
            [*ZHUJI, "observe", "capture", "--port", str(port), "--interface", "lo", "--keep"],
            env=opened.environment, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=file, stderr=file,
        )  # fmt: skip
        while "擷取中".encode() not in told.read_bytes():
            assert process.poll() is None, told.read_text()
            time.sleep(0.1)
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)


def _visit(chromium: Chromium, port: int, county: str) -> None:
    """Be somebody of the county who looks at some pages, each of which reports its times."""
    (person,) = make_people(county, {"accounting": 1})["accounting"]
    context = chromium.new_context(viewport=OFFICE, locale="zh-TW")
    base = f"http://{HOST}:{port}/{county.lower()}"
    sign_in(context, base, person.account, PEOPLES_PASSWORD)
    page = context.pages[0]
    for _ in range(VISITS):
        for path in VISITED:
            page.goto(f"{base}/{path}")
    context.close()


def sign_in(context: BrowserContext, base: str, account: str, password: str) -> None:
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto(f"{base}/sign-in")
    page.fill("[name=account]", account)
    page.fill("[name=password]", password)
    page.keyboard.press("Enter")
    page.wait_for_selector("nav[aria-label]")
