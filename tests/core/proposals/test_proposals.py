"""A change by two persons: proposed, decided once, never by who proposed it, never unseen."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.core.people import API, Staff, id_of
from tests.core.site import Site


@pytest.fixture
def staff(site: Site) -> Iterator[Staff]:
    with Staff.signed_in(site) as staff:
        site.given_user("clerk")
        yield staff


def state(staff: Staff, proposal_id: str) -> Any:
    (row,) = staff.rows("SELECT * FROM kernel.proposal WHERE proposal_id = :p", p=proposal_id)
    return row


def test_a_role_is_given_when_a_second_person_approves(staff: Staff) -> None:
    proposal_id = id_of(staff.proposed_grant("clerk", "REQ"))
    assert staff.held("clerk") == []
    answer = staff.call("adm2", f"proposals/{proposal_id}/approval", {"reason": "可"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["state"] == "approved"
    assert staff.held("clerk") == ["REQ A1 2016-03-01 2016-12-31"]
    kept = state(staff, proposal_id)
    assert (kept.state, kept.proposed_by_name, kept.decided_by_name) == (
        "approved",
        "姓名adm1",
        "姓名adm2",
    )
    acts = staff.rows(
        "SELECT action, actor_account FROM kernel.audit_entry WHERE document_id = :u"
        " AND action LIKE 'kernel.role.%' ORDER BY audit_id",
        u=staff.user_id("clerk"),
    )
    assert [tuple(act) for act in acts] == [
        ("kernel.role.grant.propose", "adm1"),
        ("kernel.role.grant", "adm2"),
        ("kernel.role.grant.approve", "adm2"),
    ]


def test_who_proposed_never_decides(staff: Staff) -> None:
    proposal_id = id_of(staff.proposed_grant("clerk", "REQ"))
    before = staff.everything()
    for verb in ("approval", "rejection"):
        answer = staff.call("adm1", f"proposals/{proposal_id}/{verb}", {"reason": "自己可"})
        staff.refuses(answer, "E-OWN-PROPOSAL")
    assert staff.everything() == before


def test_the_database_itself_refuses_one_person_for_both(staff: Staff) -> None:
    proposal_id = id_of(staff.proposed_grant("clerk", "REQ"))
    with pytest.raises(Exception, match="proposal_two_persons"):
        staff.site.under_test["TXG"].execute(
            "UPDATE kernel.proposal SET state = 'approved', decided_by = proposed_by,"
            " decided_at = now() WHERE proposal_id = :p",
            p=proposal_id,
        )


def test_a_proposal_is_decided_once(staff: Staff) -> None:
    staff.site.given_user("adm3", "ADM", in_agency=None)
    proposal_id = id_of(staff.proposed_grant("clerk", "REQ"))
    assert staff.call("adm2", f"proposals/{proposal_id}/approval").status_code == 200
    before = staff.everything()
    for account, verb in (("adm3", "approval"), ("adm3", "rejection"), ("adm1", "withdrawal")):
        answer = staff.call(account, f"proposals/{proposal_id}/{verb}", {"reason": "再決定"})
        staff.refuses(answer, "E-PROPOSAL-STATE")
    assert staff.everything() == before


def test_two_who_approve_at_one_moment_apply_it_once(staff: Staff) -> None:
    staff.site.given_user("adm3", "ADM", in_agency=None)
    proposal_id = id_of(staff.proposed_grant("clerk", "REQ"))
    browsers = [staff["adm2"], staff["adm3"]]
    start = threading.Barrier(2)
    answers: list[Any] = []

    def approve(browser: Any) -> None:
        start.wait()
        path = f"{API}/proposals/{proposal_id}/approval"
        answers.append(browser.json(path, b"{}", key=f"key-of-{id(browser)}"))

    threads = [threading.Thread(target=approve, args=(browser,)) for browser in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert staff.held("clerk") == ["REQ A1 2016-03-01 2016-12-31"]
    granted = staff.rows(
        "SELECT count(*) AS n FROM kernel.audit_entry WHERE action = 'kernel.role.grant'"
        " AND document_id = :u",
        u=staff.user_id("clerk"),
    )
    assert granted[0].n == 1


def test_a_rejection_needs_words_and_changes_nothing(staff: Staff) -> None:
    proposal_id = id_of(staff.proposed_grant("clerk", "REQ"))
    before = staff.everything()
    for reason in ("", "   ", "長" * 501):
        answer = staff.call("adm2", f"proposals/{proposal_id}/rejection", {"reason": reason})
        assert staff.refuses(answer, "E-PROPOSAL-REASON")["fields"].keys() == {"reason"}
    assert staff.everything() == before
    answer = staff.call("adm2", f"proposals/{proposal_id}/rejection", {"reason": "無此職缺"})
    assert answer.status_code == 200, answer.text
    assert (state(staff, proposal_id).state, staff.held("clerk")) == ("rejected", [])


def test_only_the_proposer_withdraws(staff: Staff) -> None:
    proposal_id = id_of(staff.proposed_grant("clerk", "REQ"))
    before = staff.everything()
    staff.refuses(staff.call("adm2", f"proposals/{proposal_id}/withdrawal"), "E-NOT-PROPOSER")
    assert staff.everything() == before
    assert staff.call("adm1", f"proposals/{proposal_id}/withdrawal").status_code == 200
    again = staff.proposed_grant("clerk", "REQ")
    assert again.status_code == 201, "what was withdrawn may be proposed again"


def test_one_thing_has_one_open_proposal(staff: Staff) -> None:
    id_of(staff.proposed_grant("clerk", "REQ"))
    before = staff.everything()
    problem = staff.refuses(
        staff.proposed_grant("clerk", "REQ", by="adm2", valid_to=None), "E-PROPOSAL-OPEN"
    )
    assert "姓名adm1" in problem["detail"]
    assert staff.everything() == before
    assert staff.proposed_grant("clerk", "SUP").status_code == 201, "another role is another thing"


def test_what_has_changed_since_is_said_and_nothing_approved(staff: Staff) -> None:
    proposal_id = id_of(staff.proposed_grant("clerk", "REQ"))
    staff.site.given_user("clerk", "REQ", valid_to=dt.date(2016, 3, 31))
    before = staff.everything()
    problem = staff.refuses(
        staff.call("adm2", f"proposals/{proposal_id}/approval"), "E-PROPOSAL-STALE"
    )
    assert "同一角色目前期間 － → 105-01-01－105-03-31" in problem["detail"]
    assert staff.everything() == before


def test_an_expired_proposal_is_not_approved_and_gives_up_its_place(staff: Staff) -> None:
    proposal_id = id_of(staff.proposed_grant("clerk", "REQ"))
    staff.site.under_test["TXG"].execute("UPDATE kernel.proposal SET expires_on = '2016-03-14'")
    before = staff.everything()
    staff.refuses(staff.call("adm2", f"proposals/{proposal_id}/approval"), "E-PROPOSAL-EXPIRED")
    assert staff.everything() == before
    listed = staff["adm2"].get(f"{API}/proposals/?states=expired").json()
    assert [one["proposal_id"] for one in listed["items"]] == [proposal_id]
    assert staff.proposed_grant("clerk", "REQ").status_code == 201
    assert state(staff, proposal_id).state == "expired"


def test_the_last_day_still_counts(staff: Staff) -> None:
    proposal_id = id_of(staff.proposed_grant("clerk", "REQ"))
    staff.site.under_test["TXG"].execute("UPDATE kernel.proposal SET expires_on = '2016-03-15'")
    assert staff.call("adm2", f"proposals/{proposal_id}/approval").status_code == 200


def test_a_payload_of_an_older_form_is_proposed_again(staff: Staff) -> None:
    proposal_id = id_of(staff.proposed_grant("clerk", "REQ"))
    staff.site.under_test["TXG"].execute("UPDATE kernel.proposal SET payload_version = 99")
    before = staff.everything()
    staff.refuses(staff.call("adm2", f"proposals/{proposal_id}/approval"), "E-PROPOSAL-VERSION")
    assert staff.everything() == before


def test_an_unknown_proposal_is_not_found(staff: Staff) -> None:
    nobody = "0198c5a0-0000-7000-8000-000000000001"
    staff.refuses(staff.call("adm2", f"proposals/{nobody}/approval"), "E-PROPOSAL-NOT-FOUND")
    assert staff["adm2"].get(f"{API}/proposals/{nobody}").status_code == 404


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"role_code": "KING"}, "E-ROLE-UNKNOWN"),
        ({"agency_code": "ZZ"}, "E-AGENCY-UNKNOWN"),
        ({"valid_from": "2016-04-01", "valid_to": "2016-03-31"}, "E-GRANT-DATES"),
        ({"valid_from": "0001-01-01"}, "E-GRANT-DATES"),
        ({"user_id": "0198c5a0-0000-7000-8000-000000000001"}, "E-USER-UNKNOWN"),
        ({"reason": " "}, "E-PROPOSAL-REASON"),
        ({"reference": "字" * 501}, "E-PROPOSAL-REASON"),
    ],
)
def test_what_could_never_be_approved_is_not_proposed(
    staff: Staff, changes: dict[str, Any], code: str
) -> None:
    before = staff.everything()
    staff.refuses(staff.proposed_grant("clerk", changes.pop("role_code", "REQ"), **changes), code)
    assert staff.everything() == before


def test_a_conflict_names_the_rule_and_where_it_is_said(staff: Staff) -> None:
    staff.granted("clerk", "REQ")
    problem = staff.refuses(
        staff.proposed_grant("clerk", "ADM", agency_code=None), "E-ROLE-CONFLICT"
    )
    assert "系統管理不兼財務角色" in problem["detail"]
    assert "依據：系統管理與財務分立" in problem["detail"]


def test_without_the_right_nothing_is_proposed_or_decided(staff: Staff) -> None:
    proposal_id = id_of(staff.proposed_grant("clerk", "REQ"))
    staff.site.given_user("bas", "BAS", in_agency=None)
    before = staff.everything()
    staff.refuses(staff.call("bas", f"proposals/{proposal_id}/approval"), "E-FORBIDDEN")
    staff.refuses(staff.proposed_grant("clerk", "SUP", by="bas"), "E-FORBIDDEN")
    assert staff.everything() == before


def test_proposals_are_listed_by_pages(staff: Staff) -> None:
    made = [id_of(staff.proposed_grant("clerk", role)) for role in ("REQ", "SUP", "REV", "PROC")]
    first = staff["adm2"].get(f"{API}/proposals/?limit=3").json()
    rest = staff["adm2"].get(f"{API}/proposals/?limit=3&cursor={first['next']}").json()
    listed = [one["proposal_id"] for one in (*first["items"], *rest["items"])]
    assert (listed, rest["next"]) == (made[::-1], None)


def test_it_waits_on_the_first_page_of_the_second_person_alone(staff: Staff) -> None:
    id_of(staff.proposed_grant("clerk", "REQ"))
    assert "待決定提案" in staff["adm2"].get("/txg/").text
    assert "待決定提案" not in staff["adm1"].get("/txg/").text


def test_the_pages_show_decide_and_say_why_not(staff: Staff) -> None:
    proposal_id = id_of(staff.proposed_grant("clerk", "REQ"))
    listed = staff["adm2"].get("/txg/kernel/proposals").text
    assert "clerk 姓名clerk" in listed
    own = staff["adm1"].get(f"/txg/kernel/proposals/{proposal_id}").text
    assert "須由另一人決定" in own
    refused = staff.post("adm1", f"proposals/{proposal_id}/approval")
    assert refused.status_code == 403
    assert "<code>E-OWN-PROPOSAL</code>" in refused.text
    decided = staff.post("adm2", f"proposals/{proposal_id}/approval")
    assert decided.status_code == 303, decided.text
    page = staff["adm2"].get(decided.headers["location"]).text
    assert "已核准" in page
    assert "姓名adm2" in page
