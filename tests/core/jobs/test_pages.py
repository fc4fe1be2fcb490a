"""A job on its page: its owner's alone, with progress, cancel, and the file that it made."""

from __future__ import annotations

import uuid

import pytest

from tests.core.jobs.given import hand_in, job, row, runner, until_state, working
from tests.core.site import Browser, Site
from zhuji_core.identity.accounts import find_user
from zhuji_core.jobs.run import Job, JobRun
from zhuji_core.jobs.start import start_job
from zhuji_core.testing.counties import given_actor

PAGE = "/txg/kernel/jobs"
API = "/txg/api/v1/kernel/jobs"


def started_by(site: Site, account: str, wanted: Job) -> uuid.UUID:
    with site.counties["TXG"].begin(actor=site.operator) as uow:
        user = find_user(uow, account=account)
        uow.abandon("read only")
    assert user is not None
    with site.counties["TXG"].begin(actor=given_actor(user.user_id.int, name="姓名甲")) as uow:
        return start_job(uow, wanted, arguments={}, label="甲作業")


def form(browser: Browser, path: str) -> int:
    code: int = browser.form(path, {"_key": uuid.uuid4().hex}).status_code
    return code


def test_the_owner_sees_it_and_fetches_what_it_made(site: Site, clerk: Browser) -> None:
    wanted = job(hand_in)
    job_id = started_by(site, "clerk", wanted)
    waiting = clerk.get(f"{PAGE}/{job_id}").text
    assert "等候中" in waiting
    assert 'hx-trigger="every 2s"' in waiting
    runner(site, wanted).run(site.counties["TXG"], job_id=job_id)
    done = clerk.get(f"{PAGE}/{job_id}").text
    assert "已完成" in done
    assert "hx-trigger" not in done.partition('id="job"')[2]
    assert f"{PAGE}/{job_id}/file" in done
    for path in (f"{PAGE}/{job_id}/file", f"{API}/{job_id}/file"):
        file = clerk.get(path)
        assert (file.content, file.headers["content-length"]) == (b"made", "4")
        assert file.headers["content-type"].startswith("text/plain")
        assert "attachment" in file.headers["content-disposition"]
    assert "甲作業" in clerk.get(PAGE + "/").text


def test_nobody_else_sees_cancels_or_fetches_it(site: Site, clerk: Browser) -> None:
    wanted = job(hand_in)
    done, waiting = (started_by(site, "clerk", wanted) for _ in range(2))
    runner(site, wanted).run(site.counties["TXG"], job_id=done)
    site.given_user("other", "REQ")
    with site.browser("other") as other:
        assert "甲作業" not in other.get(PAGE + "/").text
        assert other.get(f"{API}/").json()["items"] == []
        assert other.get(f"{API}/?everybody=true").status_code == 403
        for job_id in (done, waiting, uuid.uuid4()):
            assert other.get(f"{PAGE}/{job_id}").status_code == 404
            assert other.get(f"{PAGE}/{job_id}/file").status_code == 404
            assert form(other, f"{PAGE}/{job_id}/cancellation") == 404
    assert row(site, waiting).state == "waiting"


def test_an_administrator_sees_and_cancels_but_does_not_fetch(site: Site, clerk: Browser) -> None:
    wanted = job(hand_in)
    done, waiting = (started_by(site, "clerk", wanted) for _ in range(2))
    runner(site, wanted).run(site.counties["TXG"], job_id=done)
    site.given_user("chief", "ADM", in_agency=None)
    with site.browser("chief") as chief:
        assert "甲作業" in chief.get(f"{PAGE}/?everybody=true").text
        assert chief.get(f"{PAGE}/{done}").status_code == 200
        assert "/file" not in chief.get(f"{PAGE}/{done}").text
        assert chief.get(f"{PAGE}/{done}/file").status_code == 404
        assert form(chief, f"{PAGE}/{waiting}/cancellation") == 303
    assert row(site, waiting).state == "cancelled"


def test_a_waiting_job_is_cancelled_at_once_and_never_runs(site: Site, clerk: Browser) -> None:
    wanted = job(hand_in)
    job_id = started_by(site, "clerk", wanted)
    answer = clerk.json(f"{API}/{job_id}/cancellation", b"")
    assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    (entry,) = site.under_test["TXG"].rows(
        "SELECT before, after FROM kernel.audit_entry WHERE action = 'kernel.job.cancel'"
    )
    assert (entry.before, entry.after) == ({"state": "waiting"}, {"state": "cancelled"})
    runner(site, wanted).run(site.counties["TXG"], job_id=job_id)
    assert row(site, job_id).file_bytes == 0
    again = clerk.json(f"{API}/{job_id}/cancellation", b"")
    assert (again.status_code, again.json()["code"]) == (409, "E-JOB-ENDED")


def test_a_running_job_is_cancelled_at_its_next_safe_point(site: Site, clerk: Browser) -> None:
    def run(run: JobRun) -> None:
        run.tell(done=1, total=4, text="第一頁", kept="已寫一頁")
        page = clerk.get(f"{PAGE}/{run.job_id}").text
        assert "第一頁" in page
        assert "<progress" in page
        assert form(clerk, f"{PAGE}/{run.job_id}/cancellation") == 303
        assert "取消中" in clerk.get(f"{PAGE}/{run.job_id}").text
        run._told_s = 0
        run.tell(done=2, total=4)
        raise AssertionError("not reached")

    wanted = job(run)
    job_id = started_by(site, "clerk", wanted)
    runner(site, wanted).run(site.counties["TXG"], job_id=job_id)
    found = row(site, job_id)
    assert (found.state, found.error, found.kept) == ("cancelled", "", "已寫一頁")


def test_a_file_of_many_parts_arrives_whole(site: Site, clerk: Browser) -> None:
    content = bytes(range(256)) * 9_000  # 2.3 MB: three parts

    def run(run: JobRun) -> None:
        import io  # noqa: PLC0415 (of this job alone)

        run.give(io.BytesIO(content), file_name="大檔.bin", media_type="application/octet-stream")

    wanted = job(run)
    with working(site, wanted):
        job_id = started_by(site, "clerk", wanted)
        until_state(site, job_id, "done")
    (count,) = site.under_test["TXG"].rows("SELECT count(*) FROM kernel.job_file_part")
    assert count[0] == 3
    assert clerk.get(f"{PAGE}/{job_id}/file").content == content


@pytest.mark.parametrize("before", ["x", "2026-01-01_y", "2026-01-01T00:00:00_" + "0" * 32])
def test_a_cursor_that_was_made_up_is_the_first_page(
    site: Site, clerk: Browser, before: str
) -> None:
    started_by(site, "clerk", job(hand_in))
    page = clerk.get(f"{PAGE}/?before={before}")
    assert page.status_code == 200
    assert "甲作業" in page.text


def test_the_list_goes_on_by_its_cursor(site: Site, clerk: Browser) -> None:
    wanted = job(hand_in)
    made = [str(started_by(site, "clerk", wanted)) for _ in range(5)]
    seen: list[str] = []
    path = f"{API}/?limit=2"
    while path:
        answer = clerk.get(path).json()
        seen += [one["job_id"] for one in answer["items"]]
        path = f"{API}/?limit=2&cursor={answer['next']}" if answer["next"] else ""
    assert seen == made[::-1]
