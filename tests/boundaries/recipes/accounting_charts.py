"""How the routes of charts and posting rules are called: a chart of the county's own digits."""

from __future__ import annotations

import csv
import io
from functools import lru_cache

import msgspec

from tests.boundaries.caller import Content
from tests.boundaries.recipe import Kind, Recipe, Scene, Values
from zhuji_accounting.facts import shipped_charts

NO_CHARTS = ("DELETE FROM accounting.chart",)
# Long after the years of the other recipes, whose vouchers have accounts of their own.
FIRST_YEAR = 150


def _no_charts(scene: Scene) -> Values:
    for statement in NO_CHARTS:
        scene.world.county.execute(statement)
    return {}


@lru_cache(maxsize=8)
def _accounts(mark: str) -> list[dict[str, str]]:
    (chart,) = (chart for chart, _ in shipped_charts() if chart.name == "accrual")
    return [
        {
            "code": one.code,
            "name": f"{one.name}{mark}",
            "account_class": str(one.account_class),
            "side": str(one.side),
            "subsidiary": one.subsidiary,
        }
        for one in chart.accounts
    ]


def _form(scene: Scene, _values: Values) -> Content:
    mark = scene.world.mark
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, fieldnames=list(_accounts(mark)[0]))
    writer.writeheader()
    writer.writerows(_accounts(mark))
    return Content(
        form={
            "name": "own",
            "title": f"自訂{mark}",
            "first_year": str(FIRST_YEAR),
            "last_year": "",
            "source": "",
            "apart": "yes",
        },
        files=[("file", f"chart{mark}.csv", text.getvalue().encode())],
    )


def _json(scene: Scene, _values: Values) -> Content:
    return Content(
        json=msgspec.to_builtins(
            {
                "name": "own",
                "title": scene.world.text("自訂"),
                "first_year": FIRST_YEAR,
                "accounts": _accounts(scene.world.mark),
            }
        )
    )


KINDS = {
    "accounting.chart_name": Kind(make=lambda _: "accrual", missing="nothing"),
    "accounting.version": Kind(make=lambda _: "1", missing="9999"),
}
RECIPES = {
    "accounting.chart.load": Recipe(role="BAS", prepare=_no_charts, content=_json),
    "accounting.chart.load-form": Recipe(role="BAS", prepare=_no_charts, content=_form),
}
