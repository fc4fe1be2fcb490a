"""Facts shipped with the module: charts of accounts and their posting rules, each with its source.

Read on demand, a few milliseconds; nothing is kept at import.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from importlib.resources import files

import msgspec

from zhuji_accounting.domain.ledger.chart import Account, Chart
from zhuji_accounting.domain.ledger.posting_rules import AccountMatch, PostingRule, RuleSet
from zhuji_core.values import Value

_FORM = 1
_SHIPPED = uuid.UUID("5b1c3c6e-2f0e-5a74-9c5e-0c9a3a7d4e11")
"""The namespace of the ids of what is shipped: the same in every county."""
_PACKS = ("cash", "accrual")
# What is shipped holds from the beginning; a county's own version follows from a date on.
_FIRST_DAY = dt.date(1912, 1, 1)


class _Pack(Value, frozen=True, kw_only=True):
    """The file's form."""

    form: int
    name: str
    title: str
    first_year: int
    last_year: int | None
    source: str
    accounts: tuple[Account, ...]
    rules: tuple[PostingRule, ...]
    objects: tuple[AccountMatch, ...]
    sources: tuple[AccountMatch, ...]
    budgetary_apart: bool = True
    opens: dict[str, str] = msgspec.field(default_factory=dict)


def shipped_openings() -> Mapping[str, str]:
    """Return in which account of a later pack the balance of each account of an earlier one opens.

    The older accounts ended with fiscal year 106: what they still hold opens the new ones
    (普通公務單位會計制度之一致規定). 可支庫款, 保留庫款 and 經費賸餘 are net assets there.
    """
    return {old: new for name in _PACKS for old, new in _pack(name).opens.items()}


def shipped_charts() -> tuple[tuple[Chart, RuleSet], ...]:
    """Return the charts that come with the module, each with its first set of rules."""
    return tuple(_read(name) for name in _PACKS)


def shipped_rules(chart: Chart) -> RuleSet:
    """Return the shipped rules of a chart: those of its name, else of the pack of its first year.

    A county's own chart took the place of a pack in the years that the pack serves.
    """
    packs = shipped_charts()
    for pack, rules in packs:
        if pack.name == chart.name:
            return rules
    return next(
        (rules for pack, rules in packs if pack.first_year <= chart.first_year <= pack.last),
        packs[-1][1],
    )


def _pack(name: str) -> _Pack:
    pack = msgspec.json.decode(
        (files("zhuji_accounting.facts") / f"{name}.json").read_bytes(), type=_Pack
    )
    assert pack.form == _FORM, f"{name}.json is of form {pack.form}"
    return pack


def _read(name: str) -> tuple[Chart, RuleSet]:
    pack = _pack(name)
    chart = Chart(
        name=pack.name,
        title=pack.title,
        first_year=pack.first_year,
        last_year=pack.last_year,
        accounts=pack.accounts,
        budgetary_apart=pack.budgetary_apart,
        source=pack.source,
        shipped=True,
        document_id=uuid.uuid5(_SHIPPED, f"chart {pack.name}"),
    )
    rules = RuleSet(
        rule_set_id=uuid.uuid5(_SHIPPED, f"rules {pack.name} 1"),
        chart=pack.name,
        version=1,
        effective_on=_FIRST_DAY,
        rules=pack.rules,
        objects=pack.objects,
        sources=pack.sources,
    )
    return chart, rules
