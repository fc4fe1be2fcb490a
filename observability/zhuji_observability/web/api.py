"""``/{county}/api/v1/kernel/times``: what the pages of one county show, for programs.

Of the host as a whole ``zhuji observe`` tells the same: an operator has no API.
"""

from __future__ import annotations

from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, QueryParameter

from zhuji_core.permissions import READ_TIMES
from zhuji_core.values import N_, Value
from zhuji_core.web.controllers import API, PERMISSION, ApiController
from zhuji_observability.store.exchange import PROCESS, Exchange
from zhuji_observability.store.flame import Frame, Sum, flame_of, hottest
from zhuji_observability.store.path import Statement, Step, path_of, statements_of
from zhuji_observability.store.verdict import Verdict
from zhuji_observability.web.asked import HOURS_USUAL
from zhuji_observability.web.desk import Desk
from zhuji_observability.web.flame_pages import SLOWEST, chosen, chosen_one
from zhuji_observability.web.verdict_view import judged

Operation = Annotated[str, QueryParameter(description=N_("作業；空白為全部"))]
Hours = Annotated[int, QueryParameter(description=N_("最近幾小時：1、24、168 或 336"))]
Seen = Annotated[
    str, QueryParameter(description=N_("由何處量測：process（伺服器）或 browser（瀏覽器）"))
]
Among = Annotated[
    str, QueryParameter(description=N_("哪些請求：slowest（最慢的）或 usual（無異狀的）"))
]
Trace = Annotated[str, QueryParameter(description=N_("一次請求的追蹤編號；空白為多次"))]


class OperationTimes(Value, frozen=True, kw_only=True):
    operation: str
    verdict: Verdict


class Times(Value, frozen=True, kw_only=True):
    """Slow operations first, those of a few requests behind the others; then by p95."""

    operations: tuple[OperationTimes, ...]


class Kept(Value, frozen=True, kw_only=True):
    """The slowest requests that were kept whole, without their spans."""

    exchanges: tuple[Exchange, ...]


class Whole(Value, frozen=True, kw_only=True):
    """One request; ``path``: its steps in the order of time, each with what it did itself."""

    exchange: Exchange
    path: tuple[Step, ...]
    statements: tuple[Statement, ...]


class Flame(Value, frozen=True, kw_only=True):
    """The steps of many kept requests laid together; lengths in microseconds of server time.

    ``whole`` is all of them: in it stand the operations, in each of these its steps, and so on.
    ``hottest``: steps by what they did themselves, wherever they stand.
    """

    requests: int
    whole: Frame
    hottest: tuple[Sum, ...]


class TimeApi(ApiController):
    """Of one county; another one's requests are not there."""

    module = "kernel"
    path = "/{county:str}/api/v1/kernel/times"
    opt = {API: True, PERMISSION: READ_TIMES}  # noqa: RUF012 (Litestar's own declaration)

    @get(
        "/",
        operation_id="kernel.times.list",
        summary=N_("查詢各作業的時間與歸屬"),
        sync_to_thread=True,
    )
    def verdicts(
        self,
        desk: NamedDependency[Desk],
        operation: Operation = "",
        hours: Hours = HOURS_USUAL,
        seen: Seen = PROCESS,
    ) -> Times:
        """Tell which operations are slow, by their own limits, and what their time went to."""
        wanted = desk.wanted(county="", operation=operation, hours=hours, seen=seen)
        found = judged(desk.times.by_operation(wanted), desk.promises)
        return Times(
            operations=tuple(
                OperationTimes(operation=name, verdict=verdict) for (_, name), verdict in found
            )
        )

    @get(
        "/exchanges",
        operation_id="kernel.times.exchanges.list",
        summary=N_("列出留存的最慢請求"),
        sync_to_thread=True,
    )
    def exchanges(
        self,
        desk: NamedDependency[Desk],
        operation: Operation = "",
        hours: Hours = HOURS_USUAL,
    ) -> Kept:
        """List the slowest requests that were kept whole, with the terms of each."""
        wanted = desk.wanted(county="", operation=operation, hours=hours, seen=PROCESS)
        return Kept(exchanges=tuple(desk.times.slowest(wanted)))

    @get(
        "/exchanges/{trace:str}",
        operation_id="kernel.times.exchanges.read",
        summary=N_("查詢一次留存的請求"),
        sync_to_thread=True,
    )
    def exchange(self, desk: NamedDependency[Desk], trace: FromPath[str]) -> Whole:
        """Read one request that was kept: its terms, steps and statements."""
        found = desk.times.find(trace)
        if found is None:
            raise NotFoundException
        return Whole(
            exchange=found, path=path_of(found.spans), statements=statements_of(found.spans)
        )

    @get(
        "/flame",
        operation_id="kernel.times.flame.read",
        summary=N_("查詢留存請求的火焰圖"),
        sync_to_thread=True,
    )
    def flame(
        self,
        desk: NamedDependency[Desk],
        operation: Operation = "",
        hours: Hours = HOURS_USUAL,
        among: Among = SLOWEST,
        trace: Trace = "",
    ) -> Flame:
        """Tell where the server's time of up to 500 kept requests went, or of one, by step."""
        found = (
            chosen_one(desk, trace)
            if trace
            else chosen(desk, county="", operation=operation, hours=hours, among=among)
        ).exchanges
        whole = flame_of(found)
        return Flame(requests=len(found), whole=whole, hottest=hottest(whole))
