"""What the request form asks while it is being filled: control rows to pick, balances per row."""

from __future__ import annotations

import uuid

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from zhuji_accounting.permissions import READ_REQUESTS
from zhuji_accounting.queries.control_rows import PICK_MAX, pick_control_rows, position_of
from zhuji_accounting.web.request_grid import (
    AvailabilityAnswer,
    PickList,
    amount_of,
    availability,
    picked,
)
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import PERMISSION, PageController

Context = NamedDependency[RequestContext]


class Lookups(PageController):
    """``/control-rows`` and ``/availability``: called by the scripts of the entry grid."""

    module = "accounting"
    path = "/"

    @get(
        "/control-rows",
        opt={PERMISSION: READ_REQUESTS},
        operation_id="accounting.control-rows.pick",
        sync_to_thread=True,
    )
    def pick(
        self, context: Context, text: FromQuery[str] = "", agency_code: FromQuery[str] = ""
    ) -> PickList:
        with context.read() as uow:
            rows = pick_control_rows(
                uow,
                agency_code=agency_code or uow.actor.agency_code,
                fiscal_year=uow.fiscal_year,
                text=text,
            )
        return PickList(
            items=tuple(picked(row, context.gettext) for row in rows), more=len(rows) >= PICK_MAX
        )

    @get(
        "/availability",
        opt={PERMISSION: READ_REQUESTS},
        operation_id="accounting.availability.read",
        sync_to_thread=True,
    )
    def availability(
        self,
        context: Context,
        control_row_id: FromQuery[uuid.UUID],
        amount: FromQuery[str] = "",
        also_ntd: FromQuery[int] = 0,
    ) -> AvailabilityAnswer:
        with context.read() as uow:
            position = position_of(uow, control_row_id)
        return availability(
            position,
            amount_ntd=amount_of(amount),
            also_ntd=also_ntd,
            gettext=context.gettext,
        )
