"""Modules switched on and off: by whom, with what they require, exact for the next request."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.core.site import Browser, Site
from tests.core.test_guards import ask, routes
from zhuji_core.enabling.disable_module import disable_module
from zhuji_core.enabling.enable_module import enable_module
from zhuji_core.enabling.switching import ModuleNeeded, Switched
from zhuji_core.identity.actor import Forbidden
from zhuji_core.licences.book import UNLIMITED, LicenceBook, Term
from zhuji_core.modules import (
    ModuleDisabled,
    ModuleReadOnly,
    ModuleRequires,
    ModuleUnknown,
    ModuleUnlicensed,
)
from zhuji_core.permissions import MODULE, READ_MODULES
from zhuji_core.settings import keep_setting
from zhuji_core.testing.counties import CountyUnderTest, given_actor
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import DomainError
from zhuji_core.web.guards import UNSAFE

AUDIT = """
    SELECT action, document_label, before, after FROM kernel.audit_entry
     WHERE document_kind = 'kernel.module' ORDER BY audit_id
"""


def enable(county: CountyUnderTest, module: str) -> Switched:
    with county.uow() as uow:
        return enable_module(uow, module=module, licences=UNLIMITED)


def disable(county: CountyUnderTest, module: str, reason: str = "") -> Switched:
    with county.uow() as uow:
        return disable_module(uow, module=module, reason=reason)


def kept(county: CountyUnderTest) -> tuple[list[str] | None, int]:
    ((modules, version),) = county.rows("SELECT modules, version FROM kernel.module_set")
    return modules, version


def test_switching_is_kept_with_its_audit_entry(txg: CountyUnderTest) -> None:
    assert kept(txg) == (None, 0)
    assert disable(txg, "accounting", "年度結束").version == 1
    assert kept(txg) == (["budget"], 1)
    assert enable(txg, "accounting").changed
    assert kept(txg) == (["accounting", "budget"], 2)
    first, second = txg.rows(AUDIT)
    assert (first.action, first.before) == ("kernel.module.disable", {"enabled": True})
    assert first.after["enabled"] is False
    assert first.after["reason"] == "年度結束"
    assert (second.action, second.after["enabled"]) == ("kernel.module.enable", True)
    assert "reason" not in second.after
    assert second.document_label.startswith("accounting ")


def test_a_module_that_stands_so_already_is_left_without_an_entry(txg: CountyUnderTest) -> None:
    assert not enable(txg, "budget").changed
    assert kept(txg) == (None, 0)
    assert txg.rows(AUDIT) == []


@pytest.mark.parametrize(
    ("act", "module", "refusal"),
    [
        (disable, "budget", ModuleNeeded),
        (enable, "accounting", ModuleRequires),
        (enable, "nothing", ModuleUnknown),
        (disable, "nothing", ModuleUnknown),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_kept(
    txg: CountyUnderTest,
    act: Callable[[CountyUnderTest, str], Switched],
    module: str,
    refusal: type[DomainError],
) -> None:
    if refusal is ModuleRequires:
        disable(txg, "accounting")
        disable(txg, "budget")
    before, entries = kept(txg), len(txg.rows(AUDIT))
    with pytest.raises(refusal):
        act(txg, module)
    assert kept(txg) == before
    assert len(txg.rows(AUDIT)) == entries


def test_who_may_only_read_modules_switches_none(txg: CountyUnderTest) -> None:
    reader = given_actor(permissions={READ_MODULES.name: ("*",)})
    with pytest.raises(Forbidden), txg.uow(reader) as uow:
        disable_module(uow, module="accounting")
    with pytest.raises(Forbidden), txg.uow(reader) as uow:
        enable_module(uow, module="accounting", licences=UNLIMITED)
    assert kept(txg) == (None, 0)


def test_an_unlicensed_module_cannot_be_switched_on_but_off(txg: CountyUnderTest) -> None:
    disable(txg, "accounting")
    nothing = LicenceBook([])
    with pytest.raises(ModuleUnlicensed), txg.uow() as uow:
        enable_module(uow, module="accounting", licences=nothing)
    assert kept(txg) == (["budget"], 1)
    assert disable(txg, "budget").changed


def test_two_administrators_at_once_lose_no_switch(txg: CountyUnderTest) -> None:
    """Each switches its own module back and forth; both ends must be seen, and every entry."""
    disable(txg, "accounting")
    start = threading.Barrier(2)

    def toggle(module: str) -> int:
        start.wait()
        changed = 0
        for number in range(10):
            try:
                act = disable if number % 2 == (module == "accounting") else enable
                changed += act(txg, module).changed
            except (ModuleNeeded, ModuleRequires):
                pass  # the other one was first, and its switch stands
        return changed

    with ThreadPoolExecutor(2) as threads:
        changed = sum(threads.map(toggle, ["accounting", "budget"]))
    modules, version = kept(txg)
    entries = txg.rows(AUDIT)
    assert version == changed + 1 == len(entries)
    standing = {"accounting", "budget"}
    for entry in entries:
        module = entry.document_label.partition(" ")[0]
        assert (module in standing) == entry.before["enabled"], "an entry without its switch"
        standing ^= {module}
    assert standing == set(modules or ())


@pytest.fixture
def admin(whole_site: Site) -> Iterator[Browser]:
    whole_site.given_user("clerk", "REQ")
    with whole_site.browser("clerk") as browser:
        yield browser


def switch(site: Site, module: str, *, on: bool) -> None:
    with site.begin() as uow:
        if on:
            enable_module(uow, module=module, licences=UNLIMITED)
        else:
            disable_module(uow, module=module)


def test_the_very_next_request_sees_the_switch(whole_site: Site, admin: Browser) -> None:
    """Although the register that the process knows still says otherwise."""
    for _ in range(3):
        assert admin.get("/txg/accounting/requests").status_code == 200
        switch(whole_site, "accounting", on=False)
        assert admin.get("/txg/accounting/requests").status_code == 404
        assert admin.get("/txg/api/v1/accounting/requests").status_code == 404
        home = admin.get("/txg/").text
        assert "/txg/accounting/" not in home
        assert "accounting" in whole_site.counties["TXG"].county.modules
        switch(whole_site, "accounting", on=True)
    assert "/txg/accounting/" in admin.get("/txg/").text


def test_a_command_or_job_of_a_disabled_module_changes_nothing(whole_site: Site) -> None:
    switch(whole_site, "probe", on=False)

    def write(uow: UnitOfWork) -> None:
        from tests.core.probe import Thing, make_thing  # noqa: PLC0415 (beside its use)

        make_thing(uow, Thing(name="東西", amount_ntd=1))

    with pytest.raises(ModuleDisabled), whole_site.begin() as uow:
        write(uow)
    county = whole_site.under_test["TXG"]
    assert county.rows("SELECT 1 FROM kernel.number_counter") == []
    switch(whole_site, "probe", on=True)
    with whole_site.begin() as uow:
        write(uow)
    assert len(county.rows("SELECT 1 FROM kernel.number_counter")) == 1


def book(valid_to: dt.date, *modules: str) -> LicenceBook:
    return LicenceBook(
        [
            Term(module=name, valid_from=dt.date(2026, 1, 1), valid_to=valid_to)
            for name in ("accounting", "budget", "probe", *modules)
        ]
    )


def test_an_ended_licence_refuses_writes_and_lets_read(whole_site: Site) -> None:
    """At the boundary: the last moment of the last day in Taipei, and the next one."""
    whole_site.given_user("clerk", "REQ")
    whole_site.license("TXG", book(dt.date(2026, 3, 31)))
    last = dt.datetime(2026, 3, 31, 15, 59, 59, 999_999, tzinfo=dt.UTC)
    whole_site.clock.now = last - dt.timedelta(minutes=10)
    county = whole_site.under_test["TXG"]
    with whole_site.browser("clerk") as browser:
        whole_site.clock.now = last
        assert browser.form("/txg/probe/things").status_code == 303
        whole_site.clock.now = last + dt.timedelta(microseconds=1)
        refused = browser.form("/txg/probe/things")
        assert refused.status_code == 403
        assert "E-MODULE-READ-ONLY" in refused.text
        assert "中華民國115年3月31日" in refused.text
        by_api = browser.json(
            "/txg/api/v1/probe/things", b'{"name": "a", "amount_ntd": 1}', key="12345678"
        )
        assert (by_api.status_code, by_api.json()["code"]) == (403, "E-MODULE-READ-ONLY")
        assert browser.get("/txg/probe/things").status_code == 200
        assert browser.get("/txg/accounting/requests").status_code == 200
        assert browser.get("/txg/").status_code == 200
    assert county.rows("SELECT last_no FROM kernel.number_counter WHERE kind = 'probe'") == [(1,)]


def test_an_ended_licence_refuses_writes_that_come_by_no_route(whole_site: Site) -> None:
    from tests.core.probe import Thing, make_thing  # noqa: PLC0415 (beside its use)

    whole_site.license("TXG", book(dt.date(2026, 3, 31)))
    whole_site.clock.now = dt.datetime(2026, 3, 31, 16, 0, tzinfo=dt.UTC)
    with pytest.raises(ModuleReadOnly), whole_site.begin() as uow:
        make_thing(uow, Thing(name="東西", amount_ntd=1))
    assert whole_site.under_test["TXG"].rows("SELECT 1 FROM kernel.number_counter") == []


def test_disabled_wins_over_expired(whole_site: Site, admin: Browser) -> None:
    switch(whole_site, "accounting", on=False)
    whole_site.license("TXG", LicenceBook([]))
    assert admin.get("/txg/accounting/requests").status_code == 404
    never = admin.form("/txg/probe/things")
    assert (never.status_code, "E-MODULE-UNLICENSED" in never.text) == (409, True)
    switch(whole_site, "probe", on=False)
    assert admin.form("/txg/probe/things").status_code == 404


def test_administrators_are_warned_on_every_page_before_a_licence_ends(whole_site: Site) -> None:
    whole_site.given_user("boss", "ADM", in_agency=None)
    whole_site.given_user("clerk", "REQ")
    whole_site.license("TXG", book(dt.date(2026, 3, 31)))
    for left, warned in ((61, False), (60, True), (0, True)):
        whole_site.clock.now = dt.datetime(2026, 3, 31, 4, tzinfo=dt.UTC) - dt.timedelta(days=left)
        with whole_site.browser("boss") as boss, whole_site.browser("clerk") as clerk:
            page = boss.get("/txg/").text
            assert (f"115-03-31 屆滿（尚有 {left} 天）" in page) == warned
            assert "屆滿" not in clerk.get("/txg/").text
    whole_site.clock.now += dt.timedelta(days=1)
    with whole_site.browser("boss") as boss, whole_site.browser("clerk") as clerk:
        assert "授權已於 115-03-31 屆滿" in boss.get("/txg/").text
        assert "授權已於 115-03-31 屆滿" in boss.get("/txg/probe/things").text
        assert "屆滿" not in clerk.get("/txg/").text
        assert "「探針」的授權已於 115-03-31 屆滿" in clerk.get("/txg/probe/things").text


def test_the_county_decides_how_early_it_is_warned(whole_site: Site) -> None:
    whole_site.given_user("boss", "ADM", in_agency=None)
    whole_site.license("TXG", book(dt.date(2026, 3, 31)))
    whole_site.clock.now = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    with whole_site.browser("boss") as boss:
        assert "尚有 30 天" in boss.get("/txg/").text
        with whole_site.begin() as uow:
            keep_setting(uow, module=MODULE, key="licence_warning_days", value=29)
        assert "尚有 30 天" not in boss.get("/txg/").text


def test_money_does_not_move_in_a_budget_whose_licence_has_ended(txg: CountyUnderTest) -> None:
    """Although the module that asks for it is licensed."""
    with txg.uow(read_only=True) as uow:
        ended = uow.hooks.narrowed(uow.hooks.enabled, read_only={"budget": dt.date(2026, 3, 31)})
        with pytest.raises(ModuleReadOnly):
            ended.move_funds(uow, [])
        assert list(uow.hooks.move_funds(uow, [])) == []


def test_every_route_that_writes_is_refused_once_the_licence_has_ended(whole_site: Site) -> None:
    """Generated from the routes: whoever has the right is told why; whoever only reads, reads."""
    roles = ("REQ", "SUP", "REV", "PREP", "BOOK", "CACC", "HEAD", "BAS", "FREV")
    whole_site.given_user("all", *roles, in_agency=None)
    refused, read = 0, 0
    with whole_site.browser("all") as browser:
        whole_site.license("TXG", book(dt.date(2026, 3, 31)))
        for method, path, handler in routes(whole_site):
            if handler.opt.get("module") not in {"accounting", "budget", "probe"}:
                continue
            response = ask(browser, method, path)
            ended = "E-MODULE-READ-ONLY" in response.text
            assert ended == (method in UNSAFE), (method, path, response.status_code)
            assert response.status_code == 403 if ended else response.status_code != 403
            refused += ended
            read += not ended
    assert refused > 20
    assert read > 20
    assert whole_site.under_test["TXG"].rows("SELECT 1 FROM kernel.number_counter") == []
