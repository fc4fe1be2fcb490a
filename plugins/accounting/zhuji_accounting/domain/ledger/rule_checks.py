"""What is wrong with posting rules against a chart of accounts, whatever the amounts. Pure.

A rule is linear in its amounts: it balances for all of them when it balances for each name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from zhuji_accounting.domain.ledger.chart import AccountClass, Chart, Side
from zhuji_accounting.domain.ledger.posting_rules import Entry, PostingRule, RuleSet
from zhuji_core.values import N_, Value

# The amounts of a year's end belong together (預算數 = 未分配數 + 已分配數): proved when it ends.
YEAR_END = "year."
FAULTS = {
    "account": N_("會計科目 {account} 不存在於會計科目表。"),
    "heading": N_("會計科目 {account} 為統馭科目，不得記帳。"),
    "subsidiary": N_("會計科目 {account} 之明細帳與分錄所記之明細不同。"),
    "unbalanced": N_("「{amount}」借貸不平衡：借 {debits} 筆，貸 {credits} 筆。"),
    "budgetary": N_("「{amount}」預算科目未自成平衡：借 {debits} 筆，貸 {credits} 筆。"),
}


class RuleFault(Value, frozen=True, kw_only=True):
    """One thing wrong: ``kind`` of FAULTS; ``entry`` counts from 1, 0 is the rule as a whole."""

    kind: str
    event_code: str
    title: str
    entry: int = 0
    account: str = ""
    amount: str = ""
    debits: int = 0
    credits: int = 0


def faults_of(rules: RuleSet, chart: Chart) -> list[RuleFault]:
    """Return what is wrong with any rule, or with where objects and sources lead to."""
    found = [fault for rule in rules.rules for fault in rule_faults(rule, chart)]
    for matches in (rules.objects, rules.sources):
        for one in matches:
            kind = _account_fault(one.code, chart)
            if kind:
                found.append(
                    RuleFault(kind=kind, event_code="", title=one.prefix, account=one.code)
                )
    return found


def rule_faults(rule: PostingRule, chart: Chart) -> Iterator[RuleFault]:
    """Tell what is wrong with one rule: an account that takes no entries, sides that differ."""
    for number, entry in enumerate(rule.entries, 1):
        kind = _entry_fault(entry, chart)
        if kind:
            yield RuleFault(
                kind=kind,
                event_code=rule.event_code,
                title=rule.title,
                entry=number,
                account=entry.account,
            )
    if not rule.event_code.startswith(YEAR_END):
        yield from _unbalanced(rule, "unbalanced", rule.entries)
        if chart.budgetary_apart:
            yield from _unbalanced(
                rule, "budgetary", tuple(one for one in rule.entries if _budgetary(one, chart))
            )


def _unbalanced(rule: PostingRule, kind: str, entries: tuple[Entry, ...]) -> Iterator[RuleFault]:
    debits = Counter(one.amount for one in entries if one.side is Side.DEBIT)
    credits_ = Counter(one.amount for one in entries if one.side is Side.CREDIT)
    for amount in sorted({*debits, *credits_}):
        if debits[amount] != credits_[amount]:
            yield RuleFault(
                kind=kind,
                event_code=rule.event_code,
                title=rule.title,
                amount=amount,
                debits=debits[amount],
                credits=credits_[amount],
            )


def _entry_fault(entry: Entry, chart: Chart) -> str:
    if entry.account.startswith("@"):
        return ""
    kind = _account_fault(entry.account, chart)
    if not kind and chart.by_code[entry.account].subsidiary not in {"", entry.subsidiary}:
        return "subsidiary"
    return kind


def _account_fault(code: str, chart: Chart) -> str:
    account = chart.by_code.get(code)
    if account is None:
        return "account"
    return "" if account.postable else "heading"


def _budgetary(entry: Entry, chart: Chart) -> bool:
    account = chart.by_code.get(entry.account)
    return account is not None and account.account_class is AccountClass.BUDGETARY
