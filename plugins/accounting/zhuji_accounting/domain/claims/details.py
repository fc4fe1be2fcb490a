"""What some kinds of claims must say besides: a journey, a payroll, a subsidy. Pure."""

from __future__ import annotations

import datetime as dt
import enum

from zhuji_core.values import N_, Value

MONTHS = range(1, 13)


class WithholdingKind(enum.StrEnum):
    """For whom the agency keeps part of the pay (代扣款)."""

    INCOME_TAX = "income_tax"
    HEALTH = "health"
    LABOR = "labor"
    CIVIL_SERVICE = "civil_service"
    PENSION = "pension"
    OTHER = "other"


WITHHOLDING_TITLES = {
    WithholdingKind.INCOME_TAX: N_("所得稅"),
    WithholdingKind.HEALTH: N_("全民健康保險費"),
    WithholdingKind.LABOR: N_("勞工保險費"),
    WithholdingKind.CIVIL_SERVICE: N_("公教人員保險費"),
    WithholdingKind.PENSION: N_("退撫基金或離職儲金"),
    WithholdingKind.OTHER: N_("其他代扣款"),
}


class Journey(Value, frozen=True, kw_only=True):
    """A journey (差旅): its three sorts of cost add up to the claim (國內出差旅費報支要點)."""

    traveller: str
    destination: str
    left_on: dt.date
    returned_on: dt.date
    transport_ntd: int = 0
    lodging_ntd: int = 0
    allowance_ntd: int = 0

    @property
    def amount_ntd(self) -> int:
        return self.transport_ntd + self.lodging_ntd + self.allowance_ntd


class Withholding(Value, frozen=True, kw_only=True):
    """What is kept of the pay for one purpose; it goes to the special account."""

    kind: WithholdingKind
    amount_ntd: int


class Payroll(Value, frozen=True, kw_only=True):
    """The pay of a month (薪給): gross is claimed, net goes to the payees."""

    month: int
    head_count: int
    withholdings: tuple[Withholding, ...] = ()

    @property
    def withheld_ntd(self) -> int:
        return sum(one.amount_ntd for one in self.withholdings)


class Subsidy(Value, frozen=True, kw_only=True):
    """A subsidy (獎補助): for which plan, by which approval, of which amount at most."""

    recipient: str
    plan: str
    approval_no: str
    approved_ntd: int
    recipient_id: str = ""


class ClaimDetails(Value, frozen=True, kw_only=True):
    """The details of the claim's kind; the others are empty."""

    journey: Journey | None = None
    payroll: Payroll | None = None
    subsidy: Subsidy | None = None
