"""Posting rules: which entries a business event makes, by the chart that comes with the module."""

from __future__ import annotations

import datetime as dt
import uuid

import msgspec
import pytest

from zhuji_accounting.domain.ledger import voucher_rules
from zhuji_accounting.domain.ledger.chart import Chart
from zhuji_accounting.domain.ledger.fact import Fact, FactLine
from zhuji_accounting.domain.ledger.posting_rules import (
    AccountMatch,
    RuleSet,
    match,
    require_withheld_told,
)
from zhuji_accounting.domain.ledger.refusals import (
    BudgetaryMixed,
    NoAccountForObject,
    NoPostingRule,
    VoucherYear,
    WithheldUntold,
)
from zhuji_accounting.domain.ledger.voucher import Subsidiary, Voucher
from zhuji_accounting.facts import shipped_charts
from zhuji_accounting.queries.charts import Posting
from zhuji_accounting.usecases._record_fact import voucher_from

CHART, RULES = next(pair for pair in shipped_charts() if pair[0].name == "accrual")
POSTING = Posting(chart=CHART, rules=RULES)
ROW, OTHER = uuid.uuid4(), uuid.uuid4()


def given_fact(event_code: str, *lines: FactLine, on: dt.date = dt.date(2025, 1, 3)) -> Fact:
    return Fact(
        event_code=event_code,
        agency_code="A1",
        agency_name="某機關",
        fiscal_year=114,
        posting_date=on,
        memo="某事",
        lines=lines,
    )


def entries(fact: Fact) -> list[tuple[str, int, int]]:
    voucher = voucher_from(fact, POSTING)
    voucher_rules.require_postable(voucher, chart=CHART, today=fact.posting_date)
    return [(line.account_code, line.debit_ntd, line.credit_ntd) for line in voucher.lines]


def paid(
    amount_ntd: int, object_code: str = "1000", account: str = "current", **more: int
) -> FactLine:
    return FactLine(
        amounts_ntd={"amount": amount_ntd, **more},
        object_code=object_code,
        account=account,
        control_row_id=ROW,
    )


def test_a_payroll_with_what_is_withheld() -> None:
    fact = given_fact("expenditure.paid", paid(1_150_000, withheld=115_000))
    assert entries(fact) == [
        ("510101", 1_150_000, 0),
        ("110103", 115_000, 0),
        ("430101", 0, 1_150_000),
        ("210302", 0, 115_000),
    ]


def test_what_is_withheld_is_refused_by_a_rule_that_has_no_entry_for_it() -> None:
    """Rules that a county keeps may be older than what its documents tell."""
    rule = POSTING.rules.rule("payable.paid")
    older = msgspec.structs.replace(
        rule, entries=tuple(one for one in rule.entries if one.amount != "withheld")
    )
    rules = msgspec.structs.replace(POSTING.rules, rules=(older,))
    require_withheld_told(given_fact("payable.paid", paid(300)), rules)
    with pytest.raises(WithheldUntold) as refused:
        require_withheld_told(given_fact("payable.paid", paid(300, withheld=40)), rules)
    assert "代扣 40 元" in refused.value.text(str)
    require_withheld_told(given_fact("payable.paid", paid(300, withheld=40)), POSTING.rules)


@pytest.mark.parametrize(
    ("object_code", "account", "code"),
    [
        ("2000", "current", "520101"),
        ("2000", "capital", "140801"),
        ("4000", "current", "530101"),
        ("3000", "capital", "140401"),
        ("3025", "capital", "140501"),
        ("0305", "capital", "140501"),
        ("01", "current", "510101"),
    ],
)
def test_the_object_leads_to_the_account(object_code: str, account: str, code: str) -> None:
    assert entries(given_fact("expenditure.paid", paid(7, object_code, account)))[0][0] == code


def test_rows_of_the_budget_stay_apart_and_the_treasury_is_one_sum() -> None:
    lines = [paid(100, "2000"), paid(30, "2000")]
    other = FactLine(
        amounts_ntd={"amount": 5}, object_code="2000", account="current", control_row_id=OTHER
    )
    voucher = voucher_from(given_fact("expenditure.paid", *lines, other), POSTING)
    assert [(line.control_row_id, line.debit_ntd) for line in voucher.lines] == [
        (ROW, 130), (OTHER, 5), (None, 0),
    ]  # fmt: skip
    assert voucher.lines[-1].credit_ntd == 135


def test_a_negative_amount_turns_the_entry_round() -> None:
    less = FactLine(amounts_ntd={"amount": -40})
    assert entries(given_fact("budget.expenditure.allotted", less)) == [
        ("920301", 40, 0), ("920201", 0, 40),
    ]  # fmt: skip


def test_what_moves_nothing_makes_no_entries() -> None:
    there, back = FactLine(amounts_ntd={"amount": 9}), FactLine(amounts_ntd={"amount": -9})
    assert entries_of_nothing(given_fact("budget.expenditure.changed", there, back)) == ()


def entries_of_nothing(fact: Fact) -> tuple[object, ...]:
    return voucher_from(fact, POSTING).lines


