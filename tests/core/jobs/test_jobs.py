"""A long job: run once, watched, cancelled at a safe point, taken up when its worker is lost."""

from __future__ import annotations

import io
import threading
import time
from typing import Any

import pytest
import sqlalchemy as sa

from tests.core.jobs.given import hand_in, job, row, runner, started, until, until_state, working
from tests.core.site import Site
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.ids import new_id
from zhuji_core.jobs.run import JobRun, JobTakenOver
from zhuji_core.jobs.runner import TryAgain
from zhuji_core.jobs.start import UNFINISHED_MAX, TooManyJobs, start_job
from zhuji_core.testing.counties import given_actor
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import DomainError


class Refused(DomainError):
    code = "E-PROBE-JOB"
    message = "第 {number} 筆不合。"


def note(uow: UnitOfWork, text: str) -> None:
    """Do something that can be counted: an audit entry."""
    uow.audit(
        "probe.thing.note",
        DocumentRef(kind="probe.thing", document_id=new_id(), label=text, agency_code=""),
    )


def notes(site: Site) -> list[str]:
    rows = site.under_test["TXG"].rows(
        "SELECT document_label FROM kernel.audit_entry WHERE action = 'probe.thing.note'"
        " ORDER BY audit_id"
    )
    return [found.document_label for found in rows]


def test_a_started_job_is_run_in_the_name_of_its_owner(site: Site) -> None:
    def run(run: JobRun) -> None:
        run.tell(done=1, total=2, text="第一半", kept="一半")
        with run.write() as uow:
            note(uow, f"{run.arguments['what']} {uow.actor.account}")
        hand_in(run)

    wanted = job(run)
    with working(site, wanted):
        job_id = started(site, wanted, what="甲")
        found = until_state(site, job_id, "done", "failed")
    assert (found.state, found.done, found.total, found.told, found.kept) == (
        "done", 1, 2, "第一半", "一半",
    )  # fmt: skip
    assert (found.file_name, found.media_type, found.file_bytes) == ("made.txt", "text/plain", 4)
    (content,) = site.under_test["TXG"].rows("SELECT content FROM kernel.job_file_part")
    assert bytes(content.content) == b"made"
    assert notes(site) == [f"甲 user{found.owner_id.int}"]
    (entry,) = site.under_test["TXG"].rows(
        "SELECT document_label, after FROM kernel.audit_entry WHERE action = 'probe.thing.count'"
    )
    assert (entry.document_label, entry.after) == ("甲作業", {"arguments": {"what": "甲"}})


def test_a_start_that_is_rolled_back_leaves_nothing_in_the_queue(site: Site) -> None:
    wanted = job(hand_in)
    with (  # noqa: PT012 (a block)
        pytest.raises(ZeroDivisionError),
        site.counties["TXG"].begin(actor=given_actor(7)) as uow,
    ):
        start_job(uow, wanted, arguments={}, label="甲")
        raise ZeroDivisionError
    for table in ("job", "procrastinate_jobs", "audit_entry WHERE action LIKE 'probe%'"):
        assert site.under_test["TXG"].rows(f"SELECT FROM kernel.{table}") == []


def test_one_person_has_only_so_many_unfinished_jobs(site: Site) -> None:
    wanted = job(hand_in)
    for _ in range(UNFINISHED_MAX):
        started(site, wanted)
    with pytest.raises(TooManyJobs):
        started(site, wanted)
    started(site, wanted, number=8)
    rows = site.under_test["TXG"].rows("SELECT FROM kernel.procrastinate_jobs")
    assert len(rows) == UNFINISHED_MAX + 1


def test_a_refusal_is_kept_with_its_text_and_nothing_else(site: Site) -> None:
    def run(run: JobRun) -> None:
        with run.write() as uow:
            note(uow, "不留")
            raise Refused(number=3)

    wanted = job(run)
    with working(site, wanted):
        found = until_state(site, started(site, wanted), "failed")
    assert (found.code, found.error) == ("E-PROBE-JOB", "第 3 筆不合。")
    assert notes(site) == []


def test_a_fault_says_what_kind_it_was_and_not_what_it_held(site: Site) -> None:
    def run(_: JobRun) -> None:
        raise RuntimeError("王小明 A123456789")

    wanted = job(run)
    with working(site, wanted):
        found = until_state(site, started(site, wanted), "failed")
    assert found.code == "E-JOB-BROKEN"
    assert "RuntimeError" in found.error
    assert "王小明" not in str(found)


def test_a_job_stops_at_the_safe_point_after_it_was_cancelled(site: Site) -> None:
    reached = threading.Event()

    def run(run: JobRun) -> None:
        for done in range(10_000):
            with run.write() as uow:
                note(uow, str(done))
            run.tell(done=done, total=10_000)
            reached.set()
            time.sleep(0.02)

    wanted = job(run)
    with working(site, wanted):
        job_id = started(site, wanted)
        assert reached.wait(10)
        site.under_test["TXG"].execute("UPDATE kernel.job SET cancel_requested_at = now()")
        found = until_state(site, job_id, "cancelled", "done")
    assert found.state == "cancelled"
    assert 0 < len(notes(site)) < 10_000
    assert found.ended_at is not None


