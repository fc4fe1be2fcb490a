"""How a command reaches a county: ``with open_county("TXG") as uow: …``."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import sqlalchemy as sa

from zhuji_core.access import CountyAccess
from zhuji_core.compose import Host, open_host, operator_actor, watched
from zhuji_core.county import BUSINESS, CountyState
from zhuji_core.uow import UnitOfWork

# Who proves a city's year, or writes it out, reads millions of rows in a statement, and reckons
# between two. It waits for nobody and nobody for it: it only reads.
PATIENCE = sa.text("""
    SELECT set_config('statement_timeout', '10min', true),
           set_config('idle_in_transaction_session_timeout', '10min', true)
""")


@contextlib.contextmanager
def open_operator() -> Iterator[Host]:
    """Open the host for a command, watched like any other process."""
    with watched(), open_host() as host:
        yield host


@contextlib.contextmanager
def begin_as_operator(
    host: Host,
    access: CountyAccess,
    *,
    read_only: bool = False,
    reason: str = "",
    writes: frozenset[CountyState] = BUSINESS,
) -> Iterator[UnitOfWork]:
    """Open a unit of work as the operator in a county that is already at hand."""
    actor = operator_actor(host, reason=reason)
    with access.begin(actor=actor, read_only=read_only, writes=writes) as uow:
        yield uow


@contextlib.contextmanager
def open_county(
    code: str, *, read_only: bool = False, reason: str = "", patient: bool = False
) -> Iterator[UnitOfWork]:
    """Open one unit of work in county ``code`` (any case) for a command of a module.

    It commits when the block ends and keeps nothing when it raises; a refusal that leaves the
    block is printed by the command line and ends in exit code 1. Statement timeouts are those
    of the web, and ten minutes for who is ``patient`` and reads the whole county; a long import
    raises its own (``SET LOCAL statement_timeout``). ``reason``: why the operator does it, kept
    with every entry of the audit.

    Raises CountyNotFound.
    """
    with open_operator() as host:
        access = host.county(code)
        with begin_as_operator(host, access, read_only=read_only, reason=reason) as uow:
            if patient:
                uow.connection.execute(PATIENCE)
            yield uow
