"""The API of carry-over requests (保留): each handler is one use case or one query."""

from __future__ import annotations

import uuid

from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from zhuji_accounting.domain.carries.carry_over import CarryOver, CarryState
from zhuji_accounting.domain.carries.rules import Granted
from zhuji_accounting.permissions import (
    DECIDE_CARRY,
    READ_REQUESTS,
    RETURN_CARRY,
    REVIEW_CARRY,
    WRITE_CARRY,
)
from zhuji_accounting.queries import carries
from zhuji_accounting.queries.vouchers import vouchers_of
from zhuji_accounting.usecases.decide_carries import Decision, decide_carries
from zhuji_accounting.usecases.decide_carry import decide_carry
from zhuji_accounting.usecases.return_carry import return_carry
from zhuji_accounting.usecases.review_carry import review_carry
from zhuji_accounting.usecases.submit_carry import submit_carry
from zhuji_accounting.usecases.withdraw_carry import withdraw_carry
from zhuji_accounting.usecases.write_carry import WantedCarry, write_carry
from zhuji_accounting.web.structs import ReasonWanted
from zhuji_core.values import N_, Value
from zhuji_core.web.answers import Answer, json_answer
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import ANSWERS, PERMISSION, ApiController
from zhuji_core.web.paging import LIMIT, Cursor, Limit, Page, open_cursor, page_of
from zhuji_core.web.parameters import Code, FiscalYear

COLD = "cold"
Context = NamedDependency[RequestContext]
CarryId = FromPath[uuid.UUID]


class CarryAnswer(Value, frozen=True, kw_only=True):
    """A carry-over request after a verb: open = carried over + due + released."""

    carry_id: uuid.UUID
    label: str
    state: str
    open_ntd: int
    carry_ntd: int
    payable_ntd: int
    release_ntd: int
    revision: int


class CarryDetail(Value, frozen=True, kw_only=True):
    """One carry-over request, and the vouchers that record what is due."""

    label: str
    open_ntd: int
    carry_ntd: int
    payable_ntd: int
    release_ntd: int
    carry: CarryOver
    vouchers: tuple[uuid.UUID, ...]


class CarryDecision(Value, frozen=True, kw_only=True):
    """What is granted of each line, and why less than was asked for."""

    lines: tuple[Granted, ...]
    note: str = ""


def _answer(carry: CarryOver) -> CarryAnswer:
    return CarryAnswer(
        carry_id=carry.carry_id,
        label=carry.label,
        state=str(carry.state),
        open_ntd=carry.open_ntd,
        carry_ntd=carry.carry_ntd,
        payable_ntd=carry.payable_ntd,
        release_ntd=carry.release_ntd,
        revision=carry.revision,
    )


def answered(carry: CarryOver, *, status_code: int = 200) -> Answer:
    return json_answer(_answer(carry), status_code=status_code)


class CarriesDecision(Value, frozen=True, kw_only=True):
    """Which are granted as they were asked for, all or none."""

    carry_ids: tuple[uuid.UUID, ...]


