"""The whole life of an agency's year against a model written apart, in any order.

Certify, claim, advance, settle, pay back, release, carry over, post, reverse, stop, close, reopen,
end the year, take it back, crash; then go on in the next year with what it carried over and owes
(``steps.py``). The model (``model.py``) knows sums, months and
who may; after each step the counters are compared with it, and at the end of a life everything that
the product proves by itself is proved. ``faults.py`` has faults that a life must find.
"""

from __future__ import annotations

import random
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

import sqlalchemy as sa

from tests.plugins.accounting.given import Government, follow
from tests.plugins.accounting.life import steps as steps_of
from tests.plugins.accounting.life.acts import APART, Acts
from tests.plugins.accounting.life.steps import Steps
from zhuji_accounting.queries.ledger_verification import verify_ledger
from zhuji_accounting.queries.report_sets import verify_sets
from zhuji_accounting.queries.verification import verify_certifications
from zhuji_budget.queries.verification import verify_budget
from zhuji_core.testing.counties import CountyUnderTest
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import DomainError

# The first year that a county lives; then each that it has not lived yet: a life of a seed is the
# same one whatever else a process did.
NEXT_YEAR = """
    SELECT COALESCE(max(fiscal_year) + :apart, 108) AS fiscal_year FROM budget.fiscal_year
"""
# What tells of a fault: a check of the life or an invariant of the product; a refusal that was not
# to come; a constraint. Whatever else rises is a mistake in the planting.
FINDS = (AssertionError, DomainError, sa.exc.DBAPIError)


class Life:
    """One agency's year, lived by steps that are drawn by their weights."""

    def __init__(
        self,
        county: CountyUnderTest,
        government: Government,
        *,
        seed: int,
        happened: Counter[tuple[str, str]],
    ) -> None:
        self.draw = random.Random(seed)  # noqa: S311 (no secret: a life that can be lived again)
        (found,) = county.rows(NEXT_YEAR, apart=APART)
        self.steps = Steps(Acts(county, government, found.fiscal_year), happened=happened)
        follow(county)

    def live(self, steps: int) -> None:
        """Take so many steps, and after each compare the counters with the model's."""
        verbs, weights = zip(*self.verbs().items(), strict=True)
        for _ in range(steps):
            (verb,) = self.draw.choices(verbs, weights)
            verb()
            self.steps.counters_are_the_models()
        self.finish()

    def finish(self) -> None:
        """Every life ends: previewed, ended, and taken back and ended once more."""
        last = self.steps
        last.later(400)
        last.resume()
        if last.model.closed == 13 and not last.model.ended:
            last.reopen()
        last.end(preview=True)
        last.to_the_end(*self._shares())
        last.take_back()
        last.end(preview=True)
        last.end(preview=False)
        last.end_again()
        assert last.model.ended
        last.counters_are_the_models()
        for number in range(4):
            last.go_on(number, self.draw.choice((0.3, 1, 1.1)), released=number == 2)
        last.stays_ended()

    def _shares(self) -> Sequence[float]:
        """Return how much is carried over of some of the requests: nothing, a part, or all."""
        return [self.draw.choice((0, self.draw.random(), 1)) for _ in range(3)]

    def verbs(self) -> Mapping[Callable[[], None], int]:
        """Return the steps and how often they are drawn."""
        draw, step = self.draw, self.steps
        return {
            lambda: step.later(draw.randint(5, 45)): 6,
            lambda: step.certify(draw.uniform(0.01, 1.05)): 8,
            lambda: step.claim(
                draw.randint(0, 9), draw.uniform(0.05, 1.1), final=draw.random() < 0.3
            ): 6,
            lambda: step.advance(draw.randint(0, 9), draw.uniform(0.05, 1.1)): 3,
            lambda: step.settle(draw.randint(0, 9), draw.uniform(0.05, 1.3)): 4,
            lambda: step.pay_back(draw.randint(0, 9), draw.uniform(0.05, 1.1)): 1,
            lambda: step.release(draw.randint(0, 9), draw.uniform(0.05, 1.1)): 2,
            lambda: step.carry(
                draw.randint(0, 9), draw.choice((0, draw.random(), 1)), draw.random()
            ): 4,
            lambda: step.crash(draw.randint(0, 9)): 1,
            step.post: 4,
            lambda: step.key(draw.randint(1, 10**6)): 2,
            step.reverse: 1,
            step.close: 6,
            lambda: step.close_too_far(draw.randint(2, 3)): 2,
            lambda: step.reopen(draw.randint(1, 13)): 1,
            step.stop: 1,
            step.resume: 2,
            lambda: step.to_the_end(*self._shares()): 2,
            lambda: step.end(preview=draw.random() < 0.4): 3,
            step.end_again: 1,
            step.take_back: 1,
        }


def prove(county: CountyUnderTest) -> None:
    """Ask everything that the product proves by itself."""
    with county.uow(read_only=True) as uow:
        assert list(complaints(uow)) == []


def found_by(error: BaseException) -> str:
    """Return the name of the step, or of the check, at which the error rose."""
    names = [
        frame.name
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename in {__file__, steps_of.__file__} and not frame.name.startswith(("_", "<"))
    ]
    return names[-1]


def complaints(uow: UnitOfWork) -> Iterator[str]:
    certified = verify_certifications(uow)
    yield from certified.errors
    yield from verify_ledger(uow).errors
    yield from verify_sets(uow).errors
    yield from (str(error) for error in verify_budget(uow).errors)
