"""The pages on which the months of a schedule are keyed, or filled by a rule."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody

from zhuji_budget.domain.schedule import RULE_TITLES, Rule, ScheduleKind
from zhuji_budget.domain.schedule_refusals import PlanPercent
from zhuji_budget.domain.schedule_rules import EDITABLE, require_state
from zhuji_budget.permissions import WRITE_ALLOTMENT
from zhuji_budget.queries.schedules import SchedulePage, find_schedule
from zhuji_budget.settings import MODULE
from zhuji_budget.usecases.spread_schedule import Spread, spread_schedule
from zhuji_budget.usecases.write_schedule import write_schedule
from zhuji_budget.web.views.schedule import kind_text
from zhuji_budget.web.views.schedule_grid import (
    PAGE,
    months_grid,
    rows_with_code,
    typed_months,
    wanted_months,
)
from zhuji_core.ids import new_id
from zhuji_core.values import N_, DomainError
from zhuji_core.web.answers import see_other
from zhuji_core.web.components import Option
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import PERMISSION, PageController
from zhuji_core.web.forms import fields_of
from zhuji_core.web.refusals import refused
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb

Context = NamedDependency[RequestContext]
ScheduleId = FromPath[uuid.UUID]
Form = URLEncodedBody[dict[str, Any]]
Page = Response[bytes] | Response[str]
OFFERED = (Rule.EQUAL, Rule.LAST_YEAR, Rule.PLAN)
PARTS = re.compile(r"[\s,，、;；%％]+")


class AllotmentGridPages(PageController):
    """``/allotments/{id}/edit`` and ``/rule``."""

    module = MODULE
    path = "/allotments/{schedule_id:uuid}"
    cold = True

    @get(
        "/edit",
        opt={PERMISSION: WRITE_ALLOTMENT},
        operation_id="budget.allotment.edit-form",
        sync_to_thread=True,
    )
    def edit(
        self, context: Context, schedule_id: ScheduleId, first: FromQuery[int] = 0
    ) -> Response[str]:
        return _form(context, schedule_id, first=first)

    @post(
        "/edit",
        opt={PERMISSION: WRITE_ALLOTMENT},
        operation_id="budget.allotment.edit-send",
        sync_to_thread=True,
    )
    def save(self, context: Context, schedule_id: ScheduleId, data: Form) -> Page:
        """Save this page's rows; then stay, go on to the next rows, or back to the document."""
        typed = typed_months(fields_of(data))
        first, act = _number(data.get("first")), str(data.get("act", "keep"))
        following = first + PAGE if act == "next" else first
        try:
            with context.read() as uow:
                lines = find_schedule(uow, schedule_id).lines
            wanted = wanted_months(typed, lines)
            return context.perform(
                lambda uow: write_schedule(
                    uow,
                    schedule_id=schedule_id,
                    wanted=wanted,
                    reason=str(data["reason"]) if "reason" in data else None,
                    revision=_number(data.get("revision")),
                ),
                lambda _: see_other(_address(context, schedule_id, act, following)),
            )
        except DomainError as error:
            return _form(context, schedule_id, first=first, typed=typed, error=error)

    @post(
        "/rule",
        opt={PERMISSION: WRITE_ALLOTMENT},
        operation_id="budget.allotment.rule-form",
        sync_to_thread=True,
    )
    def spread(self, context: Context, schedule_id: ScheduleId, data: Form) -> Page:
        first = _number(data.get("first"))
        chosen = {str(rule): rule for rule in OFFERED}.get(str(data.get("rule")), Rule.EQUAL)
        try:
            with context.read() as uow:
                page = find_schedule(uow, schedule_id)
            wanted = Spread(
                rule=chosen,
                row_ids=rows_with_code(page, str(data.get("code", "")).strip()),
                percents=_percents(str(data.get("percents", ""))) if chosen is Rule.PLAN else (),
            )
            return context.perform(
                lambda uow: spread_schedule(
                    uow,
                    schedule_id=schedule_id,
                    wanted=wanted,
                    revision=_number(data.get("revision")),
                ),
                lambda _: see_other(_address(context, schedule_id, "keep", first)),
            )
        except DomainError as error:
            return _form(context, schedule_id, first=first, error=error, asked=data)


def _address(context: RequestContext, schedule_id: uuid.UUID, act: str, first: int) -> str:
    root = context.path(f"budget/allotments/{schedule_id}")
    return root if act == "close" else f"{root}/edit?first={first}"


def _form(
    context: RequestContext,
    schedule_id: uuid.UUID,
    *,
    first: int,
    typed: Mapping[str, Mapping[str, str]] | None = None,
    error: DomainError | None = None,
    asked: Mapping[str, Any] | None = None,
) -> Response[str]:
    tr = context.gettext
    with context.read() as uow:
        page = find_schedule(uow, schedule_id)
        schedule = page.schedule
        uow.require(WRITE_ALLOTMENT, agency_code=schedule.agency_code)
        require_state(schedule, EDITABLE, action=N_("修改"))
        shown = _first(page, first)
        refusal = refused(context, error) if error else None
        root = context.path(f"budget/allotments/{schedule_id}")
        return render(
            context,
            "budget/allotment_edit.html",
            breadcrumb=(
                Crumb(title=tr("分配預算表"), url=context.path("budget/allotments")),
                Crumb(title=schedule.label, url=root),
                Crumb(title=tr("填列各月分配數")),
            ),
            status_code=error.status_code if error else 200,
            title=tr("{label} {kind}").format(label=schedule.label, kind=kind_text(schedule, tr)),
            refusal=refusal,
            schedule=schedule,
            is_revision=schedule.kind is ScheduleKind.REVISION,
            grid=months_grid(
                context,
                page,
                first=shown,
                typed=typed,
                faults=refusal.faults if refusal else None,
            ),
            root=root,
            key=str(new_id()),
            first=shown,
            last=min(shown + PAGE, len(page.lines)),
            count=len(page.lines),
            previous_url=f"{root}/edit?first={max(0, shown - PAGE)}" if shown else "",
            has_next=shown + PAGE < len(page.lines),
            rules=tuple(Option(value=str(rule), title=tr(RULE_TITLES[rule])) for rule in OFFERED),
            asked={name: str(value) for name, value in (asked or {}).items()},
        )


def _first(page: SchedulePage, first: int) -> int:
    """Return where a page begins, whatever the address says."""
    last = max(0, len(page.lines) - 1)
    return min(max(0, first), last) // PAGE * PAGE


def _number(value: object) -> int:
    text = str(value or "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0  # noqa: PLR2004 (nine digits fit)


def _percents(text: str) -> tuple[int, ...]:
    """Read twelve percents as keyed, or as pasted from a row of a spreadsheet."""
    parts = [part for part in PARTS.split(text) if part]
    if not all(part.isdecimal() and len(part) <= 3 for part in parts):  # noqa: PLR2004 (100 at most)
        raise PlanPercent(total=text[:40], fields={"percents": PlanPercent.message})
    return tuple(int(part) for part in parts)