class CarriesApi(ApiController):
    """``/carry-overs``, and below a request: write one."""

    module = "accounting"
    path = "/"

    @get(
        "/carry-overs",
        opt={PERMISSION: READ_REQUESTS, COLD: True},
        operation_id="accounting.carry-overs.list",
        summary=N_("列出保留案"),
        sync_to_thread=True,
    )
    def list_carries(
        self,
        context: Context,
        fiscal_year: FiscalYear = None,
        agency_code: Code = "",
        states: FromQuery[CarryState | None] = None,
        cursor: Cursor = "",
        limit: Limit = LIMIT,
    ) -> Page[carries.CarryRow]:
        before = open_cursor(context, cursor, uuid.UUID)
        with context.read() as uow:
            rows = carries.list_carries(
                uow,
                carries.CarryFilter(
                    fiscal_year=fiscal_year or carries.season_year(uow),
                    agency_code=agency_code,
                    state=str(states) if states else "",
                    before=before,
                    limit=limit + 1,
                ),
            )
        return page_of(
            context, rows, limit=limit, key=lambda row: row.carry_id, item=lambda row: row
        )

    @get(
        "/carry-overs/{carry_id:uuid}",
        opt={PERMISSION: READ_REQUESTS, COLD: True},
        operation_id="accounting.carry-overs.read",
        summary=N_("查詢一件保留案"),
        sync_to_thread=True,
    )
    def read(self, context: Context, carry_id: CarryId) -> CarryDetail:
        with context.read() as uow:
            carry = carries.find_carry(uow, carry_id)
            return CarryDetail(
                label=carry.label,
                open_ntd=carry.open_ntd,
                carry_ntd=carry.carry_ntd,
                payable_ntd=carry.payable_ntd,
                release_ntd=carry.release_ntd,
                carry=carry,
                vouchers=tuple(one.voucher_id for one in vouchers_of(uow, [carry_id])),
            )

    @post(
        "/requests/{request_id:uuid}/carry-overs",
        opt={PERMISSION: WRITE_CARRY, COLD: True, ANSWERS: CarryAnswer},
        operation_id="accounting.carry-overs.write",
        summary=N_("填寫保留案"),
        sync_to_thread=True,
    )
    def write(
        self, context: Context, request_id: FromPath[uuid.UUID], data: JSONBody[WantedCarry]
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: write_carry(uow, wanted=data, request_id=request_id),
            lambda carry: answered(carry, status_code=201),
        )

    @put(
        "/carry-overs/{carry_id:uuid}",
        opt={PERMISSION: WRITE_CARRY, COLD: True, ANSWERS: CarryAnswer},
        operation_id="accounting.carry-overs.rewrite",
        summary=N_("修改保留案"),
        sync_to_thread=True,
    )
    def rewrite(
        self, context: Context, carry_id: CarryId, data: JSONBody[WantedCarry]
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: write_carry(uow, wanted=data, carry_id=carry_id), answered
        )

    @post(
        "/carry-overs/{carry_id:uuid}/submission",
        opt={PERMISSION: WRITE_CARRY, COLD: True, ANSWERS: CarryAnswer},
        operation_id="accounting.carry-overs.submit",
        summary=N_("送出保留案"),
        status_code=200,
        sync_to_thread=True,
    )
    def submit(self, context: Context, carry_id: CarryId) -> Response[bytes]:
        return context.perform(lambda uow: submit_carry(uow, carry_id=carry_id), answered)

    @post(
        "/carry-overs/{carry_id:uuid}/review",
        opt={PERMISSION: REVIEW_CARRY, COLD: True, ANSWERS: CarryAnswer},
        operation_id="accounting.carry-overs.review",
        summary=N_("審核保留案"),
        status_code=200,
        sync_to_thread=True,
    )
    def review(self, context: Context, carry_id: CarryId) -> Response[bytes]:
        return context.perform(lambda uow: review_carry(uow, carry_id=carry_id), answered)

    @post(
        "/carry-overs/{carry_id:uuid}/return",
        opt={PERMISSION: RETURN_CARRY, COLD: True, ANSWERS: CarryAnswer},
        operation_id="accounting.carry-overs.return",
        summary=N_("退回保留案"),
        status_code=200,
        sync_to_thread=True,
    )
    def send_back(
        self, context: Context, carry_id: CarryId, data: JSONBody[ReasonWanted]
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: return_carry(uow, carry_id=carry_id, reason=data.reason), answered
        )

    @post(
        "/carry-overs/{carry_id:uuid}/decision",
        opt={PERMISSION: DECIDE_CARRY, COLD: True, ANSWERS: CarryAnswer},
        operation_id="accounting.carry-overs.decide",
        summary=N_("核定保留案"),
        status_code=200,
        sync_to_thread=True,
    )
    def decide(
        self, context: Context, carry_id: CarryId, data: JSONBody[CarryDecision]
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: decide_carry(uow, carry_id=carry_id, granted=data.lines, note=data.note),
            answered,
        )

    @post(
        "/carry-overs/decisions",
        opt={PERMISSION: DECIDE_CARRY, COLD: True, ANSWERS: list[CarryAnswer]},
        operation_id="accounting.carry-overs.batch-decide",
        summary=N_("依申請核定多件保留案"),
        status_code=200,
        sync_to_thread=True,
    )
    def decide_many(self, context: Context, data: JSONBody[CarriesDecision]) -> Response[bytes]:
        return context.perform(
            lambda uow: decide_carries(
                uow, decisions=[Decision(carry_id=one) for one in data.carry_ids]
            ),
            lambda made: json_answer([_answer(carry) for carry in made]),
        )

    @post(
        "/carry-overs/{carry_id:uuid}/withdrawal",
        opt={PERMISSION: WRITE_CARRY, COLD: True, ANSWERS: CarryAnswer},
        operation_id="accounting.carry-overs.withdraw",
        summary=N_("撤回保留案"),
        status_code=200,
        sync_to_thread=True,
    )
    def withdraw(self, context: Context, carry_id: CarryId) -> Response[bytes]:
        return context.perform(lambda uow: withdraw_carry(uow, carry_id=carry_id), answered)
