"""Makes the case of core/docs/reading-a-slow-certification.md again, and its pictures.

uv run python -m tests.prove.tools.slow_case core/docs/img    (as root: packets are captured)

Thirty certifications on the demo; during four of them a transaction beside the product holds the
row of funds that they draw on. Prints what the page says of it, for whoever writes its text.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
from playwright.sync_api import Page, ViewportSize, sync_playwright

from tests.conftest import ARGUMENTS, CHROMIUM
from zhuji_accounting.demo import CHECK_NTD, Office
from zhuji_core.commands.opening import open_operator
from zhuji_core.compose import Host, chosen_passwords, host_platform, machine_operator
from zhuji_core.demo.client import DemoClient
from zhuji_core.demo.start import Demo
from zhuji_core.home import Home
from zhuji_core.platform.accounts import add_operator
from zhuji_observability.store.exchange import Exchange
from zhuji_observability.store.reading import Store, last_hours

PORT = 8190
ZHUJI = Path(sys.executable).with_name("zhuji")
REQUESTS, SLOW, HELD_S = 30, (7, 13, 19, 25), 1.35
CERTIFY = "accounting.requests.certify-form"
PASSWORD = "Correct-horse-battery-9"  # noqa: S105 (of an engineer of this demo)
START_S, WRITTEN_S = 1_200.0, 4.0
LOCK = "SELECT 1 FROM budget.control_row WHERE control_row_id = %s FOR UPDATE"
# What of the page of the request is a picture: its place, and how much of it.
OF_REQUEST = {"terms": "#terms", "waterfall": "figure.chart", "wire": "#wire", "met": "#met"}
SCREEN: ViewportSize = {"width": 1180, "height": 1500}
VERDICT_HEIGHT = 345
PICTURE_MAX_KB = 150
PATIENCE_MS = 180_000


@contextlib.contextmanager
def running(*words: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([str(ZHUJI), *words], env={**os.environ, **environment})
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def wait_for_port() -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=5)
        with contextlib.suppress(OSError):
            connection.request("GET", "/txg/sign-in")
            if connection.getresponse().status == http.client.OK:
                return
        time.sleep(1)
    sys.exit("the demo did not come up")


@contextlib.contextmanager
def held(host: Host, control_row_id: str) -> Iterator[None]:
    """Hold the row from beside the product, for as long as the case says, from now on."""
    server, has_it = host.engines.server, threading.Event()

    def hold() -> None:
        with psycopg.connect(
            host=server.host, port=server.port, user=server.user, password=server.password,
            dbname=server.county_name("TXG"), application_name="psql",
        ) as connection:  # fmt: skip
            connection.execute(LOCK, (control_row_id,))
            has_it.set()
            time.sleep(HELD_S)
            connection.rollback()

    thread = threading.Thread(target=hold)
    thread.start()
    assert has_it.wait(30), "nobody else holds the row"
    yield
    thread.join()


def certify(host: Host) -> None:
    demo = Demo(app=None, host=host, counties=())
    access = host.county("TXG")
    client = DemoClient(
        host="127.0.0.1", port=PORT, county="txg", accounts=demo.accounts(access),
        passwords=demo.passwords(access),
    )  # fmt: skip
    office = Office(client)
    for number in range(REQUESTS):
        request_id, _ = office.send(CHECK_NTD)
        office.head.post_form(f"accounting/requests/{request_id}/approval", {})
        around = held(host, office.control_row_id) if number in SLOW else contextlib.nullcontext()
        with around:
            path = f"accounting/requests/{request_id}/certification"
            assert office.reviewer.post_form(path, {}).status == http.client.SEE_OTHER
        office.reviewer.get("accounting/requests")
    client.close()


def given_engineer(host: Host) -> None:
    with host_platform(host).begin(machine_operator()) as uow:
        add_operator(
            uow, account="perf", name="效能組", roles=("PERF",), password=PASSWORD,
            passwords=chosen_passwords(),
        )  # fmt: skip


def slowest(home: Home) -> list[Exchange]:
    store = Store(folder=home.times, on=False)
    wanted = last_hours(1, now_ms=round(time.time() * 1000), county="TXG", operation=CERTIFY)
    return store.slowest(wanted, limit=10)


def draw(folder: Path, one: Exchange) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_context(viewport=SCREEN, locale="zh-TW").new_page()
        page.set_default_timeout(PATIENCE_MS)
        base = f"http://127.0.0.1:{PORT}/host"
        page.goto(f"{base}/sign-in")
        page.fill("[name=account]", "perf")
        page.fill("[name=password]", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_selector("nav[aria-label]")
        page.goto(f"{base}/times?county=TXG&hours=1")
        place = page.locator("#verdicts").bounding_box()
        assert place is not None
        clip = {**place, "height": min(place["height"], VERDICT_HEIGHT)}
        page.screenshot(path=folder / "slow-verdict.png", clip=clip)  # type: ignore[arg-type]
        page.goto(f"{base}/times/exchanges/{one.trace}")
        for name, selector in OF_REQUEST.items():
            taken(page, selector, folder / f"slow-{name}.png")
        page.goto(f"{base}/times/flame?county=TXG&operation={CERTIFY}&hours=1")
        taken(page, "figure.chart", folder / "slow-flame.png")
        page.goto(f"{base}/times/operation?county=TXG&operation={CERTIFY}&hours=1")
        print(page.inner_text("#main"))
        page.goto(f"{base}/times/exchanges/{one.trace}")
        print(page.inner_text("#main"))
        browser.close()
    for path in folder.glob("slow-*.png"):
        assert path.stat().st_size <= PICTURE_MAX_KB * 1024, f"{path.name} is too large"


def taken(page: Page, selector: str, path: Path) -> None:
    page.locator(selector).first.screenshot(path=path)


def main(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as home:
        os.environ["ZHUJI_HOME"] = home
        with running("demo", "--port", str(PORT), ZHUJI_WATCH_WAITS="1"):
            wait_for_port()
            with running("observe", "capture", "--port", str(PORT), "--interface", "lo", "--keep"):
                time.sleep(WRITTEN_S)
                with open_operator() as host:
                    given_engineer(host)
                    certify(host)
                time.sleep(WRITTEN_S)
            found = slowest(Home.from_environment())
            for one in found:
                print(one.trace, one.total_us, {k: v for k, v in one.terms_us.items() if v})
            draw(folder, found[0])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
