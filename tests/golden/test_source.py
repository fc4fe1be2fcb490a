"""The figures and steps of these tests are those of the worked example of the design."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.golden import figures
from tests.golden.journal import G9
from tests.golden.quarter import LINES, SOURCES, STEPS, Certify
from zhuji_core.testing.plugin import shared_folder

ROOT = Path(__file__).parents[2]


@pytest.fixture
def golden() -> Any:
    return json.loads((shared_folder(ROOT) / "golden" / "golden.json").read_text())


@pytest.mark.needs("shared")
def test_the_budget_is_that_of_the_example(golden: Any) -> None:
    for no, (plan, work, object_code, account, budget_ntd, months) in golden["lines"].items():
        line = LINES[no]
        assert " ".join(line.plan) == plan
        assert " ".join(line.work) == work
        assert object_code.startswith(line.object_code)
        assert {"current": "經常", "capital": "資本"}[line.account] == account
        words = (line.plan[1], line.work[1], object_code.partition(" ")[2], f"{account}門")
        assert figures.G1_WORDS[no] == words
        assert line.budget_ntd == budget_ntd
        assert line.months_ntd == tuple(months[str(month)] for month in (1, 2, 3))
        assert (line.later_ntd, sum(line.year_ntd[3:])) == (months["rest"],) * 2
    for no, (source, name, budget_ntd, month_ntd) in golden["revenue_lines"].items():
        revenue = SOURCES[no]
        assert (" ".join(revenue.source), revenue.name) == (source, name)
        assert figures.G2_WORDS[no][:2] == (revenue.source[1], name)
        assert (revenue.budget_ntd, revenue.month_ntd) == (budget_ntd, month_ntd)
    assert (len(LINES), len(SOURCES)) == (6, 2)


@pytest.mark.needs("shared")
def test_every_figure_is_that_of_the_example(golden: Any) -> None:
    own = figures.G1_COLUMNS[:-1]
    for row in golden["budget_report"]:
        assert figures.G1[row["line"]][:-1] == tuple(row[name] for name in own)
    assert figures.G1["合計"][:-1] == tuple(golden["budget_total"][name] for name in own)
    for row in golden["revenue_report"]:
        assert figures.G2[row["line"]] == tuple(row[name] for name in figures.G2_COLUMNS)
    for account, row in golden["trial"].items():
        balance = row["bal"]
        sides = (max(balance, 0), max(-balance, 0))
        assert figures.G3[account] == (row["dr"], row["cr"], *sides)
        assert figures.ACCOUNTS[account] == golden["accounts"][account][0]
    assert [(int(m), *row) for m, row in figures.G5.items()] == list(
        map(tuple, golden["special_cash"])
    )
    for day, row in golden["treasury"].items():
        assert figures.G6[day][:2] == tuple(row)
    for no, row in golden["annual"].items():
        assert figures.G10[no][4:] == (row["annual"], row["payable"])
    assert [tuple(row) for row in golden["blocked"]] == [tuple(one) for one in figures.G7]


@pytest.mark.needs("shared")
def test_every_voucher_is_that_of_the_example(golden: Any) -> None:
    for entry, (number, day, _, memo, rows) in zip(G9, golden["journal"], strict=True):
        assert (entry.number, entry.day, entry.memo) == (number, day, memo)
        assert entry.debits == tuple((account, debit) for account, debit, _ in rows if debit)
        assert entry.credits == tuple((account, credit) for account, _, credit in rows if credit)


def test_the_tables_agree_with_each_other() -> None:
    """What golden.json does not say, its own sums do: totals, rates, the balance sheet."""
    for table in (figures.G1, figures.G2, figures.G3):
        *rows, total = table.values()
        for column in range(len(total)):
            if column < 12:
                assert sum(row[column] or 0 for row in rows) == total[column]
    for *_, allotted, _, cum, _, _, _, _, _, rate_bp in figures.G1.values():
        assert rate_bp == (None if not allotted else round(10_000 * (cum or 0) / allotted))
    debits: Counter[str] = Counter()
    credits_: Counter[str] = Counter()
    for entry in G9:
        debits.update(dict(entry.debits))
        credits_.update(dict(entry.credits))
        assert sum(dict(entry.debits).values()) == sum(dict(entry.credits).values())
    for account in figures.ACCOUNTS:
        assert figures.G3[account][:2] == (debits[account], credits_[account])
    for side in (figures.G4_ASSETS, figures.G4_CLAIMS):
        *rows, total = side.values()
        assert sum(row[0] or 0 for row in rows) == total[0]
    for no, row in figures.G10.items():
        legal, vire, reserve, budget, allotted, _, cum, advance, enc, *_ = figures.G1[no]
        assert (budget, cum, advance, enc) == row[:4]
        assert budget == (legal or 0) + (vire or 0) + (reserve or 0)
        assert row[4] == (budget or 0) - (cum or 0) - (advance or 0) - (enc or 0)
        assert row[5] == (allotted or 0) - (cum or 0) - (advance or 0)


def test_what_is_certified_is_what_the_flow_says() -> None:
    asked = [one for one in STEPS if isinstance(one, Certify)]
    told = [one for one in figures.G8 if "->" not in one.where and one.amount_ntd != 15_000]
    assert [(one.day, one.what, one.where, one.amount_ntd) for one in told] == [
        (f"114-{one.day}", one.no, one.line, one.amount_ntd) for one in asked
    ]
