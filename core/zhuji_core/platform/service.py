"""What the pages of the host are given by the composition root."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from zhuji_core.access import CountyAccess
from zhuji_core.db.migrations import Migrations
from zhuji_core.platform.uow import Platform


@dataclass(frozen=True, kw_only=True, slots=True)
class HostService:
    """``migrations`` of the installed code, to tell who is behind; ``county``: the way into one.

    ``county`` is for break-glass alone: to write that it was opened or ended into the county's
    own trail. It raises CountyNotFound.
    """

    platform: Platform
    migrations: Callable[[], list[Migrations]]
    county: Callable[[str], CountyAccess]
