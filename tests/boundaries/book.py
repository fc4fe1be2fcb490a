"""The recipes of every module together; a new module adds its file here."""

from __future__ import annotations

from tests.boundaries.recipe import Book
from tests.boundaries.recipes import (
    accounting,
    accounting_advances,
    accounting_books,
    accounting_carries,
    accounting_charts,
    accounting_claims,
    accounting_commitment,
    accounting_returned,
    accounting_vouchers,
    accounting_year_ends,
    budget,
    budget_allotment,
    budget_book,
    budget_changes,
    budget_code,
    budget_month_report,
    budget_preparation,
    budget_release,
    budget_reports,
    credentials,
    kernel,
    kernel_duties,
    kernel_people,
    kernel_records,
    kernel_sessions,
    probe,
    work,
)

MODULES = (
    kernel,
    kernel_duties,
    kernel_people,
    kernel_records,
    kernel_sessions,
    credentials,
    work,
    budget,
    budget_code,
    budget_reports,
    budget_month_report,
    budget_preparation,
    budget_release,
    budget_allotment,
    budget_book,
    budget_changes,
    accounting,
    accounting_books,
    accounting_returned,
    accounting_charts,
    accounting_carries,
    accounting_vouchers,
    accounting_advances,
    accounting_claims,
    accounting_commitment,
    accounting_year_ends,
    probe,
)

BOOK = Book(
    kinds={name: kind for module in MODULES for name, kind in module.KINDS.items()},
    recipes={name: recipe for module in MODULES for name, recipe in module.RECIPES.items()},
)
