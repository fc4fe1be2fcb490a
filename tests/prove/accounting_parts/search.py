"""The search over everything at the size of a city: common, rare and absent words, and numbers."""

from __future__ import annotations

import contextlib
import time
import urllib.parse
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import msgspec
import sqlalchemy as sa

from loadtests import processes
from loadtests.figures import quantile
from tests.prove.accounting_parts import city as cities
from tests.prove.accounting_parts.city import QUICK, SEED, WHOLE, YEAR
from tests.prove.certification_parts import site
from tests.prove.certification_parts.site import Site
from tests.prove.tools.results import PartResult, Table, counted, must
from zhuji_core.demo.client import DemoSession
from zhuji_core.values import Value

BOUND_MS = 300
ASKED, ASKED_QUICK = 40, 3
READER = "reader0"
COUNTY, AGENCY = "the whole county", "one agency"
# Once common: the oldest ninth of the requests says so, and none of the newer ones.
ONCE_COMMON, OLD_SHARE = "防疫專案", 9
MARK_OLD = """
    UPDATE accounting.spending_request SET basis = basis || ' ' || :word
     WHERE request_id IN (SELECT request_id FROM accounting.spending_request
                           ORDER BY request_id LIMIT :many)
"""
COUNTS = {
    "requests": "SELECT count(*) AS count FROM accounting.spending_request",
    "claims": "SELECT count(*) AS count FROM accounting.claim",
    "vouchers": "SELECT count(*) AS count FROM accounting.voucher",
    "lines certified": "SELECT count(*) AS count FROM accounting.receipt_line",
    "lines of vouchers": "SELECT count(*) AS count FROM accounting.voucher_line",
}
# The agency with the most documents, which its own reader searches.
LARGEST = """
    SELECT agency_code, agency_name FROM accounting.claim
     GROUP BY agency_code, agency_name ORDER BY count(*) DESC LIMIT 1
"""
# Documents of that agency, for what only one document holds.
ONE = """
    SELECT c.claim_no, s.number AS evidence, r.request_no,
           (SELECT v.voucher_no FROM accounting.voucher AS v
             WHERE v.source_id = c.claim_id AND v.kind = 'disbursement' LIMIT 1) AS voucher_no
      FROM accounting.claim AS c
      JOIN accounting.source_document AS s USING (claim_id)
      JOIN accounting.claim_line AS l USING (claim_id)
      JOIN accounting.spending_request AS r USING (request_id)
     WHERE c.agency_code = :agency AND l.line_no = 1
     ORDER BY c.claim_no LIMIT 1
"""


BACKENDS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"


class Question(Value, frozen=True, kw_only=True):
    """What is keyed; ``found``: something must be."""

    about: str
    text: str
    found: bool = True


