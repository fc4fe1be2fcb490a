"""The page of modules by keyboard alone, read by axe and by eye."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.core.site import PASSWORD, Site
from tests.e2e.desk import Desk, Eyes, Presses
from zhuji_core.costs import PROCESS
from zhuji_core.enabling.cost_keeper import CostKeeper
from zhuji_core.licences.book import LicenceBook, Term, day_of

pytestmark = pytest.mark.needs("chromium")


@pytest.fixture
def desk(whole_site: Site, chromium: Browser) -> Iterator[Desk]:
    whole_site.given_user("boss", "ADM", in_agency=None)
    context = chromium.new_context(viewport={"width": 1366, "height": 768}, locale="zh-TW")
    context.set_default_timeout(60_000)
    eyes = Eyes()
    yield Desk(context, base=whole_site.address, presses=Presses(), eyes=eyes)
    context.close()
    assert eyes.violations == []


def licensed(site: Site) -> LicenceBook:
    today = day_of(site.clock())
    spans = {"accounting": 20, "budget": 400, "probe": -2}
    return LicenceBook(
        [
            Term(
                module=name,
                valid_from=today - dt.timedelta(days=300),
                valid_to=today + dt.timedelta(days=days),
                serial=f"TXG-116-{number}",
                issuer="行政院主計總處",
            )
            for number, (name, days) in enumerate(spans.items())
        ]
    )


def test_a_module_is_switched_off_and_on_by_keyboard(whole_site: Site, desk: Desk) -> None:
    whole_site.license("TXG", licensed(whole_site))
    PROCESS.take()
    desk.sign_in("boss", PASSWORD)
    for path in ("/txg/", "/txg/accounting/requests", "/txg/kernel/modules"):
        desk.open(path)
    CostKeeper(lambda: whole_site.counties).keep()
    desk.open("/txg/kernel/modules")
    assert "屆滿（尚有 20 天）" in desk.text()
    desk.look("modules")
    desk.to("a[href='/txg/kernel/modules/accounting']")
    desk.go("Enter")
    desk.to("input[name=reason]")
    desk.type("年度結束併入總帳")
    desk.go("Enter")
    desk.look("module-off")
    assert "年度結束併入總帳" in desk.text()
    desk.to("input[name=reason]")
    desk.type("恢復使用")
    desk.go("F9")
    desk.open("/txg/kernel/modules/budget")
    desk.look("module-needed")
    assert desk.faults == []
