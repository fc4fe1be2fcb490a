"""Twenty examples of each tenth operation, per commit; ``make prove WHAT=kernel`` sends 500."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from zhuji_core.testing.counties import CountyUnderTest

if TYPE_CHECKING:
    from tests.core.site import Site
    from tests.fuzz.api_fuzz import Fuzz

EXAMPLES = 20
EACH = 10
SEED = 1


@pytest.fixture(scope="session")
def _fuzzed_site() -> Iterator[Site]:
    # Schemathesis takes seconds to load: only the worker that has these tests does.
    from tests.fuzz.api_fuzz import fuzzed_site  # noqa: PLC0415

    with fuzzed_site() as site:
        yield site


@pytest.fixture
def fuzz(_fuzzed_site: Site, txg: CountyUnderTest, mli: CountyUnderTest) -> Iterator[Fuzz]:
    from tests.fuzz.api_fuzz import fuzzed, given_documents  # noqa: PLC0415 (same)

    _fuzzed_site.begin_test(txg, mli)
    given_documents(_fuzzed_site, txg)
    with fuzzed(_fuzzed_site) as opened:
        yield opened


def test_no_operation_breaks_or_answers_what_it_does_not_declare(fuzz: Fuzz) -> None:
    operations = fuzz.operations()
    assert len(operations) > 20
    outcomes = [
        fuzz.run(one, examples=EXAMPLES, seed=SEED) for one in [*operations.values()][::EACH]
    ]
    failures = [f"{one.operation}: {text}" for one in outcomes for text in one.failures]
    assert not failures, "\n".join(failures)
    assert sum(one.server_errors for one in outcomes) == 0
    # Few things can be wrong with an operation that takes nothing but a key.
    assert sum(one.examples for one in outcomes) > len(outcomes) * EXAMPLES * 3 // 4
    reached = sum(one.statuses[200] + one.statuses[201] for one in outcomes)
    assert reached > len(outcomes), "hardly anything was accepted: the examples test nothing"


def test_no_operation_is_open_to_strangers(fuzz: Fuzz) -> None:
    answers = {name: fuzz.as_stranger(one) for name, one in fuzz.operations().items()}
    assert {name: one for name, one in answers.items() if one != (401, "E-NOT-SIGNED-IN")} == {}