def test_a_job_that_takes_too_long_is_stopped(site: Site) -> None:
    def run(run: JobRun) -> None:
        while True:
            run.tell(done=0)
            time.sleep(0.05)

    wanted = job(run, timeout_s=1)
    with working(site, wanted):
        found = until_state(site, started(site, wanted), "failed")
    assert found.code == "E-JOB-TIMEOUT"


def test_a_disabled_account_runs_nothing(site: Site) -> None:
    wanted = job(hand_in)
    job_id = started(site, wanted)
    site.under_test["TXG"].execute("UPDATE kernel.user_account SET state = 'disabled'")
    with working(site, wanted):
        found = until_state(site, job_id, "failed", "done")
    assert (found.state, found.code, found.file_bytes) == ("failed", "E-JOB-OWNER", 0)


def test_jobs_of_a_disabled_module_wait_until_it_is_enabled(site: Site) -> None:
    wanted, other = job(hand_in), job(hand_in, name="kernel.thing.count")
    waiting, done = started(site, wanted), started(site, other)
    site.switch("TXG", modules=("budget",))
    with working(site, wanted, other):
        until_state(site, done, "done")
        assert row(site, waiting).state == "waiting"
        site.switch("TXG", modules=("budget", "probe"))
        until_state(site, waiting, "done")


def test_a_county_that_takes_no_writes_runs_no_jobs(site: Site) -> None:
    wanted = job(hand_in)
    job_id = started(site, wanted)
    site.switch("TXG", state="read_only")
    with pytest.raises(TryAgain):
        runner(site, wanted).run(site.counties["TXG"], job_id=job_id)
    assert row(site, job_id).state == "waiting"


def test_a_job_whose_worker_is_lost_goes_on_where_it_was(site: Site) -> None:
    """Each step and its checkpoint are one transaction; the second worker repeats none."""
    attempts: list[int] = []

    def run(run: JobRun) -> None:
        attempts.append(run.attempt)
        for step in range(run.checkpoint or 0, 6):
            if run.attempt == 1 and step == 3:
                raise SystemExit  # what is left of a killed process: nothing is caught or kept
            with run.write() as uow:
                note(uow, str(step))
                run.keep(uow, step + 1)

    wanted = job(run)
    job_id = started(site, wanted)
    txg = site.under_test["TXG"]
    with pytest.raises(SystemExit):
        runner(site, wanted).run(site.counties["TXG"], job_id=job_id)
    # The queue still believes that a worker has it, which has not been heard of for a minute.
    txg.execute(
        "WITH gone AS (INSERT INTO kernel.procrastinate_workers (last_heartbeat)"
        " VALUES (now() - interval '1 minute') RETURNING id)"
        " UPDATE kernel.procrastinate_jobs SET status = 'doing', worker_id = gone.id FROM gone"
    )
    assert row(site, job_id).state == "running"
    with working(site, wanted):
        until_state(site, job_id, "done")
    assert notes(site) == ["0", "1", "2", "3", "4", "5"]
    assert attempts == [1, 2]


def test_a_worker_that_was_given_up_may_write_nothing_more(site: Site) -> None:
    wanted = job(hand_in)
    job_id = started(site, wanted)
    kept: list[JobRun] = []
    access = site.counties["TXG"]

    def first(run: JobRun) -> None:
        kept.append(run)
        runner(site, wanted).run(access, job_id=job_id)  # another worker takes it over
        with pytest.raises(JobTakenOver), run.write() as uow:  # noqa: PT012 (a block)
            note(uow, "後到")
            run.keep(uow, 1)
        with pytest.raises(JobTakenOver):
            run.tell(done=1)
        run.give(io.BytesIO(b"late"), file_name="late.txt", media_type="text/plain")

    runner(site, job(first)).run(access, job_id=job_id)
    found = row(site, job_id)
    assert (found.state, found.attempt, found.file_name) == ("done", 2, "made.txt")
    assert notes(site) == []


def test_a_lost_job_is_given_up_in_the_end(site: Site) -> None:
    wanted = job(hand_in)
    job_id = started(site, wanted)
    site.under_test["TXG"].execute(
        "UPDATE kernel.procrastinate_jobs SET status = 'doing', attempts = 4"
    )
    with working(site, wanted):
        found = until_state(site, job_id, "failed", "done")
    assert (found.state, found.code) == ("failed", "E-JOB-STALLED")


def test_a_lost_connection_is_tried_again_and_then_told(site: Site) -> None:
    def run(run: JobRun) -> None:
        raise sa.exc.OperationalError("SELECT", {}, Exception(str(run.attempt)))

    wanted = job(run)
    job_id = started(site, wanted)
    for _ in range(4):
        with pytest.raises(TryAgain):
            runner(site, wanted).run(site.counties["TXG"], job_id=job_id)
        assert row(site, job_id).state == "waiting"
    runner(site, wanted).run(site.counties["TXG"], job_id=job_id)
    assert (row(site, job_id).state, row(site, job_id).code) == ("failed", "E-JOB-BROKEN")


def test_a_job_is_run_by_one_of_many_workers(site: Site) -> None:
    runs: list[Any] = []

    def run(run: JobRun) -> None:
        runs.append(run.job_id)

    wanted = job(run)
    made = [started(site, wanted, number=number) for number in range(20)]
    with working(site, wanted, crews=3):
        until(lambda: all(row(site, one).state == "done" for one in made))
    assert sorted(runs) == sorted(made)
