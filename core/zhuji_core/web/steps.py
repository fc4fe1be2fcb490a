"""A verb of a page: done, and on to what it made; or refused, and said where it was pressed."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar

from litestar import Response
from litestar.concurrency import sync_to_thread

from zhuji_core.uow import UnitOfWork
from zhuji_core.values import DomainError
from zhuji_core.web.answers import see_other
from zhuji_core.web.context import RequestContext
from zhuji_core.web.together import Together

T = TypeVar("T")
W = TypeVar("W", bound=Hashable)


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


async def perform_together_or_show(
    context: RequestContext,
    verb: Together[W, T],
    what: W,
    *,
    to: Callable[[T], str],
    show: Callable[[DomainError], Response[str]],
) -> Response[bytes] | Response[str]:
    """Do what ``perform_or_show`` does, in one transaction with others' acts of the verb."""
    try:
        return await context.perform_together(
            verb, what, lambda made: see_other(context.path(to(made)))
        )
    except DomainError as error:
        return await sync_to_thread(show, error)
