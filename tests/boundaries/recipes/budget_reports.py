"""How the routes of budget's reports are called."""

from __future__ import annotations

from tests.boundaries.recipe import Kind, Recipe

KINDS = {
    "budget.report": Kind(make=lambda _: "execution", missing="nothing"),
    "budget.data_set": Kind(make=lambda _: "enacted-expenditure", missing="nothing"),
}

RECIPES: dict[str, Recipe] = {}
