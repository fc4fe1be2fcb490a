"""Which chart of accounts and which posting rules hold: of the county, else what was shipped."""

from __future__ import annotations

import datetime as dt
import functools
import uuid
from collections.abc import Mapping

import msgspec
import sqlalchemy as sa

from zhuji_accounting.domain.ledger.chart import OPEN_YEAR, Account, Chart
from zhuji_accounting.domain.ledger.kept_accounts import kept_accounts
from zhuji_accounting.domain.ledger.posting_rules import AccountMatch, PostingRule, RuleSet
from zhuji_accounting.domain.ledger.refusals import (
    ChartNotFound,
    NoChart,
    RuleSetNotFound,
)
from zhuji_accounting.domain.request import Period
from zhuji_accounting.facts import shipped_charts
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

CHARTS = sa.text("""
    SELECT c.name, c.title, c.fiscal_year_from AS first_year, c.fiscal_year_to AS last_year,
           c.budgetary_apart, c.source, c.shipped, c.document_id,
           (SELECT COALESCE(json_agg(json_build_object(
                       'code', a.code, 'name', a.name, 'name_en', a.name_en, 'side', a.side,
                       'account_class', a.account_class, 'postable', a.postable,
                       'subsidiary', a.subsidiary, 'parent', a.parent_code,
                       'former', a.former) ORDER BY a.code), '[]')::text
              FROM accounting.chart_account AS a WHERE a.chart = c.name) AS accounts
      FROM accounting.chart AS c
     WHERE :fiscal_year = 0 OR :fiscal_year BETWEEN c.fiscal_year_from AND c.fiscal_year_to
     ORDER BY c.fiscal_year_from
     LIMIT 100
""")
KEPT = sa.text("SELECT EXISTS (SELECT FROM accounting.chart)")
IN_FORCE = sa.text("""
    SELECT s.rule_set_id, s.chart, s.version, s.effective_on, s.body::text AS body, s.reason
      FROM accounting.rule_set AS s
     WHERE s.chart = :chart AND s.effective_on <= :on_date
     ORDER BY s.effective_on DESC, s.version DESC
     LIMIT 1
""")

# Every version of a chart's rules, in the order in which they come into force.
VERSIONS = sa.text("""
    SELECT s.rule_set_id, s.chart, s.version, s.effective_on, s.body::text AS body, s.reason,
           s.made_by_name, s.made_at, s.approved_by_name, s.based_on, s.proposal_id
      FROM accounting.rule_set AS s
     WHERE s.chart = :chart
     ORDER BY s.effective_on, s.version
     LIMIT 1000
""")

WHO = ("made_by_name", "made_at", "approved_by_name", "based_on", "proposal_id")


class RuleBody(Value, frozen=True, kw_only=True):
    """What the column ``body`` of a rule set holds."""

    rules: tuple[PostingRule, ...]
    objects: tuple[AccountMatch, ...]
    sources: tuple[AccountMatch, ...]


class Posting(Value, frozen=True, kw_only=True):
    """The chart of a fiscal year and the rules in force on a date."""

    chart: Chart
    rules: RuleSet


def posting_of(uow: UnitOfWork, *, fiscal_year: int, on_date: dt.date) -> Posting:
    """Return the chart of the year and the rules of the date; raise NoChart."""
    chart = chart_of(uow, fiscal_year)
    return Posting(chart=chart, rules=rules_of(uow, chart, on_date=on_date))


def chart_of(uow: UnitOfWork, fiscal_year: int) -> Chart:
    """Return the chart that serves the fiscal year; raise NoChart."""
    for chart in charts(uow, fiscal_year=fiscal_year):
        return chart
    raise NoChart(fiscal_year=fiscal_year)


def charts(uow: UnitOfWork, *, fiscal_year: int = 0) -> list[Chart]:
    """Return the charts of a year (0: all), the shipped ones while the county keeps none."""
    rows = uow.connection.execute(CHARTS, {"fiscal_year": fiscal_year}).mappings()
    found = [_chart(dict(row)) for row in rows]
    if found or uow.connection.execute(KEPT).scalar_one():
        return found
    return [
        chart
        for chart, _ in shipped_charts()
        if not fiscal_year or chart.first_year <= fiscal_year <= chart.last
    ]


def rules_of(uow: UnitOfWork, chart: Chart, *, on_date: dt.date) -> RuleSet:
    """Return the set of rules of the chart in force on a date; raise NoChart."""
    row = (
        uow.connection.execute(IN_FORCE, {"chart": chart.name, "on_date": on_date})
        .mappings()
        .one_or_none()
    )
    if row is not None:
        return rule_set_of(dict(row))
    for shipped, rules in shipped_charts():
        if shipped.name == chart.name and rules.effective_on <= on_date:
            return rules
    raise NoChart(fiscal_year=Period.of(on_date).fiscal_year)


