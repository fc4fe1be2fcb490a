"""``Server-Timing``: what the browser is told of the same request, in milliseconds.

Lengths only, no names: what anybody may read in their own browser. W3C Server Timing.
"""

from __future__ import annotations

from collections.abc import Mapping

from zhuji_observability.recorder.record import Record
from zhuji_observability.recorder.terms import Term

# In the order of the equation; what is sent after the head is not known yet.
TOLD: Mapping[str, Term] = {
    "kq": Term.KERNEL,
    "lq": Term.LOOP,
    "body": Term.BODY,
    "tq": Term.THREAD,
    "grp": Term.GROUP,
    "pool": Term.POOL,
    "lock": Term.LOCK,
    "db": Term.SQL,
    "sign": Term.SIGNATURE,
    "tpl": Term.TEMPLATE,
    "ser": Term.SERIALISE,
    "gc": Term.PAUSE,
    "cpu": Term.CPU,
    "own": Term.OWN,
}
TOTAL = "app"
_NS_IN_MS = 1_000_000
_TOLD_NS = 5_000


def header(record: Record, *, traceparent: str = "") -> tuple[bytes, bytes]:
    """Return the header of a response whose head is sent now.

    By ``traceparent`` a browser can say which request it measured, also of the page itself.
    """
    text = told(record.tell(), total_ns=record.first_sent_ns - record.started_ns)
    if traceparent:
        text += f', traceparent;desc="{traceparent}"'
    return b"server-timing", text.encode()


def told(spent: Mapping[Term, int], *, total_ns: int) -> str:
    """Return the text; terms of less than half a hundredth of a millisecond are not."""
    parts = [f"{TOTAL};dur={total_ns / _NS_IN_MS:.2f}"]
    for name, term in TOLD.items():
        if (length := spent[term]) >= _TOLD_NS:
            parts.append(f"{name};dur={length / _NS_IN_MS:.2f}")
    return ", ".join(parts)
