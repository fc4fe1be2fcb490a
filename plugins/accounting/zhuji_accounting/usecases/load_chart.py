"""Load a county's own chart of accounts for the fiscal years that it holds in."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from zhuji_accounting.domain.ledger.chart import Chart
from zhuji_accounting.domain.ledger.chart_load import (
    ChartInvalid,
    ChartYears,
    first_rules,
    former_codes,
    make_room,
    rule_problems,
    used_problems,
)
from zhuji_accounting.domain.ledger.chart_sheet import ChartProblem
from zhuji_accounting.domain.ledger.posting_rules import RuleSet
from zhuji_accounting.domain.request import Period
from zhuji_accounting.permissions import LOAD_CHART
from zhuji_accounting.queries.charts import charts, rule_versions
from zhuji_accounting.store import charts as store
from zhuji_accounting.usecases.read_chart import ChartRead
from zhuji_core.ids import new_id
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_


def load_chart(uow: UnitOfWork, read: ChartRead) -> Chart:
    """Keep the chart whole, in the place of one of the same name.

    A chart under a new name begins with the posting rules of the one that served its first year,
    by the accounts that take the place of the former ones. What came with the module gives way; a
    chart of the county that is still open ends the year before an open one follows it. Raises
    Forbidden, ChartInvalid with every wrong cell, ChartOverlap or ChartYears; then nothing is
    kept.
    """
    uow.require(LOAD_CHART)
    if read.problems:
        raise ChartInvalid.of(read.problems)
    store.ensure_shipped(uow)
    store.lock(uow)
    known = charts(uow)
    before = next((one for one in known if one.name == read.chart.name), None)
    new = msgspec.structs.replace(
        read.chart, document_id=new_id() if before is None else before.document_id
    )
    if before is not None:
        _require_years(uow, before, new)
    room = make_room(known, new)
    problems, rules = _against_what_is_kept(uow, read, new, known)
    if problems:
        raise ChartInvalid.of(problems)
    for years in room:
        store.set_years(uow, years)
    store.drop(uow, new.name)
    store.keep(uow, new)
    if rules is not None:
        store.keep_rules(uow, rules)
    uow.audit(
        LOAD_CHART.name,
        new.document,
        before=None if before is None else _said(before),
        after={**_said(new), "room": [msgspec.structs.asdict(years) for years in room]},
    )
    return new


def _against_what_is_kept(
    uow: UnitOfWork, read: ChartRead, new: Chart, known: Sequence[Chart]
) -> tuple[list[ChartProblem], RuleSet | None]:
    """Return what the chart would break, and the rules that a new one begins with."""
    used = store.used_accounts(uow, first=new.first_year, last=new.last)
    problems = list(used_problems(new, read.rows, used, known))
    same = next((one for one in known if one.name == new.name), None)
    if same is not None:
        for one in rule_versions(uow, same):
            if one.state(uow.business_date) != "replaced":
                problems += rule_problems(one.rules, new, read.rows)
        return problems, None
    base = _base(known, new)
    codes, wrong = former_codes(read.rows, new, base)
    rules = first_rules(
        _begin(uow, base, new),
        codes,
        new,
        version=store.next_version(uow, new.name),
        reason=N_("隨會計科目表載入"),
    )
    return [*problems, *wrong, *rule_problems(rules, new, read.rows)], rules


def _base(known: Sequence[Chart], new: Chart) -> Chart:
    """Return the chart whose place the new one takes: of its first year, else the newest."""
    serving = [one for one in known if one.first_year <= new.first_year <= one.last]
    return serving[0] if serving else known[-1]


def _begin(uow: UnitOfWork, base: Chart, new: Chart) -> RuleSet:
    """Return the rules of ``base`` that hold when ``new`` begins, today if it began before.

    A base that serves only later years has none yet: then the first that it will have.
    """
    day = max(uow.business_date, Period(fiscal_year=new.first_year, period=1).begins_on)
    left = [one.rules for one in rule_versions(uow, base) if one.state(day) != "replaced"]
    return left[-1]


def _require_years(uow: UnitOfWork, before: Chart, new: Chart) -> None:
    """Raise ChartYears when a year with vouchers would be left without its chart."""
    for first, last in (
        (before.first_year, min(before.last, new.first_year - 1)),
        (max(before.first_year, new.last + 1), before.last),
    ):
        used = store.used_accounts(uow, first=first, last=last) if first <= last else {}
        if used:
            raise ChartYears(fiscal_year=min(used.values()), name=new.name)


def _said(chart: Chart) -> dict[str, object]:
    return {
        "name": chart.name,
        "title": chart.title,
        "first_year": chart.first_year,
        "last_year": chart.last_year,
        "accounts": len(chart.accounts),
        "source": chart.source,
    }