class RuleVersion(Value, frozen=True, kw_only=True):
    """A version of a chart's rules, and when it holds: until ``until``, None: until another comes.

    One that another of the same day follows never holds: then ``until`` is the day before.
    ``made_at`` None: it came with the module. ``based_on``: the version that it was drafted from,
    by ``made_by_name``; it was put into force by a second person (``proposal_id``).
    """

    rules: RuleSet
    until: dt.date | None
    made_by_name: str = ""
    made_at: dt.datetime | None = None
    approved_by_name: str = ""
    based_on: uuid.UUID | None = None
    proposal_id: uuid.UUID | None = None

    def state(self, on_date: dt.date) -> str:
        """Tell whether it is ``in_force`` on a date, was ``replaced``, or is ``coming``."""
        if self.until is not None and self.until < max(on_date, self.rules.effective_on):
            return "replaced"
        return "in_force" if self.rules.effective_on <= on_date else "coming"


def find_chart(uow: UnitOfWork, name: str) -> Chart:
    """Return the chart of this name; raise ChartNotFound."""
    for chart in charts(uow):
        if chart.name == name:
            return chart
    raise ChartNotFound


def kept_on(uow: UnitOfWork, chart: Chart, on_date: dt.date) -> Mapping[str, str]:
    """Return the accounts that only documents move, by the rules in force on a date."""
    return kept_accounts(chart, rules_of(uow, chart, on_date=on_date))


def rule_versions(uow: UnitOfWork, chart: Chart) -> list[RuleVersion]:
    """Return every version of the chart's rules, the newest first."""
    came = {rules.rule_set_id: rules for _, rules in shipped_charts() if rules.chart == chart.name}
    rows = uow.connection.execute(VERSIONS, {"chart": chart.name}).mappings().all()
    if not rows:
        return [RuleVersion(rules=rules, until=None) for rules in came.values()]
    made: list[RuleVersion] = []
    following: dt.date | None = None
    for row in reversed(rows):
        told = dict(row)
        who = {name: told.pop(name) for name in WHO}
        rules = rule_set_of(told)
        until = None if following is None else following - dt.timedelta(days=1)
        # Whoever entered the first voucher did not make the rules that came with the module.
        made.append(
            RuleVersion(rules=rules, until=until, **({} if rules.rule_set_id in came else who))
        )
        following = rules.effective_on
    return made


def newest_rules(uow: UnitOfWork, chart: Chart) -> RuleSet | None:
    """Return the version that holds last: the one in force, or a later one that is to come."""
    versions = rule_versions(uow, chart)
    return versions[0].rules if versions else None


def rules_by_id(uow: UnitOfWork, chart: Chart, rule_set_id: uuid.UUID) -> RuleSet:
    """Return the version of the chart's rules by its id; raise RuleSetNotFound."""
    for one in rule_versions(uow, chart):
        if one.rules.rule_set_id == rule_set_id:
            return one.rules
    raise RuleSetNotFound


def rules_during(uow: UnitOfWork, chart: Chart, *, first: dt.date, last: dt.date) -> list[RuleSet]:
    """Return the rules of every version that held on some day from ``first`` to ``last``."""
    return [
        one.rules
        for one in rule_versions(uow, chart)
        if one.rules.effective_on <= last and (one.until is None or one.until >= first)
    ]


def find_rules(uow: UnitOfWork, chart: Chart, version: int) -> RuleVersion:
    """Return one version of the chart's rules; raise RuleSetNotFound."""
    for one in rule_versions(uow, chart):
        if one.rules.version == version:
            return one
    raise RuleSetNotFound


def rule_set_of(row: dict[str, object]) -> RuleSet:
    """Make the value of one row of ``accounting.rule_set``."""
    body = _body(str(row.pop("body")))
    rule_set_id = row["rule_set_id"]
    assert isinstance(rule_set_id, uuid.UUID), "the column is an id"
    return msgspec.convert(
        {**row, "rules": body.rules, "objects": body.objects, "sources": body.sources}, RuleSet
    )


# A closing reads the year's chart and rules a dozen times; the text of a hundred accounts is made
# into values once.
@functools.lru_cache(maxsize=64)
def _body(text: str) -> RuleBody:
    return msgspec.json.decode(text, type=RuleBody)


@functools.lru_cache(maxsize=64)
def _accounts(text: str) -> tuple[Account, ...]:
    return msgspec.json.decode(text, type=tuple[Account, ...])


def _chart(row: dict[str, object]) -> Chart:
    accounts = _accounts(str(row.pop("accounts")))
    if row["last_year"] == OPEN_YEAR:
        row["last_year"] = None
    return msgspec.convert({**row, "accounts": accounts}, Chart)
