"""No event is skipped, doubled or out of order, although relays are killed and events poisoned."""

from __future__ import annotations

import shutil
import time

from tests.prove.kernel_parts.event_site import EventSite, killed_now_and_then, made
from tests.prove.tools.results import WORK, PartResult, counted, must
from zhuji_core.testing.cluster import running_host
from zhuji_core.values import Value

# What is checked, and how. ``at`` is the order of hearing.
SKIPPED = """
    SELECT count(*) FROM kernel.event AS e
     WHERE NOT EXISTS (SELECT FROM heard.event AS h WHERE h.event_id = e.event_id)
       AND NOT EXISTS (SELECT FROM kernel.event_waiting AS w WHERE w.sequence = e.sequence)
"""
BOTH = """
    SELECT count(*) FROM kernel.event_waiting AS w
      JOIN kernel.event AS e USING (sequence)
      JOIN heard.event AS h USING (event_id)
"""
DOUBLED = "SELECT count(*) - count(DISTINCT event_id) FROM heard.event"
OUT_OF_ORDER = """
    SELECT count(*)
      FROM (SELECT number, lag(number, 1, 0) OVER (PARTITION BY document_id ORDER BY at) AS before
              FROM heard.event) AS h
     WHERE h.number <> h.before + 1
"""
INVENTED = """
    SELECT count(*) FROM heard.event AS h
     WHERE NOT EXISTS (SELECT FROM kernel.event AS e WHERE e.event_id = h.event_id)
"""
# Pairs in which the later told has the smaller transaction id: what the order is proved against.
INVERTED = """
    SELECT count(*) FROM (
        SELECT transaction_id, max(transaction_id::text::bigint)
               OVER (PARTITION BY document_id ORDER BY sequence
                     ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
          FROM kernel.event) AS e
     WHERE e.transaction_id::text::bigint < e.before
"""
CLEARED = """
    UPDATE kernel.event_waiting SET due_at = now() - interval '1 hour', state =
        CASE state WHEN 'dead' THEN 'retrying' ELSE state END
"""
PASSED = """
    SELECT EXISTS (SELECT FROM kernel.event_cursor AS c WHERE c.sequence > 0)
       AND NOT EXISTS (SELECT FROM kernel.event AS e, kernel.event_cursor AS c
                        WHERE (e.transaction_id, e.sequence) > (c.transaction_id, c.sequence))
"""
SETTLE_S = 300


class Size(Value, frozen=True, kw_only=True):
    """``transactions`` of each writer; a kill every ``every_s`` seconds."""

    writers: int
    transactions: int
    documents: int
    relays: int
    every_s: tuple[float, float]
    sleep_s_max: float


LARGE = Size(
    writers=8, transactions=2_500, documents=300, relays=3, every_s=(0.5, 2.0), sleep_s_max=0.05
)
SMALL = Size(
    writers=4, transactions=200, documents=30, relays=2, every_s=(0.0, 0.5), sleep_s_max=0.08
)


def events(*, quick: bool) -> PartResult:
    """Tell with many writers while relays are killed; then heal the poison and compare."""
    folder = WORK / "kernel-events"
    shutil.rmtree(folder, ignore_errors=True)
    with running_host(folder / "host", worker="events") as host:
        try:
            with made(host, folder) as site:
                return prove(site, SMALL if quick else LARGE)
        finally:
            host.engines.dispose()


def prove(site: EventSite, size: Size) -> PartResult:
    site.prepare(size.documents)
    failures: list[str] = []
    began = time.monotonic()
    with killed_now_and_then(site, relays=size.relays, every_s=size.every_s) as kills:
        site.write_by_many(
            writers=size.writers, transactions=size.transactions, sleep_s_max=size.sleep_s_max
        )
        wrote_s = time.monotonic() - began
        _until(site, PASSED)
        poisoned = _check(site, failures, "while poisoned")
        site.poison.unlink()
        site.execute(CLEARED)
        _until(site, "SELECT NOT EXISTS (SELECT FROM kernel.event_waiting)")
    healed = _check(site, failures, "after the poison is gone")
    total = _one(site, "SELECT count(*) FROM kernel.event")
    inverted = _one(site, INVERTED)
    must(failures, holds=total == site.told, say=f"told {site.told}, in the log {total}")
    must(failures, holds=healed["heard"] == total, say=f"heard {healed['heard']} of {total}")
    must(failures, holds=kills[0] > 0, say="no relay was killed")
    must(failures, holds=poisoned["waiting"] > 0, say="nothing was poisoned")
    must(failures, holds=inverted > 0, say="transaction ids never differed from the order")
    rows = (
        ("writers, each with its own transactions", size.writers),
        ("events told", total),
        ("transactions rolled back", site.rolled_back),
        ("events told with a smaller transaction id than an older one's", inverted),
        ("relays killed -9", kills[0]),
        ("events that waited behind poison", poisoned["waiting"]),
        ("delivered", healed["heard"]),
        ("skipped", healed["skipped"]),
        ("effects doubled", healed["doubled"]),
        ("out of order in a document", healed["out_of_order"]),
        ("writing took (s)", round(wrote_s, 1)),
        ("events told per second", round(total / wrote_s)),
    )
    return PartResult(
        part="events",
        title="events delivered under kills and poison",
        checked=total,
        failures=tuple(failures),
        tables=(counted("events", rows),),
        notes=(
            "Each document's number is given under its lock: 1, 2, 3 … is the order of its facts.",
            "A relay is a process that is killed at any moment, also inside of a round.",
        ),
    )


def _check(site: EventSite, failures: list[str], when: str) -> dict[str, int]:
    found = {
        "heard": _one(site, "SELECT count(*) FROM heard.event"),
        "waiting": _one(site, "SELECT count(*) FROM kernel.event_waiting"),
        "skipped": _one(site, SKIPPED),
        "doubled": _one(site, DOUBLED),
        "out_of_order": _one(site, OUT_OF_ORDER),
        "heard and waiting": _one(site, BOTH),
        "invented": _one(site, INVENTED),
    }
    for name in ("skipped", "doubled", "out_of_order", "heard and waiting", "invented"):
        must(failures, holds=found[name] == 0, say=f"{when}: {name} {found[name]}")
    return found


def _one(site: EventSite, sql: str) -> int:
    return int(site.rows(sql)[0][0])


def _until(site: EventSite, sql: str) -> None:
    end = time.monotonic() + SETTLE_S
    while not site.rows(sql)[0][0]:
        assert time.monotonic() < end, f"never: {sql}"
        time.sleep(0.1)
