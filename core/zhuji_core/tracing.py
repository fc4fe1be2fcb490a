"""Where the kernel may be watched: nothing by default, filled at composition.

The kernel and the modules know only this file. The composition root puts a tracer of
``zhuji_observability`` behind it, so business code never imports OpenTelemetry, and a host
without observability runs the same code. A span that names its module and county is counted in
``costs``, whether somebody watches or not.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import time
from typing import TYPE_CHECKING, Protocol

from zhuji_core.costs import PROCESS

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from types import TracebackType

Attribute = str | int | bool


class Tracer(Protocol):
    """What observability gives to the kernel. No method may raise or wait."""

    def span(self, name: str, /, **attributes: Attribute) -> AbstractContextManager[object]:
        """Time a block of code under ``name`` (a verb); attributes hold no personal data."""

    def waited(self, name: str, since_ns: int, /, **attributes: Attribute) -> None:
        """Note a wait that is over, since a moment of ``time.perf_counter_ns``."""

    def current_trace_id(self) -> str:
        """Return the 32 hexadecimal digits of the current trace, or ''."""

    def gauge(self, name: str, value: float, /, **attributes: Attribute) -> None:
        """Keep the present ``value`` of something that goes up and down (a backlog, a lag)."""


class _Unwatched:
    """The tracer of a host without observability."""

    def __init__(self) -> None:
        # One reusable object: an unwatched hook call pays for no allocation.
        self._nothing = contextlib.nullcontext()

    def span(self, _name: str, /, **_attributes: Attribute) -> AbstractContextManager[object]:
        return self._nothing

    def waited(self, _name: str, _since_ns: int, /, **_attributes: Attribute) -> None:
        return

    def current_trace_id(self) -> str:
        return ""

    def gauge(self, _name: str, _value: float, /, **_attributes: Attribute) -> None:
        return


UNWATCHED: Tracer = _Unwatched()
_current: list[Tracer] = [UNWATCHED]


class _Counted:
    """A span that is also counted as a cost of its module."""

    __slots__ = ("_county", "_module", "_name", "_span", "_started_ns")

    def __init__(
        self, span: AbstractContextManager[object], *, name: str, module: str, county: str
    ) -> None:
        self._span = span
        self._name = name
        self._module = module
        self._county = county
        self._started_ns = 0

    def __enter__(self) -> object:
        entered = self._span.__enter__()
        self._started_ns = time.perf_counter_ns()
        return entered

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        took_ns = time.perf_counter_ns() - self._started_ns
        PROCESS.add(self._county, self._module, self._name, took_ns)
        return self._span.__exit__(kind, error, traceback)


def install(tracer: Tracer) -> None:
    """Put ``tracer`` behind every later call in this process; ``UNWATCHED`` takes it away."""
    _current[0] = tracer


def span(name: str, /, **attributes: Attribute) -> AbstractContextManager[object]:
    """Time a block of code: ``with tracing.span("hook.move_funds", module=…, county=…): …``."""
    watched = _current[0].span(name, **attributes)
    module, county = attributes.get("module"), attributes.get("county")
    if not module or not county:
        return watched
    return _Counted(watched, name=name, module=str(module), county=str(county))


def waited(name: str, since_ns: int, /, **attributes: Attribute) -> None:
    """Note that the current request waited for its turn since then: ``"together.wait"``."""
    _current[0].waited(name, since_ns, **attributes)


def has_observability() -> bool:
    """Tell whether this host has the package that watches."""
    return importlib.util.find_spec("zhuji_observability") is not None


def watches_waits() -> bool:
    """Tell whether each request's time is told apart: only where it is asked for, it costs."""
    return os.environ.get("ZHUJI_WATCH_WAITS") == "1" and has_observability()


def current_trace_id() -> str:
    """Return the id that an audit row or an error page shows, or '' when nobody watches."""
    return _current[0].current_trace_id()


def gauge(name: str, value: float, /, **attributes: Attribute) -> None:
    """Tell the present value of a measure, named with its unit: ``audit.lag_s``."""
    _current[0].gauge(name, value, **attributes)
