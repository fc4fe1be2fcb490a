"""Use cases are watched without knowing it."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from opentelemetry.trace import StatusCode

from tests.observability.conftest import Watched
from zhuji_core.costs import PROCESS, Key
from zhuji_core.values import DomainError

USE_CASE = """
from zhuji_core.values import DomainError

class TooLate(DomainError):
    code = "E-TOO-LATE"
    message = "too late"

def stamp_request(uow=None, *, late=False, broken=False):
    if late:
        raise TooLate
    if broken:
        raise ValueError("王小明")
    return "stamped"

def _helper():
    return "helper"
"""


@pytest.fixture
def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """A module ``zhuji_stamps`` whose web layer imported its use case by name."""
    package = tmp_path / "zhuji_stamps"
    (package / "usecases").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "usecases" / "__init__.py").touch()
    (package / "usecases" / "stamp_request.py").write_text(USE_CASE, "utf-8")
    (package / "web.py").write_text(
        "from zhuji_stamps.usecases.stamp_request import stamp_request\n", "utf-8"
    )
    monkeypatch.syspath_prepend(tmp_path)
    yield __import__("zhuji_stamps.web").web
    for name in [name for name in sys.modules if name.startswith("zhuji_stamps")]:
        del sys.modules[name]


def test_call_by_an_importer_is_a_span(watched: Watched, web: ModuleType) -> None:
    watched.observability.watch_use_cases(["zhuji_stamps"])
    assert web.stamp_request() == "stamped"
    span = watched.span("stamps.stamp_request")
    assert (span.attributes or {})["zhuji.module"] == "stamps"


def test_a_use_case_is_counted_for_its_county(watched: Watched, web: ModuleType) -> None:
    watched.observability.watch_use_cases(["zhuji_stamps"])
    PROCESS.take()
    uow = SimpleNamespace(county=SimpleNamespace(code="TXG"))
    for late in (False, False, True):
        with contextlib.suppress(DomainError):
            web.stamp_request(uow, late=late)
    key = Key(county="TXG", module="stamps", name="stamps.stamp_request")
    assert sum(one.calls for one in PROCESS.take()[key]) == 3
    spans = [span for span in watched.spans() if span.name == "stamps.stamp_request"]
    assert [(span.attributes or {})["zhuji.county"] for span in spans] == ["TXG"] * 3


def test_refusal_is_no_error(watched: Watched, web: ModuleType) -> None:
    watched.observability.watch_use_cases(["zhuji_stamps"])
    with pytest.raises(DomainError):
        web.stamp_request(late=True)
    span = watched.span("stamps.stamp_request")
    assert span.status.status_code is StatusCode.UNSET
    assert (span.attributes or {})["zhuji.refusal"] == "E-TOO-LATE"


def test_fault_is_an_error_without_its_message(watched: Watched, web: ModuleType) -> None:
    watched.observability.watch_use_cases(["zhuji_stamps"])
    with pytest.raises(ValueError, match="王小明"):
        web.stamp_request(broken=True)
    span = watched.span("stamps.stamp_request")
    assert span.status.status_code is StatusCode.ERROR
    assert (span.attributes or {})["error.type"] == "ValueError"
    assert "\\u738b" not in span.to_json()


def test_shutdown_gives_the_use_case_back(watched: Watched, web: ModuleType) -> None:
    before = web.stamp_request
    watched.observability.watch_use_cases(["zhuji_stamps"])
    assert web.stamp_request is not before
    watched.observability.shutdown()
    assert web.stamp_request is before


def test_module_without_use_cases_is_no_fault(watched: Watched) -> None:
    watched.observability.watch_use_cases(["zhuji_core"])