def test_an_advance_is_kept_by_whose_it_is() -> None:
    whose = Subsidiary(kind="advance", key="114-REQ03", name="差旅暫付")
    line = FactLine(amounts_ntd={"amount": 8_600}, object_code="2000", account="current",
                    control_row_id=ROW, subsidiaries={"advance": whose})  # fmt: skip
    voucher = voucher_from(given_fact("advance.settled", line), POSTING)
    credit = voucher.lines[-1]
    assert (credit.account_code, credit.subsidiary_key) == ("180201", "114-REQ03")


def test_refuses_what_no_rule_knows() -> None:
    with pytest.raises(NoPostingRule):
        voucher_from(given_fact("nothing.of-the-kind", paid(1)), POSTING)
    with pytest.raises(NoAccountForObject):
        voucher_from(given_fact("expenditure.paid", paid(1, "X9")), POSTING)


@pytest.mark.parametrize(
    ("on", "period"),
    [
        (dt.date(2025, 1, 1), 1),
        (dt.date(2025, 12, 31), 12),
        (dt.date(2026, 1, 1), 13),
        (dt.date(2026, 2, 28), 13),
    ],
)
def test_the_two_months_after_the_year_are_period_13(on: dt.date, period: int) -> None:
    assert voucher_rules.period_of(fiscal_year=114, posting_date=on) == period


@pytest.mark.parametrize("on", [dt.date(2024, 12, 31), dt.date(2026, 3, 1), dt.date(2027, 1, 1)])
def test_refuses_a_date_outside_the_year(on: dt.date) -> None:
    with pytest.raises(VoucherYear):
        voucher_rules.period_of(fiscal_year=114, posting_date=on)


def test_budgetary_accounts_balance_among_themselves() -> None:
    voucher = voucher_from(given_fact("budget.expenditure.enacted", paid(5)), POSTING)
    mixed: Voucher = voucher_from(given_fact("expenditure.paid", paid(5)), POSTING)
    lines = (voucher.lines[0], mixed.lines[1])
    with pytest.raises(BudgetaryMixed):
        voucher_rules.require_postable(
            Voucher(**{**{n: getattr(voucher, n) for n in voucher.__struct_fields__},
                       "lines": lines}),
            chart=CHART, today=voucher.posting_date,
        )  # fmt: skip


@pytest.mark.parametrize(("chart", "rules"), shipped_charts(), ids=["cash", "accrual"])
def test_every_rule_names_accounts_of_its_chart(chart: Chart, rules: RuleSet) -> None:
    for rule in rules.rules:
        for entry in rule.entries:
            assert entry.account.startswith("@") or entry.account in chart.by_code, rule.event_code
            if entry.account in chart.by_code:
                wanted = chart.by_code[entry.account].subsidiary
                assert entry.subsidiary == wanted, (rule.event_code, entry.account)
    for one in (*rules.objects, *rules.sources):
        assert one.code in chart.by_code, one


@pytest.mark.parametrize(("chart", "rules"), shipped_charts(), ids=["cash", "accrual"])
def test_every_rule_balances_whatever_the_amounts(chart: Chart, rules: RuleSet) -> None:
    whose = {
        kind: Subsidiary(kind=kind, key="1", name="某") for kind in voucher_rules.SUBSIDIARY_TITLES
    }
    for rule in rules.rules:
        if rule.event_code.startswith("year."):
            continue  # their amounts belong together: tested with the year's end
        line = FactLine(
            amounts_ntd={"amount": 300, "withheld": 40},
            object_code="2000",
            account="current",
            source_code="04",
            accounts={"depreciation": "140402"},
            subsidiaries=whose,
        )
        voucher = voucher_from(given_fact(rule.event_code, line), Posting(chart=chart, rules=rules))
        voucher_rules.require_postable(voucher, chart=chart, today=voucher.posting_date)
        assert voucher.debit_ntd == voucher.credit_ntd > 0, rule.event_code


def test_both_bases_know_the_same_events() -> None:
    """A county that changes its chart loses no event (the year's end is of the newer one yet)."""
    older, newer = (
        {rule.event_code for rule in rules.rules if not rule.event_code.startswith("year.")}
        for _, rules in sorted(shipped_charts(), key=lambda pair: pair[0].first_year)
    )
    assert newer - older == {"asset.depreciated"}, "the older basis depreciates nothing"
    assert older <= newer


def test_the_older_basis_sets_treasury_funds_against_estimates() -> None:
    chart, rules = next(pair for pair in shipped_charts() if pair[0].name == "cash")
    fact = given_fact("budget.expenditure.allotted", FactLine(amounts_ntd={"amount": 50}))
    voucher = voucher_from(fact, Posting(chart=chart, rules=rules))
    assert [(line.account_name, line.debit_ntd, line.credit_ntd) for line in voucher.lines] == [
        ("歲出預算數", 50, 0), ("可支庫款", 50, 0), ("歲出分配數", 0, 50), ("預計支用數", 0, 50),
    ]  # fmt: skip


def test_the_longest_prefix_counts() -> None:
    matches = (AccountMatch(prefix="2", code="a"), AccountMatch(prefix="2", code="b",
               account="capital"), AccountMatch(prefix="20", code="c"))  # fmt: skip
    assert match(matches, "2100", "current") == "a"
    assert match(matches, "2100", "capital") == "b"
    assert match(matches, "2000", "capital") == "c"
    assert not match(matches, "9", "current")
