"""Exchanges as the store is given them."""

from __future__ import annotations

import random
import time
from pathlib import Path

import msgspec

from tests.observability.pcap import wire as made
from zhuji_observability.pcap.analysis import Analysis
from zhuji_observability.store import files, writing
from zhuji_observability.store.counts import Sketch
from zhuji_observability.store.exchange import PROCESS, TERMS, Exchange, SpanNote
from zhuji_observability.store.hourly import Hourly
from zhuji_observability.store.itself import Watching
from zhuji_observability.store.probe import Probe
from zhuji_observability.store.wires import Wires

NOON_MS = 1_795_780_800_000  # 2026-11-27 12:00 UTC


def exchange(number: int = 0, **different: object) -> Exchange:
    """One quick certification of TXG; its terms are 1 ms of SQL and the rest its own."""
    given: dict[str, object] = {
        "trace": f"{number:032x}",
        "began_ms": NOON_MS + number,
        "county": "TXG",
        "module": "accounting",
        "operation": "accounting.requests.certify",
        "route": "/{county}/accounting/requests/{request_id}/certification",
        "method": "POST",
        "status": 303,
        "release": "0.1.0",
        "total_us": 10_000,
        **different,
    }
    total = given["total_us"]
    assert isinstance(total, int)
    given.setdefault("terms_us", spent(total, sql=1_000))
    return Exchange(**given)  # type: ignore[arg-type]


def asked(one: Exchange) -> list[tuple[str, int]]:
    """Return its statements as they are counted."""
    return [(span.statement, span.length_us) for span in one.spans if span.statement]


def spent(total: int, **terms: int) -> dict[str, int]:
    """Return all terms; what is not named is the product's own."""
    return dict.fromkeys(TERMS, 0) | terms | {"own": total - sum(terms.values())}


SPANS = (
    SpanNote(name="accounting.certify_requests", parent=-1, start_us=100, length_us=8_000),
    SpanNote(
        name="SELECT", parent=0, start_us=200, length_us=6_000, statement="SELECT … FOR UPDATE"
    ),
)


def given_packets(folder: Path, trace: str) -> None:
    """Of a request that is kept: a line of 60 ms, whose answer lost a segment on its way."""
    talk = made.Talk()
    talk.shake(client_ms=60)
    told = f"traceparent: 00-{trace}-0123456789abcdef-01\r\n"
    sent = made.request("/txg/accounting/requests/31/certification", method="POST",
                        body=b"b" * 900, more=told)  # fmt: skip
    talk.send(80, made.CLIENT, sent[:500])
    talk.send(120, made.CLIENT, sent[500:])
    told_back = made.answer(b"x" * 2_000)
    for place in range(0, len(told_back), 300):
        talk.send(1_700 + place / 100, made.SERVER, told_back[place : place + 300])
        talk.send(1_760 + place / 100, made.CLIENT)
    last = talk.sent[-2]
    talk.sent.append(
        made.Sent(made.ms(1_960), made.SERVER, last.seq, last.ack, last.flags, last.data)
    )
    path = folder / "heads.pcap"
    path.write_bytes(made.pcap(made.frames(talk)))
    wires = Wires(folder)
    for row in Analysis(path, packets=True).rows():
        wires.take(row)
    wires.join()
    path.unlink()
    assert wires.joined == 1


def given_watching(folder: Path) -> None:
    """An hour of two processes: one lost requests; probes are 1 ms off, one 40; one waits."""
    drawn = random.Random(11)  # noqa: S311 (repeatable)
    now_ms = int(time.time() * 1000)
    connection = files.opened(files.path_of(folder, files.day_of(now_ms)))
    probes = [
        Probe(
            at_ms=now_ms - minute * 60_000 + asked // 1_000,
            asked_us=asked,
            slept_us=asked + 80,
            queued_us=(queued := 38_000 if minute == 31 else drawn.randint(0, 4_000)),
            server_us=asked + 80 + queued + (40_000 if minute == 30 else drawn.randint(400, 1_600)),
            total_us=asked + 80 + queued + 900,
            sending_us=400,
        )
        for minute in range(60)
        for asked in (0, 20_000, 100_000)
    ]
    whole = Watching(
        requests=4_000, kept=90, noting_us=160_000, marks=120_000, spans=80_000, mark_ns=600,
        span_ns=16_000, keeping_us=900_000, process_us=60_000_000, queue_most=41,
    )  # fmt: skip
    lossy = msgspec.structs.replace(whole, lost=12, unjoined=3, left_out=5, queue_most=5_000)
    writing.write_itself(connection, {now_ms // 1000: whole}, probes, process="4101-1")
    writing.write_itself(connection, {now_ms // 1000: lossy}, [], process="4102-1")
    connection.close()


def given_load(folder: Path) -> None:
    """Half an hour, ever busier, until requests wait for threads; MLI's line loses packets."""
    now_s = int(time.time())
    counted: dict[writing.CountKey, Sketch] = {}
    hourly = Hourly()
    for period in range(6):
        began_s = now_s - (6 - period) * 300
        for county, network_us in (("TXG", 4_000), ("MLI", 90_000)):
            thread_us = 0 if period < 4 else 140_000
            terms = spent(
                40_000 + network_us + thread_us, sql=25_000, network=network_us, thread=thread_us
            )
            sketch = counted[began_s, county, exchange().operation, "0.1.0", PROCESS] = Sketch()
            for number in range(50 * 3**period if period < 4 else 1_600):
                one = exchange(
                    number, began_ms=began_s * 1_000, county=county, terms_us=terms,
                    total_us=sum(terms.values()), spans=SPANS if number < 50 else (),
                    retransmits=int(county == "MLI" and number < 5),
                )  # fmt: skip
                sketch.add(one)
                hourly.add(one, asked(one))
    connection = files.opened(files.path_of(folder, files.day_of(now_s * 1000)))
    writing.write(connection, [], counted, process="1")
    writing.write_hourly(connection, hourly.unwritten(), hourly.lines, process="1")
    connection.close()


def given_releases(folder: Path) -> None:
    """Two hours: 0.1.0, then 0.2.0 whose SQL takes 30 ms more; MLI has a line of 90 ms."""
    drawn = random.Random(7)  # noqa: S311 (repeatable)
    now_s = int(time.time())
    counted: dict[writing.CountKey, Sketch] = {}
    for period in range(24):
        release, sql_us = ("0.1.0", 20_000) if period < 12 else ("0.2.0", 50_000)
        for county, network_us in (("TXG", 4_000), ("MLI", 90_000)):
            sketch = Sketch()
            for number in range(20):
                sql, network = (round(us * drawn.uniform(0.9, 1.1)) for us in (sql_us, network_us))
                terms = spent(8_000 + sql + network, sql=sql, network=network)
                sketch.add(exchange(number, total_us=sum(terms.values()), terms_us=terms))
            began_s = now_s - (24 - period) * 300
            counted[began_s, county, exchange().operation, release, "process"] = sketch
    connection = files.opened(files.path_of(folder, files.day_of(now_s * 1000)))
    writing.write(connection, [], counted, process="1")
    connection.close()
