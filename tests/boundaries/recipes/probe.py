"""How the routes of the tests' own module are called."""

from __future__ import annotations

from tests.boundaries.caller import Content
from tests.boundaries.recipe import Kind, Recipe, Scene, Values


def _thing(scene: Scene, _values: Values) -> Content:
    return Content(json={"name": scene.world.text("筆"), "amount_ntd": 10})


def _plain(_scene: Scene, _values: Values) -> Content:
    return Content(form={})


KINDS: dict[str, Kind] = {}

RECIPES = {
    "probe.thing.write": Recipe(role="REQ", content=_thing),
    "probe.thing.form": Recipe(role="REQ", content=_plain),
    "probe.thing.dear": Recipe(role="REQ", content=_plain),
    "probe.enact": Recipe(role="BAS"),
    "probe.fault": Recipe(role="REQ", is_broken=True),
    "probe.fault.api": Recipe(role="REQ", is_broken=True),
}