def search(*, quick: bool) -> PartResult:
    """Ask each question many times, as who reads the whole county and as who reads one agency."""
    failures: list[str] = []
    city, times = (QUICK, ASKED_QUICK) if quick else (WHOLE, ASKED)
    with cities.opened(city, "accounting-search") as (opened, _):
        many = {"word": ONCE_COMMON, "many": city.requests // OLD_SHARE}
        with opened.admin.begin() as connection:
            connection.execute(sa.text(MARK_OLD), many)
        _tidied(opened)
        counts = {name: _one(opened, query).count for name, query in COUNTS.items()}
        own = _one(opened, LARGEST)
        questions = _questions(_one(opened, ONE, agency=own.agency_code))
        tables = []
        with site.serving(opened) as application:
            for of, account in ((COUNTY, "reviewer0"), (AGENCY, _reader(opened, own))):
                with _signed_in(opened, application, account, of=of) as reader:
                    asked = questions if of == COUNTY and not quick else _whatever(questions)
                    tables.append(_asked(reader, asked, times, failures))
    return PartResult(
        part="search",
        title="the search over everything at the size of a city",
        checked=len(questions) * times * len(tables),
        failures=tuple(failures),
        tables=(counted("what is searched", list(counts.items())), *tables),
        notes=(
            f"The bound is {BOUND_MS} ms at the 95th of 100, the page over HTTP, one by one.",
            "CPU is of the application and its PostgreSQL, of each question in the mean.",
        ),
        seed=SEED,
    )


def _tidied(opened: Site) -> None:
    """Leave the requests as they are when they were written with these words years ago.

    Marking them at once leaves a ninth of the table dead and the index's newest entries in a heap
    of their own: every page then counts what waits by the table, which no real city would do.
    """
    autocommit = opened.admin.connect().execution_options(isolation_level="AUTOCOMMIT")
    with autocommit as connection:
        connection.exec_driver_sql("VACUUM ANALYZE accounting.spending_request")


def _whatever(questions: Sequence[Question]) -> Sequence[Question]:
    """Who reads little may find nothing of it."""
    return [msgspec.structs.replace(one, found=False) for one in questions]


@contextlib.contextmanager
def _signed_in(
    opened: Site, application: site.Application, account: str, *, of: str
) -> Iterator[Reader]:
    session = DemoSession(host=site.HOST, port=application.port, county=site.COUNTY.lower())
    session.sign_in(account=account, password=site.PASSWORD)
    assert session.get("accounting/search?text=%E7%A4%BA%E7%AF%84").status == 200, "signed in"
    yield Reader(of=of, session=session, pids=_pids(opened, application))
    session.close()


def _questions(one: Any) -> Sequence[Question]:
    return (
        Question(about="a number of a request", text=f"{YEAR}{one.request_no:05}"),
        Question(about="a number of a claim", text=f"{YEAR}報{one.claim_no:05}"),
        Question(about="a number of a voucher", text=f"支{YEAR}{one.voucher_no:05}"),
        Question(about="a number that nothing has", text=f"{YEAR}99999", found=False),
        Question(about="a number of evidence", text=one.evidence),
        Question(about="in every document of a payee", text="示範"),
        Question(about="two characters, one document in three", text="購置"),
        Question(about="two characters, one document in six", text="維護"),
        Question(about="a thing, one document in thirty", text="冷氣機"),
        Question(about="a rare thing", text="蜂箱"),
        Question(about="a payee that many have", text="示範甲子文具行"),
        Question(about="a payee that few have", text="示範癸亥測量社"),
        Question(about="a part of payees' names", text="測量社"),
        Question(about="two common words, seldom together", text="蜂箱 文具行"),
        Question(about="two common words, often together", text="辦公用品 文具行"),
        Question(about="a deed and a running number", text="購置 4321", found=False),
        Question(about=f"once common, not in the newest ({ONCE_COMMON})", text=ONCE_COMMON),
        Question(about="a word that nothing holds", text="區塊鏈", found=False),
        Question(about="common pairs that make no word", text="機租影印", found=False),
    )


def _status(session: DemoSession, path: str) -> int:
    return session.get(path).status


def _pids(opened: Site, application: site.Application) -> Sequence[int]:
    """Return the application's processes and those that PostgreSQL has for them."""
    with opened.admin.connect() as connection:
        backends = connection.exec_driver_sql(BACKENDS).scalars().all()
    return [*processes.tree(application.process.pid), *backends]


def _one(opened: Site, query: str, **values: object) -> Any:
    with opened.admin.connect() as connection:
        return connection.execute(sa.text(query), values).one()


def _reader(opened: Site, own: Any) -> str:
    """Make an account that reads one agency."""
    opened.command(
        *("user", "add", READER, "--county", site.COUNTY, "--name", "機關審核"),
        *("--agency", own.agency_code, "--agency-name", own.agency_name, "--role", "REV"),
        *("--password", site.PASSWORD),
    )
    with opened.admin.begin() as connection:
        connection.execute(sa.text(site.KEEP_PASSWORDS))
    return READER


class Reader(Value, frozen=True, kw_only=True):
    """Who asks: of what one reads, signed in, and whose processor time an answer is."""

    of: str
    session: DemoSession
    pids: Sequence[int]


def _asked(reader: Reader, questions: Sequence[Question], times: int, failures: list[str]) -> Table:
    rows = []
    for question in questions:
        path = f"accounting/search?{urllib.parse.urlencode({'text': question.text})}"
        hits = reader.session.get_json(f"api/v1/{path}")["hits"]
        must(failures, holds=bool(hits) or not question.found, say=f"{question.text}: not found")
        took_ms, cpu_ms = _timed(partial(_status, reader.session, path), times, reader.pids)
        p50, p95 = quantile(took_ms, 0.5), quantile(took_ms, 0.95)
        must(failures, holds=p95 <= BOUND_MS,
             say=f"{reader.of}: {question.text}: p95 {p95:,.0f} ms")  # fmt: skip
        rows.append((question.about, question.text, f"{len(hits):,}", f"{p50:,.0f}",
                     f"{p95:,.0f}", f"{max(took_ms):,.0f}", f"{cpu_ms:,.0f}"))  # fmt: skip
        print(f"  {reader.of}: {question.text}: p95 {p95:,.0f} ms, CPU {cpu_ms:,.0f} ms")
    return Table(
        heads=(f"who reads {reader.of}, {times} times each", "text", "hits shown", "p50 ms",
               "p95 ms", "worst ms", "CPU ms"),
        rows=tuple(rows),
    )  # fmt: skip


def _timed(ask: Callable[[], int], times: int, pids: Sequence[int]) -> tuple[list[float], float]:
    """Return the milliseconds of each time, and of the processor in the mean."""
    took_ms = []
    before_s = processes.cpu_s(pids)
    for _ in range(times):
        started = time.perf_counter()
        status = ask()
        took_ms.append((time.perf_counter() - started) * 1000)
        assert status == 200, status
    return took_ms, (processes.cpu_s(pids) - before_s) * 1000 / times
