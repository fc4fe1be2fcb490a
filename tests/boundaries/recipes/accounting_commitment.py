"""How the routes of commitments are called: supplements of certified requests."""

from __future__ import annotations

from tests.boundaries.recipe import Kind, Recipe, Scene, Values
from tests.boundaries.recipes.accounting import _typed, certified


def _certified(scene: Scene) -> Values:
    return {"request_id": str(certified(scene).request_id)}


KINDS: dict[str, Kind] = {}

RECIPES = {
    "accounting.supplements.form": Recipe(role="REQ", prepare=_certified),
    "accounting.supplements.send": Recipe(role="REQ", prepare=_certified, content=_typed),
}
