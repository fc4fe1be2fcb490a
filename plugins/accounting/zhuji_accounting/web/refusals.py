"""A refusal on the page on which it happened, so that nothing typed or chosen is lost."""

from __future__ import annotations

from collections.abc import Mapping

from zhuji_accounting.web.wording import FIELD_TITLES
from zhuji_core.values import DomainError, Value
from zhuji_core.web.components import SummaryError
from zhuji_core.web.context import RequestContext
from zhuji_core.web.problems import Problem, problem_of


class Refused(Value, frozen=True, kw_only=True):
    """The refusal as people read it, and each field that can be mended."""

    problem: Problem
    errors: tuple[SummaryError, ...]

    @property
    def faults(self) -> Mapping[str, str]:
        return self.problem.fields


def refused(context: RequestContext, error: DomainError) -> Refused:
    """Say ``error`` in the reader's language; its fields become links to their inputs."""
    problem = problem_of(error, gettext=context.gettext)
    fields = tuple(
        SummaryError(text=_at(context, name, text), field=name)
        for name, text in problem.fields.items()
    )
    return Refused(problem=problem, errors=(SummaryError(text=problem.detail), *fields))


def _at(context: RequestContext, name: str, text: str) -> str:
    """Name the field, or the row of a grid's field: ``第 2 列：請填金額。``."""
    tr = context.gettext
    parts = name.split("-")
    if len(parts) == 3 and parts[1].isdecimal():  # noqa: PLR2004 (lines-0-amount)
        return tr("第 {row} 列：{text}").format(row=int(parts[1]) + 1, text=text)
    if name in FIELD_TITLES:
        return tr("{field}：{text}").format(field=tr(FIELD_TITLES[name]), text=text)
    return text
