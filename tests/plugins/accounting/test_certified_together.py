"""Certifications that arrive while another one is under way share a transaction, and nothing else.

The first is held at a row that somebody else has locked; what comes meanwhile makes one group.
"""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import httpx
import pytest
import sqlalchemy as sa

from tests.plugins.accounting.given import everything
from tests.plugins.accounting.people import People, code_of
from tests.plugins.accounting.test_waiting import WAITING
from zhuji_accounting.queries.verification import verify_certifications
from zhuji_core.settings import keep_setting

HOLD = sa.text("""
    SELECT FROM accounting.spending_request WHERE request_id = :request_id FOR NO KEY UPDATE
""")
# Rows that one transaction wrote bear its number.
GROUPS = """
    SELECT count(*) AS certifications, array_agg(a.actor_account ORDER BY a.audit_id) AS accounts,
           count(DISTINCT a.trace_id) AS traces
      FROM accounting.certification AS c
      JOIN kernel.audit_entry AS a ON a.document_id = c.request_id
     WHERE a.action = 'accounting.request.certify'
     GROUP BY c.xmin::text ORDER BY min(c.certification_no)
"""
MOVED_BY = """
    SELECT m.document_id::text AS request_id, u.account
      FROM budget.budget_movement AS m JOIN kernel.user_account AS u ON u.user_id = m.actor_id
"""


class Crowd:
    """People who press at once, while the first of them cannot go on."""

    def __init__(self, people: People, senders: ThreadPoolExecutor) -> None:
        self._people, self._senders = people, senders
        self._pressed = 0

    def press(self, account: str, request_id: str, *, key: str = "") -> Future[httpx.Response]:
        """Send a certification; return when the application has it in its line."""
        path = f"requests/{request_id}/certification"
        sent = self._senders.submit(self._people.call, account, path, key=key)
        self._pressed += 1
        self.until_waiting(self._pressed - 1)
        return sent

    def until_waiting(self, count: int) -> None:
        """Wait until the first stands at the lock and ``count`` behind it in the line."""
        until_s = time.monotonic() + 60
        groups = self._people.site.app.state.groups
        while not self._people.office.county.rows(WAITING)[0][0] or groups.waiting() < count:
            assert time.monotonic() < until_s, "it did not come to wait"
            time.sleep(0.01)


@contextlib.contextmanager
def held(people: People, request_id: str) -> Iterator[Crowd]:
    """Hold the first one's request until the block ends; what was pressed meanwhile is a group."""
    with ThreadPoolExecutor(16) as senders, people.office.county.uow() as uow:
        uow.connection.execute(HOLD, {"request_id": request_id})
        yield Crowd(people, senders)
        uow.abandon("it was only held")


def proved(people: People) -> None:
    with people.office.county.uow(read_only=True) as uow:
        found = verify_certifications(uow)
    assert found.passed, found


def test_each_has_its_own_answer_number_and_trail_in_one_transaction(people: People) -> None:
    first, *others = (people.approved(ntd) for ntd in (1, 10, 20, 30, 40))
    accounts = ["cacc", "rev", "cacc", "rev"]
    people["cacc"]
    people["rev"]
    with held(people, first) as crowd:
        answers = [crowd.press("rev", first)]
        answers += [
            crowd.press(account, request_id)
            for account, request_id in zip(accounts, others, strict=True)
        ]
    told = [answer.result() for answer in answers]
    assert [answer.status_code for answer in told] == [201] * 5
    assert [answer.json()["certification_no"] for answer in told] == [
        f"105簽{number:05}" for number in range(1, 6)
    ]
    assert [answer.json()["receipt"][0]["encumbered_ntd"] for answer in told] == [0, 1, 11, 31, 61]
    alone, together = people.office.county.rows(GROUPS)
    assert (alone.certifications, alone.accounts) == (1, ["rev"])
    assert (together.certifications, together.accounts) == (4, accounts)
    moved = {row.request_id: row.account for row in people.office.county.rows(MOVED_BY)}
    assert [moved[request_id] for request_id in (first, *others)] == ["rev", *accounts]
    proved(people)


