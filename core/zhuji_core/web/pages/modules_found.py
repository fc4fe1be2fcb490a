"""A module of the county by its name."""

from __future__ import annotations

from zhuji_core.enabling.standing import ModuleStanding
from zhuji_core.modules import ModuleUnknown
from zhuji_core.web.context import RequestContext
from zhuji_core.web.notices import standings_of


def find_standing(context: RequestContext, name: str) -> ModuleStanding:
    """Return how a module stands; raise ModuleUnknown for one that nobody knows here."""
    found = next((one for one in standings_of(context) if one.name == name), None)
    if found is None:
        installed = ", ".join(sorted(context.access.hooks.installed))
        raise ModuleUnknown(module=name, installed=installed)
    return found
