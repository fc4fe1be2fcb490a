"""How pages name whoever did something: a person with the account, or the system itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from zhuji_core.identity.actor import SYSTEM_ACCOUNT
from zhuji_core.values import N_

SYSTEM = N_("系統")

Gettext = Callable[[str], str]


class Acted(Protocol):
    """Anything that says who acted, as an entry of the audit does."""

    @property
    def actor_name(self) -> str: ...

    @property
    def actor_account(self) -> str: ...


def actor_name(entry: Acted, gettext: Gettext) -> str:
    """Return the name alone; commands and jobs act as the system, in the reader's language."""
    return gettext(SYSTEM) if entry.actor_account == SYSTEM_ACCOUNT else entry.actor_name


def actor_told(entry: Acted, gettext: Gettext) -> str:
    """Return ``王小明（wang）``; the system has no account to name."""
    name = actor_name(entry, gettext)
    return name if entry.actor_account == SYSTEM_ACCOUNT else f"{name}（{entry.actor_account}）"
