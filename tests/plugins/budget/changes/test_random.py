"""Random documents in both governments: what took effect adds up, and the law still holds."""

from __future__ import annotations

import pytest

from tests.plugins.budget.changes.random_documents import draw_documents
from tests.plugins.budget.given import YEAR, given_allotted
from zhuji_budget.facts import load_facts
from zhuji_budget.usecases.allot_equally import allot_equally
from zhuji_budget.usecases.enact_year import enact_year
from zhuji_budget.usecases.import_budget import import_budget
from zhuji_core.testing.counties import CountyUnderTest


def given_taichung(county: CountyUnderTest) -> None:
    """The published budget of Taichung of 105, enacted and allotted."""
    facts = load_facts("taichung-105")
    with county.uow() as uow:
        import_budget(uow, budget=facts.budget, pack=facts.pack)
    with county.uow() as uow:
        enact_year(uow, fiscal_year=YEAR, act_no="府主一字第 1 號")
    with county.uow() as uow:
        allot_equally(uow, fiscal_year=YEAR)


@pytest.mark.parametrize("seed", [63, 64])
def test_random_documents_of_a_small_government(mli: CountyUnderTest, seed: int) -> None:
    mli.settings["budget"] = {"commit_basis": "annual"}
    given_allotted(mli)
    _judge(mli, count=40, seed=seed)


@pytest.mark.slow
def test_random_documents_of_a_city(txg: CountyUnderTest) -> None:
    given_taichung(txg)
    _judge(txg, count=40, seed=62)


def _judge(county: CountyUnderTest, *, count: int, seed: int) -> None:
    outcome = draw_documents(county, count=count, seed=seed)
    assert not outcome.differences, outcome.differences[0]
    assert outcome.verification.passed, outcome.verification.errors
    assert outcome.verification.documents_checked == sum(outcome.posted.values()) > 0
    assert sum(outcome.posted.values()) + sum(outcome.refused.values()) == count
    assert len(outcome.refused) > 3, "the law was met, not only the sun"
