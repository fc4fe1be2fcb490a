"""What the accounting module does outside of requests."""

from __future__ import annotations

from zhuji_accounting.queries.reservations import ended_reservations
from zhuji_accounting.settings import MODULE, AccountingSettings, ReservationEnd
from zhuji_accounting.usecases.export_register import EXPORT_REGISTER
from zhuji_accounting.usecases.release_ended import release_ended
from zhuji_core.jobs.run import Job, JobRun
from zhuji_core.values import N_, DomainError


def end_reservations(run: JobRun) -> None:
    """Release what is held beyond its day, or leave it to the worklists: as the county says.

    Each request is a transaction of its own; what is refused (a closed month) waits for people.
    """
    with run.read() as uow:
        ended = ended_reservations(uow)
        ends = uow.settings(AccountingSettings, module=MODULE).reservation_end
    if ends is ReservationEnd.REMIND:
        told = run.gettext("{count} 件簽證已逾保留期限，列於經辦及會計之待辦")
        run.tell(done=len(ended), total=len(ended), kept=told.format(count=len(ended)))
        return
    released, refused = 0, set[str]()
    for done, request_id in enumerate(ended):
        run.tell(done=done, total=len(ended), kept=_kept(run, released, done, refused))
        try:
            with run.write() as uow:
                released += release_ended(uow, request_id=request_id) is not None
        except DomainError as refusal:
            refused.add(refusal.code)  # it stays on the worklists
    run.tell(done=len(ended), total=len(ended), kept=_kept(run, released, len(ended), refused))


def _kept(run: JobRun, released: int, done: int, refused: set[str]) -> str:
    text = run.gettext("已釋放 {released} 件逾期簽證，{left} 件留待人員辦理 {codes}")
    codes = "、".join(sorted(refused))
    return text.format(released=released, left=done - released, codes=codes).strip()


END_RESERVATIONS = Job(
    name="accounting.reservations.end",
    title=N_("辦理保留期限屆滿之簽證"),
    run=end_reservations,
    schedule="35 0 * * *",
)
JOBS = (EXPORT_REGISTER, END_RESERVATIONS)
