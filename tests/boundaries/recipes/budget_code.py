"""How the routes of codes are called: a set of functions as a file and as rows."""

from __future__ import annotations

from functools import lru_cache

from tests.boundaries.caller import Content
from tests.boundaries.recipe import Kind, Recipe, Scene, Values
from tests.plugins.budget.books.conftest import Press

NO_SETS = (
    "DELETE FROM budget.class_code",
    "DELETE FROM budget.code_segment",
    "DELETE FROM budget.code_set WHERE kind <> 'object'",
)
# Long after the years of the other recipes, whose books have functions of their own.
HEAD = {"kind": "function", "first_year": "150", "last_year": ""}


def _no_sets(scene: Scene) -> Values:
    for statement in NO_SETS:
        scene.world.county.execute(statement)
    return {}


@lru_cache(maxsize=8)
def _table(mark: str) -> bytes:
    return Press().workbook({"代碼": [["代碼", "名稱"], ["32", f"行政支出{mark}"]]})


def _form(scene: Scene, _values: Values) -> Content:
    mark = scene.world.mark
    return Content(
        form={**HEAD, "name": f"自訂{mark}", "source": ""},
        files=[("file", f"codes{mark}.xlsx", _table(mark))],
    )


def _json(scene: Scene, _values: Values) -> Content:
    return Content(
        json={
            "kind": "function",
            "name": scene.world.text("自訂"),
            "first_year": 150,
            "codes": [{"code": "32", "name": scene.world.text("行政支出")}],
        }
    )


KINDS = {
    "budget.code_kind": Kind(make=lambda _: "scheme", missing="color"),
    "budget.set_name": Kind(make=lambda _: "central-10", missing="none"),
}
RECIPES = {
    "budget.codes.load": Recipe(role="BAS", prepare=_no_sets, content=_json),
    "budget.codes.load-form": Recipe(role="BAS", prepare=_no_sets, content=_form),
}
