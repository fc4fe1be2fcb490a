"""Deputies: lent for a time, never more than the lender holds, both named, ended at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.core.people import Staff
from tests.core.site import Site
from zhuji_core.identity import sessions

TODAY = dt.date(2016, 3, 15)


@pytest.fixture
def staff(site: Site) -> Iterator[Staff]:
    with Staff.signed_in(site) as staff:
        site.given_user("boss", "REQ", "REV")
        site.given_user("clerk", "SUP", agency_code="B1", in_agency="B1")
        yield staff


def appoint(staff: Staff, *, by: str = "boss", deputy: str = "clerk", **changes: Any) -> Any:
    wanted = {
        "deputy_id": staff.user_id(deputy),
        "roles": ["REQ"],
        "valid_from": "2016-03-15",
        "valid_to": "2016-03-31",
        "reason": "休假",
        **changes,
    }
    return staff.call(by, "delegations/", wanted)


def appointed(staff: Staff, **changes: Any) -> str:
    answer = appoint(staff, **changes)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["delegation"]["delegation_id"])


def act(staff: Staff, account: str, *, agency: str, delegation: str = "") -> Any:
    fields = {"agency_code": agency, "delegation_id": delegation}
    return staff.post(account, "acting", fields)


def test_a_deputy_does_the_work_and_the_audit_names_both(staff: Staff) -> None:
    delegation = appointed(staff)
    body = b'{"name": "x", "amount_ntd": 1}'
    assert staff["clerk"].json("/txg/api/v1/probe/things/", body).status_code == 403
    assert act(staff, "clerk", agency="A1", delegation=delegation).status_code == 303
    page = staff["clerk"].get("/txg/probe/things").text
    assert "代理 姓名boss" in page
    assert "民政局" in page
    assert staff["clerk"].json("/txg/api/v1/probe/things/", body).status_code == 201
    (row,) = staff.rows(
        "SELECT actor_account, context ->> 'on_behalf_of' AS principal FROM kernel.audit_entry"
        " WHERE action = 'probe.thing.write'"
    )
    assert tuple(row) == ("clerk", "boss")


def test_acting_for_another_lends_those_rights_and_lays_down_the_own(staff: Staff) -> None:
    delegation = appointed(staff)
    assert act(staff, "clerk", agency="A1", delegation=delegation).status_code == 303
    held = permissions(staff, "clerk")
    assert held["probe.thing.write"] == ("A1",)
    assert "B1" not in {code for codes in held.values() for code in codes}
    assert act(staff, "clerk", agency="B1").status_code == 303
    assert "probe.thing.write" not in permissions(staff, "clerk")


def test_it_ends_by_itself_with_its_last_day(staff: Staff) -> None:
    delegation = appointed(staff)
    act(staff, "clerk", agency="A1", delegation=delegation)
    stand_at(staff, "2016-03-31")
    assert staff["clerk"].get("/txg/probe/things").status_code == 200
    stand_at(staff, "2016-04-01")
    assert staff["clerk"].get("/txg/probe/things").status_code == 403
    page = staff["clerk"].get("/txg/").text
    assert "代理 姓名boss" not in page
    assert "社會局" in page, "back in the own agency"


def test_it_is_revoked_at_once_by_who_appointed(staff: Staff) -> None:
    delegation = appointed(staff)
    act(staff, "clerk", agency="A1", delegation=delegation)
    answer = staff.call("boss", f"delegations/{delegation}/end", {"reason": "提早銷假"})
    assert answer.status_code == 200, answer.text
    assert staff["clerk"].get("/txg/probe/things").status_code == 403
    again = staff.call("boss", f"delegations/{delegation}/end", {"reason": "再一次"})
    staff.refuses(again, "E-DELEGATION-ENDED")


@pytest.mark.parametrize("account", ["clerk", "adm1"])
def test_the_deputy_and_an_administrator_end_it_too(staff: Staff, account: str) -> None:
    delegation = appointed(staff)
    answer = staff.call(account, f"delegations/{delegation}/end", {"reason": "終止"})
    assert answer.status_code == 200, answer.text


def test_nobody_else_ends_it(staff: Staff) -> None:
    staff.site.given_user("other", "REQ")
    delegation = appointed(staff)
    before = staff.everything()
    answer = staff.call("other", f"delegations/{delegation}/end", {"reason": "終止"})
    staff.refuses(answer, "E-NOT-DELEGATION")
    unknown = "0198c5a0-0000-7000-8000-000000000001"
    answer = staff.call("boss", f"delegations/{unknown}/end", {"reason": "終止"})
    staff.refuses(answer, "E-DELEGATION-UNKNOWN")
    assert staff.everything() == before


def test_a_lender_who_loses_the_role_or_the_account_lends_nothing(staff: Staff) -> None:
    delegation = appointed(staff)
    act(staff, "clerk", agency="A1", delegation=delegation)
    county = staff.site.under_test["TXG"]
    county.execute("UPDATE kernel.role_grant SET valid_to = '2016-03-14' WHERE role_code = 'REQ'")
    assert staff["clerk"].get("/txg/probe/things").status_code == 403
    county.execute("UPDATE kernel.role_grant SET valid_to = NULL WHERE role_code = 'REQ'")
    assert staff["clerk"].get("/txg/probe/things").status_code == 200
    county.execute("UPDATE kernel.user_account SET state = 'disabled' WHERE account = 'boss'")
    assert staff["clerk"].get("/txg/probe/things").status_code == 403


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"deputy": "boss"}, "E-DELEGATION-SELF"),
        ({"roles": ["CACC"]}, "E-DELEGATION-BEYOND"),
        ({"roles": []}, "E-DELEGATION-BEYOND"),
        ({"agency_code": "B1"}, "E-DELEGATION-BEYOND"),
        ({"agency_code": "王小明"}, "E-AGENCY-UNKNOWN"),
        ({"permissions": ["probe.year.enact"]}, "E-DELEGATION-BEYOND"),
        ({"valid_from": "2016-03-14"}, "E-DELEGATION-PERIOD"),
        ({"valid_to": "2016-03-14"}, "E-DELEGATION-PERIOD"),
        ({"valid_to": "2016-06-13"}, "E-DELEGATION-PERIOD"),
        ({"reason": " "}, "E-PROPOSAL-REASON"),
        ({"deputy_id": "0198c5a0-0000-7000-8000-000000000001"}, "E-USER-UNKNOWN"),
        ({"deputy": "adm1"}, "E-ROLE-CONFLICT"),
    ],
)
def test_what_may_not_be_lent_is_refused_and_nothing_kept(
    staff: Staff, changes: dict[str, Any], code: str
) -> None:
    before = staff.everything()
    staff.refuses(appoint(staff, **changes), code)
    assert staff.everything() == before


def test_the_longest_period_is_a_setting(staff: Staff) -> None:
    assert appoint(staff, valid_to="2016-06-12").status_code == 201
    staff.site.under_test["TXG"].execute(
        "INSERT INTO kernel.setting (module, key, value)"
        " VALUES ('kernel', 'delegation_days_max', '10')"
    )
    staff.refuses(appoint(staff, valid_to="2016-03-25"), "E-DELEGATION-PERIOD")
    assert appoint(staff, valid_to="2016-03-24").status_code == 201


def test_a_disabled_person_is_no_deputy(staff: Staff) -> None:
    staff.site.under_test["TXG"].execute(
        "UPDATE kernel.user_account SET state = 'disabled' WHERE account = 'clerk'"
    )
    staff.refuses(appoint(staff), "E-USER-DISABLED")


def test_a_deputy_appoints_no_deputy(staff: Staff) -> None:
    staff.site.given_user("third")
    delegation = appointed(staff)
    act(staff, "clerk", agency="A1", delegation=delegation)
    before = staff.everything()
    staff.refuses(appoint(staff, by="clerk", deputy="third"), "E-DELEGATION-CHAIN")
    assert staff.everything() == before
    act(staff, "clerk", agency="B1")
    before = staff.everything()
    staff.refuses(appoint(staff, by="clerk", deputy="third"), "E-DELEGATION-BEYOND")
    assert staff.everything() == before


def test_administration_is_lent_by_two_persons(staff: Staff) -> None:
    staff.site.given_user("helper")
    answer = appoint(staff, by="adm1", deputy="helper", roles=["ADM"])
    assert answer.status_code == 201, answer.text
    assert answer.json()["delegation"] is None
    proposal = answer.json()["proposal"]["proposal_id"]
    assert staff.rows("SELECT count(*) AS n FROM kernel.delegation")[0].n == 0
    staff.refuses(staff.call("adm1", f"proposals/{proposal}/approval"), "E-OWN-PROPOSAL")
    assert staff.call("adm2", f"proposals/{proposal}/approval").status_code == 200
    (row,) = staff.rows("SELECT * FROM kernel.delegation")
    assert str(row.proposal_id) == proposal
    act(staff, "helper", agency="A1", delegation=str(row.delegation_id))
    # Who acts for adm1 decides nothing that adm1 proposed, and the other way round.
    staff.site.given_user("new")
    made = staff.proposed_grant("new", "REQ").json()["proposal_id"]
    staff.refuses(staff.call("helper", f"proposals/{made}/approval"), "E-OWN-PROPOSAL")
    made = staff.proposed_grant("new", "SUP", by="helper").json()["proposal_id"]
    staff.refuses(staff.call("adm1", f"proposals/{made}/approval"), "E-OWN-PROPOSAL")
    assert staff.call("adm2", f"proposals/{made}/approval").status_code == 200


def test_what_is_lent_counts_as_held_when_a_role_is_granted(staff: Staff) -> None:
    staff.site.given_user("tax", "TRX")
    appointed(staff, by="tax", roles=["TRX"])
    problem = staff.refuses(staff.proposed_grant("clerk", "TRR"), "E-ROLE-CONFLICT")
    assert "支付審核與覆核放行分立" in problem["detail"]


def test_somebody_in_two_agencies_works_in_one_at_a_time(staff: Staff) -> None:
    staff.site.given_user("boss", "REQ", in_agency="B1")
    assert act(staff, "boss", agency="B1").status_code == 303
    page = staff["boss"].get("/txg/").text
    assert 'accesskey="G"' in page
    assert ">社會局</a>" in page
    staff["boss"].json("/txg/api/v1/probe/things/", b'{"name": "x", "amount_ntd": 1}')
    (row,) = staff.rows("SELECT agency_code FROM kernel.number_counter")
    assert row.agency_code == "B1"


def test_one_acts_nowhere_without_a_role(staff: Staff) -> None:
    before = staff.everything()
    for fields in (
        {"agency": "B1"},
        {"agency": "ZZ"},
        {"agency": "A1", "delegation": "0198c5a0-0000-7000-8000-000000000001"},
        {"agency": "A1", "delegation": "no id at all"},
    ):
        answer = act(staff, "boss", **fields)
        assert answer.status_code == 403, answer.text
        assert "<code>E-ACTING</code>" in answer.text
    assert staff.everything() == before


def test_a_role_of_the_whole_county_acts_in_any_agency(staff: Staff) -> None:
    assert "社會局" in staff["adm1"].get("/txg/kernel/acting").text
    assert act(staff, "adm1", agency="B1").status_code == 303
    assert act(staff, "adm1", agency="ZZ").status_code == 403


def test_the_pages_appoint_list_and_end(staff: Staff) -> None:
    form = staff["boss"].get("/txg/kernel/delegations/new").text
    assert 'value="REQ"' in form
    assert 'value="CACC"' not in form
    refused = staff.post("boss", "delegations", {"deputy": "nobody", "reason": "休假"})
    assert refused.status_code == 404
    assert 'value="nobody"' in refused.text, "nothing typed is lost"
    fields = {
        "deputy": "clerk",
        "roles": "REQ",
        "permissions": "probe.thing.read",
        "agency_code": "A1",
        "valid_from": "1050315",
        "valid_to": "331",
        "reason": "公差",
    }
    made = staff.post("boss", "delegations", fields)
    assert made.status_code == 303, made.text
    listed = staff["clerk"].get("/txg/kernel/delegations").text
    assert "姓名boss" in listed
    (row,) = staff.rows("SELECT delegation_id, permissions FROM kernel.delegation")
    assert row.permissions == ["probe.thing.read"]
    ended = staff.post("clerk", f"delegations/{row.delegation_id}/end", {"reason": "婉拒"})
    assert ended.status_code == 303
    assert "婉拒" in staff["adm1"].get("/txg/kernel/delegations?everybody=true").text
    assert staff["boss"].get("/txg/kernel/delegations?everybody=true").status_code == 403


@pytest.mark.parametrize(("language", "title"), [("zh_Hant_TW", "業務主管"), ("en", "Unit head")])
def test_who_acts_for_another_reads_the_titles_of_the_own_roles(
    staff: Staff, language: str, title: str
) -> None:
    delegation = appointed(staff)
    assert act(staff, "clerk", agency="A1", delegation=delegation).status_code == 303
    staff.site.under_test["TXG"].execute(
        "UPDATE kernel.web_session SET language = :language", language=language
    )
    refused = staff.post("clerk", "delegations", {"deputy": "adm1", "reason": "x"})
    assert refused.status_code in {403, 422}
    assert f"SUP {title}" in refused.text
    assert "SUP SUP" not in refused.text


def permissions(staff: Staff, account: str) -> dict[str, tuple[str, ...]]:
    """Resolve the session of the account's browser as a request would."""
    site = staff.site
    token = staff[account].cookie(sessions.cookie_name("txg"))
    found = sessions.resolve(site.counties["TXG"].engine, token=token, now=site.clock.now)
    assert found is not None
    return dict(found.actor.permissions)


