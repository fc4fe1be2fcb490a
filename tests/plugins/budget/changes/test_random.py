"""Random documents in both governments: what took effect adds up, and the law still holds."""

from __future__ import annotations

import pytest

from tests.plugins.budget.changes.drawn_year import Decided, given_city, given_small
from tests.plugins.budget.changes.random_documents import Outcome, draw_documents
from zhuji_core.testing.counties import CountyUnderTest


def test_random_documents_of_a_small_government(mli: CountyUnderTest) -> None:
    mli.settings["budget"] = {"commit_basis": "annual"}
    outcome = _judge(mli, given_small(mli), count=100, seed=64)
    assert never_took_effect(outcome) == []


@pytest.mark.slow
def test_random_documents_of_a_city(txg: CountyUnderTest) -> None:
    outcome = _judge(txg, given_city(txg), count=80, seed=62)
    assert never_took_effect(outcome) == []


def never_took_effect(outcome: Outcome) -> list[str]:
    """Return the kinds of which every document was refused: nothing was shown of them."""
    return [label for label, one in outcome.taken.items() if not one.posted]


def _judge(county: CountyUnderTest, decided: Decided, *, count: int, seed: int) -> Outcome:
    assert min(decided.cut_ntd, decided.frozen_ntd, decided.pooled_lines, decided.refused) > 0
    outcome = draw_documents(county, count=count, seed=seed)
    assert not outcome.differences, outcome.differences[0]
    assert outcome.verification.passed, outcome.verification.errors
    assert outcome.verification.documents_checked == outcome.posted > 0
    assert outcome.posted + outcome.refused.total() == count
    assert len(outcome.refused) > 3, "the law was met, not only the sun"
    return outcome