def test_a_refusal_is_its_own_and_neither_breaks_nor_splits_the_group(people: People) -> None:
    available_ntd = people.office.supplies_available_ntd
    first, large, short, small = (people.approved(ntd) for ntd in (1, available_ntd - 3, 3, 2))
    draft, own = people.written(1), people.approved(1, account="both")
    for account in ("rev", "both"):
        people[account]
    with held(people, first) as crowd:
        pressed = [
            crowd.press(account, request_id)
            for account, request_id in (
                ("rev", first), ("rev", large), ("rev", short), ("rev", draft),
                ("rev", str(uuid.uuid4())), ("both", own), ("rev", small),
            )
        ]  # fmt: skip
    answers = [answer.result() for answer in pressed]
    assert [code_of(answer) for answer in answers] == [
        "", "", "E-ALLOT-INSUFFICIENT", "E-REQUEST-STATE", "E-REQUEST-NOT-FOUND",
        "E-SAME-PERSON", "",
    ]  # fmt: skip
    assert answers[2].json()["arithmetic"]["short_ntd"] == 1
    assert [row.certifications for row in people.office.county.rows(GROUPS)] == [1, 2]
    assert people.office.encumbered_ntd() == available_ntd
    proved(people)


def test_a_double_click_is_answered_by_the_first_and_another_hand_is_refused(
    people: People,
) -> None:
    first, second = people.approved(1), people.approved(2)
    key = uuid.uuid4().hex
    people["cacc"]
    with held(people, first) as crowd:
        pressed = [
            crowd.press("rev", first),
            crowd.press("rev", second, key=key),
            crowd.press("rev", second, key=key),
            crowd.press("cacc", second),
        ]
    answers = [answer.result() for answer in pressed]
    assert [answer.status_code for answer in answers] == [201, 201, 201, 409]
    assert answers[1].content == answers[2].content
    assert answers[2].headers["Idempotent-Replayed"] == "true"
    assert code_of(answers[3]) == "E-REQUEST-STATE"
    assert people.office.encumbered_ntd() == 3


def test_one_that_nobody_could_foresee_leaves_the_others_their_answers(people: People) -> None:
    """Its key named another request before: found at the last statement, which refuses all."""
    used, first, spoiled, sound = (people.approved(ntd) for ntd in (1, 2, 3, 4))
    key = uuid.uuid4().hex
    assert people.call("rev", f"requests/{used}/certification", key=key).status_code == 201
    with held(people, first) as crowd:
        pressed = [
            crowd.press("rev", first),
            crowd.press("rev", spoiled, key=key),
            crowd.press("rev", sound),
        ]
    answers = [answer.result() for answer in pressed]
    assert [answer.status_code for answer in answers] == [201, 422, 201]
    assert code_of(answers[1]) == "E-KEY-REUSED"
    assert people.office.encumbered_ntd() == 1 + 2 + 4
    proved(people)


def test_a_group_of_refusals_alone_keeps_nothing(people: People) -> None:
    short = people.office.supplies_available_ntd + 1
    ids = [people.approved(short) for _ in range(3)]
    people["rev"]
    before = everything(people.office.county)
    with held(people, ids[0]) as crowd:
        pressed = [crowd.press("rev", request_id) for request_id in ids]
    assert {code_of(answer.result()) for answer in pressed} == {"E-ALLOT-INSUFFICIENT"}
    assert everything(people.office.county) == before


def test_those_of_another_business_date_have_a_transaction_of_their_own(people: People) -> None:
    first, today, tomorrow = (people.approved(ntd) for ntd in (1, 2, 3))
    with held(people, first) as crowd:
        pressed = [crowd.press("rev", first), crowd.press("rev", today)]
        with people.office.county.uow() as uow:
            keep_setting(uow, module="kernel", key="business_date", value="2016-03-16")
        pressed.append(crowd.press("rev", tomorrow))
    assert [answer.result().status_code for answer in pressed] == [201] * 3
    assert [row.certifications for row in people.office.county.rows(GROUPS)] == [1, 1, 1]
    dates = people.office.county.rows(
        "SELECT business_date::text FROM accounting.certification ORDER BY certification_no"
    )
    assert len({row.business_date for row in dates}) == 2


@pytest.mark.parametrize("together", [True, False])
def test_the_county_decides_whether_they_share_it(people: People, *, together: bool) -> None:
    ids = [people.approved(ntd) for ntd in (1, 2, 3)]
    with people.office.county.uow() as uow:
        keep_setting(uow, module="accounting", key="certified_together", value=together)
    with ThreadPoolExecutor(8) as senders, people.office.county.uow() as uow:
        uow.connection.execute(HOLD, {"request_id": ids[0]})
        crowd = Crowd(people, senders)
        first = crowd.press("rev", ids[0])
        path = "requests/{}/certification"
        rest = [senders.submit(people.call, "rev", path.format(one)) for one in ids[1:]]
        if not together:
            # They go by the one that is held: nothing of theirs is locked.
            assert [answer.result().status_code for answer in rest] == [201, 201]
        else:
            crowd.until_waiting(2)
        uow.abandon("it was only held")
    assert first.result().status_code == 201
    assert [row.certifications for row in people.office.county.rows(GROUPS)] == (
        [1, 2] if together else [1, 1, 1]
    )
