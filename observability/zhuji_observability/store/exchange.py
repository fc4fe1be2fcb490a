"""One request with its terms, as it is stored; lengths in whole microseconds."""

from __future__ import annotations

from collections.abc import Mapping

from zhuji_core.values import Value
from zhuji_observability.joined.equation import (
    DOWNLOAD,
    NETWORK,
    OPEN_SHARE,
    OPEN_US,
    UNATTRIBUTED,
    UPLOAD,
)
from zhuji_observability.recorder.terms import Term

# In the order of time, as ``joined.equation`` has them; the names of columns and on pages.
BEFORE = ("redirect", "queue", "dns", "connect", "tls")
IN_PROCESS = tuple(term.word for term in Term if term is not Term.BODY)
# Who measured the total: this process alone, or the browser that asked as well.
PROCESS, BROWSER = "process", "browser"
TERMS: tuple[str, ...] = (*BEFORE, UPLOAD, NETWORK, *IN_PROCESS, DOWNLOAD, UNATTRIBUTED)

# As counts have them in files: in this order, so that files of older releases are still read.
LATER = ("group",)
STORED = (*(name for name in TERMS if name not in LATER), *LATER)


class Meeting(Value, frozen=True, kw_only=True):
    """Another session, of which this request waited for a lock or which waited for this one's.

    ``side``: ``waited`` (the other held it), ``held`` (this one did) or ``led`` (the other did this
    one's work in its transaction). ``trace`` '' is no request of this process: ``ours`` tells
    whether it is the product's at all. ``seen_us`` is how long, from the first to the last look;
    ``open_us`` how long the holder's transaction had been open at the first, ``state`` what
    PostgreSQL says that it did (both empty where it is hidden), ``behind`` how many others stood
    in the line between them. ``own`` and ``backend`` are the two processes of PostgreSQL.
    """

    side: str
    trace: str = ""
    ours: bool = True
    state: str = ""
    open_us: int = 0
    seen_us: int = 0
    behind: int = 0
    own: int = 0
    backend: int = 0


class SpanNote(Value, frozen=True, kw_only=True):
    """A hook, use case or statement: ``parent`` is its place in the list, -1 the request.

    Moments are microseconds after the request's span began.
    """

    name: str
    parent: int
    start_us: int
    length_us: int
    module: str = ""
    statement: str = ""
    refusal: str = ""
    failed: bool = False

    @property
    def end_us(self) -> int:
        return self.start_us + self.length_us


class Exchange(Value, frozen=True, kw_only=True):
    """``operation`` '' where no route was found; ``county`` '' on the host's own pages.

    ``before_us`` is how long it had been waiting in kernel and loop when its span began. Seen by
    a browser the total is its own, and ``unattributed`` what nobody explains of it.
    """

    trace: str
    began_ms: int
    county: str
    module: str
    operation: str
    route: str
    method: str
    status: int
    release: str
    total_us: int
    terms_us: Mapping[str, int]
    before_us: int = 0
    rtt_us: int | None = None
    retransmits: int = 0
    kept: str = ""  # why: see ``sampling``
    vantage: str = PROCESS
    spans: tuple[SpanNote, ...] = ()
    met: tuple[Meeting, ...] = ()

    @property
    def is_open(self) -> bool:
        """Tell whether more is unexplained than the bound allows."""
        left = abs(self.terms_us.get(UNATTRIBUTED, 0))
        return left > max(OPEN_US, OPEN_SHARE * self.total_us)

    @property
    def served_us(self) -> int:
        """Return what the server took of it: no upload, line or download."""
        return sum(self.terms_us.get(name, 0) for name in IN_PROCESS)

    @property
    def failed(self) -> bool:
        return self.status >= 500  # noqa: PLR2004 (HTTP: the server's fault)
