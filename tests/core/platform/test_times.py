"""Performance engineers: what was slow and whose fault, one operation, one request whole."""

from __future__ import annotations

import io
import re
import time
import zipfile

import msgspec
import pytest
from playwright.sync_api import Browser as Chromium

from tests.core.platform.conftest import PASSWORD, HostSite
from tests.core.platform.test_host_in_browser import come_in, tab_to
from tests.e2e.desk import Eyes
from tests.observability.store.conftest import (
    SPANS,
    exchange,
    given_load,
    given_packets,
    given_releases,
    given_watching,
    spent,
)
from zhuji_observability.store import files, writing
from zhuji_observability.store.counts import Sketch
from zhuji_observability.store.exchange import Exchange, Meeting, SpanNote

CERTIFY = "accounting.requests.certify"
LOOP = tuple(
    SpanNote(
        name="SELECT", parent=0, start_us=10 * place, length_us=9, statement="SELECT one BY id"
    )
    for place in range(6)
)


def given_times(at_host: HostSite) -> Exchange:
    """Twenty-five certifications, five of which waited for somebody's lock; pages were quick."""
    now_ms = round(time.time() * 1000)
    slow = spent(1_900_000, lock=1_350_000, network=230_000, sql=20_000)
    met = (
        Meeting(
            side="waited", trace=f"{21:032x}", state="active", open_us=80_000, seen_us=1_350_000
        ),
        Meeting(side="led", trace=f"{99:032x}", seen_us=90_000),
    )
    found = [exchange(number, began_ms=now_ms) for number in range(20)]
    found += [
        exchange(
            number, began_ms=now_ms, total_us=1_900_000, terms_us=slow, spans=SPANS + LOOP, met=met
        )
        for number in range(20, 25)
    ]
    found.append(exchange(26, began_ms=now_ms, county="MLI", operation="budget.lines.page"))
    counted: dict[writing.CountKey, Sketch] = {}
    for one in found:
        key = (now_ms // 1000, one.county, one.operation, one.release, one.vantage)
        counted.setdefault(key, Sketch()).add(one)
    kept = [msgspec.structs.replace(one, kept="slow") for one in found if one.spans]
    today = files.path_of(at_host.times, files.day_of(now_ms))
    connection = files.opened(today)
    writing.write(connection, kept, counted, process="1")
    connection.close()
    return kept[0]


def test_one_sentence_says_what_is_slow_and_whose_fault_it_is(at_host: HostSite) -> None:
    given_times(at_host)
    with at_host.operator("perf", "PERF") as browser:
        page = browser.get("/host/times").text
        assert (
            "慢，主因是他人持有的鎖：最慢的二十分之一有 "
            "等待資料列鎖 71%、程式本身 16%、網路往返 12%。" in page
        )
        assert (
            "不慢；最慢的二十分之一主要花在程式本身 90%、資料庫執行 10%。（僅 1 次，僅供參考）"
            in page
        )
        assert page.index(CERTIFY) < page.index("budget.lines.page"), "the slowest first"
        # Both are hot paths; what is slow of them is said by their own limits.
        assert re.search(r"150<small class=\"note\">伺服器時間</small>", page)
        only = browser.get("/host/times?county=mli&hours=1").text
        assert CERTIFY not in only
        assert "budget.lines.page" in only


def test_an_operation_shows_its_terms_and_the_requests_that_were_kept(at_host: HostSite) -> None:
    one = given_times(at_host)
    with at_host.operator("perf", "PERF") as browser:
        page = browser.get(f"/host/times/operation?county=TXG&operation={CERTIFY}").text
        for told in ("等待資料列鎖", "71.1", "1,900.0", f"/host/times/exchanges/{one.trace}"):
            assert told in page
        assert "無法歸屬" not in page, "nothing of it was left unexplained"
        assert "承諾：百分之 95 於 150 毫秒內（伺服器時間）；實際 p95 為 " in page
        empty = browser.get("/host/times/operation?county=TXG&operation=no.such").text
        assert "這段時間沒有請求。" in empty


def test_a_request_is_read_to_the_statement(at_host: HostSite) -> None:
    one = given_times(at_host)
    with at_host.operator("perf", "PERF") as browser:
        page = browser.get(f"/host/times/exchanges/{one.trace}").text
        for told in (
            "accounting.certify_requests", "SELECT … FOR UPDATE", "取得資料列鎖", "反覆執行",
            "無法歸屬", "1,900.0", CERTIFY,
        ):  # fmt: skip
            assert told in page
        assert "沒有併入這次請求的封包" in page
        assert "<svg" in page, "its steps are drawn"
        assert browser.get(f"/host/times/exchanges/{'f' * 32}").status_code == 404
        given_packets(at_host.times, one.trace)
        joined = browser.get(f"/host/times/exchanges/{one.trace}").text
        for told in ("線上與程式各自量得的時間", "1,580.00", "▲", "重送", "→ 伺服器"):
            assert told in joined


def test_a_request_that_nobody_explains_says_so(at_host: HostSite) -> None:
    now_ms = round(time.time() * 1000)
    terms = spent(100_000, unattributed=40_000)
    one = exchange(5, began_ms=now_ms, total_us=100_000, terms_us=terms, kept="first")
    connection = files.opened(files.path_of(at_host.times, files.day_of(now_ms)))
    writing.write(connection, [one], {}, process="1")
    connection.close()
    with at_host.operator("perf", "PERF") as browser:
        page = browser.get(f"/host/times/exchanges/{one.trace}").text
        assert "本次請求有超過百分之二且超過 5 毫秒的時間無法歸屬" in page


def test_who_held_the_lock_is_named_and_leads_to_who_waited(at_host: HostSite) -> None:
    now_ms = round(time.time() * 1000)
    waited = Meeting(
        side="waited", trace=f"{32:032x}", state="idle in transaction", open_us=640_000,
        seen_us=1_300_000, own=4201, backend=4202,
    )  # fmt: skip
    stranger = Meeting(side="waited", ours=False, seen_us=50_000, own=4201, backend=99)
    # Served by another process, which did not know whose request waited.
    held = Meeting(side="held", seen_us=1_300_000, own=4202, backend=4201, behind=2)
    first = exchange(31, began_ms=now_ms, met=(waited, stranger), kept="lock", spans=SPANS)
    second = exchange(
        32, began_ms=now_ms, met=(held,), kept="lock", operation="accounting.chart.put", spans=SPANS
    )
    connection = files.opened(files.path_of(at_host.times, files.day_of(now_ms)))
    writing.write(connection, [first, second], {}, process="1")
    connection.close()
    with at_host.operator("perf", "PERF") as browser:
        page = browser.get(f"/host/times/exchanges/{first.trace}").text
        for told in (
            "等待對方持有的鎖", f"/host/times/exchanges/{second.trace}", "accounting.chart.put",
            "640.0", "1,300.0", "交易中閒置", "系統外的連線（資料庫程序 99）",
        ):  # fmt: skip
            assert told in page
        page = browser.get(f"/host/times/exchanges/{second.trace}").text
        assert "持有對方所等的鎖" in page
        assert f"/host/times/exchanges/{first.trace}" in page


def test_without_any_figures_the_pages_say_so(at_host: HostSite) -> None:
    with at_host.operator("perf", "PERF") as browser:
        assert "這段時間沒有符合條件的請求。" in browser.get("/host/times").text
        assert browser.get("/host/times?hours=99999").status_code == 200
        assert browser.get("/host/times?hours=yes").status_code in {400, 422}


def test_a_county_is_slower_than_the_others_by_its_line(at_host: HostSite) -> None:
    given_releases(at_host.times)
    with at_host.operator("perf", "PERF") as browser:
        page = browser.get(f"/host/times/counties?operation={CERTIFY}").text
        assert page.index("MLI") < page.index("TXG"), "those who wait longest first"
        assert re.search(r"多 8\d\.\d 毫秒，差在網路（(9\d|100)%）。", page)
        assert re.search(r"少 8\d\.\d 毫秒，差在網路", page)
        alone = browser.get("/host/times/counties?operation=no.such").text
        assert "這段時間沒有符合條件的請求。" in alone


def test_one_release_is_compared_with_nothing(at_host: HostSite) -> None:
    given_times(at_host)
    with at_host.operator("perf", "PERF") as browser:
        assert "這段時間只有一個版本，無從比較。" in browser.get("/host/times/releases").text


def test_a_release_is_compared_with_the_one_before_it(at_host: HostSite) -> None:
    given_releases(at_host.times)
    with at_host.operator("perf", "PERF") as browser:
        page = browser.get("/host/times/releases").text
        assert re.search(r"每次慢了 \d\d\.\d 毫秒（.*確定的差異：資料庫執行 \+(29|30)\.\d", page)
        same = browser.get("/host/times/releases?before=0.2.0&after=0.2.0").text
        assert "沒有可以確定的差異。" in same
        assert "無從比較" in browser.get("/host/times/releases?county=KEE").text


def test_what_was_lost_what_it_costs_and_how_far_it_is_off(at_host: HostSite) -> None:
    with at_host.operator("perf", "PERF") as browser:
        assert "這段時間沒有自我測試；" in browser.get("/host/times/itself").text
        given_watching(at_host.times)
        page = browser.get("/host/times/itself").text
        for told in (
            "有 12 次請求未計入（另計入 8,000 次）",
            "量測使每次請求多花 378 微秒，事後整理 225 微秒；合占處理器時間的 4.0%。",
            "（p99；容許 8.0 毫秒）：伺服器與網路之分相差最多 39.",
            "毫秒，等待與工作之分相差最多 40.0 毫秒。",
            "超出容許",
        ):
            assert told in page
        assert browser.get("/host/probe?sleep_ms=20").status_code == 404, "for the host alone"


def test_what_eats_time_from_which_load_on_and_which_line_is_bad(at_host: HostSite) -> None:
    with at_host.operator("perf", "PERF") as browser:
        for name in ("statements", "queues", "lines"):
            assert browser.get(f"/host/times/{name}").status_code == 200, "with nothing to show"
        given_load(at_host.times)
        statements = browser.get("/host/times/statements?hours=1").text
        assert "SELECT … FOR UPDATE" in statements
        assert re.search(
            r"資料庫敘述占伺服器時間的 \d%；最多的一句占 \d%，平均 6.0 毫秒。", statements
        )
        assert "SELECT" not in browser.get("/host/times/statements?county=KEE").text
        queues = browser.get("/host/times/queues?hours=1").text
        assert "次請求起，等待比工作久；最忙時主要在等待執行緒（平均 140.0 毫秒）。" in queues
        lines = browser.get("/host/times/lines?hours=1").text
        assert "線路有異狀者：" not in lines, "a few of thousands is no trouble"
        assert lines.index("MLI") < lines.index("TXG"), "the longest round trip first"


def test_what_leaves_as_a_file_and_whether_the_promise_is_kept(at_host: HostSite) -> None:
    one = given_times(at_host)
    with at_host.operator("perf", "PERF") as browser:
        slo = browser.get("/host/times/slo").text
        # Both are hot paths: 95 of 100 within the server time that their modules promise.
        assert "2 項作業中，1 項已用完額度，0 項在最近一小時急速消耗。" in slo
        assert "95% ≤ 150" in slo
        assert f"/host/times/exchanges/{one.trace[:20]}" in slo, "an exemplar"
        file = f"/host/times/exchanges/{one.trace}/file"
        for form in ("perfetto", "speedscope", "otlp"):
            answer = browser.get(f"{file}?form={form}")
            assert answer.headers["content-disposition"].endswith(f'.{form}.json"')
            answer.json()
        assert browser.get(f"{file}?form=other").status_code == 404
        table = browser.get(f"/host/times/exchanges.csv?operation={CERTIFY}").text
        assert len(table.splitlines()) == 1 + 5
        columns = browser.get(f"/host/times/exchanges.parquet?operation={CERTIFY}")
        assert columns.content[:4] == columns.content[-4:] == b"PAR1"
        refused = browser.get(f"{file}?form=pcap")
        assert (refused.status_code, "E-PACKETS" in refused.text) == (404, True)
        given_packets(at_host.times, one.trace)
        assert f"{file}?form=pcap" in browser.get(f"/host/times/exchanges/{one.trace}").text
        heads = browser.get(f"{file}?form=pcap").content
        assert (heads[:4], b"HTTP" in heads) == (b"M<\xb2\xa1", False)
        pack = browser.get("/host/times/pack?county=TXG").content
        with zipfile.ZipFile(io.BytesIO(pack)) as archive:
            told = archive.read("README.txt").decode()
        assert "最慢的二十分之一請求，時間有 12% 花在網路" in told


def test_steps_of_many_requests_and_of_one_are_a_flame(at_host: HostSite) -> None:
    with at_host.operator("perf", "PERF") as browser:
        assert "這段時間沒有留存的請求。" in browser.get("/host/times/flame").text
        one = given_times(at_host)
        page = browser.get(f"/host/times/flame?county=txg&operation={CERTIFY}&hours=1").text
        assert "留存的 5 次請求，伺服器時間共 8,350.3 毫秒；本身耗時最多的是 " in page
        assert "SELECT … FOR UPDATE" in page
        link = re.search(r'<a href="([^"]+)" aria-label="SELECT … FOR UPDATE：', page)
        assert link is not None
        inside = browser.get(link[1].replace("&amp;", "&")).text
        assert "county=txg" in inside, "the filter is kept"
        assert inside.count("<rect") == 4, "the frame and those in which it stands"
        alone = browser.get(f"/host/times/flame?trace={one.trace}").text
        assert "留存的 1 次請求" in alone
        assert browser.get(f"/host/times/flame?trace={'f' * 32}").status_code == 404
        assert "這段時間沒有留存的請求。" in browser.get("/host/times/flame?among=usual").text
        file = browser.get("/host/times/flame/file?county=TXG")
        assert file.json()["profiles"][0]["type"] == "sampled"
        file = browser.get(f"/host/times/flame/file?trace={one.trace}")
        assert file.json()["profiles"][0]["type"] == "evented"


def test_live_update_is_a_switch_in_the_address_and_off_at_first(at_host: HostSite) -> None:
    with at_host.operator("perf", "PERF") as browser:
        for address in ("/host/times", "/host/times/lines", "/host/times/queues"):
            still = browser.get(f"{address}?hours=1").text
            assert "data-live-seconds" not in still
            assert f'href="{address}?hours=1&amp;live=1"' in still
            live = browser.get(f"{address}?hours=1&live=1").text
            assert 'id="live" data-live-seconds="10"' in live
            assert f'href="{address}?hours=1">暫停即時更新' in live
            assert '<input type="hidden" name="live" value="1">' in live, "a new filter keeps it"


def given_served(at_host: HostSite, county: str) -> None:
    one = exchange(1, county=county)
    sketch = Sketch()
    sketch.add(one)
    now_s = int(time.time())
    connection = files.opened(files.path_of(at_host.times, files.day_of(now_s * 1_000)))
    key = (now_s, county, one.operation, one.release, one.vantage)
    writing.write(connection, [], {key: sketch}, process="1")
    connection.close()


@pytest.mark.needs("chromium")
def test_figures_renew_themselves_but_not_under_ones_fingers(
    at_host: HostSite, chromium: Chromium
) -> None:
    at_host.given_operator("perf", "PERF")
    given_served(at_host, "TXG")
    page = come_in(chromium, at_host, "host", "perf", PASSWORD)
    page.clock.install()
    page.goto(f"{at_host.site.address}/host/times/lines?hours=1")
    tab_to(page, "開啟即時更新")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-live-seconds] canvas")
    given_served(at_host, "MLI")
    page.clock.fast_forward(10_000)
    page.wait_for_selector("#lines >> text=MLI")
    page.wait_for_selector(".plot canvas")
    assert page.locator(".plot canvas").count() == 1
    page.locator("#lines a").first.focus()
    given_served(at_host, "KEE")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.fast_forward(10_000)
    assert asked == [], "somebody stands in the table"
    page.evaluate("document.activeElement.blur()")
    page.clock.fast_forward(10_000)
    page.wait_for_selector("#lines >> text=KEE")
    assert len(asked) == 1
    page.route("**/host/times/lines*", lambda route: route.abort())
    page.clock.fast_forward(10_000)
    page.wait_for_selector("text=上次更新未成功，將再試。")
    page.clock.fast_forward(3_600_000)
    page.wait_for_selector("text=即時更新已滿一小時無人操作而停止。")


