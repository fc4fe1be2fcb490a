"""Emergency access: asked for, decided by another, reading only, noted, ended by either side."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from typing import Any

import msgspec
import pytest
from litestar.handlers import HTTPRouteHandler

from tests.core.platform.conftest import MACHINE, PASSWORD, HostSite
from tests.core.site import Browser
from tests.core.test_guards import filled
from zhuji_core import hooks
from zhuji_core.db.states import change_state
from zhuji_core.identity.actor import system_actor
from zhuji_core.platform import accounts
from zhuji_core.platform.break_glass import end_passes_of
from zhuji_core.testing.counties import CountyUnderTest, given_actor
from zhuji_core.uow import begin
from zhuji_core.web.guards import handlers_of

REASON = "付款批次停滯，需查看簽證登記簿"
STATES = "SELECT state FROM platform.break_glass ORDER BY pass_no"
ID = "SELECT pass_id FROM platform.break_glass ORDER BY pass_no DESC LIMIT 1"
READS = """
    SELECT actor_account, after ->> 'asked' AS asked, after ->> 'reason' AS reason,
           after ->> 'operation' AS operation, context
      FROM kernel.audit_entry WHERE action = 'kernel.break-glass.read' ORDER BY audit_id
"""


def request(browser: Browser, *, county: str = "TXG", minutes: str = "60") -> Any:
    fields = {"county": county, "minutes": minutes, "reason": REASON}
    return browser.form("/host/passes", fields)


def last(at_host: HostSite) -> str:
    return str(at_host.rows(ID)[0][0])


def opened(at_host: HostSite, one: Browser, two: Browser) -> str:
    """Ask, approve, open; return the pass's id."""
    assert request(one).status_code == 303
    pass_id = last(at_host)
    decided = two.form(f"/host/passes/{pass_id}/decision", {"decision": "approve"})
    assert decided.status_code == 303, decided.text
    gone_in = one.form(f"/host/passes/{pass_id}/opening")
    assert (gone_in.status_code, gone_in.headers["location"]) == (303, "/txg/")
    return pass_id


def county(at_host: HostSite) -> CountyUnderTest:
    return at_host.site.under_test["TXG"]


def state_of(at_host: HostSite) -> list[tuple[str, int]]:
    """Everything of the county but what reading under the pass itself writes.

    Heavy requests are counted before anybody is asked who they are: a count is no business row.
    """
    counts: list[tuple[str, int]] = []
    tables = county(at_host).rows("""
        SELECT schemaname || '.' || tablename AS name FROM pg_tables
         WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
           AND tablename <> 'rate_limit' ORDER BY 1
    """)
    for (name,) in tables:
        where = "action <> 'kernel.break-glass.read'" if name == "kernel.audit_entry" else "true"
        count = f"SELECT count(*) FROM {name} WHERE {where}"  # noqa: S608 (of the catalog)
        counts.append((name, county(at_host).rows(count)[0][0]))
    return counts


def test_it_is_opened_after_another_approved_and_every_answer_is_noted(at_host: HostSite) -> None:
    with at_host.operator("op1") as one, at_host.operator("op2") as two:
        opened(at_host, one, two)
        page = one.get("/txg/probe/things?text=1")
        assert page.status_code == 200
        assert "緊急調閱第" in page.text
        assert one.get("/txg/api/v1/probe/things").json()["account"] == "host:op1"
        assert one.get("/mli/").status_code == 303, "one county only"
        reads = county(at_host).rows(READS)
        assert [row.asked for row in reads] == [
            "GET /txg/probe/things?text=1",
            "GET /txg/api/v1/probe/things",
        ]
        assert {row.actor_account for row in reads} == {"host:op1"}
        assert {row.reason for row in reads} == {REASON}
        assert reads[0].operation == "probe.things.page"
        assert reads[0].context == {"break_glass": "1"}
        (told,) = county(at_host).rows(
            "SELECT after FROM kernel.audit_entry WHERE action = 'kernel.break-glass.open'"
        )
        assert told.after["approved_by"] == "op2"
        assert told.after["single_handed"] is False
    actions = [row[0] for row in at_host.rows("SELECT action FROM platform.audit_entry")]
    for action in ("request", "approve", "open"):
        assert actions.count(f"host.break-glass.{action}") == 1


