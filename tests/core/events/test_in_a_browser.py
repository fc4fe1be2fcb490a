"""The pages of events and jobs in Chromium: accessible, by keyboard, live without a reload."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, expect

from tests.core.events.given import Gone, Listening, note_audit
from tests.core.jobs.given import job, row, runner
from tests.core.site import PASSWORD, Site
from tests.e2e.desk import Eyes
from zhuji_core.identity.accounts import find_user
from zhuji_core.ids import new_id
from zhuji_core.jobs.run import Job, JobRun
from zhuji_core.jobs.start import start_job
from zhuji_core.testing.counties import given_actor

pytestmark = pytest.mark.needs("chromium")


@pytest.fixture
def page(heard: Site, chromium: Chromium) -> Iterator[Page]:
    """A browser in which an administrator has signed in."""
    heard.given_user("chief", "ADM", in_agency=None)
    context = chromium.new_context(base_url=heard.address, viewport={"width": 1366, "height": 768})
    opened = context.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.goto("/txg/sign-in")
    opened.fill("#account", "chief")
    opened.fill("#password", PASSWORD)
    opened.keyboard.press("Enter")
    opened.wait_for_url("**/txg/")
    yield opened
    context.close()
    assert faults == []


def poisoned(listening: Listening) -> None:
    listening.ear.fails = lambda _: True
    document = new_id()
    for _ in range(3):
        listening.tell(document)
    with listening.writing() as uow:
        uow.record(Gone(event_id=new_id(), number=1), document_id=new_id())
        note_audit(uow)
    listening.deliver_all()


def test_a_dead_letter_is_skipped_by_keyboard(listening: Listening, page: Page) -> None:
    poisoned(listening)
    eyes = Eyes()
    page.goto("/txg/kernel/events/")
    eyes.look(page, "events")
    number = str(listening.waiting()[0].sequence)
    page.locator("#waiting").get_by_role("link", name=number, exact=True).focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/kernel/events/ear/{number}")
    eyes.look(page, "event")
    page.get_by_label("略過理由").fill("重複資料")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("已略過")
    eyes.look(page, "events-after")
    assert eyes.violations == []
    assert len(listening.waiting()) == 3


def test_progress_moves_without_a_reload(heard: Site, page: Page) -> None:
    site, eyes = heard, Eyes()

    def run(run: JobRun) -> None:
        run.tell(done=1_500, total=4_000, text="讀取登記簿", kept="尚未保留檔案")
        page.goto(f"/txg/kernel/jobs/{run.job_id}")
        eyes.look(page, "job-running")
        expect(page.get_by_role("progressbar")).to_have_attribute("value", "1500")
        run._told_s = 0
        run.tell(done=3_000, total=4_000)
        expect(page.get_by_role("progressbar")).to_have_attribute("value", "3000")
        page.get_by_role("button", name="取消作業").focus()
        page.keyboard.press("Enter")
        expect(page.locator("#job")).to_contain_text("取消中")
        run._told_s = 0
        run.tell(done=3_001, total=4_000)

    wanted = job(run)
    job_id = started(site, wanted)
    runner(site, wanted).run(site.counties["TXG"], job_id=job_id)
    assert row(site, job_id).state == "cancelled"
    expect(page.locator("#job")).to_contain_text("已取消")
    page.goto("/txg/kernel/jobs/")
    eyes.look(page, "jobs")
    assert eyes.violations == []


def started(site: Site, wanted: Job) -> uuid.UUID:
    with site.counties["TXG"].begin(actor=site.operator) as uow:
        user = find_user(uow, account="chief")
        uow.abandon("read only")
    assert user is not None
    actor = given_actor(user.user_id.int, name="主計主任")
    with site.counties["TXG"].begin(actor=actor) as uow:
        return start_job(uow, wanted, arguments={}, label="105 年度簽證登記簿（A1）")
