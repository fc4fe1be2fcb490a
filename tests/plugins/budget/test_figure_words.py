"""Every figure of every refusal of the budget has its word, in both languages; none is a name."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import zhuji_budget
from zhuji_budget.domain.reserve_limit import ReserveOver
from zhuji_core.i18n import load_translations
from zhuji_core.values import DomainError
from zhuji_core.web.packages import locale_folders
from zhuji_core.web.problems import problem_of, problem_on_page
from zhuji_core.web.terms import TERMS

BUDGET = Path(zhuji_budget.__file__).parent
# Where the refusals stand that other modules catch: what fund control raises of them is here too.
CONTRACT = "zhuji_core.contracts.funds"
# A row of a book that does not add up is no refusal: it has its words in usecases/report_import.py.
NO_REFUSALS = {"problem", "_of_row", "Problem", "ProblemReport", "ChangeDetail", "PreviewAnswer"}
# domain/changes/balances.py makes refusals for the others; figures are its third parameter.
MAKER = "refused"
# What others are given their figures by.
ARITHMETIC = "arithmetic"


class Told(NamedTuple):
    """A refusal that is raised with figures, as the source says it."""

    place: str
    refusal: str
    figures: tuple[str, ...]


def refusals() -> dict[str, type[DomainError]]:
    """Return every refusal of the budget module, and of its contract, by its name."""
    for path in BUDGET.rglob("*.py"):
        if "migrations" not in path.parts and "facts" not in path.parts:
            importlib.import_module(
                ".".join(("zhuji_budget", *path.relative_to(BUDGET).with_suffix("").parts))
            )
    found, waiting = {}, [DomainError]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind.__module__.startswith(("zhuji_budget", CONTRACT)):
            found[kind.__name__] = kind
    return found


def told_in(path: Path) -> Iterator[Told]:
    """Yield every refusal of a file that is given figures, with their names."""
    source = path.read_text("utf-8")
    if MAKER not in source and ARITHMETIC not in source:
        return  # nothing of it can be what figures_given looks for; most files, seen by each worker
    for function in ast.walk(ast.parse(source)):
        if not isinstance(function, ast.FunctionDef):
            continue
        for call in ast.walk(function):
            if not isinstance(call, ast.Call):
                continue
            name, given = name_of(call.func), figures_given(call)
            if given is None or name in NO_REFUSALS or is_handed_on(given, function):
                continue
            refusal = name_of(call.args[0]) if name == MAKER else name
            place = f"{path.relative_to(BUDGET)}:{call.lineno}"
            yield Told(place, refusal, tuple(keys_of(given, function, place)))


def name_of(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def figures_given(call: ast.Call) -> ast.expr | None:
    named = {one.arg: one.value for one in call.keywords}
    if name_of(call.func) == MAKER:
        return named.get("figures", call.args[2] if len(call.args) > 2 else None)
    return named.get(ARITHMETIC)


def is_handed_on(given: ast.expr, function: ast.FunctionDef) -> bool:
    """Tell whether the figures are those of a refusal made elsewhere, or the function's own."""
    parameters = {one.arg for one in (*function.args.args, *function.args.kwonlyargs)}
    return name_of(given) in {ARITHMETIC, *parameters}


def assigned_in(function: ast.FunctionDef) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Yield what is assigned to, and what is assigned."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            yield from ((target, node.value) for target in node.targets)
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            yield node.target, node.value


def keys_of(node: ast.expr, function: ast.FunctionDef, place: str) -> Iterator[str]:
    """Yield the keys of a dictionary, or of the one that a variable was given last before."""
    if isinstance(node, ast.Name):
        before = [one for one in assigned_in(function) if one[0].lineno < node.lineno]
        whole = [(name.lineno, value) for name, value in before if name_of(name) == node.id]
        assert whole, f"{place}: nobody can read from the source what {node.id} holds"
        yield from keys_of(max(whole, key=lambda one: one[0])[1], function, place)
        for target, _ in before:
            if isinstance(target, ast.Subscript) and name_of(target.value) == node.id:
                yield ast.literal_eval(target.slice)
        return
    assert isinstance(node, ast.Dict), f"{place}: figures are written as a dictionary"
    for key, value in zip(node.keys, node.values, strict=True):
        if key is None:
            yield from keys_of(value, function, place)
        else:
            yield ast.literal_eval(key)


REFUSALS = refusals()
TRANSLATIONS = load_translations(locale_folders())
TOLD = [told for path in sorted(BUDGET.rglob("*.py")) for told in told_in(path)]


def test_the_source_tells_which_refusals_have_figures() -> None:
    figures = {told.refusal: set[str]() for told in TOLD}
    for told in TOLD:
        figures[told.refusal] |= set(told.figures)
    assert {"Over20Percent", "ReserveOver", "OverCeiling", "AllotmentExceeds"} <= set(figures)
    assert figures["AllotmentExceeds"] == {"budget_ntd", "frozen_ntd", "scheduled_ntd", "short_ntd"}
    for name, kind in REFUSALS.items():
        assert set(kind.figure_words) <= figures.get(name, set()), f"{name} never tells these"


@pytest.mark.parametrize("told", TOLD, ids=[f"{told.refusal}-{told.place}" for told in TOLD])
@pytest.mark.parametrize("language", ["zh_Hant_TW", "en"])
def test_every_figure_of_a_refusal_has_its_word(told: Told, language: str) -> None:
    own = REFUSALS[told.refusal].figure_words
    words = [own[name] if name in own else TERMS[name][1] for name in told.figures]
    read = [TRANSLATIONS.of(language).gettext(word) for word in words]
    assert not set(read) & set(told.figures), "a name is no word"
    assert len(set(read)) == len(read), "two figures of one refusal have one word"
    assert [word for word in read if word.isascii() is not (language == "en")] == []


def test_the_page_of_a_refusal_says_words_and_a_machine_reads_names() -> None:
    figures = {"limit_ntd": 1, "over_ntd": 2, "short_ntd": 3}
    error = ReserveOver(
        arithmetic=figures,
        agency_name="甲",
        count=1,
        current_ntd=1,
        limit_ntd=1,
        over_ntd=2,
        reserve_ntd=2,
    )
    assert problem_of(error, gettext=str).arithmetic == figures
    told = problem_on_page(error, gettext=str).arithmetic
    assert told == {"上限（1%）": 1, "超過": 2, "short_ntd": 3}, "the kernel has the other's word"
