"""Cost against history: certifications and five reports over a tenth, one and three years.

All cities are served at once and take turns, so that a busy minute of the machine meets them all.
"""

from __future__ import annotations

import contextlib
import os
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence

import sqlalchemy as sa

from loadtests import figures
from tests.prove.accounting_parts import city as cities
from tests.prove.accounting_parts.city import QUICK, QUICK_THRICE, TENTH, THRICE, WHOLE, YEAR, City
from tests.prove.accounting_parts.scale import LARGEST
from tests.prove.certification_parts import seed, site
from tests.prove.certification_parts.load import Target, send
from tests.prove.certification_parts.seed import Scenario
from tests.prove.certification_parts.site import Site
from tests.prove.tools.results import PartResult, Table, must
from zhuji_core.demo.client import DemoSession
from zhuji_core.values import Value

SEED = 104
ROUNDS, QUICK_ROUNDS = 15, 2
CLIENTS, REQUESTS = 8, 200
OPENED = 8  # of each page in a round
DATE = "2016-11-15"
SET_DATE = sa.text(
    "UPDATE kernel.setting SET value = to_jsonb(CAST(:date AS text)) WHERE key = 'business_date'"
)
# What a city's history is: counted before the rounds, in which it grows by as much everywhere.
HISTORY = """
    SELECT (SELECT count(DISTINCT fiscal_year) FROM accounting.certification) AS years,
           (SELECT count(DISTINCT agency_code) FROM accounting.certification) AS agencies,
           (SELECT count(*) FROM budget.control_row) AS control_rows,
           (SELECT count(*) FROM accounting.certification) AS certifications,
           (SELECT count(DISTINCT payee) FROM accounting.spending_request) AS payees,
           (SELECT count(*) FROM accounting.award) AS contracts,
           (SELECT count(*) FROM accounting.ledger_entry) AS voucher_lines,
           pg_database_size(current_database()) / 1000000 AS megabytes
"""
CERTIFICATION = "certification, 8 clients"
NOTES = (
    "A round certifies 200 requests and opens each page 8 times, in each city in turn.",
    "Certified are requests on rows of their own; indexes, tables and statistics are the city's.",
    "Ratios are of the medians of each round: to the city on the left of all.",
    "The three years are of the same agencies and as busy as the one; pages are of the last.",
)


class Sample(Value, frozen=True, kw_only=True):
    """One round in one city: milliseconds of each certification and of each page."""

    times_ms: Mapping[str, Sequence[float]]
    certified: int


def sizes(*, quick: bool) -> PartResult:
    """Measure all cities in turns; the order turns around every round."""
    rounds = QUICK_ROUNDS if quick else ROUNDS
    compared = (QUICK, QUICK, QUICK_THRICE) if quick else (TENTH, WHOLE, THRICE)
    failures: list[str] = []
    with contextlib.ExitStack() as stack:
        benches = [
            stack.enter_context(_opened(one, f"sizes-{place}", rounds=rounds + 1))
            for place, one in enumerate(compared)
        ]
        os.sync()  # the copies are on the disk before anything is timed
        found = [_round(benches, number) for number in range(rounds + 1)][1:]
        histories = [bench.history for bench in benches]
    sent = len(compared) * rounds * REQUESTS
    certified = sum(sample.certified for one in found for sample in one)
    must(failures, holds=certified == sent, say=f"{certified:,} certified of {sent:,} sent")
    names = [one.name for one in compared]
    return PartResult(
        part="sizes",
        title=f"{', '.join(names)}: {rounds} rounds",
        checked=certified,
        failures=tuple(failures),
        tables=(_sizes(names, histories), _p95(names, found), _ratios(names, found)),
        seed=SEED,
        notes=NOTES,
    )


