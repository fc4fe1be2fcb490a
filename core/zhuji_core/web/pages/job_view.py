"""Background jobs as people see them: how far, how long still, what is kept so far."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from zhuji_core.identity.actor import Actor
from zhuji_core.ids import new_id
from zhuji_core.jobs.queries import JobSeen
from zhuji_core.permissions import CANCEL_JOB
from zhuji_core.web.components import (
    Action,
    Badge,
    Cell,
    Column,
    Fact,
    Kind,
    Pager,
    Row,
    Table,
    Tone,
)
from zhuji_core.web.context import RequestContext

PATH = "kernel/jobs"
MINUTE_S = 60
TONES = {
    "waiting": Tone.WAITING,
    "running": Tone.WAITING,
    "done": Tone.GOOD,
    "failed": Tone.BAD,
    "cancelled": Tone.STOPPED,
}


def state_badge(context: RequestContext, job: JobSeen) -> Badge:
    tone = Tone.STOPPED if job.cancelling else TONES[job.state]
    return Badge(text=context.gettext(job.state_title), tone=tone)


def job_table(
    context: RequestContext, jobs: Sequence[JobSeen], *, limit: int, everybody: bool
) -> Table:
    tr = context.gettext
    shown, more = jobs[:limit], len(jobs) > limit
    here = context.path(f"{PATH}?everybody=true" if everybody else PATH)
    last = shown[-1] if more else None
    query = {"everybody": "true"} if everybody else {}
    if last is not None:
        query["before"] = f"{last.queued_at.isoformat()}_{last.job_id}"
    return Table(
        id="jobs",
        caption=tr("所有人的背景作業") if everybody else tr("我的背景作業"),
        columns=(
            Column(title=tr("作業")),
            Column(title=tr("狀態"), kind=Kind.BADGE),
            Column(title=tr("進度")),
            Column(title=tr("開始者")),
            Column(title=tr("排入時間"), kind=Kind.TIME),
            Column(title=tr("結束時間"), kind=Kind.TIME),
        ),
        rows=tuple(_row(context, job) for job in shown),
        pager=Pager(
            shown=len(shown),
            first_url=here,
            next_url=f"{context.path(PATH)}?{urlencode(query)}",
        )
        if last is not None
        else None,
        empty=tr("沒有背景作業。"),
    )


def _row(context: RequestContext, job: JobSeen) -> Row:
    return Row(
        cells=(
            Cell(value=context.gettext(job.label), url=context.path(f"{PATH}/{job.job_id}")),
            Cell(value=state_badge(context, job)),
            Cell(value=progress_text(context, job), note=job.error),
            Cell(value=job.owner_name),
            Cell(value=job.queued_at),
            Cell(value=job.ended_at),
        )
    )


def progress_text(context: RequestContext, job: JobSeen) -> str:
    """Return 「1,500／4,000，約尚需 40 秒」, as much of it as is known."""
    tr = context.gettext
    if job.total is None and not job.done:
        return ""
    far = f"{job.done:,}" if job.total is None else f"{job.done:,}／{job.total:,}"
    left_s = job.left_s()
    if left_s is None:
        return far
    if left_s < MINUTE_S:
        return tr("{far}，約尚需 {seconds} 秒").format(far=far, seconds=left_s)
    return tr("{far}，約尚需 {minutes} 分鐘").format(far=far, minutes=round(left_s / MINUTE_S))


def job_facts(context: RequestContext, job: JobSeen) -> tuple[Fact, ...]:
    tr = context.gettext
    facts = (
        Fact(label=tr("開始者"), value=job.owner_name),
        Fact(label=tr("排入時間"), value=job.queued_at, kind=Kind.TIME),
        Fact(label=tr("開始時間"), value=job.started_at, kind=Kind.TIME),
        Fact(label=tr("結束時間"), value=job.ended_at, kind=Kind.TIME),
        Fact(label=tr("目前處理"), value=job.told if job.unfinished else ""),
        Fact(label=tr("已保留"), value=job.kept),
        Fact(label=tr("第幾次執行"), value=job.attempt if job.attempt > 1 else None),
        Fact(label=tr("原因代碼"), value=job.code, kind=Kind.CODE),
        Fact(label=tr("原因"), value=job.error),
        Fact(label=tr("檔案"), value=job.file_name),
        Fact(label=tr("檔案大小（位元組）"), value=job.file_bytes or None, kind=Kind.NUMBER),
    )
    return tuple(fact for fact in facts if fact.value not in {"", None})


def job_actions(context: RequestContext, job: JobSeen, actor: Actor) -> tuple[Action, ...]:
    tr = context.gettext
    own = context.path(f"{PATH}/{job.job_id}")
    if job.unfinished and job.cancel_requested_at is None:
        if job.owner_id == actor.user_id or actor.may(CANCEL_JOB):
            cancel = Action(
                title=tr("取消作業"), url=f"{own}/cancellation", key=str(new_id()), danger=True
            )
            return (cancel,)
        return ()
    if job.state == "done" and job.file_bytes and job.owner_id == actor.user_id:
        return (Action(title=tr("下載檔案"), url=f"{own}/file", method="get", primary=True),)
    return ()