def stand_at(staff: Staff, day: str) -> None:
    staff.site.under_test["TXG"].execute(
        "UPDATE kernel.setting SET value = to_jsonb(CAST(:day AS text))"
        " WHERE key = 'business_date'",
        day=day,
    )


ROLES = ("REQ", "REV", "SUP", "BAS")
RIGHTS = ("probe.thing.read", "probe.thing.write", "probe.year.enact", "kernel.user.read")
PLACES = ("A1", "B1", None)
PERIODS = st.tuples(st.integers(-3, 1), st.integers(-1, 3))


def days(period: tuple[int, int]) -> dict[str, dt.date]:
    first, last = sorted(period)
    return {
        "valid_from": TODAY + dt.timedelta(days=first),
        "valid_to": TODAY + dt.timedelta(days=last),
    }


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    grants=st.lists(st.tuples(st.sampled_from(ROLES), st.sampled_from(PLACES), PERIODS)),
    roles=st.lists(st.sampled_from(ROLES), min_size=1, unique=True),
    rights=st.none() | st.lists(st.sampled_from(RIGHTS), unique=True),
    place=st.sampled_from(PLACES),
    period=PERIODS,
)
def test_a_deputy_never_can_what_the_lender_cannot(
    staff: Staff, grants: Any, roles: Any, rights: Any, place: Any, period: Any
) -> None:
    """Whatever stands in the tables: the rows are written past every rule of appointing."""
    county = staff.site.under_test["TXG"]
    boss, clerk = staff.user_id("boss"), staff.user_id("clerk")
    county.execute("UPDATE kernel.web_session SET delegation_id = NULL")
    county.execute("DELETE FROM kernel.delegation")
    county.execute("DELETE FROM kernel.role_grant WHERE user_id = :u", u=boss)
    for role, where, when in grants:
        county.execute(
            "INSERT INTO kernel.role_grant VALUES (gen_random_uuid(), :u, :r, :a, :f, :t)"
            " ON CONFLICT DO NOTHING",
            u=boss, r=role, a=where, f=days(when)["valid_from"], t=days(when)["valid_to"],
        )  # fmt: skip
    county.execute(
        "INSERT INTO kernel.delegation (delegation_id, delegator_id, deputy_id, agency_code,"
        " roles, permissions, valid_from, valid_to, reason, appointed_at) VALUES"
        " (gen_random_uuid(), :boss, :clerk, :a, :roles, :rights, :f, :t, 'x', now())",
        boss=boss, clerk=clerk, a=place, roles=roles, rights=rights,
        f=days(period)["valid_from"], t=days(period)["valid_to"],
    )  # fmt: skip
    own = permissions(staff, "clerk")
    lender = permissions(staff, "boss")
    county.execute(
        "UPDATE kernel.web_session SET delegation_id = (SELECT delegation_id FROM"
        " kernel.delegation) WHERE user_id = :u",
        u=clerk,
    )
    deputy = permissions(staff, "clerk")
    county.execute("UPDATE kernel.web_session SET delegation_id = NULL")
    if not days(period)["valid_from"] <= TODAY <= days(period)["valid_to"]:
        assert deputy == own
        return
    for right, codes in deputy.items():
        assert rights is None or right in rights
        assert place is None or set(codes) == {place}
        assert set(codes) <= set(lender.get(right, ())) or "*" in lender.get(right, ())
