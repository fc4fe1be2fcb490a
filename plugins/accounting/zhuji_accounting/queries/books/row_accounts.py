"""Which accounts record what of a row of the budget: by the rules in force, never by digits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from zhuji_accounting.domain.ledger.chart import AccountClass, Chart, Side
from zhuji_accounting.domain.ledger.posting_rules import BY_OBJECT, RuleSet
from zhuji_accounting.domain.request import Period
from zhuji_accounting.queries.charts import rules_during
from zhuji_core.uow import UnitOfWork

# What brings money into the agency's own hands: cash, bank accounts, petty cash.
CASH = {"revenue.self-collected", "guarantee.received", "custody.received", "petty-cash.drawn"}
SPENDING, CONTRACT = "expenditure.paid", "contract.encumbered"


def row_accounts(
    uow: UnitOfWork, chart: Chart, *, fiscal_year: int, until: dt.date
) -> Mapping[str, Sequence[str]]:
    """Return for each part of a row (``PARTS``) the codes of its accounts.

    Vouchers keep the version that made them, so every version counts that held in the year so far.
    """
    january = Period(fiscal_year=fiscal_year, period=1).begins_on
    versions = rules_during(uow, chart, first=january, last=until)
    return {
        "realised": _debited(versions, SPENDING),
        "contract": _debited(versions, CONTRACT),
        "collected": _of_class(chart, AccountClass.REVENUE),
        "remitted": _of_class(chart, AccountClass.EXPENDITURE),
    }


def cash_accounts(uow: UnitOfWork, chart: Chart, *, fiscal_year: int, until: dt.date) -> list[str]:
    """Return the accounts in which the agency keeps money: those that its receipts debit."""
    january = Period(fiscal_year=fiscal_year, period=1).begins_on
    versions = rules_during(uow, chart, first=january, last=until)
    return sorted(
        {
            entry.account
            for rules in versions
            for rule in rules.rules
            if rule.event_code in CASH
            for entry in rule.entries
            if entry.side is Side.DEBIT and entry.account in chart.by_code
        }
    )


def _debited(versions: Sequence[RuleSet], event_code: str) -> list[str]:
    """Return the accounts that the rules of an event debit row by row."""
    codes: set[str] = set()
    for rules in versions:
        for rule in rules.rules:
            if rule.event_code != event_code:
                continue
            for entry in rule.entries:
                if entry.side is Side.DEBIT and entry.by_row:
                    by_object = entry.account == BY_OBJECT
                    codes.update(
                        [one.code for one in rules.objects] if by_object else [entry.account]
                    )
    return sorted(codes)


def _of_class(chart: Chart, kind: AccountClass) -> list[str]:
    return [account.code for account in chart.accounts if account.account_class is kind]
