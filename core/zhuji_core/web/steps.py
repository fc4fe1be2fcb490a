"""A verb of a page: done, and on to what it made; or refused, and said where it was pressed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from litestar import Response

from zhuji_core.uow import UnitOfWork
from zhuji_core.values import DomainError
from zhuji_core.web.answers import see_other
from zhuji_core.web.context import RequestContext

T = TypeVar("T")


def perform_or_show(
    context: RequestContext,
    action: Callable[[UnitOfWork], T],
    *,
    to: Callable[[T], str],
    show: Callable[[DomainError], Response[str]],
) -> Response[bytes] | Response[str]:
    """Do ``action`` once, and send the browser to the path that ``to`` gives for what it made.

    A refusal is ``show``'s to say: the document with it, or the form as it was typed.
    """
    try:
        return context.perform(action, lambda made: see_other(context.path(to(made))))
    except DomainError as error:
        return show(error)
