"""The forms that change a rule, and the ways to accounts: as typed, and what it means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from zhuji_accounting.domain.ledger.chart import SIDE_TITLES, Chart, Side
from zhuji_accounting.domain.ledger.posting_rules import AccountMatch, Entry, PostingRule
from zhuji_accounting.domain.ledger.rule_draft import (
    ENTRIES_MAX,
    MATCHES_MAX,
    WAY_WORDS,
    RuleWrong,
    WantedMatches,
    WantedRule,
    offered_accounts,
    offered_amounts,
    offered_subsidiaries,
)
from zhuji_accounting.domain.ledger.rule_words import account_words, amount_words
from zhuji_accounting.domain.ledger.voucher import KIND_TITLES, VoucherKind
from zhuji_accounting.domain.ledger.voucher_rules import SUBSIDIARY_TITLES
from zhuji_accounting.queries.entry_lookups import only_account
from zhuji_accounting.web.wording import ACCOUNT_TITLES, Gettext
from zhuji_core.values import N_, Value
from zhuji_core.web.components import Grid, GridColumn, GridKind, GridRow, Option
from zhuji_core.web.forms import grid_rows, row_faults

RULE_FIELDS = ("side", "account", "account_id", "amount", "by_row", "subsidiary")
WAY_FIELDS = ("prefix", "account", "code", "code_id")
YES = "yes"
SIDE_MISSING = N_("請選借或貸。")
KIND_MISSING = N_("請選取傳票種類。")


class TypedForm(Value, frozen=True, kw_only=True):
    """The form as it was typed; shown again unchanged when it is refused."""

    kind: str
    lines: tuple[Mapping[str, str], ...]
    revision: int


def typed_form(given: Iterable[tuple[str, str]], *, rows_max: int = ENTRIES_MAX) -> TypedForm:
    fields = list(given)
    heads = dict(fields)
    revision = heads.get("revision", "")
    return TypedForm(
        kind=heads.get("kind", ""),
        lines=tuple(grid_rows(fields, rows_max=rows_max)),
        revision=int(revision) if revision.isdecimal() and revision.isascii() else 0,
    )


def typed_from(rule: PostingRule, chart: Chart, *, revision: int, gettext: Gettext) -> TypedForm:
    """Return the rule as it would be typed."""
    return TypedForm(
        kind=str(rule.kind),
        lines=tuple(
            {
                "side": str(entry.side),
                "account": account_words(entry.account, chart, gettext),
                "account_id": entry.account,
                "amount": entry.amount,
                "by_row": YES if entry.by_row else "",
                "subsidiary": entry.subsidiary,
            }
            for entry in rule.entries
        ),
        revision=revision,
    )


def typed_ways(matches: Iterable[AccountMatch], chart: Chart, *, revision: int) -> TypedForm:
    return TypedForm(
        kind="",
        lines=tuple(
            {
                "prefix": one.prefix,
                "account": one.account,
                "code": account_words(one.code, chart, str),
                "code_id": one.code,
            }
            for one in matches
        ),
        revision=revision,
    )


def wanted_rule(
    typed: TypedForm, rules: Sequence[PostingRule], chart: Chart, *, gettext: Gettext
) -> WantedRule:
    """Read what was typed; raise RuleWrong naming each field that was left open.

    ``rules``: of the event, in the version in force and in the draft.
    An account that nobody knows is read as it stands: the use case refuses it with the others.
    """
    wrong: dict[str, str] = {}
    if typed.kind not in set(VoucherKind):
        wrong["kind"] = KIND_MISSING
    entries = []
    for number, row in enumerate(typed.lines):
        side = row.get("side", "")
        if side not in set(Side):
            wrong[f"lines-{number}-side"] = SIDE_MISSING
            continue
        entries.append(
            Entry(
                side=Side(side),
                account=_account(row, "account", chart, gettext, offered_accounts(*rules)),
                amount=row.get("amount", "") or "amount",
                by_row=row.get("by_row", "") == YES,
                subsidiary=row.get("subsidiary", ""),
            )
        )
    if wrong:
        raise RuleWrong(title=rules[-1].title, count=len(wrong), fields=wrong)
    return WantedRule(kind=VoucherKind(typed.kind), entries=tuple(entries), revision=typed.revision)


def wanted_ways(typed: TypedForm, chart: Chart) -> WantedMatches:
    return WantedMatches(
        matches=tuple(
            AccountMatch(
                prefix=row.get("prefix", ""),
                account=row.get("account", ""),
                code=_account(row, "code", chart, str),
            )
            for row in typed.lines
        ),
        revision=typed.revision,
    )


def _account(
    row: Mapping[str, str], name: str, chart: Chart, gettext: Gettext, words: Sequence[str] = ()
) -> str:
    """Return the chosen account, or the way to one; else what the text means, else the text.

    Without a script the hidden field keeps what was chosen before the text was changed.
    """
    chosen, text = row.get(f"{name}_id", ""), row.get(name, "")
    if chosen and not text:
        return chosen
    for one in (chosen, *words):
        if one and text in {one, account_words(one, chart, gettext)}:
            return one
    found = only_account(chart, text) if text else None
    return text if found is None else found.code


def rule_grid(
    typed: TypedForm,
    rules: Sequence[PostingRule],
    *,
    picker_url: str,
    faults: Mapping[str, str],
    gettext: Gettext,
) -> Grid:
    return Grid(
        caption=gettext("分錄"),
        columns=(
            _choice("side", gettext("借貸"), SIDE_TITLES, gettext, width=1),
            _account_column("account", picker_url, gettext),
            GridColumn(
                name="amount",
                title=gettext("金額名稱"),
                kind=GridKind.SELECT,
                width=2,
                options=tuple(
                    Option(value=one, title=amount_words(one, gettext))
                    for one in offered_amounts(*rules)
                ),
            ),
            _choice("by_row", gettext("依預算科目"), {YES: N_("是")}, gettext, width=1),
            _choice(
                "subsidiary",
                gettext("明細帳"),
                {one: SUBSIDIARY_TITLES.get(one, one) for one in offered_subsidiaries(*rules)},
                gettext,
            ),
        ),
        rows=_rows(typed, faults),
        rows_max=ENTRIES_MAX,
    )


def _choice(
    name: str, title: str, words: Mapping[Any, str], gettext: Gettext, *, width: int = 2
) -> GridColumn:
    return GridColumn(
        name=name,
        title=title,
        kind=GridKind.SELECT,
        width=width,
        options=tuple(Option(value=str(one), title=gettext(word)) for one, word in words.items()),
    )


def _account_column(name: str, picker_url: str, gettext: Gettext) -> GridColumn:
    return GridColumn(
        name=name,
        title=gettext("會計科目（代碼或名稱）"),
        kind=GridKind.PICKER,
        width=4,
        picker_url=picker_url,
        required=True,
    )


def ways_grid(
    typed: TypedForm, *, picker_url: str, faults: Mapping[str, str], gettext: Gettext
) -> Grid:
    return Grid(
        caption=gettext("對應之會計科目"),
        columns=(
            GridColumn(name="prefix", title=gettext("代碼開頭"), width=2, length_max=16),
            _choice("account", gettext("經資門"), ACCOUNT_TITLES, gettext, width=1),
            _account_column("code", picker_url, gettext),
        ),
        rows=_rows(typed, faults),
        rows_max=MATCHES_MAX,
    )


def _rows(typed: TypedForm, faults: Mapping[str, str]) -> tuple[GridRow, ...]:
    rows = [
        GridRow(values=line, errors=row_faults(faults, number))
        for number, line in enumerate(typed.lines)
    ]
    return (*rows, GridRow())


def kind_options(gettext: Gettext) -> tuple[Option, ...]:
    return tuple(Option(value=str(one), title=gettext(title)) for one, title in KIND_TITLES.items())


def way_title(way: str, gettext: Gettext) -> str:
    return gettext(WAY_WORDS[way])
