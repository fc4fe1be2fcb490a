"""How the routes of codes are called: a set of functions as a file and as rows."""

from __future__ import annotations

from functools import lru_cache

from tests.boundaries.caller import Content
from tests.boundaries.recipe import Kind, Recipe, Scene, Values
from tests.plugins.budget.books.conftest import Press
from zhuji_budget.usecases.load_codes import load_codes
from zhuji_budget.usecases.read_codes import CodeSetHead, GivenCode, given_codes

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


def _own_set(scene: Scene) -> Values:
    """A set of the county's own, of years that no budget reaches."""
    _no_sets(scene)
    name = f"撤{scene.world.mark}"
    head = CodeSetHead(kind="function", name=name, first_year=160, last_year=161)
    with scene.uow() as uow:
        load_codes(uow, given_codes(head, [GivenCode(code="32", name="行政支出")]))
    return {"code_kind": "function", "set_name": name}


KINDS = {
    "budget.code_kind": Kind(make=lambda _: "scheme", missing="color"),
    "budget.set_name": Kind(make=lambda _: "central-10", missing="none"),
}
RECIPES = {
    "budget.codes.load": Recipe(role="BAS", prepare=_no_sets, content=_json),
    "budget.codes.withdraw": Recipe(role="BAS", prepare=_own_set),
    "budget.codes.withdraw-form": Recipe(role="BAS", prepare=_own_set),
    "budget.codes.load-form": Recipe(role="BAS", prepare=_no_sets, content=_form),
}
