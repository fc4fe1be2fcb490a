"""How a program of ``loadtests`` writes in a county of its own home: as the host's operator."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from loadtests.data.copying import Begin
from loadtests.site import Site
from zhuji_core.commands.opening import begin_as_operator, open_operator
from zhuji_core.uow import UnitOfWork


@contextmanager
def home_of(opened: Site) -> Iterator[None]:
    """Let this process's own commands, and its children, find the site's home."""
    before = os.environ.get("ZHUJI_HOME")
    os.environ["ZHUJI_HOME"] = str(opened.home.path)
    try:
        yield
    finally:
        os.environ.pop("ZHUJI_HOME")
        if before is not None:
            os.environ["ZHUJI_HOME"] = before


@contextmanager
def begin_of(code: str) -> Iterator[Begin]:
    """Give how a unit of work of county ``code`` begins, in the home of ``ZHUJI_HOME``."""
    with open_operator() as host:
        access = host.county(code)

        def begin(*, read_only: bool = False) -> AbstractContextManager[UnitOfWork]:
            return begin_as_operator(host, access, read_only=read_only)

        yield begin
