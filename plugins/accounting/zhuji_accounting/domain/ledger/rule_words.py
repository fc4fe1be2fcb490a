"""Posting rules in words, as accountants read them, and what differs between two versions. Pure.

What is kept (audit, proposals) says them as they are written; pages by the reader's ``gettext``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest

from zhuji_accounting.domain.ledger.chart import SIDE_TITLES, Chart, Side
from zhuji_accounting.domain.ledger.posting_rules import (
    AMOUNT_TITLES,
    BY_OBJECT,
    BY_SOURCE,
    CHOSEN,
    AccountMatch,
    Entry,
    PostingRule,
    RuleSet,
)
from zhuji_accounting.domain.ledger.voucher import KIND_TITLES, VoucherKind
from zhuji_accounting.domain.ledger.voucher_rules import SUBSIDIARY_TITLES
from zhuji_core.values import N_, Value

Gettext = Callable[[str], str]
OBJECTS, SOURCES = "objects", "sources"
WAY_TITLES: Mapping[str, str] = {
    OBJECTS: N_("用途別科目對應之會計科目"),
    SOURCES: N_("歲入來源別對應之會計科目"),
}
ACCOUNT_WORDS: Mapping[str, str] = {"current": "經常門", "capital": "資本門"}


class RuleChange(Value, frozen=True, kw_only=True):
    """What one event, or one way to accounts, says before and afterwards; empty: nothing."""

    title: str
    event_code: str = ""
    before: str = ""
    after: str = ""


def changes_between(before: RuleSet, after: RuleSet, chart: Chart) -> list[RuleChange]:
    """Return what differs, in the order of the rules: events first, then ways to accounts."""
    old = {rule.event_code: rule for rule in before.rules}
    new = {rule.event_code: rule for rule in after.rules}
    titles = {code: rule.title for code, rule in {**old, **new}.items()}
    changes = [
        RuleChange(
            title=title,
            event_code=code,
            before=rule_words(old[code], chart) if code in old else "",
            after=rule_words(new[code], chart) if code in new else "",
        )
        for code, title in titles.items()
        if old.get(code) != new.get(code)
    ]
    for way in (OBJECTS, SOURCES):
        changes += _ways(way, getattr(before, way), getattr(after, way), chart)
    return changes


class LineChange(Value, frozen=True, kw_only=True):
    """One line that differs: an entry, the kind of voucher, or a way to an account; None: no line.

    ``way`` is objects or sources where a way differs, else the line is of the event.
    """

    title: str = ""
    event_code: str = ""
    way: str = ""
    before: Entry | VoucherKind | AccountMatch | None = None
    after: Entry | VoucherKind | AccountMatch | None = None


def lines_between(before: RuleSet, after: RuleSet) -> list[LineChange]:
    """Return what differs line by line, in the order of ``changes_between``."""
    old = {rule.event_code: rule for rule in before.rules}
    new = {rule.event_code: rule for rule in after.rules}
    found: list[LineChange] = []
    for code, rule in {**old, **new}.items():
        found += [
            LineChange(title=rule.title, event_code=code, before=one, after=other)
            for one, other in _line_pairs(_lines(old.get(code)), _lines(new.get(code)))
        ]
    for way in (OBJECTS, SOURCES):
        found += [
            LineChange(way=way, before=one, after=other)
            for _, one, other in _match_pairs(getattr(before, way), getattr(after, way))
        ]
    return found


def _lines(rule: PostingRule | None) -> list[VoucherKind | Entry]:
    return [] if rule is None else [rule.kind, *rule.entries]


def _line_pairs(
    old: list[VoucherKind | Entry], new: list[VoucherKind | Entry]
) -> list[tuple[VoucherKind | Entry | None, VoucherKind | Entry | None]]:
    """Return the lines that differ, each beside the one in whose place it stands."""
    pairs: list[tuple[VoucherKind | Entry | None, VoucherKind | Entry | None]] = []
    # The kind stands first and is never in the place of an entry.
    if old[:1] != new[:1]:
        pairs += zip_longest(old[:1], new[:1])
    entries, others = old[1:], new[1:]
    for tag, start, end, begin, stop in SequenceMatcher(
        None, entries, others, autojunk=False
    ).get_opcodes():
        if tag != "equal":
            pairs += zip_longest(entries[start:end], others[begin:stop])
    return pairs


def _ways(
    way: str, before: Sequence[AccountMatch], after: Sequence[AccountMatch], chart: Chart
) -> list[RuleChange]:
    return [
        RuleChange(
            title=f"{WAY_TITLES[way]}：{prefix or '其餘'}{ACCOUNT_WORDS.get(account, '')}",
            before=account_words(one.code, chart) if one else "",
            after=account_words(other.code, chart) if other else "",
        )
        for (prefix, account), one, other in _match_pairs(before, after)
    ]


def _match_pairs(
    before: Sequence[AccountMatch], after: Sequence[AccountMatch]
) -> list[tuple[tuple[str, str], AccountMatch | None, AccountMatch | None]]:
    """Return the ways that differ: the codes, and where they led and lead; None: nowhere."""
    old = {(one.prefix, one.account): one for one in before}
    new = {(one.prefix, one.account): one for one in after}
    return [
        (codes, old.get(codes), new.get(codes))
        for codes in sorted({*old, *new})
        if old.get(codes) != new.get(codes)
    ]


def rule_words(rule: PostingRule, chart: Chart) -> str:
    """Return ``支出傳票：借 依用途別科目（依預算科目）；貸 430101 公庫撥入數``."""
    sides = []
    for side in Side:
        entries = [entry_words(one, chart) for one in rule.entries if one.side is side]
        sides.append(f"{SIDE_TITLES[side]} {'、'.join(entries)}")
    return f"{KIND_TITLES[rule.kind]}：{'；'.join(sides)}"


def entry_words(entry: Entry, chart: Chart, gettext: Gettext = str) -> str:
    """Return ``920401 支出保留數（依預算科目、契約）``: what says nothing of itself is left out."""
    notes = [] if entry.amount == "amount" else [amount_words(entry.amount, gettext)]
    if entry.by_row:
        notes.append(gettext(N_("依預算科目")))
    if entry.subsidiary:
        notes.append(gettext(SUBSIDIARY_TITLES.get(entry.subsidiary, entry.subsidiary)))
    account = account_words(entry.account, chart, gettext)
    return f"{account}（{'、'.join(notes)}）" if notes else account


def amount_words(name: str, gettext: Gettext = str) -> str:
    return gettext(AMOUNT_TITLES[name]) if name in AMOUNT_TITLES else name


def account_words(code: str, chart: Chart, gettext: Gettext = str) -> str:
    """Say which account it is, or how it is found."""
    if code == BY_OBJECT:
        return gettext(N_("依用途別科目"))
    if code == BY_SOURCE:
        return gettext(N_("依歲入來源別"))
    if code.startswith(CHOSEN):
        name = amount_words(code.partition(":")[2], gettext)
        return gettext(N_("自選科目（{name}）")).format(name=name)
    account = chart.by_code.get(code)
    return code if account is None else f"{code} {account.name}"
