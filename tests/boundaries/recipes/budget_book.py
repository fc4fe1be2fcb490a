"""How the routes of unit books are called."""

from __future__ import annotations

import uuid

from tests.boundaries.caller import Content
from tests.boundaries.recipe import Kind, Recipe, Scene, Values
from tests.boundaries.recipes.budget_preparation import given_keyed
from tests.plugins.budget.unit_book.test_small_book import PLAN, but, printed
from zhuji_budget.usecases.import_unit_book import keep_unit_book
from zhuji_budget.usecases.read_books import BookFile


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


def _editable(scene: Scene) -> Values:
    values = given_keyed(scene)
    scene.world.county.execute(
        "DELETE FROM budget.unit_book WHERE estimate_id = CAST(:id AS uuid)",
        id=values["estimate_id"],
    )
    return values


def _kept(scene: Scene) -> Values:
    values = _editable(scene)
    actor = scene.world.actor(1, scene.agency_code)
    with scene.world.county.uow(actor) as uow:
        digest = keep_unit_book(
            uow, estimate_id=uuid.UUID(values["estimate_id"]), file=_book(scene, values)
        )
    return {**values, "digest": digest}


def _book(scene: Scene, _values: Values) -> BookFile:
    """A book of one item; its year is not printed, its codes tell no agency of this county."""
    mark = scene.world.of_agency(scene.agency_code, "單位預算書")
    plan = but(but(PLAN, 1, 2, mark), 12, 3, "台")
    plan = [[_old(cell) for cell in row] for row in plan]
    made = printed(計畫=plan)
    return BookFile(name=f"{uuid.uuid4().hex}.xlsx", content=made.content)


def _old(cell: object) -> object:
    """Objects of the fiscal year of this world are of the older generation."""
    text = str(cell)
    for new, old in (
        ("1000 人事費", "0100 人事費"),
        ("1040 加班費", "0131 加班值班費"),
        ("2000 業務費", "0200 業務費"),
        ("2051 物品", "0271 物品"),
        ("3000 設備", "0300 設備"),
        ("3025 運輸", "0305 運輸"),
    ):
        if new in text:
            return text.replace(new, old)
    return cell


def _upload(scene: Scene, values: Values) -> Content:
    book = _book(scene, values)
    return Content(form={}, files=[("file", book.name, book.content)])


def _kept_query(_scene: Scene, values: Values) -> Content:
    return Content(query={"file": values["digest"]})


def _kept_form(_scene: Scene, values: Values) -> Content:
    return Content(form={"file": values["digest"]})


def _words_json(scene: Scene, values: Values) -> Content:
    words = scene.world.of_agency(scene.agency_code, "計畫內容")
    return Content(json={"words": [{"code": _code(scene, values), "content": words}]})


def _words_form(scene: Scene, _values: Values) -> Content:
    words = scene.world.of_agency(scene.agency_code, "計畫內容")
    return Content(form={"words-0-content": words, "words-0-persons": "3"})


def _code(scene: Scene, values: Values) -> str:
    return str(
        scene.world.county.rows(
            "SELECT code FROM budget.estimate_line WHERE estimate_id = CAST(:id AS uuid)",
            id=values["estimate_id"],
        )[0].code
    )


KINDS: dict[str, Kind] = {}

RECIPES = {
    "budget.book.page": Recipe(role="REQ", content=_agency, names_agency=True),
    "budget.book.export": Recipe(role="REQ", prepare=_file, content=_agency, names_agency=True),
    "budget.books.read": Recipe(role="REQ", content=_agency, names_agency=True),
    "budget.estimate.book-page": Recipe(role="REV", prepare=_estimate),
    "budget.estimate.book-export": Recipe(role="REV", prepare=_estimate_file),
    "budget.estimates.book": Recipe(role="REV", prepare=_estimate),
    "budget.book-words.form": Recipe(role="REV", prepare=_editable),
    "budget.book-words.write-form": Recipe(role="REV", prepare=_editable, content=_words_form),
    "budget.book-words.read": Recipe(role="REV", prepare=_editable),
    "budget.book-words.write": Recipe(role="REV", prepare=_editable, content=_words_json),
    "budget.unit-book.form": Recipe(role="REV", prepare=_editable),
    "budget.unit-book.upload-form": Recipe(role="REV", prepare=_editable, content=_upload),
    "budget.unit-book.preview": Recipe(role="REV", prepare=_kept, content=_kept_query),
    "budget.unit-book.confirm-form": Recipe(role="REV", prepare=_kept, content=_kept_form),
    "budget.unit-books.import": Recipe(role="REV", prepare=_editable, content=_upload),
}
