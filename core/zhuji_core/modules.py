"""What a module says of itself to the kernel: plain frozen values, returned by its hooks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from zhuji_core.values import Value

if TYPE_CHECKING:
    from collections.abc import Mapping

Scope = Literal["agency", "county"]


class ModuleInfo(Value, frozen=True, kw_only=True):
    """Name (also its database schema and URL part), title in 正體中文, and what it needs."""

    name: str
    title: str
    version: str
    requires: tuple[str, ...] = ()


class Permission(Value, frozen=True, kw_only=True):
    """The right to do one verb: ``module.noun.verb``, held by roles, per agency or county.

    ``roles`` are the roles that hold it in a new county; afterwards the county decides.
    """

    name: str
    title: str
    scope: Scope
    roles: tuple[str, ...]


class NavItem(Value, frozen=True, kw_only=True):
    """One verb in the left column; ``path`` is relative to the county (``accounting/requests``).

    ``waiting`` is how many documents wait for the actor.
    """

    title: str
    path: str
    waiting: int = 0


class WorkItem(Value, frozen=True, kw_only=True):
    """What waits for the actor, shown on the first page; ``path`` is relative to the county."""

    title: str
    path: str
    count: int
    oldest_days: int
    amount_ntd: int


class HotPath(Value, frozen=True, kw_only=True):
    """A route whose speed users feel; ``p95_ms_max`` is server time, checked by load tests."""

    name: str
    operation_id: str
    p95_ms_max: int


class DemoAccount(Value, frozen=True, kw_only=True):
    """A sign-in that the demo prints: account, name, roles, and agency ('' = whole county)."""

    account: str
    name: str
    roles: tuple[str, ...]
    agency_code: str
    county_wide: bool = False


class DemoStep(Value, frozen=True, kw_only=True):
    """One thing that ``zhuji demo --check`` did through HTTP, and what came back."""

    title: str
    expected: str
    got: str
    passed: bool
    figures: Mapping[str, int] = msgspec.field(default_factory=dict)
