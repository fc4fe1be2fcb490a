"""Who looked at whose personal data: kept or the answer is refused, searched, forgotten in time."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
import sqlalchemy as sa

from tests.core.site import Site
from zhuji_core.audit.personal_reads import forget_personal_reads
from zhuji_core.testing.counties import CountyUnderTest, given_actor
from zhuji_core.uow import UnitOfWork

API = "/txg/api/v1/kernel/personal-reads"
SOMEBODY = uuid.UUID(int=77)


def look(uow: UnitOfWork, *subjects: object, **more: int) -> str:
    uow.read_personal_data(kind="probe.person", subjects=subjects, purpose="查詢測試", **more)
    return "王小明 A123456789"


def reads(county: CountyUnderTest) -> list[tuple[object, ...]]:
    return [
        tuple(row)
        for row in county.rows(
            "SELECT actor_account, kind, subjects, subject_count, purpose FROM kernel.personal_read"
            " ORDER BY read_id"
        )
    ]


def test_a_read_only_unit_of_work_keeps_who_looked_at_whom(txg: CountyUnderTest) -> None:
    with txg.uow(read_only=True) as uow:
        look(uow, SOMEBODY, 5)
        with pytest.raises(sa.exc.DBAPIError, match="read-only transaction"):
            uow.connection.exec_driver_sql("DELETE FROM kernel.draft")
        uow.connection.rollback()
    assert reads(txg) == [("user1", "probe.person", [str(SOMEBODY), "5"], 2, "查詢測試")]


def test_the_connection_is_read_only_again_for_the_next(txg: CountyUnderTest) -> None:
    with txg.uow(read_only=True) as uow:
        look(uow, 1)
    with (
        pytest.raises(sa.exc.DBAPIError, match="read-only transaction"),
        txg.uow(read_only=True) as uow,
    ):
        uow.connection.exec_driver_sql("DELETE FROM kernel.draft")


def test_nothing_shown_is_nothing_kept(txg: CountyUnderTest) -> None:
    with txg.uow(read_only=True) as uow:
        look(uow)
    with pytest.raises(LookupError), txg.uow(read_only=True) as uow:  # noqa: PT012 (one block)
        look(uow, 1)
        raise LookupError
    assert reads(txg) == []


def test_a_write_keeps_it_with_its_own_transaction(txg: CountyUnderTest) -> None:
    with txg.uow() as uow:
        look(uow, 1)
        uow.abandon("nothing to do, but shown")
    assert len(reads(txg)) == 1


def test_what_cannot_be_kept_is_not_shown(txg: CountyUnderTest) -> None:
    """Fail closed: the answer is made inside of the block, and the block ends in an error."""
    txg.execute("ALTER TABLE kernel.personal_read ADD CONSTRAINT none CHECK (false) NOT VALID")
    shown = ""
    try:
        with pytest.raises(sa.exc.IntegrityError):
            shown = answer(txg)
    finally:
        txg.execute("ALTER TABLE kernel.personal_read DROP CONSTRAINT none")
    assert shown == ""
    assert reads(txg) == []


def answer(county: CountyUnderTest) -> str:
    with county.uow(read_only=True) as uow:
        return look(uow, 1)


def test_an_export_counts_all_and_names_many(txg: CountyUnderTest) -> None:
    with txg.uow(read_only=True) as uow:
        look(uow, *range(10_050))
    (row,) = reads(txg)
    assert isinstance(row[2], list)
    assert (len(row[2]), row[3]) == (10_000, 10_050)


def test_the_countys_role_can_neither_change_nor_delete_it(txg: CountyUnderTest) -> None:
    with txg.uow(read_only=True) as uow:
        look(uow, 1)
    for statement in (
        "DELETE FROM kernel.personal_read",
        "UPDATE kernel.personal_read SET kind=''",
    ):
        with txg.engine.connect() as connection, pytest.raises(sa.exc.ProgrammingError):
            connection.exec_driver_sql(statement)


def test_old_reads_are_forgotten_and_none_younger_than_half_a_year(txg: CountyUnderTest) -> None:
    with txg.uow(read_only=True) as uow:
        look(uow, 1)
    txg.execute(
        "INSERT INTO kernel.personal_read (read_at, actor_id, actor_account, kind, subjects,"
        " subject_count, purpose, source, trace_id)"
        " SELECT now() - interval '183 days' * n, actor_id, actor_account, kind, subjects,"
        " subject_count, purpose, source, trace_id FROM kernel.personal_read,"
        " generate_series(1, 20) AS n"
    )
    with txg.uow() as uow:
        uow.abandon("counts only")
        assert forget_personal_reads(uow) == 11  # over 1,826 days
        everything = sa.text("SELECT kernel.forget_personal_reads(now() + interval '1 day')")
        assert uow.connection.execute(everything).scalar_one() == 8
    assert len(reads(txg)) == 21  # abandoned: all are there again


def given_reads(site: Site, count: int) -> None:
    site.given_user("clerk", "REQ")
    for number in range(count):
        actor = given_actor(number % 2 + 1)
        with site.counties["TXG"].begin(actor=actor, read_only=True, source="probe.page") as uow:
            (row,) = uow.connection.exec_driver_sql("SELECT user_id FROM kernel.user_account"
                                                    " WHERE account = 'clerk'")  # fmt: skip
            uow.read_personal_data(kind="kernel.user", subjects=[row[0]], purpose="查詢使用者")


def test_auditors_search_it_by_who_and_by_whom(site: Site) -> None:
    given_reads(site, 5)
    site.given_user("audit", "AUD", in_agency=None)
    with site.browser("audit") as browser:
        everything = browser.get(API).json()
        assert [one["actor_account"] for one in everything["items"]] == [
            "user1", "user2", "user1", "user2", "user1",
        ]  # fmt: skip
        assert everything["items"][0]["names"] == ["clerk 姓名clerk"]
        assert everything["items"][0]["source"] == "probe.page"
        assert len(browser.get(f"{API}?account=user2").json()["items"]) == 2
        assert len(browser.get(f"{API}?subject=clerk").json()["items"]) == 5
        assert browser.get(f"{API}?subject=nobody").json()["items"] == []
        tomorrow = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=2)
        assert browser.get(f"{API}?from_date={tomorrow}").json()["items"] == []
        first = browser.get(f"{API}?limit=3").json()
        second = browser.get(f"{API}?limit=3&cursor={first['next']}").json()
        ids = [one["read_id"] for page in (first, second) for one in page["items"]]
        assert (len(ids), len(set(ids)), second["next"]) == (5, 5, None)
        page = browser.get("/txg/kernel/personal-reads?subject=clerk")
        assert page.text.count("clerk 姓名clerk") == 5
        wrong = browser.get("/txg/kernel/personal-reads?from_date=never")
        assert (wrong.status_code, "不是有效的日期" in wrong.text) == (422, True)


def test_nobody_else_sees_it(site: Site) -> None:
    site.given_user("clerk", "REQ")
    with site.browser("clerk") as browser:
        assert browser.get(API).status_code == 403
        assert browser.get("/txg/kernel/personal-reads").status_code == 403


def test_who_opens_the_list_of_users_or_one_of_them_is_written_down(site: Site) -> None:
    site.given_user("clerk", "REQ")
    site.given_user("audit", "AUD", in_agency=None)
    (clerk,) = site.under_test["TXG"].rows(
        "SELECT user_id FROM kernel.user_account WHERE account = 'clerk'"
    )
    with site.browser("audit") as browser:
        for path in (
            "/txg/kernel/users",
            f"/txg/kernel/users/{clerk.user_id}",
            "/txg/api/v1/kernel/users",
        ):
            assert browser.get(path).status_code == 200, path
    rows = site.under_test["TXG"].rows(
        "SELECT actor_account, source, subject_count, subjects FROM kernel.personal_read"
        " ORDER BY read_id"
    )
    assert [tuple(row)[:3] for row in rows] == [
        ("audit", "kernel.users.page", 2),
        ("audit", "kernel.user.page", 1),
        ("audit", "kernel.users.list", 2),
    ]
    assert rows[1].subjects == [str(clerk.user_id)]
