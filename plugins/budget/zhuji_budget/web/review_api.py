"""The API of the budget office for estimates: ceilings, review, return, the bill."""

from __future__ import annotations

import uuid
from typing import Annotated

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, PathParameter

from zhuji_budget.domain.bill_gaps import BillOutlook
from zhuji_budget.domain.ceiling import Ceiling
from zhuji_budget.domain.estimate import Estimate
from zhuji_budget.domain.review import Cut
from zhuji_budget.domain.supervisor import Endorsement
from zhuji_budget.permissions import (
    COMPILE_BILL,
    ENDORSE_ESTIMATE,
    REVIEW_ESTIMATES,
    SET_CEILINGS,
)
from zhuji_budget.queries.bill import find_outlook
from zhuji_budget.queries.ceilings import CeilingRow, list_ceilings
from zhuji_budget.settings import MODULE
from zhuji_budget.usecases.compile_bill import Compiled, compile_bill
from zhuji_budget.usecases.endorse_estimate import endorse_estimate
from zhuji_budget.usecases.return_estimate import return_estimate
from zhuji_budget.usecases.review_estimate import review_estimate
from zhuji_budget.usecases.set_ceilings import set_ceilings
from zhuji_budget.web.allotment_structs import EndorsementWanted
from zhuji_core.values import N_, Value
from zhuji_core.web.answers import json_answer
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import ANSWERS, PERMISSION, ApiController
from zhuji_core.web.parameters import YEAR_MAX

Context = NamedDependency[RequestContext]
YearInPath = Annotated[int, PathParameter(ge=1, le=YEAR_MAX)]


class CutsWanted(Value, frozen=True, kw_only=True):
    """The cuts and comments of a review; an item not named keeps its amount."""

    cuts: tuple[Cut, ...] = ()


class ReturnWanted(Value, frozen=True, kw_only=True):
    """Why an estimate is given back."""

    reason: str


class BillWanted(Value, frozen=True, kw_only=True):
    """``gap_reason``: needed where agencies or revenue are not in the bill that ought to be."""

    gap_reason: str = ""


class CeilingsWanted(Value, frozen=True, kw_only=True):
    """Ceilings to set; agencies not named keep theirs."""

    ceilings: tuple[Ceiling, ...]


class ReviewApi(ApiController):
    """``/estimates/{id}/review``, ``/endorsement`` and ``/return``."""

    module = MODULE
    path = "/estimates"
    cold = True

    @post(
        "/{estimate_id:uuid}/review",
        opt={PERMISSION: REVIEW_ESTIMATES, ANSWERS: Estimate},
        operation_id="budget.estimates.review",
        summary=N_("審議概算"),
        status_code=200,
        sync_to_thread=True,
    )
    def review(
        self, context: Context, estimate_id: FromPath[uuid.UUID], data: JSONBody[CutsWanted]
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: review_estimate(uow, estimate_id=estimate_id, cuts=data.cuts),
            json_answer,
        )

    @post(
        "/{estimate_id:uuid}/endorsement",
        opt={PERMISSION: ENDORSE_ESTIMATE, ANSWERS: Estimate},
        operation_id="budget.estimates.endorse",
        summary=N_("主管機關核轉或退回概算"),
        status_code=200,
        sync_to_thread=True,
    )
    def endorse(
        self,
        context: Context,
        estimate_id: FromPath[uuid.UUID],
        data: JSONBody[EndorsementWanted],
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: endorse_estimate(
                uow,
                estimate_id=estimate_id,
                opinion=Endorsement(data.opinion),
                reason=data.reason,
            ),
            json_answer,
        )

    @post(
        "/{estimate_id:uuid}/return",
        opt={PERMISSION: REVIEW_ESTIMATES, ANSWERS: Estimate},
        operation_id="budget.estimates.return",
        summary=N_("退回概算"),
        status_code=200,
        sync_to_thread=True,
    )
    def give_back(
        self, context: Context, estimate_id: FromPath[uuid.UUID], data: JSONBody[ReturnWanted]
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: return_estimate(uow, estimate_id=estimate_id, reason=data.reason),
            json_answer,
        )


class CeilingsApi(ApiController):
    """``/ceilings/{year}``."""

    module = MODULE
    path = "/ceilings"
    cold = True

    @get(
        "/{fiscal_year:int}",
        opt={PERMISSION: SET_CEILINGS},
        operation_id="budget.ceilings.list",
        summary=N_("列出概算額度"),
        sync_to_thread=True,
    )
    def list_all(self, context: Context, fiscal_year: YearInPath) -> list[CeilingRow]:
        with context.read() as uow:
            return list_ceilings(uow, fiscal_year)

    @post(
        "/{fiscal_year:int}",
        opt={PERMISSION: SET_CEILINGS, ANSWERS: list[Ceiling]},
        operation_id="budget.ceilings.set",
        summary=N_("核定概算額度"),
        status_code=200,
        sync_to_thread=True,
    )
    def set_all(
        self, context: Context, fiscal_year: YearInPath, data: JSONBody[CeilingsWanted]
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: set_ceilings(uow, fiscal_year=fiscal_year, wanted=data.ceilings),
            json_answer,
        )


class BillsApi(ApiController):
    """``/bills/{year}``."""

    module = MODULE
    path = "/bills"
    cold = True

    @get(
        "/{fiscal_year:int}",
        opt={PERMISSION: COMPILE_BILL},
        operation_id="budget.bills.read",
        summary=N_("查詢預算案是否齊全"),
        sync_to_thread=True,
    )
    def read(self, context: Context, fiscal_year: YearInPath) -> BillOutlook:
        """Return who is in the bill with all that is reviewed, who is not, and its balance."""
        with context.read() as uow:
            return find_outlook(uow, fiscal_year)

    @post(
        "/{fiscal_year:int}",
        opt={PERMISSION: COMPILE_BILL, ANSWERS: Compiled},
        operation_id="budget.bills.compile",
        summary=N_("編成預算案"),
        status_code=200,
        sync_to_thread=True,
    )
    def compile(
        self, context: Context, fiscal_year: YearInPath, data: JSONBody[BillWanted]
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: compile_bill(uow, fiscal_year=fiscal_year, gap_reason=data.gap_reason),
            json_answer,
        )
