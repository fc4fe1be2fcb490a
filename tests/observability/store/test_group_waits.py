"""Who waits for others' transaction sees it as a wait of its own kind, not as slow code."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.core.probe import ProbeModule
from tests.core.site import Site
from tests.plugins.accounting.given import given_office
from tests.plugins.accounting.people import People
from tests.plugins.accounting.test_certified_together import held
from zhuji_accounting.web.certifying import CERTIFYING
from zhuji_core import hooks
from zhuji_core.testing.counties import CountyUnderTest
from zhuji_observability.install import Observability, install
from zhuji_observability.prober import timed
from zhuji_observability.store.keeper import present
from zhuji_observability.store.reading import Store, last_hours


@pytest.fixture
def exported() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def observability(tmp_path: Path, exported: InMemorySpanExporter) -> Iterator[Observability]:
    watching = install(span_exporters=[exported], metric_readers=[])
    watching.watch_use_cases(["zhuji_budget", "zhuji_accounting"])
    watching.watch_waits(tmp_path)
    yield watching
    watching.shutdown()


@pytest.fixture
def people(
    observability: Observability, txg: CountyUnderTest, mli: CountyUnderTest
) -> Iterator[People]:
    site = Site(module=ProbeModule(), manager=hooks.load())
    state, watched = site.app.state, observability.watch_app(site.app)
    watched.state = state  # type: ignore[attr-defined]  # where ``held`` looks
    site.app = watched  # type: ignore[assignment]
    with site.served():
        site.begin_test(txg, mli)
        with People.signed_in(site, given_office(txg)) as everybody:
            yield everybody


def test_waiting_for_the_group_is_told_apart(
    people: People, observability: Observability, exported: InMemorySpanExporter, tmp_path: Path
) -> None:
    first, *others = (people.approved(ntd) for ntd in (1, 10, 20))
    people["rev"]
    with held(people, first) as crowd:
        answers = [crowd.press("rev", request_id) for request_id in (first, *others)]
    told = [answer.result() for answer in answers]
    assert [answer.status_code for answer in told] == [201] * 3
    alone, leader, follower = (timed(answer.headers["server-timing"]) for answer in told)
    assert "grp" not in alone, "nobody was before it"
    assert leader["grp"] > 0
    assert follower["grp"] > follower["app"] / 2, "it waited, and others' statements ran elsewhere"
    assert follower.get("own", 0) < follower["grp"]
    assert observability.flush()
    waits = [span for span in exported.get_finished_spans() if _waits_to_certify(span)]
    assert len(waits) == 2
    traces = {one.context.trace_id: one for one in waits if one.context is not None}
    (led,) = (str((one.attributes or {})["zhuji.led_by"]) for one in waits if _led(one))
    assert int(led, 16) in traces, "the trace in which the transaction ran"
    keeper = present()
    assert keeper is not None
    keeper.step()
    wanted = last_hours(1, now_ms=round(time.time() * 1000))
    counts = Store(folder=tmp_path, on=True).by_operation(wanted)
    kept_us = sum(sketch.slowest_us(0.0)["group"] for sketch in counts.values())
    assert kept_us == pytest.approx(leader["grp"] + follower["grp"], abs=1_000)


def _waits_to_certify(span: Any) -> bool:
    """Leave out who waited for others' sessions (decision 73)."""
    verb = (span.attributes or {}).get("zhuji.verb")
    return span.name == "together.wait" and verb == CERTIFYING.name


def _led(span: Any) -> bool:
    return bool((span.attributes or {})["zhuji.led_by"])
