"""What closes and opens a year, by both charts: pure, from balances to entries."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given as each
from hypothesis import settings
from hypothesis import strategies as st

from zhuji_accounting.domain.ledger.chart import AccountClass, Chart
from zhuji_accounting.domain.ledger.fact import Fact
from zhuji_accounting.domain.ledger.posting_rules import RuleSet, entries_of
from zhuji_accounting.domain.ledger.successors import successors
from zhuji_accounting.domain.ledger.voucher import LINES_MAX, VoucherLine
from zhuji_accounting.domain.year_end import (
    OPENING,
    Piece,
    YearBalances,
    YearHead,
    closing_facts,
    divided_accounts,
    opening_facts,
)
from zhuji_accounting.domain.year_end_refusals import (
    YearLeftover,
    YearMapping,
    YearOpening,
)
from zhuji_accounting.facts import shipped_charts, shipped_openings
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.ids import new_id

HEAD = YearHead(
    agency_code="A1", agency_name="某機關", fiscal_year=114,
    document=DocumentRef(kind="t", document_id=new_id(), label="t", agency_code="A1"),
)  # fmt: skip
CASH, ACCRUAL = shipped_charts()


def entered(facts: Sequence[Fact], kit: tuple[Chart, RuleSet]) -> dict[str, list[VoucherLine]]:
    chart, rules = kit
    return {
        fact.event_code: list(
            entries_of(rules.rule(fact.event_code), fact, rules=rules, chart=chart)
        )
        for fact in facts
    }


def amounts(lines: Sequence[VoucherLine]) -> list[tuple[str, int, int]]:
    return [(one.account_code, one.debit_ntd, one.credit_ntd) for one in lines]


def test_the_golden_quarter_closed_leaves_its_balance_sheet() -> None:
    """G3 of the golden quarter as if its year ended: G4 remains."""
    chart, rules = ACCRUAL
    trial = {
        "110102": 30_000, "110103": 15_000, "140401": 285_000, "280301": -15_000,
        "410101": -6_000, "420101": -125_000, "430101": -2_477_120, "510101": 2_030_000,
        "520101": 97_120, "530101": 35_000, "590101": 131_000, "910101": 405_000,
        "910201": 135_000, "910301": -540_000, "920101": 8_760_000, "920201": -5_865_000,
        "920301": -2_895_000, "920401": 90_000, "920501": -90_000,
    }  # fmt: skip
    assert sum(trial.values()) == 0
    held = Piece(
        account_code="920401", net_ntd=90_000, control_row_id=new_id(), row_label="L3",
        subsidiary_kind="contract", subsidiary_key="REQ04", subsidiary_name="甲",
    )  # fmt: skip
    facts, left = closing_facts(
        HEAD, YearBalances(net_ntd=trial, pieces=(held,)), chart=chart, rules=rules
    )
    assert left == {
        "110102": 30_000, "110103": 15_000, "140401": 285_000, "280301": -15_000,
        "310101": -315_000,
    }  # fmt: skip
    made = entered(facts, ACCRUAL)
    assert amounts(made["year.close-expenditure-budget"]) == [
        ("920201", 5_865_000, 0), ("920301", 2_895_000, 0), ("920101", 0, 8_760_000),
    ]  # fmt: skip
    assert made["year.close-encumbrances"][1].subsidiary_key == "REQ04"
    assert made["year.close-encumbrances"][1].control_row_id == held.control_row_id
    whose = amounts(made["year.close-nominal"])
    assert ("310101", 2_293_120, 0) in whose
    assert ("310101", 0, 2_608_120) in whose


def test_the_older_basis_closes_what_was_not_spent_against_the_treasury_funds() -> None:
    chart, rules = CASH
    trial = {
        "1201": 400_000, "1203": 5_000, "2205": -5_000, "1208": 620_000, "2203": -20_000,
        "2202": -1_000_000, "2201": -200_000, "1210": 200_000,
        "1104": 10_000, "1105": 50_000, "2101": -60_000, "1103": 41_000, "2102": -44_000,
        "1101": 3_000,
    }  # fmt: skip
    assert sum(trial.values()) == 0
    facts, left = closing_facts(
        HEAD, YearBalances(net_ntd=trial, pieces=()), chart=chart, rules=rules
    )
    # What is due and not paid (應付歲出款) is backed by funds that stay.
    assert left == {
        "1201": 20_000, "2203": -20_000, "1203": 5_000, "2205": -5_000, "1101": 3_000,
        "2102": -3_000,
    }  # fmt: skip
    made = entered(facts, CASH)
    lines = {one.account_code: one for one in made["year.close-expenditure-budget"]}
    assert (lines["2202"].debit_ntd, lines["1208"].credit_ntd, lines["1201"].credit_ntd) == (
        1_000_000, 620_000, 380_000,
    )  # fmt: skip


def test_a_budget_account_that_no_rule_reaches_is_told() -> None:
    chart, rules = ACCRUAL
    trial = {"910401": 7, "910501": -7}
    with pytest.raises(YearLeftover) as refused:
        closing_facts(HEAD, YearBalances(net_ntd=trial, pieces=()), chart=chart, rules=rules)
    assert refused.value.arithmetic == {"910401": 7, "910501": -7}


@settings(max_examples=30, deadline=None)
@each(
    st.lists(
        st.integers(min_value=-(10**9), max_value=10**9).filter(bool), min_size=1, max_size=60
    ),
    st.integers(min_value=0, max_value=1_000),
)
def test_the_opening_is_balanced_in_every_voucher_and_loses_nothing(
    amounts: list[int], payees: int
) -> None:
    chart, rules = ACCRUAL
    real = [
        account.code
        for account in chart.accounts
        if account.account_class in {AccountClass.ASSET, AccountClass.LIABILITY}
        and not account.subsidiary
    ]
    net: dict[str, int] = {}
    for at, amount_ntd in enumerate(amounts):
        code = real[at % len(real)]
        net[code] = net.get(code, 0) + amount_ntd
    pieces = tuple(
        Piece(account_code="210301", net_ntd=-(number + 1), subsidiary_kind="payee",
              subsidiary_key=str(number), subsidiary_name="某")
        for number in range(payees)
    )  # fmt: skip
    net["210301"] = sum(piece.net_ntd for piece in pieces)
    net["310101"] = -sum(net.values())
    facts = opening_facts(
        HEAD, {code: ntd for code, ntd in net.items() if ntd},
        YearBalances(net_ntd=net, pieces=pieces), chart=chart, next_chart=chart,
        opens=successors(chart, chart, {}),
    )  # fmt: skip
    found: dict[tuple[str, str], int] = {}
    for fact in facts:
        lines = entries_of(rules.rule(OPENING), fact, rules=rules, chart=chart)
        assert len(lines) <= LINES_MAX
        assert sum(one.debit_ntd - one.credit_ntd for one in lines) == 0
        for one in lines:
            key = (one.account_code, one.subsidiary_key)
            found[key] = found.get(key, 0) + one.debit_ntd - one.credit_ntd
    told = {(code, ""): ntd for code, ntd in net.items() if ntd and code != "210301"}
    told |= {("210301", piece.subsidiary_key): piece.net_ntd for piece in pieces}
    assert found == told


def test_an_account_that_the_next_year_does_not_have_is_refused_by_its_name() -> None:
    chart, _ = ACCRUAL
    net = {"110103": 900, "210302": -700, "310101": -200}
    without = msgspec.structs.replace(
        chart,
        accounts=tuple(
            msgspec.structs.replace(account, postable=account.code != "310101")
            for account in chart.accounts
            if account.code != "210302"
        ),
    )
    balances = YearBalances(net_ntd=net, pieces=())
    opens = successors(chart, without, {})
    with pytest.raises(YearMapping) as refused:
        opening_facts(HEAD, net, balances, chart=chart, next_chart=without, opens=opens)
    assert refused.value.arithmetic == {"210302": -700, "310101": -200}
    named = refused.value.detail["accounts"]
    assert all(
        f"{code} {chart.by_code[code].name} -" in str(named) for code in ("210302", "310101")
    )


def test_a_subsidiary_ledger_that_tells_another_sum_loses_nothing_unseen() -> None:
    """A rule that closed a part of an account took it of nobody in its ledger."""
    chart, _ = ACCRUAL
    whose = Piece(
        account_code="210301", net_ntd=-500, subsidiary_kind="payee", subsidiary_key="1",
        subsidiary_name="某",
    )  # fmt: skip
    net = {"110103": 450, "210301": -450}
    with pytest.raises(YearOpening) as refused:
        opening_facts(
            HEAD,
            net,
            YearBalances(net_ntd=net, pieces=(whose,)),
            chart=chart,
            next_chart=chart,
            opens=successors(chart, chart, {}),
        )
    assert refused.value.arithmetic == {"210301": 50}


def test_accounts_whose_parts_matter_are_known_from_chart_and_rules() -> None:
    assert {"920401", "210301", "280301"} <= divided_accounts(*ACCRUAL)
    assert "510101" not in divided_accounts(*ACCRUAL)


def test_every_account_of_the_older_basis_that_may_keep_a_balance_has_a_successor() -> None:
    old, new = CASH[0], ACCRUAL[0]
    found = successors(old, new, shipped_openings())
    real = {
        account.code
        for account in old.accounts
        if account.account_class.value in {"asset", "liability", "net_asset"}
    }
    assert set(found) == real
    for code, taken in found.items():
        wanted = new.by_code[taken].subsidiary
        assert wanted in {"", old.by_code[code].subsidiary}, code


def test_what_the_countys_chart_says_of_itself_comes_before_the_packs() -> None:
    """Its accounts took the place of those of the pack, which are the successors of the older."""
    old, pack = CASH[0], ACCRUAL[0]
    own = msgspec.structs.replace(
        pack,
        name="county",
        accounts=tuple(
            msgspec.structs.replace(account, code=f"K{account.code}", former=account.code)
            for account in pack.accounts
        ),
    )
    found = successors(old, own, shipped_openings())
    assert (found["1203"], found["2203"]) == ("K110103", "K210301")
    assert successors(pack, own, {})["310101"] == "K310101"
    bare = msgspec.structs.replace(
        own,
        accounts=tuple(msgspec.structs.replace(one, former="") for one in own.accounts),
    )
    assert successors(old, bare, shipped_openings()) == {}
