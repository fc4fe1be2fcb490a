"""A million audit entries: sealed, verified, searched."""

from __future__ import annotations

import datetime as dt
import statistics
import time
from collections.abc import Callable, Mapping
from functools import partial

from tests.core.audit import changes
from tests.prove.kernel_parts.tampering import COUNTY, opened_county
from tests.prove.tools.results import PartResult, Table, counted, must
from zhuji_core.audit.daily import daily_report
from zhuji_core.audit.sealing import seal_once
from zhuji_core.audit.search import AuditFilter, search_audit
from zhuji_core.audit.trail import snapshot
from zhuji_core.testing.counties import CountyUnderTest
from zhuji_core.uow import UnitOfWork

ROWS, ROWS_QUICK = 1_000_000, 20_000
CHUNK = 100_000
ROUNDS = 5
SEARCH_MS_MAX = 300

# Forty people of sixty agencies over a year; one action in a thousand is a rare one.
FILL = """
    INSERT INTO kernel.audit_entry
           (recorded_at, business_date, actor_id, actor_account, action, document_kind,
            document_id, document_label, agency_code, before, after, trace_id)
    SELECT now(), date '2016-01-01' + (g / (:rows / 300))::int, gen_random_uuid(),
           'rev' || g % 40,
           CASE g % 1000 WHEN 0 THEN 'budget.year.enact' ELSE 'accounting.request.certify' END,
           'accounting.request', gen_random_uuid(), '105-' || lpad(g::text, 7, '0'),
           'A' || lpad((g % 60)::text, 3, '0'), '{"state": "unit_approved"}',
           jsonb_build_object('state', 'certified', 'amount_ntd', g, 'payee', '臺中市政府民政局'),
           md5(g::text)
      FROM generate_series(CAST(:first AS int), CAST(:last AS int)) AS g
"""


def audit_search(*, quick: bool) -> PartResult:
    """Fill, seal, verify, and time each filter of the page."""
    rows = ROWS_QUICK if quick else ROWS
    failures: list[str] = []
    with opened_county() as county:
        fill_s = _fill(county, rows)
        seals, seal_s = _seal(county)
        with snapshot(county.engine) as connection:
            started = time.perf_counter()
            found = changes.verified(connection, COUNTY)
            verify_s = time.perf_counter() - started
        must(failures, holds=found.passed, say=f"broken: {found.broken}")
        must(failures, holds=found.checked >= rows, say=f"checked {found.checked}")
        times = _times(county, rows, failures)
    return PartResult(
        part="audit-search",
        title="a million audit entries sealed, verified, searched",
        checked=found.checked,
        failures=tuple(failures),
        tables=(
            counted(
                "trail",
                [
                    ("entries", found.checked),
                    ("written by SQL, entries per second", round(rows / fill_s)),
                    ("seals", seals),
                    ("sealed, entries per second", round(rows / seal_s)),
                    ("verified: checked", found.checked),
                    ("verified: broken", found.broken),
                    ("verified, entries per second", round(found.checked / verify_s)),
                ],
            ),
            Table(heads=("search", "rows", f"ms, median of {ROUNDS}"), rows=times),
        ),
    )


def _fill(county: CountyUnderTest, rows: int) -> float:
    started = time.perf_counter()
    for first in range(1, rows + 1, CHUNK):
        last = min(first + CHUNK - 1, rows)
        county.execute(FILL, rows=rows, first=first, last=last)
    took_s = time.perf_counter() - started
    with county.admin.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.exec_driver_sql("VACUUM ANALYZE kernel.audit_entry")
    return took_s


def _seal(county: CountyUnderTest) -> tuple[int, float]:
    started, seals = time.perf_counter(), 0
    while seal_once(county.engine, county=COUNTY, now=dt.datetime.now(dt.UTC)) is not None:
        seals += 1
    return seals, time.perf_counter() - started


def _times(
    county: CountyUnderTest, rows: int, failures: list[str]
) -> tuple[tuple[str, str, str], ...]:
    day = dt.date(2016, 3, 15)
    searches: Mapping[str, AuditFilter] = {
        "newest": AuditFilter(),
        "older by key": AuditFilter(before_id=rows // 2),
        "person": AuditFilter(who="rev7"),
        "person unknown": AuditFilter(who="nobody"),
        "action": AuditFilter(action="accounting.request.certify"),
        "rare action": AuditFilter(action="budget.year.enact"),
        "action of a module": AuditFilter(action="budget."),
        "document number": AuditFilter(label=f"105-{rows // 3:07}"),
        "document number, beginning": AuditFilter(label="105-00012"),
        "agency": AuditFilter(agency_code="A007"),
        "agency unknown": AuditFilter(agency_code="Z999"),
        "one day": AuditFilter(from_date=day, to_date=day),
        "a month and an agency": AuditFilter(
            from_date=day, to_date=dt.date(2016, 4, 14), agency_code="A007"
        ),
        "person and day": AuditFilter(who="rev7", from_date=day, to_date=day),
        "trace id": AuditFilter(trace_id="0" * 32),
        "words found": AuditFilter(words=str(rows - 100)),
        "words not found": AuditFilter(words="沒有這個詞"),
    }
    table = []
    with county.uow(read_only=True) as uow:
        for name, wanted in searches.items():
            median_ms, count = _timed(partial(_found, uow, wanted))
            table.append((name, f"{count:,}", f"{median_ms:,.0f}"))
            must(failures, holds=median_ms < SEARCH_MS_MAX, say=f"{name}: {median_ms:.0f} ms")
        median_ms, count = _timed(lambda: daily_report(uow, day).entries)
        table.append(("daily report", f"{count:,}", f"{median_ms:,.0f}"))
    return tuple(table)


def _found(uow: UnitOfWork, wanted: AuditFilter) -> int:
    return len(search_audit(uow, wanted).rows)


def _timed(search: Callable[[], int]) -> tuple[float, int]:
    times_ms, count = [], 0
    for _ in range(ROUNDS):
        started = time.perf_counter()
        count = search()
        times_ms.append((time.perf_counter() - started) * 1000)
    return statistics.median(times_ms), count
