"""``/host/times/itself``: what the figures of all other pages are worth, and what they cost."""

from __future__ import annotations

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from zhuji_core.platform.operators import READ_TIMES
from zhuji_core.values import N_
from zhuji_core.web.components import Chart
from zhuji_core.web.controllers import HOST_PERMISSION, HostController
from zhuji_core.web.host_context import HostContext
from zhuji_observability.store.exchange import PROCESS
from zhuji_observability.store.itself import together
from zhuji_observability.store.keeper import present
from zhuji_observability.store.probe import errors_of
from zhuji_observability.store.reading import Store
from zhuji_observability.web import itself_view as view
from zhuji_observability.web.asked import HOURS, HOURS_USUAL, hours_of, wanted_of


class ItselfPages(HostController):
    """For performance engineers: losses, cost and error of the watching itself."""

    path = "/host/times/itself"

    @get(
        "/",
        operation_id="host.times.itself",
        opt={HOST_PERMISSION: READ_TIMES},
        sync_to_thread=True,
    )
    def itself(
        self,
        host: NamedDependency[HostContext],
        times: NamedDependency[Store],
        hours: FromQuery[int] = HOURS_USUAL,
    ) -> Response[str]:
        tr = host.gettext
        wanted = wanted_of(county="", operation="", hours=hours, seen=PROCESS)
        processes, probes = times.watching(wanted), times.probes(wanted)
        whole = together([one for periods in processes.values() for one in periods.values()])
        errors = errors_of(probes)
        return host.render(
            "observability/itself.html",
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
            choices=HOURS,
            on=times.on,
        )  # fmt: skip