def test_no_route_writes_under_it(at_host: HostSite) -> None:
    """Generated: every unsafe route of every module that is not public, as the holder."""
    with at_host.operator("op1") as one, at_host.operator("op2") as two:
        opened(at_host, one, two)
        one.get("/txg/")
        before = state_of(at_host)
        tried = 0
        for path, handler in handlers_of(at_host.site.app):
            assert isinstance(handler, HTTPRouteHandler)
            if "{county:str}" not in path or handler.opt.get("public"):
                continue
            for method in sorted({str(one) for one in handler.http_methods} - {"GET", "HEAD"}):
                tried += 1
                headers = {"x-csrftoken": one.csrf, "idempotency-key": f"key-{tried:08}"}
                refused = one.client.request(method, filled(path), headers=headers)
                assert refused.status_code in {403, 404}, (method, path, refused.text)
                if refused.status_code == 404:  # a module that this county has not
                    continue
                assert re.search("E-BREAK-GLASS-READ-ONLY|E-FORBIDDEN", refused.text), path
        assert tried > 30
        assert state_of(at_host) == before


def test_what_it_does_not_include_is_told_as_such(at_host: HostSite) -> None:
    """Generated: every page and answer to a GET that asks for more than a right to read."""
    told = {"zh_Hant_TW": "緊急調閱僅供查詢，不含「", "en": "Emergency access is for reading"}
    with at_host.operator("op1") as one, at_host.operator("op2") as two:
        opened(at_host, one, two)
        tried = 0
        for path, handler in handlers_of(at_host.site.app):
            permission = handler.opt.get("permission")
            if "{county:str}" not in path or permission is None or "{" in path.partition("}")[2]:
                continue
            assert isinstance(handler, HTTPRouteHandler)
            if "GET" not in handler.http_methods or permission.name.endswith(".read"):
                continue
            for language, words in told.items():
                one.client.cookies.set("zhuji_language", language)
                refused = one.get(filled(path), **{"accept-language": language})
                if refused.status_code == 404:  # a module that this county has not
                    continue
                tried += 1
                assert (refused.status_code, words in refused.text) == (403, True), path
                assert ("（機關 ）" in refused.text, "(agency )" in refused.text) == (False, False)
        assert tried > 4


def test_even_code_that_opens_a_write_is_stopped(at_host: HostSite, txg: CountyUnderTest) -> None:
    reader = msgspec.structs.replace(given_actor(), reads_only=True)
    with (
        pytest.raises(AssertionError, match="guard"),
        begin(
            txg.engine,
            hooks=hooks.Hooks(txg.manager, frozenset()),
            county=txg.county,
            actor=reader,
            now=dt.datetime.now(dt.UTC),
            business_date=txg.business_date,
            settings={},
        ),
    ):
        pass


def test_it_reads_what_is_declared_as_reading_and_no_forms(at_host: HostSite) -> None:
    with at_host.operator("op1") as one, at_host.operator("op2") as two:
        opened(at_host, one, two)
        tried = 0
        for path, handler in handlers_of(at_host.site.app):
            permission = handler.opt.get("permission")
            assert isinstance(handler, HTTPRouteHandler)
            if permission is None or "GET" not in handler.http_methods or "{" in path[13:]:
                continue
            tried += 1
            answer = one.get(path.replace("{county:str}", "txg"))
            if permission.name.endswith(".read"):
                assert answer.status_code in {200, 404, 422, 500}, (path, answer.text[:300])
                assert (answer.status_code == 500) == path.endswith("fault")
            else:
                assert answer.status_code == 403, (path, answer.status_code)
        assert tried > 5


def test_no_page_of_ones_own_breaks_under_it(at_host: HostSite) -> None:
    """The holder has no account here: pages about one's own are refused, the first page is not."""
    with at_host.operator("op1") as one, at_host.operator("op2") as two:
        opened(at_host, one, two)
        tried = 0
        for path, handler in handlers_of(at_host.site.app):
            assert isinstance(handler, HTTPRouteHandler)
            if not handler.opt.get("signed_in") or "GET" not in handler.http_methods:
                continue
            tried += 1
            answer = one.get(filled(path))
            expected = 200 if path == "/{county:str}" else 403
            assert answer.status_code == expected, (path, answer.text[:2000])
        assert tried > 5


