"""The draft of a chart's next posting rules: what may be changed in it, and from when it may hold.

Pure. Which event is automatic, made by a document or offered to people is how the software works,
so it is not changed here: the kind of voucher, its entries, and the ways to accounts are.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Sequence

import msgspec

from zhuji_accounting.domain.ledger.chart import Chart
from zhuji_accounting.domain.ledger.posting_rules import (
    BY_OBJECT,
    BY_SOURCE,
    AccountMatch,
    Entry,
    PostingRule,
    RuleSet,
    amounts_of,
    by_accounts,
)
from zhuji_accounting.domain.ledger.rule_checks import YEAR_END
from zhuji_accounting.domain.ledger.rule_words import OBJECTS, SOURCES
from zhuji_accounting.domain.ledger.voucher import VoucherKind
from zhuji_accounting.domain.ledger.voucher_rules import SUBSIDIARY_TITLES
from zhuji_accounting.domain.request import Period
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.formats import ROC_OFFSET
from zhuji_core.values import N_, DomainError, Value

ENTRIES_MAX = 20
MATCHES_MAX = 500
WAY_WORDS = {OBJECTS: N_("用途別科目對應"), SOURCES: N_("歲入來源別對應")}
ACCOUNT_WRONG = N_("查無此可記帳之會計科目。")
PREFIX_FORM = re.compile(r"[0-9A-Za-z]{0,16}\Z", re.ASCII)


class RuleDraft(Value, frozen=True, kw_only=True):
    """What the next version will say; ``rules`` has the version and the day of what it is based on.

    ``revision`` counts its changes: who changes it names the one that was seen.
    """

    draft_id: uuid.UUID
    chart: str
    based_on: uuid.UUID
    revision: int
    rules: RuleSet
    started_by_name: str
    started_at: dt.datetime
    changed_by_name: str
    changed_at: dt.datetime

    @property
    def document(self) -> DocumentRef:
        return DocumentRef(
            kind="accounting.rule-draft",
            document_id=self.draft_id,
            label=self.chart,
            agency_code="",
        )


class WantedRule(Value, frozen=True, kw_only=True):
    """What a rule is to say; ``revision``: of the draft as it was seen."""

    kind: VoucherKind
    entries: tuple[Entry, ...]
    revision: int


class WantedMatches(Value, frozen=True, kw_only=True):
    """Which codes are to lead to which accounts; ``revision``: of the draft as it was seen."""

    matches: tuple[AccountMatch, ...]
    revision: int


class RuleDraftNotFound(DomainError):
    """The chart has no draft of its rules."""

    code = "E-RULE-DRAFT-NOT-FOUND"
    message = N_("此會計科目表目前沒有分錄規則草案。")
    status_code = 404


class RuleWayNotFound(DomainError):
    """Accounts are found by objects of expenditure, or by sources of revenue."""

    code = "E-RULE-WAY"
    message = N_("分錄規則只有用途別科目（objects）及歲入來源別（sources）之科目對應。")
    status_code = 404


class RuleDraftOpen(DomainError):
    """There is one draft of a chart's rules at a time."""

    code = "E-RULE-DRAFT-OPEN"
    message = N_("此會計科目表已有分錄規則草案（{started_by} 起草），請修改該草案或先刪除。")


class RuleDraftStale(DomainError):
    """Somebody else changed the draft since it was seen."""

    code = "E-RULE-DRAFT-STALE"
    message = N_("分錄規則草案已被 {changed_by} 修改，請重新開啟後再改。")


class RuleWrong(DomainError):
    """Cells of a rule, or of the ways to accounts, that cannot be."""

    code = "E-RULE-WRONG"
    message = N_("「{title}」有 {count} 處錯誤，未存入草案。")
    status_code = 422


class RulesFaulty(DomainError):
    """The draft would make vouchers that the books refuse."""

    code = "E-RULES-FAULTY"
    message = N_("分錄規則草案尚有 {count} 處錯誤（首處：「{title}」），不得提請生效。")
    status_code = 422


