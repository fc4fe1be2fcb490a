"""The product's own requests, in the terms that they should have."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.core.probe import ProbeModule
from tests.core.site import Site
from tests.plugins.accounting.given import given_office
from tests.plugins.accounting.people import People
from zhuji_core import hooks
from zhuji_core.testing.counties import CountyUnderTest
from zhuji_observability.install import Observability, install

PREFIX, SUFFIX = "zhuji.wait.", "_ms"


@pytest.fixture
def exported() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def observability(exported: InMemorySpanExporter) -> Iterator[Observability]:
    watching = install(span_exporters=[exported], metric_readers=[])
    watching.watch_waits()
    yield watching
    watching.shutdown()


@pytest.fixture
def people(
    observability: Observability, txg: CountyUnderTest, mli: CountyUnderTest
) -> Iterator[People]:
    site = Site(module=ProbeModule(), manager=hooks.load())
    site.app = observability.watch_app(site.app)  # type: ignore[assignment]
    with site.served():
        site.begin_test(txg, mli)
        with People.signed_in(site, given_office(txg)) as everybody:
            yield everybody


def waits(span: ReadableSpan) -> dict[str, float]:
    return {
        name.removeprefix(PREFIX).removesuffix(SUFFIX): float(str(value))
        for name, value in (span.attributes or {}).items()
        if name.startswith(PREFIX)
    }


def took_ms(span: ReadableSpan) -> float:
    return ((span.end_time or 0) - (span.start_time or 0)) / 1e6


def test_each_request_is_told_apart_into_its_terms(
    people: People, observability: Observability, exported: InMemorySpanExporter
) -> None:
    people.certified(5)
    people["req"].get("/txg/accounting/requests")
    people["req"].get("/txg/api/v1/budget/control-rows?agency_code=A1")
    assert observability.flush()
    spans = {span.name: span for span in exported.get_finished_spans() if waits(span)}
    assert len(spans) >= 3
    # Together never more than the span, which begins before and ends after; a busy machine may
    # stop the process in between.
    left_ms = [took_ms(span) - sum(waits(span).values()) for span in spans.values()]
    assert min(left_ms) >= -0.1
    assert min(left_ms) < 3.0
    api = "/{county}/api/v1/accounting/requests/{request_id}/certification"
    certified = waits(spans[f"POST {api}"])
    assert {"lock", "sql", "thread"} <= set(certified)
    # On a busy machine the wait for the processor may be all of what was the product's own.
    page = waits(spans["GET /{county}/accounting/requests"])
    assert {"sql", "thread"} <= set(page)
    assert {"template", "cpu"} & set(page)
    assert "lock" not in page
    listed = waits(spans["GET /{county}/api/v1/budget/control-rows"])
    assert "template" not in listed
    assert {"own", "cpu"} & set(listed)
