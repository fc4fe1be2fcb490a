"""What a browser measured of one request: W3C Navigation and Resource Timing, by its own clock."""

from __future__ import annotations

import itertools
import math

from zhuji_core.values import Value

# Longer than any page is waited for; a clock that was set meanwhile gives such figures.
LONGEST_MS = 3_600_000.0
_US_IN_MS = 1000


class Stamps(Value, frozen=True, kw_only=True):
    """A performance entry as the beacon sends it: milliseconds since the page began.

    Of a connection that was used again the browser gives ``fetch_start`` for its four stamps.
    """

    start: float
    fetch_start: float
    lookup_start: float
    lookup_end: float
    connect_start: float
    connect_end: float
    secure_start: float = 0.0  # 0: no TLS, or the connection was used again
    request_start: float
    response_start: float
    response_end: float


class BrowserTerms(Value, frozen=True, kw_only=True):
    """Lengths in microseconds; together they are ``total_us``."""

    total_us: int
    redirect_us: int
    queue_us: int  # until the browser had a connection free: six for each host
    dns_us: int
    connect_us: int
    tls_us: int
    wait_us: int  # last of the request sent → first of the answer here: upload, network, server
    download_us: int


def terms_of(stamps: Stamps) -> BrowserTerms | None:
    """Return the lengths; None where the stamps cannot be those of one request.

    That is so for answers from a cache, for other origins that do not allow it (zeros), and for
    whatever somebody sends who is no browser.
    """
    if not _is_possible(stamps):
        return None
    secure = stamps.secure_start or stamps.connect_end
    moments = [
        stamps.start, stamps.fetch_start, stamps.lookup_start, stamps.lookup_end,
        stamps.connect_start, secure, stamps.connect_end, stamps.request_start,
        stamps.response_start, stamps.response_end,
    ]  # fmt: skip
    # Rounded as moments, so that the lengths add up.
    rounded = [round(moment * _US_IN_MS) for moment in moments]
    steps = [last - first for first, last in itertools.pairwise(rounded)]
    redirect, before_dns, dns, before_connect, connect, tls, before_request, wait, download = steps
    return BrowserTerms(
        total_us=rounded[-1] - rounded[0],
        redirect_us=redirect,
        queue_us=before_dns + before_connect + before_request,
        dns_us=dns,
        connect_us=connect,
        tls_us=tls,
        wait_us=wait,
        download_us=download,
    )


def _is_possible(stamps: Stamps) -> bool:
    moments = (
        stamps.start, stamps.fetch_start, stamps.lookup_start, stamps.lookup_end,
        stamps.connect_start, stamps.connect_end, stamps.request_start, stamps.response_start,
        stamps.response_end,
    )  # fmt: skip
    if not all(math.isfinite(moment) for moment in (*moments, stamps.secure_start)):
        return False
    if any(last < first for first, last in itertools.pairwise(moments)):
        return False
    if stamps.secure_start and not (
        stamps.connect_start <= stamps.secure_start <= stamps.connect_end
    ):
        return False
    sent = stamps.request_start > 0
    return sent and stamps.start >= 0 and stamps.response_end - stamps.start <= LONGEST_MS
