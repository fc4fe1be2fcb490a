"""A refusal on the page on which it happened, so that nothing typed or chosen is lost."""

from __future__ import annotations

from collections.abc import Mapping

from zhuji_core.values import DomainError, Value
from zhuji_core.web.components import SummaryError
from zhuji_core.web.context import RequestContext
from zhuji_core.web.problems import Problem, problem_on_page


class Refused(Value, frozen=True, kw_only=True):
    """The refusal as people read it, and each field that can be mended.

    ``field`` is the only one, where the refusal's own sentence says already what is wrong with
    it: the sentence then leads there, and is not said again among ``errors``.
    """

    problem: Problem
    field: str = ""
    errors: tuple[SummaryError, ...] = ()

    @property
    def faults(self) -> Mapping[str, str]:
        return self.problem.fields


def refused(context: RequestContext, error: DomainError) -> Refused:
    """Say ``error`` in the reader's language; its fields become links to their inputs."""
    problem = problem_on_page(error, gettext=context.gettext)
    errors = tuple(SummaryError(text=text, field=name) for name, text in problem.fields.items())
    if len(errors) == 1 and errors[0].text in problem.detail:
        return Refused(problem=problem, field=errors[0].field)
    return Refused(problem=problem, errors=errors)
