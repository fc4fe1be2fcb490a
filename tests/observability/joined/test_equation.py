"""The three places make one sum; what nobody explains is in it, by its own name."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhuji_observability.joined.browser import LONGEST_MS, BrowserTerms, Stamps, terms_of
from zhuji_observability.joined.equation import UNATTRIBUTED, Process, Wire, explain, seen_by
from zhuji_observability.joined.sources import process_of, rounded
from zhuji_observability.recorder.record import Record
from zhuji_observability.recorder.tcp_info import NOTHING
from zhuji_observability.recorder.terms import Term

US = st.integers(0, 10**7)
MAYBE = st.none() | US
WIRES = st.builds(Wire, request_us=MAYBE, server_us=MAYBE, response_us=MAYBE, rtt_us=MAYBE)
PROCESSES = st.builds(
    Process,
    spent_us=st.fixed_dictionaries(dict.fromkeys(Term, US)),
    send_us=US,
    rtt_us=MAYBE,
)


def _browser(parts: list[int]) -> BrowserTerms:
    redirect, queue, dns, connect, tls, wait, download = parts
    return BrowserTerms(
        total_us=sum(parts), redirect_us=redirect, queue_us=queue, dns_us=dns,
        connect_us=connect, tls_us=tls, wait_us=wait, download_us=download,
    )  # fmt: skip


BROWSERS = st.lists(US, min_size=7, max_size=7).map(_browser)
# A page over a line of 40 ms: 11 waited for a connection, 30 at the server, 25 down.
BROWSER = _browser([0, 11_000, 0, 0, 0, 76_000, 25_000])
WIRE = Wire(request_us=5_000, server_us=30_000, response_us=24_000, rtt_us=40_000)
PROCESS = Process(
    spent_us=dict.fromkeys(Term, 0) | {Term.BODY: 4_000, Term.LOCK: 20_000, Term.OWN: 9_500},
    rtt_us=41_000,
)


def test_the_whole_equation() -> None:
    found = explain(browser=BROWSER, wire=WIRE, process=PROCESS)
    assert found is not None
    assert found.total_us == 112_000
    terms = found.terms_us
    assert (terms["queue"], terms["upload"], terms["network"]) == (11_000, 5_000, 40_000)
    assert (terms["lock"], terms["own"], terms["download"]) == (20_000, 9_500, 25_000)
    assert "body" not in terms
    # 76 = 5 + 40 + 30 + 1, and of the server's 30 the process knows 29.5.
    assert terms[UNATTRIBUTED] == 1_500
    assert not found.is_open


@given(browser=st.none() | BROWSERS, wire=st.none() | WIRES, process=st.none() | PROCESSES)
def test_terms_are_the_total_whatever_was_seen(
    browser: BrowserTerms | None, wire: Wire | None, process: Process | None
) -> None:
    found = explain(browser=browser, wire=wire, process=process)
    seen = process is not None or (wire is not None and wire.server_us is not None)
    assert (found is not None) == seen
    if found is None:
        return
    assert sum(found.terms_us.values()) == found.total_us
    assert all(length >= 0 for name, length in found.terms_us.items() if name != UNATTRIBUTED)
    if browser is not None:
        assert found.total_us == browser.total_us


@given(browser=BROWSERS, process=PROCESSES)
def test_a_report_that_comes_later_makes_the_same_equation(
    browser: BrowserTerms, process: Process
) -> None:
    stored = explain(process=process)
    assert stored is not None
    later = seen_by(browser, stored.terms_us, rtt_known=process.rtt_us is not None)
    assert later == explain(browser=browser, process=process)


def test_without_wire_the_process_says_upload_and_server() -> None:
    found = explain(browser=BROWSER, process=PROCESS)
    assert found is not None
    assert (found.terms_us["upload"], found.terms_us["network"]) == (4_000, 41_000)
    assert found.unattributed_us == 76_000 - 4_000 - 41_000 - 29_500


def test_a_network_that_nobody_measured_is_what_the_browser_waited_beyond() -> None:
    blind = msgspec.structs.replace(PROCESS, rtt_us=None)
    found = explain(browser=BROWSER, process=blind)
    assert found is not None
    assert (found.terms_us["network"], found.unattributed_us) == (76_000 - 4_000 - 29_500, 0)


def test_without_browser_the_clients_total_is_rebuilt() -> None:
    found = explain(wire=WIRE)
    assert found is not None
    assert found.total_us == 5_000 + 40_000 + 30_000 + 24_000
    assert found.terms_us["server"] == 30_000
    both = explain(wire=WIRE, process=PROCESS)
    assert both is not None
    assert (both.total_us, both.unattributed_us) == (found.total_us, 500)


def test_more_than_the_bound_unexplained_is_told() -> None:
    slower = msgspec.structs.replace(BROWSER, wait_us=176_000, total_us=212_000)
    found = explain(browser=slower, wire=WIRE, process=PROCESS)
    assert found is not None
    assert (found.unattributed_us, found.is_open) == (101_500, True)


STAMPS = Stamps(
    start=1.0, fetch_start=2.0, lookup_start=3.0, lookup_end=5.5, connect_start=6.0,
    connect_end=30.0, secure_start=14.0, request_start=31.0, response_start=80.25,
    response_end=99.0,
)  # fmt: skip


def test_stamps_are_lengths() -> None:
    found = terms_of(STAMPS)
    assert found == BrowserTerms(
        total_us=98_000, redirect_us=1_000, queue_us=2_500, dns_us=2_500, connect_us=8_000,
        tls_us=16_000, wait_us=49_250, download_us=18_750,
    )  # fmt: skip


def test_a_connection_that_is_used_again_has_no_connect() -> None:
    again = {"lookup_start": 2.0, "lookup_end": 2.0, "connect_start": 2.0, "connect_end": 2.0}
    found = terms_of(msgspec.structs.replace(STAMPS, **again, secure_start=0.0))
    assert found is not None
    assert (found.dns_us, found.connect_us, found.tls_us, found.queue_us) == (0, 0, 0, 29_000)


@pytest.mark.parametrize(
    "wrong",
    [
        {"response_start": 98.0, "response_end": 90.0},
        {"request_start": 0.0},
        {"lookup_end": 7.0},
        {"secure_start": 40.0},
        {"secure_start": 5.0},
        {"response_end": float("nan")},
        {"response_end": float("inf")},
        {"response_end": LONGEST_MS + 2},
        {"start": -1.0},
    ],
)
def test_stamps_that_cannot_be_are_none(wrong: dict[str, float]) -> None:
    assert terms_of(msgspec.structs.replace(STAMPS, **wrong)) is None


@given(st.lists(st.floats(0, 10_000), min_size=9, max_size=9), st.floats(0, 10_000))
def test_lengths_add_up_to_the_total(moments: list[float], secure: float) -> None:
    names = [name for name in Stamps.__struct_fields__ if name != "secure_start"]
    stamps = Stamps(**dict(zip(names, sorted(moments), strict=True)), secure_start=secure)
    found = terms_of(stamps)
    if found is None:
        return
    parts = msgspec.structs.asdict(found)
    total = parts.pop("total_us")
    assert sum(parts.values()) == total
    assert all(length >= 0 for length in parts.values())


@given(st.dictionaries(st.sampled_from(list(Term)), st.integers(0, 10**12), min_size=1))
def test_rounded_terms_still_add_up(spent: dict[Term, int]) -> None:
    found = rounded(spent)
    assert sum(found.values()) == sum(spent.values()) // 1000
    assert all(abs(found[term] * 1000 - length) < 1000 for term, length in spent.items())


def test_a_record_as_the_equation_takes_it() -> None:
    record = Record(1_000_000)
    record.add(Term.KERNEL, 1_000_000, 3_000_000)
    record.add(Term.SQL, 4_000_000, 9_000_000)
    record.first_sent_ns, record.ended_ns = 11_000_000, 16_000_000
    record.tcp = b"\x00" * 68 + (1234).to_bytes(4, "little") + b"\x00" * 32
    found = process_of(record, [(Term.PAUSE, 8_000_000, 9_500_000)])
    assert {term: length for term, length in found.spent_us.items() if length} == {
        Term.KERNEL: 2_000, Term.SQL: 4_000, Term.PAUSE: 1_500, Term.OWN: 2_500,
    }  # fmt: skip
    assert (found.send_us, found.rtt_us) == (5_000, 1234)
    record.first_sent_ns, record.tcp = 0, NOTHING
    hung_up = process_of(record)
    assert (sum(hung_up.spent_us.values()), hung_up.send_us, hung_up.rtt_us) == (15_000, 0, None)
