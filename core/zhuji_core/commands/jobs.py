"""``zhuji jobs``: schedules and long jobs of a county, seen and worked on from the terminal."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable

import rich_click as click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from zhuji_core import background, server
from zhuji_core.commands.opening import begin_as_operator, open_county, open_operator
from zhuji_core.commands.output import print_json, spoken, table_of
from zhuji_core.compose import Host, job_runner
from zhuji_core.jobs.cancel import cancel_job
from zhuji_core.jobs.queries import JobFilter, JobNotFound, JobSeen, find_job, list_jobs
from zhuji_core.jobs.runner import JobUnknown, tick_id
from zhuji_core.jobs.schedules import next_tick
from zhuji_core.settings import TAIPEI

county_option = click.option("--county", required=True, help="縣市代碼，例如 TXG")
json_option = click.option("--json", "as_json", is_flag=True, help="以 JSON 輸出")
WATCH_EVERY_S = 0.5


@click.group("jobs", help="背景作業與排程：列出、查詢、取消、執行")
def command() -> None:
    pass


@command.command("list", help="列出背景作業，新的在前；--schedules 列出排程")
@county_option
@click.option("--schedules", is_flag=True, help="列出排程及其下次執行時間")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 200))
@json_option
def list_(*, county: str, schedules: bool, limit: int, as_json: bool) -> None:
    if schedules:
        _list_schedules(county, as_json=as_json)
        return
    with open_county(county, read_only=True) as uow:
        jobs = list_jobs(uow, JobFilter(everybody=True, limit=limit))
    if as_json:
        print_json(jobs)
        return
    table = table_of("識別碼", "作業", "狀態", "進度", "開始者", "說明")
    tr = spoken().gettext
    for job in jobs:
        state = tr(job.state_title)
        table.add_row(str(job.job_id), job.label, state, _far(job), job.owner_name, _why(job))
    Console().print(table)


def _list_schedules(county: str, *, as_json: bool) -> None:
    with open_operator() as host:
        access = host.county(county)
        enabled = access.entered(access.facts().modules).hooks.enabled
        found = [
            {
                "name": job.name,
                "title": job.title,
                "schedule": job.schedule,
                "next": next_tick(job.schedule, now=access.clock()).astimezone(TAIPEI),
            }
            for job in host.jobs.values()
            if job.schedule is not None and job.module in {"kernel", *enabled}
        ]
    if as_json:
        print_json(found)
        return
    table = table_of("名稱", "作業", "排程（臺北時間）", "下次執行")
    for one in found:
        table.add_row(*(str(value) for value in one.values()))
    Console().print(table)


@command.command("show", help="查詢一件背景作業；--watch 顯示進度直到結束")
@click.argument("job_id", type=click.UUID)
@county_option
@click.option("--watch", is_flag=True, help="顯示進度直到結束")
@json_option
@click.pass_context
def show(ctx: click.Context, *, job_id: uuid.UUID, county: str, watch: bool, as_json: bool) -> None:
    with open_operator() as host:
        access = host.county(county)

        def look() -> JobSeen:
            with begin_as_operator(host, access, read_only=True) as uow:
                return find_job(uow, job_id)

        job = _watch(look) if watch else look()
    print_json(job) if as_json else _print(job)
    if job.state == "failed":
        ctx.exit(1)


@command.command("cancel", help="取消背景作業；執行中者於下一個安全點停止")
@click.argument("job_id", type=click.UUID)
@county_option
def cancel(*, job_id: uuid.UUID, county: str) -> None:
    with open_county(county) as uow:
        cancel_job(uow, job_id=job_id)
    Console(highlight=False).print("已要求取消。")


@command.command("run", help="立即執行一項排程作業，並顯示進度")
@click.argument("name")
@county_option
@json_option
@click.pass_context
def run(ctx: click.Context, *, name: str, county: str, as_json: bool) -> None:
    with open_operator() as host:
        job = _run(host, name=name, county=county)
    print_json(job) if as_json else _print(job)
    if job.state != "done":
        ctx.exit(1)


def _run(host: Host, *, name: str, county: str) -> JobSeen:
    """Run a schedule's job now, as a tick of this moment, while its progress is shown."""
    access = host.county(county)
    county_now = access.entered(access.facts().modules)
    job = host.jobs.get(name)
    if job is None or job.schedule is None:
        raise JobUnknown(name=name)
    county_now.hooks.require_writable(job.module)
    tick = access.clock()
    job_id = tick_id(name, tick)
    runner = job_runner(host)
    working = threading.Thread(
        target=runner.run_tick, args=(county_now,), kwargs={"name": name, "tick": tick}
    )
    working.start()

    def look() -> JobSeen | None:
        try:
            with begin_as_operator(host, access, read_only=True) as uow:
                return find_job(uow, job_id)
        except JobNotFound:
            return None  # its row is made by the thread, in a moment

    _watch(look, alive=working.is_alive)
    working.join()
    found = look()
    assert found is not None, "the thread has made its row"
    return found


@command.command("work", help="執行全部背景工作（稽核封存、事件、作業），直到停止")
def work() -> None:
    console = Console(highlight=False)
    stop = threading.Event()
    with server.stopped_by_signals(), open_operator() as host:
        console.print("背景工作執行中　（Ctrl-C 停止）")
        try:
            with background.running(background.workers(host)):
                thread = threading.Thread(target=background.run_jobs, args=(host, stop))
                thread.start()
                try:
                    stop.wait()
                finally:
                    stop.set()
                    thread.join()
        except KeyboardInterrupt:
            console.print("已停止。")


def _watch(
    look: Callable[[], JobSeen | None], *, alive: Callable[[], bool] = lambda: True
) -> JobSeen:
    """Show a bar until the job has ended; return it as it was seen last."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[far]}"))
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=None, far="")
        while True:
            living = alive()
            job = look()
            if job is not None:
                text = job.told or job.label
                bar.update(
                    task, completed=job.done, total=job.total, description=text, far=_far(job)
                )
                if not job.unfinished or not living:
                    return job
            assert job is not None or living, "the job ended without a trace"
            time.sleep(WATCH_EVERY_S)


def _far(job: JobSeen) -> str:
    if job.total is None:
        return f"{job.done:,}" if job.done else ""
    return f"{job.done:,}／{job.total:,}"


def _why(job: JobSeen) -> str:
    return f"{job.code} {job.error}" if job.code else job.kept


def _print(job: JobSeen) -> None:
    table = Table(show_header=False)
    for name, value in (
        ("作業", job.label),
        ("狀態", spoken().gettext(job.state_title)),
        ("進度", _far(job)),
        ("已保留", job.kept),
        ("開始者", job.owner_name),
        ("說明", _why(job)),
        ("檔案", job.file_name),
    ):
        if value:
            table.add_row(name, value)
    Console().print(table)
