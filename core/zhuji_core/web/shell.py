"""The frame around every page: what ``base.html`` and ``bare.html`` are given."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from zhuji_core.values import Value


class FlashKind(StrEnum):
    """What a message after an action means; a word and a shape say it, not only the colour."""

    DONE = "done"
    NOTE = "note"
    WARNING = "warning"


class Flash(Value, frozen=True, kw_only=True):
    """What the last action did, with a link to what it made."""

    text: str
    kind: FlashKind = FlashKind.DONE
    url: str = ""
    link: str = ""


class NavItem(Value, frozen=True, kw_only=True):
    """A verb or list of a module; ``count`` is how much work waits there (0: not shown)."""

    title: str
    url: str
    count: int = 0
    current: bool = False


class NavGroup(Value, frozen=True, kw_only=True):
    """A module that the county has and this person may use."""

    title: str
    items: tuple[NavItem, ...]


class Crumb(Value, frozen=True, kw_only=True):
    """A step from home to this page; the last one has no ``url``."""

    title: str
    url: str = ""


class Shell(Value, frozen=True, kw_only=True):
    """Who sits before the page, where and when; made once for each page.

    ``server_ms`` is the time from the request's arrival to rendering. ``acting_for`` names whom
    a deputy stands in for (代理). ``search_url`` and ``trace_url`` may be empty: not offered.
    ``notices`` stand on every page for as long as they hold: the county is read-only.
    """

    county_code: str
    county_name: str
    agency_name: str
    fiscal_year: int
    business_date: dt.date
    user_name: str
    role_names: tuple[str, ...]
    language: str
    csrf_token: str
    trace_id: str
    server_ms: float
    nav: tuple[NavGroup, ...] = ()
    breadcrumb: tuple[Crumb, ...] = ()
    flash: tuple[Flash, ...] = ()
    acting_for: str = ""
    agency_code: str = ""
    search_url: str = ""
    trace_url: str = ""
    notices: tuple[str, ...] = ()

    @property
    def root(self) -> str:
        """Return ``/txg``: what the addresses of this county's pages begin with."""
        return f"/{self.county_code.lower()}"


class Bare(Value, frozen=True, kw_only=True):
    """The frame of pages before signing in.

    ``path`` is this page's own address, ``next_path`` where it leads afterwards.
    """

    county_name: str
    language: str
    path: str
    next_path: str = ""
    csrf_token: str = ""
    trace_id: str = ""
    notices: tuple[str, ...] = ()


class DemoSignIn(Value, frozen=True, kw_only=True):
    """A sign-in that the demo shows on its sign-in page."""

    account: str
    name: str
    agency: str
    does: str


class SignIn(Value, frozen=True, kw_only=True):
    """What the sign-in page shows: the account keyed before, why it was refused, what was done."""

    account: str = ""
    next_path: str = ""
    refusal: str = ""
    notice: str = ""
    reset_url: str = ""
    demo: tuple[DemoSignIn, ...] = ()


class WorkItem(Value, frozen=True, kw_only=True):
    """One line of a worklist: so many of these wait, the oldest for so long."""

    title: str
    url: str
    count: int
    module: str = ""
    oldest_days: int | None = None
    amount_ntd: int | None = None
