"""Cost against size: certifications and five reports beside a tenth of a city's year, and a whole.

Both cities are served at once and take turns, so that a busy minute of the machine meets both.
"""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence

import sqlalchemy as sa

from loadtests import figures
from tests.prove.accounting_parts import city as cities
from tests.prove.accounting_parts.city import QUICK, TENTH, WHOLE, YEAR, City
from tests.prove.accounting_parts.scale import ENTRIES, LARGEST
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
CERTIFICATION = "certification, 8 clients"
NOTES = (
    "A round certifies 200 requests and opens each page 8 times, in one city and then the other.",
    "Certified are requests on rows of their own; indexes, tables and statistics are the city's.",
)


class Sample(Value, frozen=True, kw_only=True):
    """One round in one city: milliseconds of each certification and of each page."""

    times_ms: Mapping[str, Sequence[float]]
    certified: int


def sizes(*, quick: bool) -> PartResult:
    """Measure both cities in turns; the order turns around every round."""
    rounds = QUICK_ROUNDS if quick else ROUNDS
    compared = (QUICK, QUICK) if quick else (TENTH, WHOLE)
    failures: list[str] = []
    with contextlib.ExitStack() as stack:
        benches = [
            stack.enter_context(_opened(one, f"sizes-{place}", rounds=rounds + 1))
            for place, one in enumerate(compared)
        ]
        found = [_round(benches, number) for number in range(rounds + 1)][1:]
        entries = [bench.entries for bench in benches]
    sent = 2 * rounds * REQUESTS
    certified = sum(sample.certified for one in found for sample in one)
    must(failures, holds=certified == sent, say=f"{certified:,} certified of {sent:,} sent")
    names = [one.name for one in compared]
    return PartResult(
        part="sizes",
        title=f"{names[0]} beside {names[1]}, {rounds} rounds",
        checked=certified,
        failures=tuple(failures),
        tables=(_sizes(names, entries), _times(names, found)),
        seed=SEED,
        notes=NOTES,
    )


class _Bench:
    """A served city with requests enough for all rounds."""

    def __init__(self, opened: Site, target: Target, session: DemoSession, *, rounds: int) -> None:
        self._target, self._session = target, session
        scenario = Scenario(
            requests=rounds * REQUESTS, funded=rounds * REQUESTS, rows=400, lines=3, agencies=20,
            seed=SEED, group="Q",
        )  # fmt: skip
        self._ids: Iterator[uuid.UUID] = iter(seed.fill(opened.admin, scenario).request_ids)
        with opened.admin.begin() as connection:
            connection.execute(SET_DATE, {"date": DATE})
            self._pages = _pages(connection)
            self.entries = int(connection.exec_driver_sql(ENTRIES).scalar_one())

    def round(self) -> Sample:
        ids = [next(self._ids) for _ in range(REQUESTS)]
        tally = send(self._target, ids, clients=CLIENTS)
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


def _sizes(names: Sequence[str], entries: Sequence[int]) -> Table:
    rows = tuple((name, f"{count:,}") for name, count in zip(names, entries, strict=True))
    return Table(heads=("city", "voucher lines"), rows=rows)


def _times(names: Sequence[str], found: Sequence[Sequence[Sample]]) -> Table:
    """Return p95 of all times of each city, and the ratio of rounds with its interval."""

    def row(what: str) -> tuple[str, ...]:
        each = [[one[at].times_ms[what] for one in found] for at in range(len(names))]
        p95 = [
            figures.quantile([ms for times in of_city for ms in times], 0.95) for of_city in each
        ]
        ratios = [
            figures.median(more) / figures.median(less) for less, more in zip(*each, strict=True)
        ]
        return (what, *(f"{ms:,.0f}" for ms in p95), figures.interval(ratios).text())

    heads = ("what", *(f"p95 ms, {name}" for name in names), "median of rounds, second / first")
    return Table(heads=heads, rows=tuple(row(what) for what in found[0][0].times_ms))
