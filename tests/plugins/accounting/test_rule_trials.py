"""The fact behind a voucher is found again by its rule, and other rules are tried on it."""

from __future__ import annotations

import datetime as dt
import uuid

import msgspec
import pytest

from zhuji_accounting.domain.ledger.chart import Chart, Side
from zhuji_accounting.domain.ledger.fact import Fact, FactLine
from zhuji_accounting.domain.ledger.posting_rules import (
    AccountMatch,
    Entry,
    PostingRule,
    RuleSet,
)
from zhuji_accounting.domain.ledger.refusals import BudgetaryMixed, VoucherUnbalanced
from zhuji_accounting.domain.ledger.rule_checks import faults_of, rule_faults
from zhuji_accounting.domain.ledger.rule_trial import (
    FactNotFound,
    NothingMade,
    RowWords,
    fact_behind,
    tried,
)
from zhuji_accounting.domain.ledger.rule_words import lines_between
from zhuji_accounting.domain.ledger.voucher import Subsidiary, Voucher, VoucherKind
from zhuji_accounting.domain.ledger.voucher_rules import SUBSIDIARY_TITLES
from zhuji_accounting.facts import shipped_charts
from zhuji_accounting.queries.charts import Posting
from zhuji_accounting.usecases._record_fact import voucher_from

ROW, OTHER, EARNED = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
WORDS = {
    ROW: RowWords(object_code="2000", account="current"),
    OTHER: RowWords(object_code="3025", account="capital"),
    EARNED: RowWords(source_code="04"),
}
WHOSE = {kind: Subsidiary(kind=kind, key="甲-1", name="甲") for kind in SUBSIDIARY_TITLES}
DAY = dt.date(2025, 3, 3)
RULES = [
    pytest.param(chart, rules, rule, id=f"{chart.name}-{rule.event_code}")
    for chart, rules in shipped_charts()
    for rule in rules.rules
    if not rule.event_code.startswith("year.")
]


def fact_of(rule: PostingRule) -> Fact:
    """A fact of two rows of the budget, as documents tell it: what is withheld is of the first."""
    revenue = any(entry.account == "@source" for entry in rule.entries)
    first = FactLine(
        amounts_ntd={"amount": 300, "withheld": 40},
        control_row_id=None if revenue else ROW,
        revenue_row_id=EARNED if revenue else None,
        object_code="2000",
        account="current",
        source_code="04",
        accounts={"depreciation": "140402"},
        subsidiaries=WHOSE,
    )
    second = FactLine(
        amounts_ntd={"amount": 55},
        control_row_id=OTHER,
        object_code="3025",
        account="capital",
        accounts={"depreciation": "140402"},
        subsidiaries=WHOSE,
    )
    return Fact(
        event_code=rule.event_code,
        agency_code="A1",
        agency_name="某機關",
        fiscal_year=114,
        posting_date=DAY,
        memo="某事",
        lines=(first,) if revenue else (first, second),
    )


def entries(voucher: Voucher) -> list[tuple[object, ...]]:
    return sorted(
        (line.account_code, line.debit_ntd, line.credit_ntd, str(line.control_row_id),
         line.subsidiary_key)
        for line in voucher.lines
    )  # fmt: skip


@pytest.mark.parametrize(("chart", "rules", "rule"), RULES)
def test_the_fact_behind_a_voucher_makes_it_again(
    chart: Chart, rules: RuleSet, rule: PostingRule
) -> None:
    made = voucher_from(fact_of(rule), Posting(chart=chart, rules=rules))
    fact = fact_behind(made, rules, chart, WORDS)
    again = voucher_from(fact, Posting(chart=chart, rules=rules))
    assert entries(again) == entries(made)
    assert tried(again, version=1, chart=chart, today=DAY).refusal is None


@pytest.mark.parametrize(("chart", "rules", "rule"), RULES)
def test_other_rules_make_of_it_what_they_would_have_made_of_the_fact(
    chart: Chart, rules: RuleSet, rule: PostingRule
) -> None:
    """Every entry by row: the fact that was found again still knows which row it is of."""
    divided = msgspec.structs.replace(
        rule,
        entries=tuple(
            msgspec.structs.replace(one, by_row=True)
            if any(other.by_row and other.amount == one.amount for other in rule.entries)
            else one
            for one in rule.entries
        ),
    )
    other = msgspec.structs.replace(
        rules, rules=tuple(divided if one is rule else one for one in rules.rules)
    )
    made = voucher_from(fact_of(rule), Posting(chart=chart, rules=rules))
    told = Posting(chart=chart, rules=other)
    found = voucher_from(fact_behind(made, rules, chart, WORDS), told)
    assert entries(found) == entries(voucher_from(fact_of(rule), told))


