"""How the routes of books are called."""

from __future__ import annotations

from tests.boundaries.recipe import Kind, Recipe

KINDS = {
    "accounting.report": Kind(make=lambda _: "expenditure", missing="nothing"),
    "accounting.book": Kind(make=lambda _: "trial-balance", missing="nothing"),
    "accounting.suffix": Kind(make=lambda _: "csv", missing="exe"),
}

RECIPES: dict[str, Recipe] = {}
