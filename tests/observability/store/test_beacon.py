"""Pages tell how long their requests took in a real browser, and it is joined to their traces."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser as Chromium

from tests.core.platform.test_host_in_browser import come_in
from tests.core.probe import ProbeModule
from tests.core.site import PASSWORD, Site
from zhuji_core.testing.counties import CountyUnderTest
from zhuji_observability.install import install
from zhuji_observability.store.counts import Sketch
from zhuji_observability.store.exchange import BROWSER, PROCESS
from zhuji_observability.store.reading import Operation, Store, Wanted

REPORT = {
    "trace": "a" * 32,
    "stamps": dict.fromkeys(
        ("start", "fetch_start", "lookup_start", "lookup_end", "connect_start", "connect_end"), 1
    )
    | {"request_start": 2, "response_start": 3, "response_end": 4},
}


@pytest.fixture
def watched_site(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, txg: CountyUnderTest, mli: CountyUnderTest
) -> Iterator[Site]:
    monkeypatch.setenv("ZHUJI_WATCH_WAITS", "1")
    observability = install(span_exporters=[], metric_readers=[])
    observability.watch_waits(tmp_path)
    try:
        site = Site(module=ProbeModule(), times=tmp_path)
        site.app = observability.watch_app(site.app)  # type: ignore[assignment]
        with site.served():
            site.begin_test(txg, mli)
            yield site
    finally:
        observability.shutdown()


def counted(folder: Path, vantage: str) -> dict[Operation, Sketch]:
    now_ms = round(time.time() * 1000)
    wanted = Wanted(since_ms=now_ms - 900_000, until_ms=now_ms + 60_000, vantage=vantage)
    return Store(folder=folder, on=True).counts(wanted)


@pytest.mark.needs("chromium")
def test_a_page_tells_how_long_its_requests_took_in_the_browser(
    watched_site: Site, chromium: Chromium, tmp_path: Path
) -> None:
    watched_site.given_user("admin", "ADM", in_agency=None)
    faults: list[str] = []
    page = come_in(chromium, watched_site, "txg", "admin", PASSWORD)
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.goto(f"{watched_site.address}/txg/kernel/audit")
    found: dict[str, Sketch] = {}
    for _ in range(300):
        page.wait_for_timeout(100)
        found = {key.operation: sketch for key, sketch in counted(tmp_path, BROWSER).items()}
        if "kernel.audit.page" in found:
            break
    seen = found["kernel.audit.page"]
    assert seen.requests == 1
    sums = seen.slowest_us(0.0)
    assert sum(sums.values()) == sum(row[1] for row in seen.totals.values())
    assert sums["own"] + sums["sql"] + sums["template"] + sums["cpu"] > 0, "and what we know of it"
    assert sums["download"] >= 0
    assert faults == [], "no word of the policy against foreign or inline script"


def test_reports_are_taken_of_who_is_signed_in_and_of_well_formed_ones(
    watched_site: Site, tmp_path: Path
) -> None:
    place = "/txg/kernel/times"
    watched_site.given_user("clerk", "REQ")
    with watched_site.browser() as stranger, watched_site.browser("clerk") as clerk:
        headers = {"x-csrftoken": clerk.csrf}

        def told(body: object) -> int:
            return clerk.client.post(place, json=body, headers=headers).status_code

        assert told({"reports": [REPORT] * 50}) == 204
        assert told({"reports": [REPORT] * 51}) in {400, 422}
        assert told({"reports": [REPORT | {"trace": "王小明"}]}) in {400, 422}
        assert told({"reports": [REPORT | {"payee": "王小明"}]}) in {400, 422}
        assert clerk.client.post(place, json={"reports": []}).status_code == 403, "no token"
        stranger.get("/txg/sign-in")
        nobody = {"x-csrftoken": stranger.csrf}
        refused = stranger.client.post(place, json={"reports": [REPORT]}, headers=nobody)
        assert refused.status_code == 401
    time.sleep(1.2)
    assert "kernel.times.report" in {key.operation for key in counted(tmp_path, PROCESS)}
