"""What the time of a request is told apart into, and which one counts where two meet.

All of it is measured by one clock (``time.perf_counter_ns``) of one process; ``KERNEL`` and
``CPU`` are lengths that the kernel of the same host measured.
"""

from __future__ import annotations

import enum


class Term(enum.IntEnum):
    """A share of a request's time, in the order of precedence where marks overlap.

    What stands inside of another is more exact than what is around it, and a collector's pause
    stops whatever else is going on. (A template may ask the database; the wait for a body ends
    with a wait for the loop.) The numbers are nobody's but this process's: stores have their own.
    """

    PAUSE = 0  # Python's collector stood everything still
    KERNEL = 1  # the request lay in the socket: backlog, or a loop that was busy
    LOCK = 2  # statements that take row locks
    SQL = 3  # every other statement, and commits
    POOL = 4  # all connections to the database were in use
    SIGNATURE = 5  # checking a key or a password
    TEMPLATE = 6  # making a page
    SERIALISE = 7  # making JSON or a file
    THREAD = 8  # all threads were busy
    LOOP = 9  # read, but its task or its continuation had to wait for the event loop
    GROUP = 10  # waiting for others whose acts share a transaction
    BODY = 11  # waiting for the rest of the request: the client's upload
    SEND = 12  # the client takes the answer slowly
    OWN = 13  # what no mark covers: the product's own code
    CPU = 14  # ready to run, but the processor was somebody else's

    @property
    def word(self) -> str:
        """The name in stores, headers and pages."""
        return WORDS[self]


# All of them, as stores, headers and pages have them.
WORDS: tuple[str, ...] = tuple(term.name.lower() for term in Term)
# Those that are marks; the last two are what is left, and what is taken out.
MARKED: tuple[Term, ...] = tuple(Term)[: Term.OWN]

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
