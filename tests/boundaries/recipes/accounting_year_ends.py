"""How the routes of the ends of years are called: year 104 is over, without books of its own."""

from __future__ import annotations

from tests.boundaries.caller import Content
from tests.boundaries.recipe import Kind, Recipe, Scene, Values
from tests.boundaries.recipes.accounting import REVIEWER
from zhuji_accounting.usecases.close_year import close_year

FORGET = """
    WITH ends AS (DELETE FROM accounting.year_end WHERE agency_code = :agency),
         months AS (DELETE FROM accounting.closed_period WHERE fiscal_year IN (104, 105)
                       AND agency_code = :agency)
    SELECT 1
"""
CLOSE_MONTHS = """
    INSERT INTO accounting.closed_period
           (fiscal_year, agency_code, period, document_id, closed_by, closed_at)
    SELECT 104, :agency, m.period, gen_random_uuid(), gen_random_uuid(), now()
      FROM generate_series(1, 12) AS m (period)
"""
YEAR: Values = {"fiscal_year": "104"}


def _over(scene: Scene) -> Values:
    """Let the twelve months be closed, as only the administrator may do at once."""
    scene.world.county.execute(FORGET, agency=scene.agency_code)
    scene.world.county.execute(CLOSE_MONTHS, agency=scene.agency_code)
    return YEAR


def _ended(scene: Scene) -> Values:
    _over(scene)
    with scene.uow(REVIEWER) as uow:
        close_year(uow, fiscal_year=104, agency_code=scene.agency_code)
    return YEAR


def _json(scene: Scene, _values: Values) -> Content:
    return Content(json={"agency_code": scene.agency_code})


def _reason_json(scene: Scene, _values: Values) -> Content:
    return Content(json={"agency_code": scene.agency_code, "reason": scene.world.text("更正")})


def _form(scene: Scene, _values: Values) -> Content:
    return Content(form={"agency_code": scene.agency_code, "confirmation": "104"})


def _reason_form(scene: Scene, _values: Values) -> Content:
    return Content(form={"agency_code": scene.agency_code, "reason": scene.world.text("更正")})


def _query(scene: Scene, _values: Values) -> Content:
    return Content(query={"agency_code": scene.agency_code})


KINDS: dict[str, Kind] = {}

RECIPES = {
    "accounting.year-ends.list": Recipe(role="CACC", content=_query, names_agency=True),
    "accounting.year-ends.page": Recipe(role="CACC", content=_query, names_agency=True),
    "accounting.year-ends.preview": Recipe(
        role="CACC", prepare=_over, content=_json, names_agency=True, changes_nothing=True
    ),
    "accounting.year-ends.preview-form": Recipe(
        role="CACC", prepare=_over, content=_form, names_agency=True, changes_nothing=True
    ),
    "accounting.year-ends.close": Recipe(
        role="CACC", prepare=_over, content=_json, names_agency=True
    ),
    "accounting.year-ends.close-form": Recipe(
        role="CACC", prepare=_over, content=_form, names_agency=True
    ),
    "accounting.year-ends.reopen": Recipe(
        role="BAS", prepare=_ended, content=_reason_json, names_agency=True
    ),
    "accounting.year-ends.reopen-form": Recipe(
        role="BAS", prepare=_ended, content=_reason_form, names_agency=True
    ),
}
