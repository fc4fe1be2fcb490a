"""A refusal on the page on which it happened, so that nothing typed or chosen is lost."""

from __future__ import annotations

from collections.abc import Mapping

from zhuji_core.values import DomainError, Value
from zhuji_core.web.components import SummaryError
from zhuji_core.web.context import RequestContext
from zhuji_core.web.problems import Problem, problem_on_page


class Refused(Value, frozen=True, kw_only=True):
    """The refusal as people read it, and each field that can be mended."""

    problem: Problem
    errors: tuple[SummaryError, ...] = ()

    @property
    def faults(self) -> Mapping[str, str]:
        return self.problem.fields


def refused(context: RequestContext, error: DomainError) -> Refused:
    """Say ``error`` in the reader's language; its fields become links to their inputs."""
    problem = problem_on_page(error, gettext=context.gettext)
    return Refused(
        problem=problem,
        errors=tuple(SummaryError(text=text, field=name) for name, text in problem.fields.items()),
    )
