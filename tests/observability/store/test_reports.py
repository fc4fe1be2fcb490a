"""What a browser says of a request is joined to what was seen of it here."""

from __future__ import annotations

from pathlib import Path

from tests.observability.store.test_files import ALL, finished, keeper
from zhuji_observability.joined.browser import BrowserTerms
from zhuji_observability.store.exchange import BROWSER
from zhuji_observability.store.keeper import present
from zhuji_observability.store.reading import Store, Wanted

SEEN = Wanted(since_ms=ALL.since_ms, until_ms=ALL.until_ms, vantage=BROWSER)
# Its 5 ms at the server, 80 ms to come there and back, 700 ms to come down a narrow line.
SLOW_LINE = BrowserTerms(
    total_us=800_000,
    redirect_us=0,
    queue_us=15_000,
    dns_us=0,
    connect_us=0,
    tls_us=0,
    wait_us=85_000,
    download_us=700_000,
)


def trace_of(number: int) -> str:
    return f"{number + 1:032x}"


def test_a_quick_request_that_was_slow_on_its_way_is_kept_with_its_whole_equation(
    tmp_path: Path,
) -> None:
    one = keeper(tmp_path)
    for number in range(3):
        one.take(finished(number))
    one.step()
    one.take_report(trace_of(2), SLOW_LINE)
    one.step()
    store = Store(folder=tmp_path, on=True)
    (seen,) = store.counts(SEEN).values()
    assert seen.requests == 1, "the others told nothing"
    (served,) = store.counts(ALL).values()
    assert served.requests == 3, "and it is not counted twice"
    found = store.find(trace_of(2))
    assert found is not None
    assert (found.vantage, found.kept, found.total_us) == (BROWSER, "slow", 800_000)
    terms = found.terms_us
    assert (terms["queue"], terms["network"], terms["download"]) == (15_000, 80_000, 700_000)
    assert (terms["unattributed"], sum(terms.values())) == (0, 800_000)
    assert not found.is_open


def test_a_report_of_nothing_that_was_served_here_is_counted_as_such(tmp_path: Path) -> None:
    one = keeper(tmp_path)
    one.take(finished(0))
    one.take_report("f" * 32, SLOW_LINE)
    one.take_report(trace_of(0), SLOW_LINE)
    one.take_report(trace_of(0), SLOW_LINE)
    one.step()
    assert one.unjoined == 2, "nor is the same request told twice"
    (seen,) = Store(folder=tmp_path, on=True).counts(SEEN).values()
    assert seen.requests == 1


def test_only_what_is_started_takes_reports(tmp_path: Path) -> None:
    assert present() is None
    one = keeper(tmp_path)
    end = one.start()
    assert present() is one
    end()
    assert present() is None
