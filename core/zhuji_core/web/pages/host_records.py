"""What operators did, searched; and who they are."""

from __future__ import annotations

from urllib.parse import urlencode

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from zhuji_core.platform.accounts import list_operators
from zhuji_core.platform.operators import MANAGE_OPERATORS, READ_AUDIT, ROLE_TITLES
from zhuji_core.platform.register import HostAuditFilter, search_audit
from zhuji_core.values import N_
from zhuji_core.web.controllers import HOST_PERMISSION, HostController
from zhuji_core.web.host_context import HostContext


class HostRecordPages(HostController):
    """``/host/audit`` and ``/host/operators``."""

    path = "/host"

    @get(
        "/audit",
        operation_id="host.audit.page",
        opt={HOST_PERMISSION: READ_AUDIT},
        sync_to_thread=True,
    )
    def audit(
        self,
        host: NamedDependency[HostContext],
        county: FromQuery[str] = "",
        operator: FromQuery[str] = "",
        action: FromQuery[str] = "",
        before: FromQuery[int | None] = None,
    ) -> Response[str]:
        wanted = HostAuditFilter(
            county_code=county.strip(), operator=operator.strip(), action=action.strip()
        )
        with host.read() as uow:
            entries, older = search_audit(uow, wanted, before=before)
        known = {"county": county, "operator": operator, "action": action}
        query = urlencode({**known, "before": older})
        return host.render(
            "host/audit.html",
            title=host.gettext(N_("維運稽核")),
            entries=tuple(entries),
            wanted=wanted,
            older_url=f"/host/audit?{query}" if older else "",
        )

    @get(
        "/operators",
        operation_id="host.operators.page",
        opt={HOST_PERMISSION: MANAGE_OPERATORS},
        sync_to_thread=True,
    )
    def operators(self, host: NamedDependency[HostContext]) -> Response[str]:
        with host.read() as uow:
            found, now = tuple(list_operators(uow)), uow.now
        return host.render(
            "host/operators.html",
            title=host.gettext(N_("維運帳號")),
            operators=found,
            roles=ROLE_TITLES,
            now=now,
        )
