"""Rates counted in PostgreSQL: never more than the limit, whoever asks."""

from __future__ import annotations

import datetime as dt
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from tests.boundaries.routes import routes_of
from tests.core.site import Browser, Site
from zhuji_core.identity.rates import Allowance, Rate, TooManyRequests, take
from zhuji_core.settings import keep_setting
from zhuji_core.web.controllers import HEAVY

NOW = dt.datetime(2026, 3, 15, 1, 0, tzinfo=dt.UTC)
TEN = Rate(name="test", limit=10, per_s=60)


@pytest.fixture
def statements(site: Site) -> sa.Engine:
    return site.counties["TXG"].statements


def granted(engine: sa.Engine, rate: Rate, *, subject: str = "x", now: dt.datetime = NOW) -> bool:
    try:
        take(engine, rate, subject=subject, now=now)
    except TooManyRequests:
        return False
    return True


def test_the_whole_allowance_is_granted_and_then_refilled_evenly(statements: sa.Engine) -> None:
    left = [take(statements, TEN, subject="x", now=NOW).remaining for _ in range(10)]
    assert left == [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]
    with pytest.raises(TooManyRequests) as refused:
        take(statements, TEN, subject="x", now=NOW)
    assert refused.value.headers == {
        "Retry-After": "6",
        "RateLimit-Policy": '"test";q=10;w=60',
        "RateLimit": '"test";r=0;t=6',
    }
    six = dt.timedelta(seconds=6)
    assert not granted(statements, TEN, now=NOW + six - dt.timedelta(microseconds=1))
    assert granted(statements, TEN, now=NOW + six)
    assert not granted(statements, TEN, now=NOW + six)
    assert [granted(statements, TEN, now=NOW + dt.timedelta(minutes=9)) for _ in range(11)] == [
        *[True] * 10, False,
    ]  # fmt: skip


def test_a_clock_that_is_set_back_keeps_nobody_out_for_long(statements: sa.Engine) -> None:
    for _ in range(10):
        take(statements, TEN, subject="x", now=NOW)
    slightly, far = NOW - dt.timedelta(seconds=30), NOW - dt.timedelta(days=1)
    assert not granted(statements, TEN, now=slightly)  # two machines that differ a little
    assert [granted(statements, TEN, now=far) for _ in range(11)] == [*[True] * 10, False]


def test_subjects_and_buckets_do_not_count_for_each_other(statements: sa.Engine) -> None:
    one = Rate(name="one", limit=1, per_s=60)
    other = Rate(name="other", limit=1, per_s=60)
    assert granted(statements, one, subject="a")
    assert granted(statements, one, subject="b")
    assert granted(statements, other, subject="a")
    assert not granted(statements, one, subject="a")


@pytest.mark.parametrize("limit", [1, 7, 60, 100_000])
def test_no_limit_loses_a_request_to_rounding(limit: int) -> None:
    rate = Rate(name="x", limit=limit, per_s=60)
    assert rate.whole == limit * rate.refill
    assert dt.timedelta() <= rate.whole - dt.timedelta(seconds=60) < dt.timedelta(seconds=0.11)
    assert Allowance(rate=rate, remaining=1, retry_after_s=0).headers["RateLimit"] == '"x";r=1;t=0'


def test_sixteen_clients_at_one_moment_get_the_limit_and_no_more(statements: sa.Engine) -> None:
    rate = Rate(name="race", limit=100, per_s=60)
    at_once = threading.Barrier(16)

    def client(_: int) -> int:
        at_once.wait()
        return sum(granted(statements, rate) for _ in range(25))

    with ThreadPoolExecutor(16) as clients:
        assert sum(clients.map(client, range(16))) == 100