class _Bench:
    """A served city with requests enough for all rounds."""

    def __init__(self, opened: Site, target: Target, session: DemoSession, *, rounds: int) -> None:
        self._target, self._session = target, session
        with opened.admin.connect() as connection:
            counted = connection.exec_driver_sql(HISTORY).mappings().one()
            self.history = {name: int(count) for name, count in counted.items()}
        scenario = Scenario(
            requests=rounds * REQUESTS, funded=rounds * REQUESTS, rows=400, lines=3, agencies=20,
            seed=SEED, group="Q",
        )  # fmt: skip
        self._ids: Iterator[uuid.UUID] = iter(seed.fill(opened.admin, scenario).request_ids)
        with opened.admin.begin() as connection:
            connection.execute(SET_DATE, {"date": DATE})
            self._pages = _pages(connection)

    def round(self) -> Sample:
        ids = [next(self._ids) for _ in range(REQUESTS)]
        tally = send(self._target, ids, clients=CLIENTS)
        self._session.close()  # opened anew: it has slept through the turns of the others
        times = {name: [self._open(path) for _ in range(OPENED)] for name, path in self._pages}
        return Sample(
            times_ms={CERTIFICATION: tally.latencies_ms, **times}, certified=len(tally.certified)
        )

    def _open(self, path: str) -> float:
        started = time.perf_counter()
        reply = self._session.get(path)
        assert reply.status == 200, f"{path}: {reply.status}"
        return (time.perf_counter() - started) * 1000


@contextlib.contextmanager
def _opened(city: City, name: str, *, rounds: int) -> Iterator[_Bench]:
    with cities.opened(city, name) as (opened, _), site.serving(opened) as application:
        session = DemoSession(host=site.HOST, port=application.port, county=site.COUNTY.lower())
        session.sign_in(account="reviewer0", password=site.PASSWORD)
        target = site.sign_in(application.port, accounts=1)
        yield _Bench(opened, target, session, rounds=rounds)
        session.close()


def _round(benches: Sequence[_Bench], number: int) -> Sequence[Sample]:
    order = list(range(len(benches)))
    found = {at: benches[at].round() for at in (order if number % 2 else reversed(order))}
    said = ", ".join(
        f"{figures.quantile(found[at].times_ms[CERTIFICATION], 0.95):,.0f}" for at in order
    )
    print(f"  sizes: {number}: certification p95 ms {said}", flush=True)
    return [found[at] for at in order]


def _pages(connection: sa.Connection) -> Sequence[tuple[str, str]]:
    """Return the five reports of the largest agency and of the city, and where they are."""
    largest = connection.exec_driver_sql(LARGEST).one()
    book = f"fiscal_year={YEAR}&agency_code={largest.agency_code}&period=10"
    account = f"{book}&account_code={largest.account_code}"
    return (
        ("city-wide execution report", "budget/reports/execution"),
        ("經費累計表 of an agency", f"accounting/reports/expenditure?{book}"),
        ("trial balance of an agency", f"accounting/books/trial-balance?{book}"),
        ("a page of a ledger", f"accounting/books/account?{account}"),
        ("a page of the journal", f"accounting/books/journal?{book}"),
        ("a page of the vouchers", f"accounting/vouchers?fiscal_year={YEAR}"),
    )


def _sizes(names: Sequence[str], histories: Sequence[Mapping[str, int]]) -> Table:
    rows = tuple(
        (what.replace("_", " "), *(f"{history[what]:,}" for history in histories))
        for what in histories[0]
    )
    return Table(heads=("history", *names), rows=rows)


def _p95(names: Sequence[str], found: Sequence[Sequence[Sample]]) -> Table:
    """Return p95 of all times of each city, in milliseconds, and how it grew from first to last."""

    def row(what: str) -> tuple[str, ...]:
        each = [[ms for one in found for ms in one[at].times_ms[what]] for at in range(len(names))]
        p95 = [figures.quantile(times, 0.95) for times in each]
        return (what, *(f"{ms:,.0f}" for ms in p95), f"{p95[-1] / p95[0]:,.2f}")

    heads = ("p95, ms", *names, "last / first")
    return Table(heads=heads, rows=tuple(row(what) for what in found[0][0].times_ms))


def _ratios(names: Sequence[str], found: Sequence[Sequence[Sample]]) -> Table:
    """Return how many times the first city's each other's median of a round is, with interval."""

    def ratio(what: str, at: int) -> str:
        rounds = [
            figures.median(one[at].times_ms[what]) / figures.median(one[0].times_ms[what])
            for one in found
        ]
        return figures.interval(rounds).text()

    others = range(1, len(names))
    return Table(
        heads=("median of rounds", *(f"{names[at]} / {names[0]}" for at in others)),
        rows=tuple((what, *(ratio(what, at) for at in others)) for what in found[0][0].times_ms),
    )
