"""Real requests start the spans that core/docs/spans.md names, and no others."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.core.probe import NAME, ProbeModule
from tests.core.site import Site
from tests.plugins.accounting.given import given_office
from tests.plugins.accounting.people import People
from zhuji_core import docs_code, hooks
from zhuji_core.testing.counties import CountyUnderTest
from zhuji_observability.install import Observability, install

# By the instrumentations of OpenTelemetry: routes, and statements by their first word.
ROUTE = re.compile(r"(?:GET|HEAD|POST|PUT|DELETE|PATCH)(?: /\S*)?")
# ``;``: how SQLAlchemy pings the pooled connections of the tests; the product does not.
STATEMENT = re.compile(r"[A-Za-z]+(?: zhuji\w*)?|zhuji\w*|;")

# What starts in no request: commands, the demo, background work; each has its own tests.
ELSEWHERE = re.compile(r"background\.|job\.run|audit\.seal|hook\.(seed_demo|check_demo|on_events)")
# What starts at the end of a year, or when several people wait: as above.
SELDOM = {"hook.bring_forward", "hook.take_back_forward", "together", "together.wait"}
VERIFYING = {"hook.held_funds", "hook.replay_reserves", "hook.control_postings"}


@pytest.fixture
def exported() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def observability(exported: InMemorySpanExporter) -> Iterator[Observability]:
    watching = install(span_exporters=[exported], metric_readers=[])
    watching.watch_use_cases(["zhuji_budget", "zhuji_accounting"])
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


def a_days_work(people: People) -> None:
    people.certified(5)
    waiting = people.approved(7)
    for account, path in (
        ("req", ""),
        ("req", "accounting/requests"),
        ("req", "accounting/requests/new"),
        ("rev", f"accounting/requests/{waiting}"),
        ("rev", "accounting/requests/waiting/certification"),
        ("rev", "accounting/register?agency_code=A1"),
        ("bas", "budget/lines"),
        ("bas", "nothing/at/all"),
    ):
        people[account].get(f"/txg/{path}")
    people["rev"].get("/txg/accounting/reports/expenditure")
    (line,) = people.office.county.rows("SELECT line_id FROM budget.budget_line LIMIT 1")
    people["rev"].get(f"/txg/budget/lines/{line.line_id}")
    people["req"].get("/txg/accounting/control-rows?text=1")
    people["req"].get("/txg/api/v1/budget/control-rows?agency_code=A1")
    people["req"].get(f"/txg/{NAME}/things")


def test_spans_of_a_days_work_are_those_of_the_table(
    people: People, observability: Observability, exported: InMemorySpanExporter
) -> None:
    a_days_work(people)
    assert observability.flush()
    started = {span.name for span in exported.get_finished_spans()}
    documented = {one.name for one in (*docs_code.spans(), *docs_code.use_cases())}
    unknown = {
        name
        for name in started - documented
        if not ROUTE.fullmatch(name) and not STATEMENT.fullmatch(name)
    }
    assert unknown == set()
    assert {"session.resolve", "hook.navigation", "accounting.certify_together"} <= started
    kernel = {one.name for one in docs_code.spans()}
    idle = {name for name in kernel - started if not ELSEWHERE.match(name)} - VERIFYING - SELDOM
    assert idle == set(), "documented, and never started"
