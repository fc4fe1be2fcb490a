"""A span around every use case, put on from outside.

A use case is the function that bears the name of its file in a package ``usecases``
(``zhuji_accounting/usecases/certify_requests.py``: ``certify_requests``); its span is named
``accounting.certify_requests``. The use case's own code does not know of it.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import ModuleType

    from zhuji_core.tracing import Tracer

PREFIX = "zhuji_"


def wrap(tracer: Tracer, packages: Iterable[str]) -> Callable[[], None]:
    """Wrap the use cases of the module packages (``zhuji_budget``); return the undoing.

    Called once the modules are loaded: whoever has imported a use case by name gets the wrapped
    one, too. A use case kept elsewhere than under a module's global name (in a table, as a
    default argument) keeps its own, unwatched self.
    """
    replaced = {
        original: _watched(tracer, package.removeprefix(PREFIX), original)
        for package in packages
        for original in _use_cases(package)
    }
    _rebind(replaced)
    return lambda: _rebind({wrapped: original for original, wrapped in replaced.items()})


def _use_cases(package: str) -> Iterator[Callable[..., Any]]:
    try:
        parent = importlib.import_module(f"{package}.usecases")
    except ModuleNotFoundError as missing:
        if missing.name != f"{package}.usecases":
            raise
        return
    for info in pkgutil.iter_modules(parent.__path__):
        module = importlib.import_module(f"{parent.__name__}.{info.name}")
        function = getattr(module, info.name, None)
        if callable(function):
            yield function


def _watched(tracer: Tracer, module: str, use_case: Callable[..., Any]) -> Callable[..., Any]:
    name = f"{module}.{use_case.__name__}"

    @functools.wraps(use_case)
    def watched(*args: Any, **kwargs: Any) -> Any:
        with tracer.span(name, module=module, county=_county(args)):
            return use_case(*args, **kwargs)

    return watched


def _county(arguments: tuple[Any, ...]) -> str:
    """A use case is given its unit of work first, and that knows its county."""
    uow = arguments[0] if arguments else None
    return str(getattr(getattr(uow, "county", None), "code", ""))


def _rebind(replaced: dict[Callable[..., Any], Callable[..., Any]]) -> None:
    for module in _product_modules():
        for name, value in list(vars(module).items()):
            if callable(value) and _is_hashable(value) and value in replaced:
                setattr(module, name, replaced[value])


def _product_modules() -> list[ModuleType]:
    return [module for name, module in list(sys.modules.items()) if name.startswith(PREFIX)]


def _is_hashable(value: object) -> bool:
    return type(value).__hash__ is not None