def accrual(event_code: str, *wanted: Entry) -> tuple[Chart, RuleSet, Voucher]:
    """The newer chart with other entries of an event, and the voucher they make."""
    chart, rules = next(pair for pair in shipped_charts() if pair[0].name == "accrual")
    rule = msgspec.structs.replace(rules.rule(event_code), entries=wanted)
    changed = msgspec.structs.replace(
        rules,
        rules=tuple(rule if one.event_code == event_code else one for one in rules.rules),
    )
    made = voucher_from(fact_of(rule), Posting(chart=chart, rules=changed))
    return chart, changed, made


def test_what_the_books_would_refuse_is_told_with_its_arithmetic() -> None:
    debit = Entry(side=Side.DEBIT, account="210302")
    chart, rules, made = accrual(
        "withholding.remitted", debit, Entry(side=Side.CREDIT, account="110103", amount="withheld")
    )
    refusal = tried(made, version=0, chart=chart, today=DAY).refusal
    assert isinstance(refusal, VoucherUnbalanced)
    assert refusal.arithmetic == {"debit_ntd": 355, "credit_ntd": 40, "difference_ntd": 315}
    assert {one.kind for one in faults_of(rules, chart)} == {"unbalanced"}
    chart, rules, made = accrual(
        "withholding.remitted", debit, Entry(side=Side.CREDIT, account="920201")
    )
    refusal = tried(made, version=0, chart=chart, today=DAY).refusal
    assert isinstance(refusal, BudgetaryMixed)
    rule = rules.rule("withholding.remitted")
    assert [one.kind for one in rule_faults(rule, chart)] == ["budgetary"]
    nothing = msgspec.structs.replace(made, lines=())
    assert isinstance(tried(nothing, version=0, chart=chart, today=DAY).refusal, NothingMade)


def test_a_voucher_that_was_changed_by_hand_is_no_fact_of_the_rule() -> None:
    chart, rules = next(pair for pair in shipped_charts() if pair[0].name == "accrual")
    rule = rules.rule("withholding.remitted")
    made = voucher_from(fact_of(rule), Posting(chart=chart, rules=rules))
    changed = msgspec.structs.replace(
        made,
        lines=(msgspec.structs.replace(made.lines[0], account_code="110101"), *made.lines[1:]),
    )
    with pytest.raises(FactNotFound):
        fact_behind(changed, rules, chart, WORDS)
    unequal = msgspec.structs.replace(
        made, lines=(msgspec.structs.replace(made.lines[0], debit_ntd=1), *made.lines[1:])
    )
    with pytest.raises(FactNotFound):
        fact_behind(unequal, rules, chart, WORDS)


@pytest.mark.parametrize(("chart", "rules"), shipped_charts(), ids=["cash", "accrual"])
def test_what_is_shipped_has_no_faults(chart: Chart, rules: RuleSet) -> None:
    assert faults_of(rules, chart) == []


def test_versions_differ_by_the_lines_that_are_not_the_same() -> None:
    _, rules = shipped_charts()[0]
    rule = rules.rule("expenditure.paid")
    first, *rest = rule.entries
    added = Entry(side=Side.CREDIT, account="1204", amount="withheld")
    changed = msgspec.structs.replace(
        rule,
        kind=VoucherKind.JOURNAL,
        entries=(msgspec.structs.replace(first, account="1204"), *rest, added),
    )
    fees = AccountMatch(prefix="99", code="2102")
    after = msgspec.structs.replace(
        rules,
        rules=tuple(changed if one is rule else one for one in rules.rules),
        sources=(*rules.sources, fees),
    )
    assert lines_between(rules, rules) == []
    told = lines_between(rules, after)
    assert [(one.event_code or one.way, one.before, one.after) for one in told] == [
        ("expenditure.paid", rule.kind, VoucherKind.JOURNAL),
        ("expenditure.paid", first, changed.entries[0]),
        ("expenditure.paid", None, added),
        ("sources", None, fees),
    ]
    back = [(one.before, one.after) for one in lines_between(after, rules)]
    assert back == [(one.after, one.before) for one in told], "the same lines, the other way"