@pytest.mark.needs("chromium")
def test_from_the_verdict_to_the_statement_by_keyboard(
    at_host: HostSite, chromium: Chromium
) -> None:
    one = given_times(at_host)
    given_packets(at_host.times, one.trace)
    at_host.given_operator("perf", "PERF")
    eyes = Eyes()
    page = come_in(chromium, at_host, "host", "perf", PASSWORD)
    tab_to(page, "時間與瓶頸")
    page.keyboard.press("Enter")
    page.wait_for_selector("#verdicts")
    eyes.look(page, "host-times")
    tab_to(page, CERTIFY)
    page.keyboard.press("Enter")
    page.wait_for_selector("#terms")
    page.wait_for_selector(".plot canvas")
    eyes.look(page, "host-times-operation")
    tab_to(page, one.trace[:16])
    page.keyboard.press("Enter")
    page.wait_for_selector("#path")
    eyes.look(page, "host-times-exchange")
    tab_to(page, "這次請求的火焰圖")
    page.keyboard.press("Enter")
    page.wait_for_selector("svg.flame")
    tab_to(page, "SELECT … FOR UPDATE")
    page.keyboard.press("Enter")
    page.wait_for_url("**at=*")
    tab_to(page, "SELECT … FOR UPDATE")
    eyes.look(page, "host-times-flame-of-one")
    page.goto(page.url.split("?")[0])
    page.wait_for_selector("svg.flame")
    eyes.look(page, "host-times-flame")
    given_releases(at_host.times)
    given_watching(at_host.times)
    given_load(at_host.times)
    for name in ("counties", "releases", "itself", "statements", "queues", "lines", "slo"):
        page.goto(page.url.split("/host/")[0] + f"/host/times/{name}")
        page.wait_for_selector("table")
        eyes.look(page, f"host-times-{name}")
    assert eyes.violations == []