class RulesSame(DomainError):
    """The draft says what the version in force says already."""

    code = "E-RULES-SAME"
    message = N_("分錄規則草案與第 {version} 版相同，無可生效之異動。")
    status_code = 422


class RulesClosed(DomainError):
    """Vouchers of a closed period stand by the rules that made them."""

    code = "E-RULES-CLOSED"
    message = N_(
        "生效日 {effective_on} 不得在已關帳期間內：{fiscal_year} 年度 {period} 月已關帳，"
        "最早自 {first_on} 起生效。"
    )
    status_code = 422


class RulesOrder(DomainError):
    """A version follows the one before it, and its day is one of the chart's years."""

    code = "E-RULES-ORDER"
    message = N_(
        "生效日 {effective_on} 不能採用：須在 {first_on} 至 {last_on} 之間"
        "（第 {version} 版自 {other_on} 起適用）。"
    )
    status_code = 422


def with_new_events(newest: RuleSet, shipped: RuleSet, chart: Chart) -> RuleSet:
    """Return ``newest`` with the ``shipped`` rules of the events that it does not know.

    Documents learn to tell of an event with a release of the software; a county that keeps its
    rules gets the rule of it here, by the accounts of ``chart`` that took the place of the shipped
    ones (原科目代號). One that finds no account is a fault of the draft until people name one.
    """
    codes = {one.former: one.code for one in chart.accounts if one.former}
    new = [by_accounts(one, codes) for one in shipped.rules if newest.find(one.event_code) is None]
    return msgspec.structs.replace(newest, rules=(*newest.rules, *new))


def known_rules(draft: RuleDraft, event_code: str, *others: RuleSet) -> tuple[PostingRule, ...]:
    """Return what ``others`` that know the event say of it, and what the draft says: the last.

    Together they tell what the event gives. Raises NoPostingRule when the draft has none.
    """
    own = draft.rules.rule(event_code)
    told = (rules.find(event_code) for rules in others)
    return (*(rule for rule in told if rule is not None), own)


def with_rule(
    draft: RuleDraft, wanted: WantedRule, *, chart: Chart, known: Sequence[PostingRule]
) -> RuleDraft:
    """Return the draft with another kind and other entries of an event.

    ``known``: what tells what the event gives; the last is the draft's own rule of it.
    Raises RuleDraftStale or RuleWrong with every field that cannot be.
    """
    _require_fresh(draft, wanted.revision)
    rule = known[-1]
    wrong = _entry_faults(known, wanted.entries, chart)
    if wrong:
        raise RuleWrong(title=rule.title, count=len(wrong), fields=wrong)
    changed = msgspec.structs.replace(rule, kind=wanted.kind, entries=wanted.entries)
    rules = tuple(changed if one is rule else one for one in draft.rules.rules)
    return _with(draft, rules=rules)


def with_matches(draft: RuleDraft, way: str, wanted: WantedMatches, *, chart: Chart) -> RuleDraft:
    """Return the draft with other ways to accounts; raise RuleDraftStale or RuleWrong."""
    _require_fresh(draft, wanted.revision)
    wrong: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    for number, one in enumerate(wanted.matches):
        own = f"lines-{number}-"
        if not PREFIX_FORM.match(one.prefix):
            wrong[f"{own}prefix"] = N_("代碼開頭須為 16 個以內之英數字；其餘各碼則空白。")
        elif (one.prefix, one.account) in seen:
            wrong[f"{own}prefix"] = N_("代碼開頭重複。")
        if one.account not in {"", "current", "capital"}:
            wrong[f"{own}account"] = N_("經資門須為經常門、資本門或空白。")
        if not _is_postable(one.code, chart):
            wrong[f"{own}code"] = ACCOUNT_WRONG
        seen.add((one.prefix, one.account))
    if len(wanted.matches) > MATCHES_MAX:
        wrong["lines"] = N_("至多 500 列。")
    if wrong:
        raise RuleWrong(title=WAY_WORDS[way], count=len(wrong), fields=wrong)
    return _with(draft, **{way: wanted.matches})


