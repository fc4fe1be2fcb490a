"""How the routes of budget are called: years in each state, books as files."""

from __future__ import annotations

from functools import lru_cache

from tests.boundaries.caller import Content
from tests.boundaries.recipe import Kind, Recipe, Scene, Values
from tests.boundaries.world import World
from tests.plugins.accounting.given import YEAR
from tests.plugins.budget.books.conftest import Press
from zhuji_budget.usecases.enact_year import enact_year
from zhuji_budget.usecases.import_books import keep_books
from zhuji_budget.usecases.read_books import BookFile

# Years of their own for verbs that a year takes once; each is taken away before it is made anew.
BILL_YEAR, BOOK_YEAR = 107, 108
# Its enactment and allotment are forgotten with it, or verify would miss what was decided.
LINE_OF = "SELECT line_id FROM budget.control_row WHERE control_row_id = :row"
CLEAR = (
    """
    DELETE FROM kernel.proposal
     WHERE document_id IN (SELECT document_id FROM budget.fiscal_year WHERE fiscal_year = :year)
    """,
    """
    DELETE FROM kernel.audit_entry
     WHERE document_id IN (SELECT document_id FROM budget.fiscal_year WHERE fiscal_year = :year)
    """,
    """
    DELETE FROM budget.budget_movement
     WHERE control_row_id IN (SELECT control_row_id FROM budget.control_row
                               WHERE fiscal_year = :year)
    """,
    """
    DELETE FROM budget.revenue_movement
     WHERE revenue_row_id IN (SELECT revenue_row_id FROM budget.revenue_row
                               WHERE fiscal_year = :year)
    """,
    """
    DELETE FROM budget.council_revenue
     WHERE revenue_row_id IN (SELECT revenue_row_id FROM budget.revenue_row
                               WHERE fiscal_year = :year)
    """,
    "DELETE FROM budget.revenue_row WHERE fiscal_year = :year",
    """
    DELETE FROM budget.council_change
     WHERE control_row_id IN (SELECT control_row_id FROM budget.control_row
                               WHERE fiscal_year = :year)
    """,
    "DELETE FROM budget.control_row WHERE fiscal_year = :year",
    "DELETE FROM budget.budget_line WHERE fiscal_year = :year",
    "DELETE FROM budget.book WHERE fiscal_year = :year",
    "DELETE FROM budget.council_record WHERE fiscal_year = :year",
    "DELETE FROM budget.fiscal_year WHERE fiscal_year = :year",
)


def clear_year(world: World, fiscal_year: int) -> None:
    for statement in CLEAR:
        world.county.corrupt(statement, year=fiscal_year)


def _bill(scene: Scene) -> Values:
    clear_year(scene.world, BILL_YEAR)
    scene.world.given_year(BILL_YEAR)
    return {"fiscal_year": str(BILL_YEAR)}


def _enacted(scene: Scene) -> Values:
    values = _bill(scene)
    with scene.world.county.uow() as uow:
        enact_year(uow, fiscal_year=BILL_YEAR, act_no=scene.world.text("議字第 1 號"))
    return values


def _no_book(scene: Scene) -> Values:
    clear_year(scene.world, BOOK_YEAR)
    scene.world.county.execute("DELETE FROM kernel.blob")
    return {}


def _kept_book(scene: Scene) -> Values:
    _no_book(scene)
    with scene.world.county.uow() as uow:
        kept = keep_books(uow, [BookFile(name=_name(scene), content=_book(scene.world.mark))])
    return {"digest": kept[0]}


@lru_cache(maxsize=8)
def _book(mark: str) -> bytes:
    press = Press()
    return press.workbook({"歲出": press.body({"J5": f"一、本科目包括行政管理{mark}"})})


def _name(scene: Scene) -> str:
    return f"book{scene.world.mark}.xlsx"


def _file(scene: Scene, _values: Values) -> Content:
    return Content(
        form={"year": str(BOOK_YEAR)}, files=[("files", _name(scene), _book(scene.world.mark))]
    )


def _act_json(scene: Scene, _values: Values) -> Content:
    return Content(json={"act_no": scene.world.text("議字第 1 號")})


def _act_form(scene: Scene, _values: Values) -> Content:
    return Content(form={"act_no": scene.world.text("議字第 1 號"), "confirmation": "2"})


def _allot_json(scene: Scene, _values: Values) -> Content:
    return Content(json={"reason": scene.world.text("年度開始")})


def _allot_form(scene: Scene, _values: Values) -> Content:
    return Content(form={"confirmation": "2", "reason": scene.world.text("年度開始")})


def _kept_form(_scene: Scene, values: Values) -> Content:
    return Content(form={"files": values["digest"], "year": str(BOOK_YEAR)})


def _kept_query(_scene: Scene, values: Values) -> Content:
    return Content(query={"files": values["digest"], "year": str(BOOK_YEAR)})


def _agency_query(scene: Scene, _values: Values) -> Content:
    return Content(query={"agency_code": scene.agency_code})


def _row_query(scene: Scene, _values: Values) -> Content:
    return Content(query={"id": str(scene.world.rows[scene.agency_code])})


KINDS = {
    "budget.fiscal_year": Kind(make=lambda _: str(YEAR), missing="199"),
    "budget.line_id": Kind(
        make=lambda scene: str(
            scene.world.county.rows(LINE_OF, row=scene.world.rows[scene.agency_code])[0].line_id
        ),
        of_agency=True,
    ),
    "budget.control_row_id": Kind(
        make=lambda scene: str(scene.world.rows[scene.agency_code]), of_agency=True
    ),
    "budget.suffix": Kind(make=lambda _: "csv", missing="exe"),
}

RECIPES = {
    "budget.imports.import": Recipe(role="BAS", prepare=_no_book, content=_file),
    "budget.import.upload-form": Recipe(role="BAS", prepare=_no_book, content=_file),
    "budget.import.preview": Recipe(role="BAS", prepare=_kept_book, content=_kept_query),
    "budget.import.confirm-form": Recipe(role="BAS", prepare=_kept_book, content=_kept_form),
    "budget.years.enact": Recipe(role="BAS", prepare=_bill, content=_act_json),
    "budget.years.read-bill": Recipe(role="BAS", prepare=_bill),
    "budget.year.enact-page": Recipe(role="BAS", prepare=_bill),
    "budget.year.enact-form": Recipe(role="BAS", prepare=_bill, content=_act_form),
    "budget.years.allot": Recipe(role="BAS", prepare=_enacted, content=_allot_json),
    "budget.year.allot-page": Recipe(role="BAS", prepare=_enacted),
    "budget.year.allot-form": Recipe(role="BAS", prepare=_enacted, content=_allot_form),
    "budget.control-rows.find": Recipe(role="REQ", content=_agency_query, names_agency=True),
    "budget.control-rows.positions": Recipe(role="REQ", content=_row_query),
}
