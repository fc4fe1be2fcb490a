"""Which accounts record what of a row of the budget: by the rules in force, never by digits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from zhuji_accounting.domain.ledger.chart import AccountClass, Chart, Side
from zhuji_accounting.domain.ledger.posting_rules import BY_OBJECT, RuleSet
from zhuji_accounting.queries.charts import rules_of
from zhuji_core.uow import UnitOfWork

# What brings money into the agency's own hands: cash, bank accounts, petty cash.
CASH = {"revenue.self-collected", "guarantee.received", "custody.received", "petty-cash.drawn"}
SPENDING, CONTRACT = "expenditure.paid", "contract.encumbered"


def row_accounts(uow: UnitOfWork, chart: Chart, *, on_date: dt.date) -> Mapping[str, Sequence[str]]:
    """Return for each part of a row (``PARTS``) the codes of its accounts."""
    rules = rules_of(uow, chart, on_date=on_date)
    return {
        "realised": _debited(rules, SPENDING),
        "contract": _debited(rules, CONTRACT),
        "collected": _of_class(chart, AccountClass.REVENUE),
        "remitted": _of_class(chart, AccountClass.EXPENDITURE),
    }


def cash_accounts(uow: UnitOfWork, chart: Chart, *, on_date: dt.date) -> list[str]:
    """Return the accounts in which the agency keeps money: those that its receipts debit."""
    rules = rules_of(uow, chart, on_date=on_date)
    return sorted(
        {
            entry.account
            for rule in rules.rules
            if rule.event_code in CASH
            for entry in rule.entries
            if entry.side is Side.DEBIT and entry.account in chart.by_code
        }
    )


def _debited(rules: RuleSet, event_code: str) -> list[str]:
    """Return the accounts that the rule of an event debits row by row."""
    codes: list[str] = []
    for rule in rules.rules:
        if rule.event_code != event_code:
            continue
        for entry in rule.entries:
            if entry.side is Side.DEBIT and entry.by_row:
                objects = [one.code for one in rules.objects]
                codes += objects if entry.account == BY_OBJECT else [entry.account]
    return sorted(set(codes))


def _of_class(chart: Chart, kind: AccountClass) -> list[str]:
    return [account.code for account in chart.accounts if account.account_class is kind]
