"""People, their roles and what a role may do, through HTTP; the auditor writes nothing."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.boundaries.book import BOOK
from tests.boundaries.recipe import Recipe
from tests.core.people import API, Staff, id_of
from tests.core.site import Site
from tests.core.test_guards import ask, routes
from zhuji_core.identity.grants import TwoPersons, end_grant, grant_role
from zhuji_core.identity.role_changes import READS
from zhuji_core.identity.roles import ROLES
from zhuji_core.testing.counties import given_actor


@pytest.fixture
def staff(site: Site) -> Iterator[Staff]:
    with Staff.signed_in(site) as staff:
        site.given_user("clerk", "REQ")
        yield staff


def act(staff: Staff, by: str, account: str, verb: str, **body: Any) -> Any:
    return staff.call(by, f"users/{staff.user_id(account)}/{verb}", body)


def test_people_are_found_by_pages_and_filters(staff: Staff) -> None:
    for number in range(5):
        staff.site.given_user(f"p{number}", "SUP" if number % 2 else "REQ", in_agency="B1")
    first = staff["adm1"].get(f"{API}/users?text=p&limit=3").json()
    rest = staff["adm1"].get(f"{API}/users?text=p&limit=3&cursor={first['next']}").json()
    accounts = [one["account"] for one in (*first["items"], *rest["items"])]
    assert (accounts, rest["next"]) == (["p0", "p1", "p2", "p3", "p4"], None)
    heads = staff["adm1"].get(f"{API}/users?role=SUP").json()["items"]
    assert [(one["account"], one["roles"]) for one in heads] == [("p1", ["SUP"]), ("p3", ["SUP"])]
    there = staff["adm1"].get(f"{API}/users?agency_code=B1").json()["items"]
    assert {one["account"] for one in there} == {"p0", "p1", "p2", "p3", "p4"}
    page = staff["adm1"].get("/txg/kernel/users?text=p1").text
    assert ">p1<" in page
    assert ">p2<" not in page


def test_a_person_is_made_changed_disabled_and_enabled(staff: Staff) -> None:
    wanted = {"account": "newcomer", "name": "新人", "agency_code": "A1"}
    assert staff.call("adm1", "users", wanted).status_code == 201
    assert (
        act(staff, "adm1", "newcomer", "change", name="改名", agency_code="B1").status_code == 200
    )
    assert staff["clerk"].get("/txg/").status_code == 200
    assert act(staff, "adm1", "clerk", "disabling", reason="調查中").status_code == 200
    assert staff["clerk"].get("/txg/").status_code == 303, "signed out at once"
    assert act(staff, "adm1", "clerk", "enabling", reason="結案").status_code == 200
    assert staff["clerk"].sign_in("clerk").status_code == 303
    history = staff["adm1"].get(f"/txg/kernel/users/{staff.user_id('clerk')}").text
    assert "調查中" in history
    assert "結案" in history


@pytest.mark.parametrize(
    ("verb", "body", "code"),
    [
        ("change", {"name": " ", "agency_code": "A1"}, "E-USER-NAME"),
        ("change", {"name": "名", "agency_code": "ZZ"}, "E-AGENCY-UNKNOWN"),
        ("disabling", {"reason": ""}, "E-PROPOSAL-REASON"),
        ("enabling", {"reason": "已是"}, "E-USER-STATE"),
    ],
)
def test_what_cannot_be_done_to_a_person_keeps_nothing(
    staff: Staff, verb: str, body: dict[str, str], code: str
) -> None:
    before = staff.everything()
    staff.refuses(act(staff, "adm1", "clerk", verb, **body), code)
    unknown = "0198c5a0-0000-7000-8000-000000000001"
    full = {"name": "名", "agency_code": "A1"} if verb == "change" else {"reason": "理由"}
    staff.refuses(staff.call("adm1", f"users/{unknown}/{verb}", full), "E-USER-UNKNOWN")
    assert staff.everything() == before


def test_a_disabled_person_is_granted_nothing(staff: Staff) -> None:
    act(staff, "adm1", "clerk", "disabling", reason="離職")
    before = staff.everything()
    staff.refuses(staff.proposed_grant("clerk", "SUP"), "E-USER-DISABLED")
    assert staff.everything() == before


def test_the_last_administrator_is_not_disabled_and_ends_no_own_role(staff: Staff) -> None:
    assert act(staff, "adm1", "adm2", "disabling", reason="離職").status_code == 200
    before = staff.everything()
    staff.refuses(act(staff, "adm1", "adm1", "disabling", reason="離職"), "E-LAST-ADMINISTRATOR")
    assert staff.everything() == before


def test_two_who_disable_each_other_leave_one(staff: Staff) -> None:
    start = threading.Barrier(2)
    answers: list[Any] = []
    paths = {
        by: f"{API}/users/{staff.user_id(whom)}/disabling"
        for by, whom in (("adm1", "adm2"), ("adm2", "adm1"))
    }
    browsers = {by: staff[by] for by in paths}

    def disable(by: str) -> None:
        start.wait()
        body = '{"reason": "交接"}'.encode()
        answers.append(browsers[by].json(paths[by], body, key=uuid.uuid4().hex))

    threads = [threading.Thread(target=disable, args=(by,)) for by in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (row,) = staff.rows(
        "SELECT count(*) AS n FROM kernel.user_account WHERE account LIKE 'adm%'"
        " AND state = 'active'"
    )
    assert row.n == 1
    assert min(answer.status_code for answer in answers) == 200


def test_a_grant_is_ended_by_two_persons_for_both_days_included(staff: Staff) -> None:
    (grant,) = staff.rows("SELECT grant_id FROM kernel.role_grant WHERE role_code = 'REQ'")
    path = f"grants/{grant.grant_id}/end"
    early = {"last_day": "2016-03-13", "reason": "調職"}
    staff.refuses(staff.call("adm1", path, early), "E-GRANT-DATES")
    made = id_of(staff.call("adm1", path, {"last_day": "2016-03-15", "reason": "調職"}))
    assert staff["clerk"].get("/txg/probe/things").status_code == 200
    assert staff.call("adm2", f"proposals/{made}/approval").status_code == 200
    assert staff["clerk"].get("/txg/probe/things").status_code == 303, "a change signs out"
    staff["clerk"].sign_in("clerk")
    assert staff["clerk"].get("/txg/probe/things").status_code == 200, "the last day counts"
    staff.site.under_test["TXG"].execute(
        "UPDATE kernel.setting SET value = '\"2016-03-16\"' WHERE key = 'business_date'"
    )
    assert staff["clerk"].get("/txg/probe/things").status_code == 403


def test_two_grants_at_one_moment_make_no_conflict(staff: Staff) -> None:
    staff.site.given_user("tax")
    made = [id_of(staff.proposed_grant("tax", role)) for role in ("TRX", "TRR")]
    start = threading.Barrier(2)
    answers: list[Any] = []

    def approve(proposal_id: str, browser: Any) -> None:
        start.wait()
        path = f"{API}/proposals/{proposal_id}/approval"
        answers.append(browser.json(path, b"{}", key=uuid.uuid4().hex))

    staff.site.given_user("adm3", "ADM", in_agency=None)
    pairs = zip(made, (staff["adm2"], staff["adm3"]), strict=True)
    threads = [threading.Thread(target=approve, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert len(staff.held("tax")) == 1


def test_nobody_but_the_operator_grants_alone(site: Site) -> None:
    site.given_user("clerk")
    whole = given_actor(7)
    access = site.counties["TXG"]
    with site.begin() as uow:
        user_id = uuid.UUID(
            str(
                uow.connection.exec_driver_sql(
                    "SELECT user_id FROM kernel.user_account WHERE account = 'clerk'"
                ).scalar()
            )
        )
        uow.abandon("only a look")
    with pytest.raises(TwoPersons), access.begin(actor=whole) as uow:
        grant_role(
            uow, user_id=user_id, role_code="REQ", agency_code="A1", valid_from=uow.business_date
        )
    with pytest.raises(TwoPersons), access.begin(actor=whole) as uow:
        end_grant(uow, grant_id=user_id, last_day=uow.business_date)


def change_role(staff: Staff, role_code: str, *, add: str = "", remove: str = "") -> Any:
    held = {
        row.permission
        for row in staff.rows(
            "SELECT permission FROM kernel.role_permission WHERE role_code = :r", r=role_code
        )
    }
    wanted = sorted((held | {add}) - {remove, ""})
    fields = {"permissions": wanted, "reason": "業務調整"}
    return staff.post("adm1", f"roles/{role_code}/change", fields)  # type: ignore[arg-type]


def test_what_a_role_may_is_changed_by_two_persons(staff: Staff) -> None:
    made = change_role(staff, "REQ", remove="probe.thing.write")
    assert made.status_code == 303, made.text
    proposal_id = made.headers["location"].rpartition("/")[2]
    body = b'{"name": "x", "amount_ntd": 1}'
    things = "/txg/api/v1/probe/things/"
    assert staff["clerk"].json(things, body, key=uuid.uuid4().hex).status_code == 201
    assert staff.call("adm2", f"proposals/{proposal_id}/approval").status_code == 200
    assert staff["clerk"].json(things, body, key=uuid.uuid4().hex).status_code == 403
    matrix = staff["adm1"].get("/txg/kernel/roles").text
    unknown = staff["adm1"].get("/txg/kernel/roles/KING")
    assert (unknown.status_code, "E-ROLE-NOT-FOUND" in unknown.text) == (404, True)
    assert "REQ probe.thing.read" in matrix
    assert "REQ probe.thing.write" not in matrix


def test_an_auditor_is_given_nothing_to_write_whoever_asks(staff: Staff) -> None:
    before = staff.everything()
    refused = change_role(staff, "AUD", add="probe.thing.write")
    assert "<code>E-ROLE-READ-ONLY</code>" in refused.text
    assert change_role(staff, "AUD", add="no.such.right").status_code == 422
    assert change_role(staff, "AUD").status_code == 422, "nothing would be different"
    assert staff.everything() == before
    assert change_role(staff, "AUD", add="probe.thing.read").status_code == 303


@pytest.mark.parametrize(
    ("role_code", "permission"),
    [
        ("ADM", "probe.thing.write"),
        ("ADM", "probe.year.enact"),
        ("REQ", "kernel.role.grant"),
        ("BAS", "kernel.grant.approve"),
    ],
)
def test_no_role_is_given_a_right_of_the_other_side_of_a_separation_of_duties(
    staff: Staff, role_code: str, permission: str
) -> None:
    before = staff.everything()
    refused = change_role(staff, role_code, add=permission)
    assert "<code>E-ROLE-DUTIES</code>" in refused.text
    assert permission in refused.text
    assert staff.everything() == before


def test_a_role_takes_rights_of_its_own_side(staff: Staff) -> None:
    assert change_role(staff, "REV", add="probe.thing.write").status_code == 303
    assert change_role(staff, "BAS", add="kernel.exception.approve").status_code != 303, "held"
    assert change_role(staff, "TRX", add="kernel.token.make").status_code == 303


def test_administration_is_not_taken_from_the_only_role_that_has_it(staff: Staff) -> None:
    made = change_role(staff, "ADM", remove="kernel.role.grant")
    proposal_id = made.headers["location"].rpartition("/")[2]
    before = staff.everything()
    refused = staff.call("adm2", f"proposals/{proposal_id}/approval")
    staff.refuses(refused, "E-LAST-ADMINISTRATOR")
    assert staff.everything() == before


def test_every_role_of_the_offices_is_there_in_both_languages(staff: Staff) -> None:
    kept = {
        row.role_code: (row.title, row.title_en) for row in staff.rows("SELECT * FROM kernel.role")
    }
    assert kept == {role.role_code: (role.title, role.title_en) for role in ROLES}
    assert len(kept) == 21


def test_an_auditor_writes_nothing(whole_site: Site) -> None:
    """Every unsafe route of the whole application, made from the routes themselves."""
    whole_site.given_user("auditor", "AUD", in_agency=None)
    tried = 0
    with whole_site.browser("auditor") as browser:
        for method, path, handler in routes(whole_site):
            unsafe = method in {"POST", "PUT", "PATCH", "DELETE"}
            if not unsafe or handler.opt.get("public"):
                continue
            if "permission" not in handler.opt:
                continue
            tried += 1
            if handler.opt["permission"].name.rpartition(".")[2] in READS:
                # That it changes nothing is proved where its connection is cut (test_cuts.py).
                reads = BOOK.recipes.get(str(handler.operation_id), Recipe(role=""))
                assert "export" in path or reads.changes_nothing, f"{path}: reading makes a file"
                continue
            response = ask(browser, method, path)
            assert response.status_code == 403, (method, path, response.text)
    assert tried > 40


def test_an_auditor_reads_everything_of_the_county(whole_site: Site) -> None:
    declared = [one for one in whole_site.permissions if not one.name.startswith("probe.")]
    reading = {one.name for one in declared if one.name.rpartition(".")[2] in READS}
    held = {one.name for one in declared if "AUD" in one.roles}
    assert held == reading, "an auditor reads all there is to read, and nothing else"
    assert len(reading) > 8