def test_it_ends_by_itself(at_host: HostSite) -> None:
    with at_host.operator("op1") as one, at_host.operator("op2") as two:
        opened(at_host, one, two)
        assert one.get("/txg/").status_code == 200
        at_host.site.clock.now += dt.timedelta(minutes=61)
        assert one.get("/txg/").status_code == 303
        assert len(county(at_host).rows(READS)) == 1


def test_the_countys_administrator_sees_it_everywhere_and_ends_it_at_once(
    at_host: HostSite,
) -> None:
    at_host.site.given_user("admin", "ADM", in_agency=None)
    at_host.site.given_user("clerk", "REQ")
    with (
        at_host.operator("op1") as one,
        at_host.operator("op2") as two,
        at_host.site.browser("admin") as admin,
        at_host.site.browser("clerk") as clerk,
    ):
        assert "緊急調閱開啟中" not in admin.get("/txg/").text
        pass_id = opened(at_host, one, two)
        assert one.get("/txg/").status_code == 200
        assert "1 項緊急調閱開啟中" in admin.get("/txg/").text
        assert "緊急調閱開啟中" not in clerk.get("/txg/").text
        listed = admin.get("/txg/kernel/break-glass").text
        assert REASON in listed
        assert "op2" in listed
        assert clerk.get("/txg/kernel/break-glass").status_code == 403
        assert clerk.form(f"/txg/kernel/break-glass/{pass_id}/end").status_code == 403
        ended = admin.form(f"/txg/kernel/break-glass/{pass_id}/end")
        assert ended.status_code == 303, ended.text
        assert one.get("/txg/").status_code == 303
        again = admin.form(f"/txg/kernel/break-glass/{pass_id}/end")
        assert (again.status_code, "E-BREAK-GLASS-ENDED" in again.text) == (409, True)
        api = admin.json(f"/txg/api/v1/kernel/break-glass/{pass_id}/end", b"")
        assert (api.status_code, api.json()["code"]) == (409, "E-BREAK-GLASS-ENDED")
        api = admin.json(f"/txg/api/v1/kernel/break-glass/{uuid.uuid4()}/end", b"")
        assert (api.status_code, api.json()["code"]) == (404, "E-BREAK-GLASS-UNKNOWN")
        (row,) = county(at_host).rows("SELECT ended_by FROM kernel.break_glass")
        assert row.ended_by == "admin"
        assert "緊急調閱開啟中" not in admin.get("/txg/").text


def test_the_operator_ends_it_and_nobody_elses(at_host: HostSite) -> None:
    with at_host.operator("op1") as one, at_host.operator("op2") as two:
        pass_id = opened(at_host, one, two)
        foreign = two.form(f"/host/passes/{pass_id}/end")
        assert (foreign.status_code, "E-BREAK-GLASS-UNKNOWN" in foreign.text) == (404, True)
        assert one.get("/txg/").status_code == 200
        assert one.form(f"/host/passes/{pass_id}/end").status_code == 303
        assert one.get("/txg/").status_code == 303


def test_nobody_decides_on_their_own_and_nothing_is_used_twice(at_host: HostSite) -> None:
    with at_host.operator("op1") as one, at_host.operator("op2") as two:
        request(one)
        pass_id = last(at_host)
        own = one.form(f"/host/passes/{pass_id}/decision", {"decision": "approve"})
        assert (own.status_code, "E-BREAK-GLASS-OWN" in own.text) == (409, True)
        early = one.form(f"/host/passes/{pass_id}/opening")
        assert (early.status_code, "E-BREAK-GLASS-STATE" in early.text) == (409, True)
        twice = request(one)
        assert (twice.status_code, "E-BREAK-GLASS-PENDING" in twice.text) == (409, True)
        two.form(f"/host/passes/{pass_id}/decision", {"decision": "approve"})
        again = two.form(f"/host/passes/{pass_id}/decision", {"decision": "refuse"})
        assert (again.status_code, "E-BREAK-GLASS-STATE" in again.text) == (409, True)
        foreign = two.form(f"/host/passes/{pass_id}/opening")
        assert foreign.status_code == 409
        assert one.form(f"/host/passes/{pass_id}/opening").status_code == 303
        assert one.form(f"/host/passes/{pass_id}/opening").status_code == 409
    assert county(at_host).rows("SELECT count(*) FROM kernel.break_glass")[0][0] == 1


