"""What the time of a request is told apart into, and which one counts where two meet.

All of it is measured by one clock (``time.perf_counter_ns``) of one process; ``kernel`` and
``cpu`` are lengths that the kernel of the same host measured.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping


class Term(enum.Enum):
    """A share of a request's time, by its name in stores, headers and pages."""

    KERNEL = "kernel"  # the request lay in the socket: backlog, or a loop that was busy
    LOOP = "loop"  # read, but its task or its continuation had to wait for the event loop
    BODY = "body"  # waiting for the rest of the request: the client's upload
    THREAD = "thread"  # all threads were busy
    POOL = "pool"  # all connections to the database were in use
    LOCK = "lock"  # statements that take row locks
    SQL = "sql"  # every other statement, and commits
    SIGNATURE = "signature"  # checking or making one
    TEMPLATE = "template"  # making a page
    SERIALISE = "serialise"  # making JSON or a file
    SEND = "send"  # the client takes the answer slowly
    PAUSE = "pause"  # Python's collector stood everything still
    CPU = "cpu"  # ready to run, but the processor was somebody else's
    OWN = "own"  # what is left: the product's own code


# Who counts where marks overlap, the first before the second: what stands inside of another is
# more exact than what is around it, and a collector's pause stops whatever else is going on.
# (A template may ask the database; the wait for a body ends with a wait for the loop.)
PRECEDENCE: tuple[Term, ...] = (
    Term.PAUSE,
    Term.KERNEL,
    Term.LOCK,
    Term.SQL,
    Term.POOL,
    Term.SIGNATURE,
    Term.TEMPLATE,
    Term.SERIALISE,
    Term.THREAD,
    Term.LOOP,
    Term.BODY,
    Term.SEND,
)
RANKS: Mapping[Term, int] = {term: rank for rank, term in enumerate(PRECEDENCE)}

# Waiting for the processor has a length and no place: it is taken out of these, in this order.
# A thread that waits for the database is not ready to run until the answer is there.
CPU_TAKEN_FROM: tuple[Term, ...] = (
    Term.OWN,
    Term.TEMPLATE,
    Term.SERIALISE,
    Term.SIGNATURE,
    Term.SQL,
    Term.LOCK,
)
