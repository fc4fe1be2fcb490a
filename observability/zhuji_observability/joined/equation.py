"""One sum of what three places measured, each by its own clock; nothing is moved to make it fit.

total = redirect + queue + dns + connect + tls         (browser)
      + upload + network                               (wire; else the process)
      + kernel + loop + … + own                        (process; else ``server`` of the wire)
      + download                                       (browser; else wire, process)
      + unattributed

Only lengths meet here, never moments: the clocks of two hosts are not compared. What the lengths
of one place leave open inside of another's is ``unattributed``; it may be negative, by as much
as two clocks disagree about one length (the kernel's tick is 4 ms).
"""

from __future__ import annotations

from collections.abc import Mapping

from zhuji_core.values import Value
from zhuji_observability.joined.browser import BrowserTerms
from zhuji_observability.recorder.terms import WORDS, Term

UPLOAD, NETWORK, SERVER, DOWNLOAD = "upload", "network", "server", "download"
UNATTRIBUTED = "unattributed"
# More than both of these that nobody explains is told (design, §4 and G1).
OPEN_US, OPEN_SHARE = 5_000, 0.02


class Wire(Value, frozen=True, kw_only=True):
    """What the capture point says, in microseconds; None where it could not see."""

    request_us: int | None
    server_us: int | None
    response_us: int | None
    rtt_us: int | None


class Process(Value, frozen=True, kw_only=True):
    """What the recorder says: terms until the head of the answer was sent, and the sending."""

    spent_us: Mapping[Term, int]
    send_us: int = 0
    rtt_us: int | None = None  # the kernel's estimate towards the client

    @property
    def worked_us(self) -> int:
        """From the whole request to the head of the answer: all terms but the upload."""
        return sum(length for term, length in self.spent_us.items() if term is not Term.BODY)


class Explained(Value, frozen=True, kw_only=True):
    """The terms in the order of time, and what is left; together they are the total."""

    total_us: int
    terms_us: Mapping[str, int]

    @property
    def unattributed_us(self) -> int:
        return self.terms_us[UNATTRIBUTED]

    @property
    def is_open(self) -> bool:
        """Tell whether more is unexplained than the bound allows."""
        return abs(self.unattributed_us) > max(OPEN_US, OPEN_SHARE * self.total_us)


def explain(
    *,
    browser: BrowserTerms | None = None,
    wire: Wire | None = None,
    process: Process | None = None,
) -> Explained | None:
    """Return the equation of one exchange; None where no place saw enough of it."""
    upload = _upload(wire, process)
    server = _server(wire, process)
    if server is None:
        return None
    rtt = _rtt(wire, process)
    terms: dict[str, int] = {}
    if browser is not None:
        terms |= _before(browser)
    terms[UPLOAD] = upload
    terms[NETWORK] = max(0, _left(browser, upload + server)) if rtt is None else rtt
    terms |= _of_server(server, process)
    terms[DOWNLOAD] = _download(browser, wire, process)
    explained = sum(terms.values())
    if browser is not None:
        total = browser.total_us
    else:
        # Nobody stood at the client: its total is rebuilt from what was seen here.
        total = explained - _sum_of_server(terms, process) + server
    terms[UNATTRIBUTED] = total - explained
    return Explained(total_us=total, terms_us=terms)


def seen_by(browser: BrowserTerms, terms_us: Mapping[str, int], *, rtt_known: bool) -> Explained:
    """Return the equation of an exchange that the process had explained alone, now with a browser.

    The same as ``explain`` with both, for a report that comes when the rest is stored already.
    """
    told = _before(browser)
    terms = {name: length for name, length in terms_us.items() if name not in told}
    terms.pop(UNATTRIBUTED, None)
    terms.pop(DOWNLOAD, None)
    if not rtt_known:
        served = sum(length for name, length in terms.items() if name != NETWORK)
        terms[NETWORK] = max(0, browser.wait_us - served)
    terms = {**told, **terms, DOWNLOAD: browser.download_us}
    left = browser.total_us - sum(terms.values())
    return Explained(total_us=browser.total_us, terms_us={**terms, UNATTRIBUTED: left})


def _before(browser: BrowserTerms) -> dict[str, int]:
    return {
        "redirect": browser.redirect_us,
        "queue": browser.queue_us,
        "dns": browser.dns_us,
        "connect": browser.connect_us,
        "tls": browser.tls_us,
    }


def _upload(wire: Wire | None, process: Process | None) -> int:
    if wire is not None and wire.request_us is not None:
        return wire.request_us
    return process.spent_us.get(Term.BODY, 0) if process is not None else 0


def _server(wire: Wire | None, process: Process | None) -> int | None:
    """Return the time from the whole request to the first of the answer."""
    if wire is not None and wire.server_us is not None:
        return wire.server_us
    return None if process is None else process.worked_us


def _rtt(wire: Wire | None, process: Process | None) -> int | None:
    if wire is not None and wire.rtt_us is not None:
        return wire.rtt_us
    return process.rtt_us if process is not None else None


def _left(browser: BrowserTerms | None, explained: int) -> int:
    """Return what the browser waited beyond upload and server: the network, if nobody saw it."""
    return browser.wait_us - explained if browser is not None else 0


def _of_server(server: int, process: Process | None) -> dict[str, int]:
    if process is None:
        return {SERVER: server}
    return {WORDS[term]: length for term, length in process.spent_us.items() if term != Term.BODY}


def _sum_of_server(terms: Mapping[str, int], process: Process | None) -> int:
    return terms[SERVER] if process is None else process.worked_us


def _download(browser: BrowserTerms | None, wire: Wire | None, process: Process | None) -> int:
    if browser is not None:
        return browser.download_us
    if wire is not None and wire.response_us is not None:
        return wire.response_us
    return process.send_us if process is not None else 0
