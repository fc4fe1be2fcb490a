"""How the routes of charts and posting rules are called."""

from __future__ import annotations

from tests.boundaries.recipe import Kind, Recipe

KINDS = {
    "accounting.chart_name": Kind(make=lambda _: "accrual", missing="nothing"),
    "accounting.version": Kind(make=lambda _: "1", missing="9999"),
}

RECIPES: dict[str, Recipe] = {}