def way_named(way: str) -> str:
    """Return ``objects`` or ``sources``; raise RuleWayNotFound for another word."""
    if way not in WAY_WORDS:
        raise RuleWayNotFound
    return way


def _with(draft: RuleDraft, **changes: object) -> RuleDraft:
    rules = msgspec.structs.replace(draft.rules, **changes)
    return msgspec.structs.replace(draft, rules=rules, revision=draft.revision + 1)


def _require_fresh(draft: RuleDraft, revision: int) -> None:
    if draft.revision != revision:
        raise RuleDraftStale(changed_by=draft.changed_by_name)


def offered_amounts(*rules: PostingRule) -> tuple[str, ...]:
    """Return the names that an entry may use: what a document tells is what its event gives.

    ``rules``: of one event, as shipped, in the version in force and in the draft. Whoever keys a
    voucher by a rule gives amounts by whatever known name it asks for.
    """
    own = amounts_of(*rules)
    if not rules[0].manual or rules[0].event_code.startswith(YEAR_END):
        return own
    return tuple(dict.fromkeys((*own, "amount", "withheld")))


def offered_accounts(*rules: PostingRule) -> tuple[str, ...]:
    """Return the words that stand for an account and that the event of these rules can answer."""
    own = [
        entry.account for rule in rules for entry in rule.entries if entry.account.startswith("@")
    ]
    found = [] if rules[0].event_code.startswith(YEAR_END) else [BY_OBJECT, BY_SOURCE]
    return tuple(dict.fromkeys((*own, *found)))


def offered_subsidiaries(*rules: PostingRule) -> tuple[str, ...]:
    own = [entry.subsidiary for rule in rules for entry in rule.entries if entry.subsidiary]
    return tuple(dict.fromkeys((*SUBSIDIARY_TITLES, *own)))


def _entry_faults(
    rules: Sequence[PostingRule], entries: Sequence[Entry], chart: Chart
) -> dict[str, str]:
    wrong: dict[str, str] = {}
    if not 2 <= len(entries) <= ENTRIES_MAX:  # noqa: PLR2004 (a debit and a credit)
        wrong["lines"] = N_("須有 2 至 20 筆分錄。")
    for number, entry in enumerate(entries):
        own = f"lines-{number}-"
        if entry.account.startswith("@"):
            if entry.account not in offered_accounts(*rules):
                wrong[f"{own}account"] = N_("此會計事項不能依此方式決定科目。")
        elif not _is_postable(entry.account, chart):
            wrong[f"{own}account"] = ACCOUNT_WRONG
        elif chart.by_code[entry.account].subsidiary not in {"", entry.subsidiary}:
            wrong[f"{own}subsidiary"] = N_("此科目設有明細帳，須選相同之明細。")
        if entry.amount not in offered_amounts(*rules):
            wrong[f"{own}amount"] = N_("此會計事項沒有這項金額。")
        if entry.subsidiary and entry.subsidiary not in offered_subsidiaries(*rules):
            wrong[f"{own}subsidiary"] = N_("沒有這種明細帳。")
    return wrong


def _is_postable(code: str, chart: Chart) -> bool:
    account = chart.by_code.get(code)
    return account is not None and account.postable


def require_effective(
    effective_on: dt.date, chart: Chart, newest: RuleSet, *, today: dt.date
) -> None:
    """Raise RulesOrder for a day before the newest version holds, or outside the chart's years.

    A version that does not hold yet may be replaced from its own first day.
    """
    started = newest.effective_on <= today
    first = max(
        newest.effective_on + dt.timedelta(days=1 if started else 0),
        Period(fiscal_year=chart.first_year, period=1).begins_on,
    )
    last = Period(fiscal_year=min(chart.last, dt.MAXYEAR - ROC_OFFSET), period=12).ends_on
    if not first <= effective_on <= last:
        raise RulesOrder(
            effective_on=str(effective_on),
            first_on=str(first),
            last_on=str(last),
            version=newest.version,
            other_on=str(newest.effective_on),
            fields={"effective_on": RulesOrder.message},
        )
