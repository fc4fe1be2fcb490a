"""A connection that breaks at the worst moment: nothing is done twice, lost, or done by half."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.boundaries.book import BOOK
from tests.boundaries.cuts import WANTING, Cutter, cut_all
from tests.boundaries.world import World
from tests.boundaries.worlds import cutting
from zhuji_accounting.queries.verification import verify_certifications
from zhuji_budget.queries.verification import verify_budget
from zhuji_core.testing.cluster import TestHost


@pytest.fixture
def cutter(worlds: tuple[World, World], host: TestHost) -> Iterator[Cutter]:
    """TXG behind two wires that can be cut."""
    with cutting(worlds[0], book=BOOK, server=host.server, home=host.engines.home) as one:
        yield one


# Of the commands here; each one at each message in `make prove WHAT=kernel`.
EACH = 10


def test_each_command_is_done_once_wherever_the_connection_breaks(cutter: Cutter) -> None:
    tally = cut_all(cutter, cutter.commands()[::EACH], whole=False)
    assert not tally.said, "\n".join(tally.said)
    assert tally.commands > 15
    assert tally.count > 2 * tally.commands
    assert not tally.unreached, "\n".join(tally.unreached)
    assert tally.outcomes[WANTING]
    with cutter.world.county.uow(read_only=True) as uow:
        certifications, budget = verify_certifications(uow), verify_budget(uow)
    assert certifications.passed, certifications
    # Recipes take away what a command made, to make it anew: that is the only thing not asked.
    errors = [one for one in budget.errors if not one.endswith("is not there")]
    assert (budget.drift_ntd, errors) == (0, []), "\n".join(errors)
