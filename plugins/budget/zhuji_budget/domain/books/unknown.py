"""Codes of lines that the county does not know: functions, and lengths of whole codes."""

from __future__ import annotations

from collections.abc import Mapping

from zhuji_budget.domain.books.codes import scheme_of
from zhuji_budget.domain.books.model import Budget, Place, Problem
from zhuji_budget.domain.books.problems import problem
from zhuji_budget.domain.code_set import Codes


def unknown_codes(
    budget: Budget, places: Mapping[str, Place], *, codes: Codes
) -> tuple[list[Problem], list[Problem]]:
    """Return errors and warnings, by the cell that each line's code was first read from.

    Against codes that the county loaded, an unknown one is an error; the module's own are
    what some books print, so there it is worth a look only.
    """
    year = budget.fiscal_year
    errors: list[Problem] = []
    warnings: list[Problem] = []
    if codes.is_own("scheme", year):
        errors += _of_other_length(budget, places, codes)
    scheme = scheme_of(budget, codes.schemes)
    functions = codes.functions_of(year)
    if scheme is None or not functions:
        return errors, warnings
    found = errors if codes.is_own("function", year) else warnings
    for line in budget.lines:
        function = scheme.function_of(line.code)
        if function and function not in functions:
            detail: dict[str, str | int] = {
                "number": line.code,
                "function": function,
                "year": year,
            }
            found.append(problem("E-BOOK-FUNCTION", places[line.code], detail=detail))
    return errors, warnings


def _of_other_length(budget: Budget, places: Mapping[str, Place], codes: Codes) -> list[Problem]:
    lengths = sorted(
        {scheme.length for scheme in codes.schemes if scheme.serves(budget.fiscal_year)}
    )
    return [
        problem(
            "E-BOOK-SCHEME",
            places[line.code],
            detail={
                "number": line.code,
                "digits": len(line.code),
                "year": budget.fiscal_year,
                "expected": "、".join(map(str, lengths)),
            },
        )
        for line in budget.lines
        if len(line.code) not in lengths
    ]
