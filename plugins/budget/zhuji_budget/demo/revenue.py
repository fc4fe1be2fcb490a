"""The demo's revenue is allotted by schedules, as the agencies that collect it would do."""

from __future__ import annotations

from zhuji_budget.demo.people import acting
from zhuji_budget.domain.bill import RevenueFacts
from zhuji_budget.domain.schedule import Opinion, Rule, Side
from zhuji_budget.usecases.approve_schedule import approve_schedule
from zhuji_budget.usecases.comment_schedule import comment_schedule
from zhuji_budget.usecases.open_schedule import open_schedule
from zhuji_budget.usecases.spread_schedule import Spread, spread_schedule
from zhuji_budget.usecases.submit_schedule import submit_schedule
from zhuji_core.uow import UnitOfWork


def allot_revenue(uow: UnitOfWork, revenue: RevenueFacts) -> None:
    """Spread each agency's revenue equally over the months, and approve that."""
    for agency_code in sorted({row.agency_code for row in revenue.rows if row.bill_ntd}):
        writer, finance, office = (
            acting(uow, agency_code, name)
            for name in ("林經辦（示範）", "財政局王科員（示範）", "主計處陳科員（示範）")
        )
        made = open_schedule(
            writer,
            fiscal_year=revenue.fiscal_year,
            agency_code=agency_code,
            side=Side.REVENUE,
        )
        spread_schedule(writer, schedule_id=made.schedule_id, wanted=Spread(rule=Rule.EQUAL))
        submit_schedule(writer, schedule_id=made.schedule_id)
        comment_schedule(finance, schedule_id=made.schedule_id, opinion=Opinion.AGREE, comment="")
        approve_schedule(office, schedule_id=made.schedule_id)
