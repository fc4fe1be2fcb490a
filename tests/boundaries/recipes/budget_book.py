"""How the routes of unit books are called."""

from __future__ import annotations

from tests.boundaries.caller import Content
from tests.boundaries.recipe import Kind, Recipe, Scene, Values
from tests.boundaries.recipes.budget_preparation import given_keyed


def _agency(scene: Scene, _values: Values) -> Content:
    return Content(query={"agency_code": scene.agency_code})


def _estimate(scene: Scene) -> dict[str, str]:
    values = given_keyed(scene)
    # Codes of the boundary's world are short; a book stands below a department and an agency.
    scene.world.county.execute(
        "UPDATE budget.estimate_line SET code = rpad(code, 10, '0')"
        " WHERE estimate_id = CAST(:id AS uuid)",
        id=values["estimate_id"],
    )
    return values


def _file(_scene: Scene) -> Values:
    return {"suffix": "xlsx"}


def _estimate_file(scene: Scene) -> Values:
    return {**_estimate(scene), "suffix": "xlsx"}


KINDS: dict[str, Kind] = {}

RECIPES = {
    "budget.book.page": Recipe(role="REQ", content=_agency, names_agency=True),
    "budget.book.export": Recipe(role="REQ", prepare=_file, content=_agency, names_agency=True),
    "budget.books.read": Recipe(role="REQ", content=_agency, names_agency=True),
    "budget.estimate.book-page": Recipe(role="REV", prepare=_estimate),
    "budget.estimate.book-export": Recipe(role="REV", prepare=_estimate_file),
    "budget.estimates.book": Recipe(role="REV", prepare=_estimate),
}
