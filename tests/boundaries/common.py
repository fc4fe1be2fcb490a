"""What recipes of many routes have in common: the plainest contents, and objects by their id."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.boundaries.caller import Content
from tests.boundaries.recipe import Scene, Values

Contents = Callable[[Scene, Values], Content]


def named(name: str, make: Callable[[Scene], object]) -> Callable[[Scene], Values]:
    """Return how an object is made for a path that calls its id ``name``."""
    return lambda scene: {name: str(getattr(make(scene), name))}


def reason_json(scene: Scene, _values: Values) -> Content:
    return Content(json={"reason": scene.world.text("請補附件")})


def reason_form(scene: Scene, _values: Values) -> Content:
    return Content(form={"reason": scene.world.text("請補附件")})


def plain_form(_scene: Scene, _values: Values) -> Content:
    return Content(form={})


def agency_query(scene: Scene, _values: Values) -> Content:
    return Content(query={"agency_code": scene.agency_code})


def rewritten(write: Contents) -> Contents:
    """Return what ``write`` sends, over the first revision of what is there."""

    def content(scene: Scene, values: Values) -> Content:
        body: dict[str, Any] = write(scene, values).json
        return Content(json={**body, "revision": 1})

    return content
