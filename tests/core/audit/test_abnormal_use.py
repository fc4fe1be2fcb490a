"""The report of abnormal use finds what it should, and nothing of an ordinary day."""

from __future__ import annotations

import datetime as dt

from tests.core.site import PASSWORD, PASSWORDS, Site
from zhuji_core.identity.sessions import Client
from zhuji_core.identity.sign_in import SignInRefused, sign_in
from zhuji_core.testing.counties import given_actor

API = "/txg/api/v1/kernel/abnormal-use"
# A Tuesday, 10 o'clock in Taipei.
MORNING = dt.datetime(2026, 3, 17, 2, 0, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def at(site: Site, moment: dt.datetime, account: str, address: str, *, right: bool = True) -> None:
    site.clock.now = moment
    try:
        sign_in(
            site.counties["TXG"],
            account=account,
            password=PASSWORD if right else "wrong",
            passwords=PASSWORDS,
            language="en",
            client=Client(address=address, device="x"),
        )
    except SignInRefused:
        assert not right


def given_people(site: Site) -> None:
    site.clock.now = MORNING - 60 * 24 * HOUR
    site.given_user("clerk", "REQ")
    site.given_user("audit", "AUD", in_agency=None)


def test_an_ordinary_day_shows_nothing(site: Site) -> None:
    given_people(site)
    for day in (1, 0):
        at(site, MORNING - day * 24 * HOUR + HOUR, "clerk", "10.0.0.1")
    site.clock.now = MORNING + 2 * HOUR
    with site.browser("audit") as browser:
        report = browser.get(API).json()
    kinds = ("failures", "odd_hours", "new_addresses", "many_reads")
    assert {kind: report[kind] for kind in kinds} == {
        "failures": [], "odd_hours": [], "new_addresses": [], "many_reads": [],
    }  # fmt: skip


def test_it_tells_failures_odd_hours_new_addresses_and_many_reads(site: Site) -> None:
    given_people(site)
    at(site, MORNING - 30 * 24 * HOUR, "clerk", "10.0.0.1")
    at(site, MORNING - 48 * HOUR, "clerk", "10.0.0.1")  # a Sunday
    at(site, MORNING - 24 * HOUR, "clerk", "10.0.0.1")
    at(site, MORNING - 23 * HOUR, "clerk", "192.0.2.7")
    for number in range(12):
        moment = MORNING - 22 * HOUR + number * dt.timedelta(minutes=20)
        at(site, moment, "clerk", "198.51.100.9", right=False)
    at(site, MORNING - 15 * HOUR, "clerk", "10.0.0.1")  # 19:00 still is office time
    at(site, MORNING - 14 * HOUR, "clerk", "10.0.0.1")  # 20:00 is not
    site.clock.now = MORNING
    actor = given_actor(5, name="多看")
    for _ in range(6):
        with site.counties["TXG"].begin(actor=actor, read_only=True) as uow:
            uow.read_personal_data(kind="kernel.user", subjects=range(100), purpose="查詢使用者")
    with site.browser("audit") as browser:
        report = browser.get(API).json()
        page = browser.get("/txg/kernel/abnormal-use")
    told = {
        kind: [(one["account"], one["address"], one["times"]) for one in report[kind]]
        for kind in ("failures", "odd_hours", "new_addresses", "many_reads")
    }
    assert told == {
        "failures": [("clerk", "198.51.100.9", 12)],
        "odd_hours": [("clerk", "10.0.0.1", 1), ("clerk", "10.0.0.1", 1)],
        "new_addresses": [("clerk", "192.0.2.7", 1)],
        "many_reads": [("user5", "", 600)],
    }
    for text in ("198.51.100.9", "192.0.2.7", "user5", "由未曾使用的網路位址登入"):
        assert text in page.text


def test_only_administrators_and_auditors_see_it(site: Site) -> None:
    site.given_user("clerk", "REQ")
    with site.browser("clerk") as browser:
        assert browser.get(API).status_code == 403
        assert browser.get("/txg/kernel/abnormal-use").status_code == 403
