"""An advance in each of its states, saying only what matters."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

from tests.plugins.accounting.given import Office
from zhuji_accounting.domain.advances.advance import Advance
from zhuji_accounting.usecases.approve_advance import approve_advance
from zhuji_accounting.usecases.grant_advance import grant_advance
from zhuji_accounting.usecases.submit_advance import submit_advance
from zhuji_accounting.usecases.write_advance import WantedAdvance, WantedAdvanceLine, write_advance
from zhuji_core.identity.actor import Actor
from zhuji_core.testing.counties import given_actor

MARCH_31 = dt.date(2016, 3, 31)


def wanted_advance(request_id: uuid.UUID, amount_ntd: int, **more: Any) -> WantedAdvance:
    """Ask for an amount of the first line of the request."""
    given: dict[str, Any] = {
        "memo": "赴臺北出差",
        "receiver_name": "出差戊",
        "settle_by": MARCH_31,
        "lines": (WantedAdvanceLine(line_no=1, amount_ntd=amount_ntd),),
        **more,
    }
    return WantedAdvance(request_id=request_id, **given)


class Advances:
    """The people of an office on the way of an advance."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.chief = given_actor(113, agency_code=office.government.agency_code, name="主辦己")

    def act(self, by: Actor, use_case: Callable[..., Advance], **how: Any) -> Advance:
        with self.office.county.uow(by) as uow:
            return use_case(uow, **how)

    def draft(self, request_id: uuid.UUID, amount_ntd: int, **more: Any) -> Advance:
        wanted = wanted_advance(request_id, amount_ntd, **more)
        return self.act(self.office.writer, write_advance, wanted=wanted)

    def submitted(self, request_id: uuid.UUID, amount_ntd: int, **more: Any) -> Advance:
        draft = self.draft(request_id, amount_ntd, **more)
        return self.act(self.office.writer, submit_advance, advance_id=draft.advance_id)

    def approved(self, request_id: uuid.UUID, amount_ntd: int, **more: Any) -> Advance:
        advance_id = self.submitted(request_id, amount_ntd, **more).advance_id
        return self.act(self.office.head, approve_advance, advance_id=advance_id)

    def granted(self, request_id: uuid.UUID, amount_ntd: int, **more: Any) -> Advance:
        return self.grant(self.approved(request_id, amount_ntd, **more))

    def grant(self, advance: Advance) -> Advance:
        return self.act(self.chief, grant_advance, advance_id=advance.advance_id)
