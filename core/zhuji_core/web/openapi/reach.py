"""Which refusals an operation may answer: those that its handler can reach, read from the code.

Nobody keeps a list beside each route, where it would be wrong after the next change of a rule.
Starting from the handler, every function of ours that is named in its byte code is followed:
by its global name, or by the name of a method of a class that is known there. A hook leads to
those who implement it. The answer may name a refusal too many (a method of the same name), never
one too few; tests hold every refusal that the API gives against it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import CodeType, FunctionType, ModuleType
from typing import Any

from litestar import Controller

from zhuji_core.hooks import Hooks
from zhuji_core.identity.actor import Actor
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import DomainError

Refusal = type[DomainError]
Implementers = Mapping[str, Iterable[Callable[..., Any]]]

KERNEL = "zhuji_core"

# Given as arguments, so that no global name leads to them.
ALWAYS_KNOWN: tuple[type, ...] = (UnitOfWork, Hooks, Actor)


def reachable(starts: Iterable[object], *, implementers: Implementers) -> frozenset[Refusal]:
    """Return the refusals that ``starts`` (functions of ours) may raise.

    ``implementers`` are the functions behind each hook, of the modules that a county has enabled.
    """
    begun = list(starts)
    known = [*begun, *(one for found in implementers.values() for one in found)]
    walk = _Walk(implementers, packages={KERNEL, *(_package(one) for one in known)})
    for start in begun:
        walk.enter(start)
    walk.finish()
    return frozenset(walk.refusals)


def _package(found: object) -> str:
    return str(getattr(found, "__module__", "")).partition(".")[0]


class _Walk:
    """What was seen; methods are looked up at the end of each round, when all classes are known."""

    def __init__(self, implementers: Implementers, *, packages: set[str]) -> None:
        self.refusals: set[Refusal] = set()
        self._implementers = implementers
        self._packages = packages
        self._functions: set[FunctionType] = set()
        self._constants: set[int] = set()
        self._classes: set[type] = set(ALWAYS_KNOWN)
        self._names: set[str] = set()

    def enter(self, found: object) -> None:
        """Take note of ``found``; follow it when it is a function of ours."""
        found = inspect.unwrap(found) if callable(found) else found
        found = getattr(found, "__func__", found)
        if isinstance(found, FunctionType):
            if found not in self._functions and self._is_ours(found):
                self._functions.add(found)
                self._follow(found)
        elif isinstance(found, type):
            self._note_class(found)
        elif id(found) not in self._constants:
            self._constants.add(id(found))
            for item in self._items(found):
                self.enter(item)

    def _items(self, found: object) -> Iterable[object]:
        """Give what a constant holds: a table of rules, a strategy with its functions."""
        if isinstance(found, dict):
            return found.values()
        if isinstance(found, tuple | list | set | frozenset):
            return found
        kind = type(found)
        if not self._is_ours(kind):
            return ()
        self._note_class(kind)
        names: Iterable[str] = (
            *getattr(kind, "__struct_fields__", ()),
            *getattr(kind, "__slots__", ()),
            *getattr(found, "__dict__", ()),
        )
        return [getattr(found, name, None) for name in names]

    def _is_ours(self, found: object) -> bool:
        return _package(found) in self._packages

    def finish(self) -> None:
        """Follow methods until no round finds another function."""
        before = -1
        while before != len(self._functions):
            before = len(self._functions)
            for kind in tuple(self._classes):
                for name, member in vars(kind).items():
                    if name in self._names or name in {"__init__", "__call__", "__post_init__"}:
                        self._enter_member(kind, name, member)

    def _enter_member(self, kind: type, name: str, member: object) -> None:
        self.enter(getattr(member, "fget", None) or getattr(member, "__func__", member))
        if kind is Hooks:
            for implementer in self._implementers.get(name, ()):
                self.enter(implementer)

    def _note_class(self, kind: type) -> None:
        if not self._is_ours(kind) or issubclass(kind, Controller):
            return
        if issubclass(kind, DomainError) and "code" in vars(kind):
            self.refusals.add(kind)
        self._classes.update(one for one in kind.__mro__ if self._is_ours(one))

    def _follow(self, function: FunctionType) -> None:
        names = set(_names(function.__code__))
        self._names |= names
        for name in names & function.__globals__.keys():
            value = function.__globals__[name]
            if not isinstance(value, ModuleType):
                self.enter(value)
                continue
            if value.__name__.partition(".")[0] in self._packages:
                for inner in names & vars(value).keys():
                    self.enter(vars(value)[inner])
        for cell in function.__closure__ or ():
            self.enter(_content(cell))
        # Methods are found by name in the classes that a signature speaks of.
        for kind in _annotated(function):
            self._note_class(kind)


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _content(cell: Any) -> object:
    try:
        return cell.cell_contents
    except ValueError:  # a variable that is given its value later
        return None


def _annotated(function: FunctionType) -> Iterator[type]:
    """Name the classes in the function's own signature that its module knows."""
    for text in function.__annotations__.values():
        for word in str(text).replace("[", " ").replace("]", " ").replace(",", " ").split():
            found = function.__globals__.get(word)
            if isinstance(found, type) and not issubclass(found, DomainError):
                yield found
