"""Performance engineers of one county: all of its times, and nothing of another's."""

from __future__ import annotations

import io
import re
import time
import zipfile
from collections.abc import Iterator

import pytest
from arro3.io import read_parquet
from playwright.sync_api import Browser as Chromium

from tests.core.platform.conftest import HostSite
from tests.core.platform.test_host_in_browser import come_in, tab_to
from tests.core.site import PASSWORD as USER_PASSWORD
from tests.e2e.desk import Eyes
from tests.observability.store.conftest import SPANS, asked, exchange, given_packets, spent
from zhuji_core.web.guards import handlers_of
from zhuji_observability.store import files, writing
from zhuji_observability.store.counts import Sketch
from zhuji_observability.store.exchange import Meeting, SpanNote
from zhuji_observability.store.hourly import Hourly

CERTIFY = "accounting.requests.certify"
OWN, OTHERS, HOSTS = "a" * 32, "b" * 32, "c" * 32
PAGES, API = "/{county:str}/kernel/times", "/{county:str}/api/v1/kernel/times"
# What each address is asked with besides; a new page has its line here or the test fails.
ASKED = {
    PAGES: "hours=1",
    f"{PAGES}/operation": f"operation={CERTIFY}",
    f"{PAGES}/exchanges.csv": "",
    f"{PAGES}/exchanges.parquet": "",
    f"{PAGES}/exchanges/{{trace:str}}": "",
    f"{PAGES}/exchanges/{{trace:str}}/file": "form=otlp",
    f"{PAGES}/flame": "",
    f"{PAGES}/flame/file": "",
    f"{PAGES}/lines": "",
    f"{PAGES}/pack": "",
    f"{PAGES}/queues": "",
    f"{PAGES}/releases": "",
    f"{PAGES}/slo": "",
    f"{PAGES}/statements": "",
    API: "hours=1",
    f"{API}/exchanges": "",
    f"{API}/exchanges/{{trace:str}}": "",
    f"{API}/flame": "",
}
# Of MLI and of the host, and nowhere else.
SECRET = re.compile(r"\bMLI\b|secret|9\.9\.9|" + OTHERS[:16] + "|" + HOSTS[:16])