def test_a_refused_or_stale_request_opens_nothing(at_host: HostSite) -> None:
    with at_host.operator("op1") as one, at_host.operator("op2") as two:
        request(one)
        refused = last(at_host)
        two.form(f"/host/passes/{refused}/decision", {"decision": "refuse"})
        assert one.form(f"/host/passes/{refused}/opening").status_code == 409
        request(one, county="MLI")
        stale = last(at_host)
        two.form(f"/host/passes/{stale}/decision", {"decision": "approve"})
        at_host.site.clock.now += dt.timedelta(hours=25)
        one.sign_in("op1", county="host", password=PASSWORD)
        assert one.form(f"/host/passes/{stale}/opening").status_code == 409
    assert county(at_host).rows("SELECT FROM kernel.break_glass") == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"county": "TXG", "minutes": "60", "reason": " "}, "E-REASON"),
        ({"county": "TXG", "minutes": "241", "reason": "x"}, "E-BREAK-GLASS-MINUTES"),
        ({"county": "TXG", "minutes": "4", "reason": "x"}, "E-BREAK-GLASS-MINUTES"),
        ({"county": "TXG", "minutes": "١٠", "reason": "x"}, "E-BREAK-GLASS-MINUTES"),
        ({"county": "TXG", "minutes": "9" * 30, "reason": "x"}, "E-BREAK-GLASS-MINUTES"),
        ({"county": "XXX", "minutes": "60", "reason": "x"}, "E-BREAK-GLASS-COUNTY"),
    ],
)
def test_a_request_that_is_refused_is_not_kept(
    at_host: HostSite, fields: dict[str, str], code: str
) -> None:
    with at_host.operator("op1") as one:
        at_host.given_operator("op2")
        refused = one.form("/host/passes", fields)
        assert refused.status_code == 422
        assert code in refused.text
        assert at_host.rows(STATES) == []


def test_one_who_is_alone_goes_in_and_it_is_said_aloud(at_host: HostSite) -> None:
    at_host.site.given_user("admin", "ADM", in_agency=None)
    with at_host.operator("op1") as one, at_host.site.browser("admin") as admin:
        assert "沒有第二位" in one.get("/host/passes").text
        request(one)
        pass_id = last(at_host)
        assert at_host.rows(STATES)[0][0] == "single_handed"
        assert one.form(f"/host/passes/{pass_id}/opening").status_code == 303
        assert one.get("/txg/").status_code == 200
        assert "未經第二人核准" in admin.get("/txg/kernel/break-glass").text
        (row,) = county(at_host).rows("SELECT single_handed, approved_by FROM kernel.break_glass")
        assert tuple(row) == (True, "")
    actions = [row[0] for row in at_host.rows("SELECT action FROM platform.audit_entry")]
    assert "host.break-glass.single-handed" in actions


def test_it_ends_with_its_operators_way_in(at_host: HostSite) -> None:
    def end_passes(account: str) -> int:
        return end_passes_of(
            at_host.platform,
            at_host.site.counties.__getitem__,
            account=account,
            machine=MACHINE,
            system=system_actor({}),
        )

    with at_host.operator("op1") as one, at_host.operator("op2") as two:
        opened(at_host, one, two)
        assert end_passes("op2") == 0
        assert one.get("/txg/probe/things").status_code == 200
        with at_host.platform.begin(MACHINE) as uow:
            accounts.set_operator_state(uow, account="op1", active=False)
        assert end_passes("op1") == 1
        assert one.get("/txg/probe/things").status_code == 303
        assert end_passes("op1") == 0, "nothing is left to end"
    (row,) = county(at_host).rows("SELECT ended_by FROM kernel.break_glass")
    assert row.ended_by == "system"


def test_where_it_cannot_be_noted_it_is_not_answered(at_host: HostSite) -> None:
    """A county that is being moved takes no audit entry, so nothing is read there either."""
    with at_host.operator("op1") as one, at_host.operator("op2") as two:
        opened(at_host, one, two)
        change_state(at_host.host.engines, code="TXG", state="moving", reason="搬遷")
        refused = one.get("/txg/probe/things")
        assert (refused.status_code, "E-COUNTY-READ-ONLY" in refused.text) == (409, True)
        change_state(at_host.host.engines, code="TXG", state="read_only", reason="搬遷")
        assert one.get("/txg/probe/things").status_code == 200
