"""Page ``itself``, of the host alone: what the figures of other pages are worth, and cost."""

from __future__ import annotations

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import FromQuery

from zhuji_core.values import N_
from zhuji_core.web.components import Chart
from zhuji_observability.store.exchange import PROCESS
from zhuji_observability.store.itself import together
from zhuji_observability.store.keeper import present
from zhuji_observability.store.probe import errors_of
from zhuji_observability.web import itself_view as view
from zhuji_observability.web.asked import HOURS_USUAL, hours_of
from zhuji_observability.web.desk import Desk


def itself(
    desk: NamedDependency[Desk],
    hours: FromQuery[int] = HOURS_USUAL,
) -> Response[str]:
    tr = desk.tr
    wanted = desk.wanted(county="", operation="", hours=hours, seen=PROCESS)
    processes, probes = desk.times.watching(wanted), desk.times.probes(wanted)
    whole = together([one for periods in processes.values() for one in periods.values()])
    errors = errors_of(probes)
    return desk.render(
        "itself.html",
        title=tr(N_("量測本身")),
        sentences=(
            view.trouble_sentence(tr, present()),
            view.loss_sentence(tr, whole),
            view.cost_sentence(tr, whole),
            view.error_sentence(tr, errors),
        ),
        errors=view.error_table(tr, errors),
        probes=view.probe_table(tr, probes),
        chart=Chart(
            caption=tr(N_("每分鐘自我測試的誤差（毫秒）")), table_id="probes", names=0,
            series=view.PROBES_DRAWN,
        ),
        costs=view.cost_table(tr, whole),
        processes=view.process_table(tr, processes),
        hours=hours_of(hours),
        on=desk.times.on,
    )  # fmt: skip