def given_both(at_host: HostSite) -> None:
    """A slow certification of TXG; one of MLI, and one of the host, that are known by their words.

    By its numbers of processes TXG's request would have waited for MLI's.
    """
    now_ms = round(time.time() * 1000)
    secrets = (
        SpanNote(name="secret.step", parent=-1, start_us=0, length_us=9_000),
        SpanNote(name="SELECT", parent=0, start_us=0, length_us=9_000, statement="SELECT secret"),
    )
    slow = spent(900_000, lock=700_000)
    waited = Meeting(side="waited", seen_us=700_000, own=11, backend=12)
    held = Meeting(side="held", seen_us=700_000, own=12, backend=11)
    own = exchange(1, trace=OWN, began_ms=now_ms, total_us=900_000, terms_us=slow, kept="slow",
                   spans=SPANS, met=(waited,))  # fmt: skip
    others = [
        exchange(
            1, trace=trace, began_ms=now_ms, county=county, total_us=950_000, kept="slow",
            terms_us=spent(950_000, network=600_000), spans=secrets, release="9.9.9-secret",
            operation="secret.page", route="/{county}/secret", met=(held,), retransmits=3,
        )
        for trace, county in ((OTHERS, "MLI"), (HOSTS, ""))
    ]  # fmt: skip
    counted: dict[writing.CountKey, Sketch] = {}
    hourly = Hourly()
    for one in (own, *others):
        key = (now_ms // 1000, one.county, one.operation, one.release, one.vantage)
        counted.setdefault(key, Sketch()).add(one)
        hourly.add(one, asked(one))
    connection = files.opened(files.path_of(at_host.times, files.day_of(now_ms)))
    writing.write(connection, [own, *others], counted, process="1")
    writing.write_hourly(connection, hourly.unwritten(), hourly.lines, process="1")
    connection.close()
    for trace in (OWN, OTHERS):
        given_packets(at_host.times, trace)


def texts_of(content: bytes) -> Iterator[str]:
    if content.startswith(b"PAR1"):
        table = read_parquet(io.BytesIO(content)).read_all()
        yield str([table.column(name).to_pylist() for name in table.column_names])
        return
    if not content.startswith(b"PK"):
        yield content.decode()
        return
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            yield archive.read(name).decode(errors="replace")  # heads of packets, too


def test_every_address_of_a_county_tells_of_that_county_alone(at_host: HostSite) -> None:
    given_both(at_host)
    at_host.site.given_user("perf", "PERF", in_agency=None)
    routes = {
        path
        for path, handler in handlers_of(at_host.site.app)
        if path.startswith((PAGES, API)) and "GET" in getattr(handler, "http_methods", ())
    }
    assert routes == set(ASKED)
    with at_host.site.browser("perf") as browser:
        for template, asked in ASKED.items():
            for others in ("", "&county=MLI", "&county=-", "&county=mli&operation=secret.page"):
                address = template.replace("{county:str}", "txg").replace("{trace:str}", OWN)
                answer = browser.get(f"{address}?{asked}{others}")
                assert answer.status_code == 200, address
                for text in texts_of(answer.content):
                    # What one asks for stands in the form, and in links that keep it.
                    shown = re.sub(r"county=MLI\b", "", text)
                    shown = shown.replace("secret.page", "") if "secret" in others else shown
                    assert not SECRET.search(shown), address
        for template in (one for one in ASKED if "{trace" in one):
            for trace in (OTHERS, HOSTS):
                address = template.replace("{county:str}", "txg").replace("{trace:str}", trace)
                assert browser.get(address).status_code == 404, address
        for trace in (OTHERS, HOSTS):
            file = f"/txg/kernel/times/exchanges/{trace}/file?form=pcap"
            assert browser.get(file).status_code == 404
            assert browser.get(f"/txg/kernel/times/flame?trace={trace}").status_code == 404
            assert browser.get(f"/txg/kernel/times/flame/file?trace={trace}").status_code == 404
            assert browser.get(f"/txg/api/v1/kernel/times/flame?trace={trace}").status_code == 404


def test_a_countys_engineer_finds_the_request_and_who_is_to_blame(at_host: HostSite) -> None:
    given_both(at_host)
    at_host.site.given_user("perf", "PERF", in_agency=None)
    with at_host.site.browser("perf") as browser:
        assert 'href="/txg/kernel/times"' in browser.get("/txg/").text, "in the menu"
        page = browser.get("/txg/kernel/times").text
        assert "慢，主因是他人持有的鎖" in page
        assert "/txg/kernel/times/operation?" in page
        assert "/host/" not in page
        operation = browser.get(f"/txg/kernel/times/operation?operation={CERTIFY}").text
        assert f"/txg/kernel/times/exchanges/{OWN}" in operation
        one = browser.get(f"/txg/kernel/times/exchanges/{OWN}").text
        assert "本系統另一處理程序（資料庫程序 12）" in one, "whose request that was is not told"
        told = browser.get("/txg/api/v1/kernel/times").json()["operations"]
        assert [(each["operation"], each["verdict"]["side"]) for each in told] == [
            (CERTIFY, "others")
        ]
        whole = browser.get(f"/txg/api/v1/kernel/times/exchanges/{OWN}").json()
        assert whole["exchange"]["terms_us"]["lock"] == 700_000
        assert [step["depth"] for step in whole["path"]] == [0, 1]
        flame = browser.get(f"/txg/api/v1/kernel/times/flame?operation={CERTIFY}").json()
        (certify,) = flame["whole"]["inside"]
        assert (flame["requests"], certify["name"], certify["total_us"]) == (1, CERTIFY, 900_000)
        assert certify["inside"][0]["name"] == "accounting.certify_requests"
        assert flame == browser.get(f"/txg/api/v1/kernel/times/flame?trace={OWN}").json()
        document = browser.get("/txg/api/openapi.json").json()
        assert "/api/v1/kernel/times/exchanges/{trace}" in document["paths"]
        told = document["paths"]["/api/v1/kernel/times/flame"]["get"]["responses"]["200"]
        assert "Flame" in str(told)


def test_only_who_holds_the_right_in_that_county_comes_in(at_host: HostSite) -> None:
    given_both(at_host)
    at_host.site.given_user("perf", "PERF", in_agency=None)
    at_host.site.given_user("clerk", "REQ", "BAS")
    with at_host.site.browser("clerk") as browser:
        assert browser.get("/txg/kernel/times").status_code == 403
        assert browser.get("/txg/api/v1/kernel/times").status_code == 403
        assert "kernel/times" not in browser.get("/txg/").text.replace('content="/txg/kernel', "")
    with at_host.site.browser("perf") as browser:
        assert browser.get("/mli/kernel/times").headers["location"].startswith("/mli/sign-in")
        assert browser.get("/mli/api/v1/kernel/times").status_code == 401
        assert browser.get("/host/times").headers["location"].startswith("/host/sign-in")
    with at_host.operator("perf", "PERF") as browser:
        assert browser.get("/host/times").status_code == 200
        assert browser.get("/txg/kernel/times").headers["location"].startswith("/txg/sign-in")


@pytest.mark.needs("chromium")
def test_a_countys_engineer_gets_there_by_keyboard(at_host: HostSite, chromium: Chromium) -> None:
    given_both(at_host)
    at_host.site.given_user("perf", "PERF", in_agency=None)
    eyes = Eyes()
    page = come_in(chromium, at_host, "txg", "perf", USER_PASSWORD)
    tab_to(page, "時間與瓶頸")
    page.keyboard.press("Enter")
    page.wait_for_selector("#verdicts")
    eyes.look(page, "county-times")
    tab_to(page, CERTIFY)
    page.keyboard.press("Enter")
    page.wait_for_selector("#exchanges")
    tab_to(page, OWN[:16])
    page.keyboard.press("Enter")
    page.wait_for_selector("#path")
    eyes.look(page, "county-times-exchange")
    for name in ("flame", "lines"):
        page.goto(f"{at_host.site.address}/txg/kernel/times/{name}")
        page.wait_for_selector("table")
        eyes.look(page, f"county-times-{name}")
    assert eyes.violations == []
