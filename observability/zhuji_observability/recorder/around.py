"""Clocks around methods of libraries, put on from outside and taken off again."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from zhuji_observability.recorder.record import CURRENT, now_ns
from zhuji_observability.recorder.terms import Term

Undo = Callable[[], None]
Method = Callable[..., Any]


def replace(owner: Any, name: str, wrap: Callable[[Method], Method]) -> Undo:
    """Put ``wrap(method)`` in the place of a method of a class, or of a function of a module.

    Undone in the reverse order of putting on: what stood there before stands there again.
    """
    before = vars(owner)[name]
    assert callable(before), f"{owner.__name__}.{name} is no function any more"
    setattr(owner, name, functools.wraps(before)(wrap(before)))
    return lambda: setattr(owner, name, before)


def together(*undo: Undo) -> Undo:
    """Return what takes off all of these, the last one first."""
    left = list(undo)

    def take_off() -> None:
        while left:
            left.pop()()

    return take_off


def timed(term: Term) -> Callable[[Method], Method]:
    """Return what makes a method note how long it took, in the request it is called for."""

    def wrap(method: Method) -> Method:
        def noted(*args: Any, **kwargs: Any) -> Any:
            record = CURRENT.get()
            if record is None:
                return method(*args, **kwargs)
            first_ns = now_ns()
            try:
                return method(*args, **kwargs)
            finally:
                record.add(term, first_ns, now_ns())

        return noted

    return wrap
