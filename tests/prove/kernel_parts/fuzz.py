"""Every operation of the API with 500 examples from its own document, good and wrong ones."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from tests.core.site import Site
from tests.fuzz.api_fuzz import Outcome, fuzzed, fuzzed_site, given_documents
from tests.prove.tools.lanes import Lane, dealt
from tests.prove.tools.results import WORK, PartResult, Table
from zhuji_core.testing.cluster import CountyDatabases, running_host
from zhuji_core.testing.counties import under_test

SEED = 500
EXAMPLES, EXAMPLES_QUICK = 500, 20
SHOWN_MAX = 40
NOTES = (
    (
        "Requests are made by Schemathesis from `/{county}/api/openapi.json` as the running "
        "application gives it, half of them in some way against the document; ids and codes that "
        "stand in the database are put into half of the places that bear their name."
    ),
    (
        "Application and PostgreSQL are real, one person holds every right; each operation begins "
        "with the same county. All checks of Schemathesis are on, the refusal's code among those "
        "that the document names for the status included."
    ),
    ("An operation that takes little has fewer different examples than were asked for."),
)


def fuzz(*, quick: bool = False) -> PartResult:
    """Send the examples of each operation; any 5xx or undeclared answer is a failure."""
    examples = EXAMPLES_QUICK if quick else EXAMPLES
    outcomes = [one for own in dealt(_lane, examples=examples) for one in own]
    return _result(sorted(outcomes, key=lambda one: one.operation), examples=examples)


def _lane(lane: Lane, *, examples: int) -> list[Outcome]:
    outcomes: list[Outcome] = []
    with _databases(f"fuzz-{lane.number}") as databases, fuzzed_site() as site:
        _begin(databases, site)
        with fuzzed(site) as opened:
            names = sorted(opened.operations())
        for name in lane.share(names):
            _begin(databases, site)
            with fuzzed(site) as opened:
                outcomes.append(opened.run(opened.operations()[name], examples=examples, seed=SEED))
            told = dict(sorted(outcomes[-1].statuses.items()))
            print(f"  {name}: {outcomes[-1].examples} examples, {told}")
    return outcomes


@contextmanager
def _databases(name: str) -> Iterator[CountyDatabases]:
    folder = WORK / "homes" / name
    shutil.rmtree(folder, ignore_errors=True)
    with running_host(folder, worker="fuzz") as host:
        databases = CountyDatabases(host)
        try:
            yield databases
        finally:
            databases.close()


def _begin(databases: CountyDatabases, site: Site) -> None:
    """Give both counties back as they were made, and fill the first."""
    databases.clean()
    txg, mli = (under_test(databases, code) for code in ("TXG", "MLI"))
    site.begin_test(txg, mli)
    given_documents(site, txg)


def _result(outcomes: list[Outcome], *, examples: int) -> PartResult:
    failures = [f"{one.operation}: {text}" for one in outcomes for text in one.failures]
    failures += [f"{one.operation}: no example was sent" for one in outcomes if not one.examples]
    sent = sum(one.examples for one in outcomes)
    figures = (
        ("operations", f"{len(outcomes):,}"),
        ("examples asked for an operation", f"{examples:,}"),
        ("requests sent", f"{sent:,}"),
        ("answers 5xx", f"{sum(one.server_errors for one in outcomes):,}"),
        ("answers that the document does not declare, or other breaches", f"{len(failures):,}"),
    )
    rows = tuple(
        (
            f"`{one.operation}`",
            f"{one.examples:,}",
            ", ".join(f"{status}: {count:,}" for status, count in sorted(one.statuses.items())),
        )
        for one in outcomes
    )
    return PartResult(
        part="fuzz",
        title="Every operation of the API with examples from its own document",
        checked=sent,
        failures=tuple(failures[:SHOWN_MAX]),
        tables=(
            Table(heads=("figure", "count"), rows=figures),
            Table(heads=("operation", "examples", "answers"), rows=rows),
        ),
        notes=NOTES,
        seed=SEED,
    )