def test_sixteen_clients_over_time_get_the_limit_and_what_is_refilled(
    statements: sa.Engine,
) -> None:
    rate = Rate(name="race", limit=20, per_s=2)
    began = dt.datetime.now(dt.UTC)
    until = time.monotonic() + 1.5

    def client(_: int) -> int:
        count = 0
        while time.monotonic() < until:
            count += granted(statements, rate, now=dt.datetime.now(dt.UTC))
        return count

    with ThreadPoolExecutor(16) as clients:
        total = sum(clients.map(client, range(16)))
    took = (dt.datetime.now(dt.UTC) - began) / dt.timedelta(seconds=1)
    assert 20 < total <= 20 + took * 10 + 1


def set_rate(site: Site, key: str, value: int) -> None:
    with site.begin() as uow:
        keep_setting(uow, module="kernel", key=key, value=value)


@pytest.mark.parametrize("account", ["clerk", "nobody"])
def test_sign_ins_with_one_account_are_limited_known_or_not(site: Site, account: str) -> None:
    site.given_user("clerk", "REQ")
    site.given_user("other", "REQ")
    set_rate(site, "rate_sign_in_per_minute", 5)
    with site.browser() as browser:
        codes = [browser.sign_in(account).status_code for _ in range(6)]
        assert codes[:5] == [303 if account == "clerk" else 401] * 5
        refused = browser.sign_in(account)
        assert (codes[5], refused.status_code) == (429, 429)
        assert refused.headers["retry-after"] == "12"
        assert "操作過於頻繁，請於 12 秒後再試" in refused.text
        assert browser.sign_in("other").status_code == 303
        site.clock.now += dt.timedelta(seconds=12)
        assert browser.sign_in("clerk").status_code == 303


def test_sign_ins_from_one_address_are_limited(site: Site) -> None:
    set_rate(site, "rate_address_per_minute", 5)
    with site.browser() as browser:
        codes = [browser.sign_in(f"nobody{number}").status_code for number in range(6)]
    assert codes == [401] * 5 + [429]


def test_reset_codes_are_not_guessed_for_long(site: Site) -> None:
    set_rate(site, "rate_reset_per_hour", 3)
    fields = {"account": "clerk", "code": "A" * 16, "password": "x", "repeated": "x"}
    with site.browser() as browser:
        browser.get("/txg/password-reset")
        codes = [browser.form("/txg/password-reset", fields).status_code for _ in range(4)]
    assert codes == [422] * 3 + [429]


def test_exports_and_wide_searches_of_one_person_are_limited(site: Site) -> None:
    site.given_user("audit", "AUD", in_agency=None)
    set_rate(site, "rate_export_per_minute", 2)
    path = "/txg/api/v1/kernel/personal-reads"
    with site.browser("audit") as browser:
        first, second, third = (browser.get(path) for _ in range(3))
    assert (first.status_code, second.status_code, third.status_code) == (200, 200, 429)
    assert first.headers["ratelimit"] == '"export";r=1;t=0'
    assert third.headers["content-type"] == "application/problem+json"
    assert third.json()["code"] == "E-RATE"
    assert third.headers["retry-after"] == "30"


def test_every_export_is_counted(whole_site: Site) -> None:
    exports = [
        route
        for route in routes_of(whole_site.app)
        if route.operation_id.endswith("export") and not route.is_unsafe
    ]
    assert len(exports) > 5
    assert not [str(route) for route in exports if not route.handler.opt.get(HEAVY)]


def test_an_ordinary_request_is_not_counted(site: Site, clerk: Browser) -> None:
    before = site.under_test["TXG"].rows("SELECT count(*) AS n FROM kernel.rate_limit")[0].n
    assert clerk.get("/txg/probe/things").status_code == 200
    after = site.under_test["TXG"].rows("SELECT count(*) AS n FROM kernel.rate_limit")[0].n
    assert after == before


def test_counting_costs_no_wal(site: Site) -> None:
    (row,) = site.under_test["TXG"].rows(
        "SELECT relpersistence FROM pg_class WHERE oid = 'kernel.rate_limit'::regclass"
    )
    assert row.relpersistence in {"u", b"u"}
