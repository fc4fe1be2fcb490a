"""How the routes of the monthly release are called: months that wait for a note, or are behind."""

from __future__ import annotations

from tests.boundaries.caller import Content
from tests.boundaries.recipe import Kind, Recipe, Scene, Values
from tests.boundaries.recipes.accounting import nothing_waits
from tests.plugins.accounting.given import YEAR

UNNOTED = "DELETE FROM budget.release_note WHERE agency_code = :agency"
# Months are taken back whole, as if nobody had ever been told of them.
BEHIND = (
    "DELETE FROM budget.allotment_release WHERE agency_code = :agency AND month > 1",
    """
    WITH told AS (
        SELECT sequence FROM kernel.event
         WHERE type = 'budget.allotment-released' AND body ->> 'agency_code' = :agency
           AND (body ->> 'month')::integer > 1
    ), waiting AS (
        DELETE FROM kernel.event_waiting WHERE sequence IN (SELECT sequence FROM told)
    )
    DELETE FROM kernel.event WHERE sequence IN (SELECT sequence FROM told)
    """,
)


def _unnoted(scene: Scene) -> Values:
    scene.world.county.execute(UNNOTED, agency=scene.agency_code)
    return {}


def _wanted(scene: Scene) -> dict[str, object]:
    return {"fiscal_year": YEAR, "agency_code": scene.agency_code}


def _note_form(scene: Scene, _values: Values) -> Content:
    return Content(form={name: str(value) for name, value in _wanted(scene).items()})


def _note_json(scene: Scene, _values: Values) -> Content:
    return Content(json=_wanted(scene))


def _behind(scene: Scene) -> Values:
    _unnoted(scene)
    for statement in BEHIND:
        scene.world.county.execute(statement, agency=scene.agency_code)
    return nothing_waits(scene)


KINDS: dict[str, Kind] = {}
RECIPES = {
    "budget.releases.start-form": Recipe(role="BAS", prepare=_behind),
    "budget.releases.start": Recipe(role="BAS", prepare=_behind),
    "budget.releases.note-form": Recipe(
        role="CACC", prepare=_unnoted, content=_note_form, names_agency=True
    ),
    "budget.releases.note": Recipe(
        role="CACC", prepare=_unnoted, content=_note_json, names_agency=True
    ),
}
