"""Facts shipped with the module: object codes, code schemes, and budgets taken from official books.

Each JSON names its source. Read on demand, a few milliseconds; nothing is kept at import.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files

import msgspec

from zhuji_budget.domain.bill import RevenueFacts, RevenueRow
from zhuji_budget.domain.books.codes import CodeScheme, ObjectPack
from zhuji_budget.domain.books.model import (
    Agency,
    Budget,
    Department,
    Line,
    ObjectAmount,
    Plan,
)
from zhuji_budget.domain.code_set import ClassPack, Codes
from zhuji_budget.domain.unit_book.tables.economic import EconomicPack
from zhuji_core.ids import new_id
from zhuji_core.values import Value

_FORM = 1
"""The version of the facts file's form; another version is refused by ``load_facts``."""


class Facts(Value, frozen=True, kw_only=True):
    """A budget taken from official books, with what is needed to read it further.

    ``budget`` is what ``consolidate`` yields for the same books.
    """

    source: str
    budget: Budget
    pack: ObjectPack
    schemes: tuple[CodeScheme, ...]


class _Compact(Value, frozen=True, kw_only=True):
    """The file's form: thousands of dollars, lines as arrays, names of objects left out.

    ``lines``: [code, name, agency code, plan code, this year, last year, final accounts of the
    year before last, {object code: amount}], amounts in units of ``unit_ntd``.
    """

    form: int
    source: str
    fiscal_year: int
    unit_ntd: int
    object_pack: str
    departments: dict[str, str]
    agencies: list[tuple[str, str, str]]
    plans: list[tuple[str, str, str]]
    lines: list[tuple[str, str, str, str, int, int | None, int | None, dict[str, int]]]


class _CompactRevenue(Value, frozen=True, kw_only=True):
    """The form of a file of revenue.

    ``rows``: [agency code, code, name, source code, source, account, last year, this year,
    explanation, legal basis], amounts in units of ``unit_ntd``.
    """

    form: int
    source: str
    fiscal_year: int
    unit_ntd: int
    rows: list[tuple[str, str, str, str, str, str, int | None, int, str, str]]


def load_schemes() -> tuple[CodeScheme, ...]:
    """Return the known ways of cutting line codes."""
    return msgspec.json.decode(_read("schemes.json"), type=tuple[CodeScheme, ...])


def load_object_packs() -> tuple[ObjectPack, ...]:
    """Return the generations of object codes (用途別科目), the older first."""
    return msgspec.json.decode(_read("objects.json"), type=tuple[ObjectPack, ...])


def load_class_packs() -> tuple[ClassPack, ...]:
    """Return functions (政事別) and sources of revenue (來源別), as far as books print them."""
    return msgspec.json.decode(_read("classes.json"), type=tuple[ClassPack, ...])


def shipped_codes() -> Codes:
    """Return the codes that come with the module, for a county that has loaded none."""
    classes = load_class_packs()
    return Codes(
        packs=load_object_packs(),
        schemes=load_schemes(),
        functions=tuple(pack for pack in classes if pack.kind == "function"),
        sources=tuple(pack for pack in classes if pack.kind == "source"),
    )


def load_economic_packs() -> tuple[EconomicPack, ...]:
    """Return the economic classes of objects, one set for each generation of object codes."""
    return msgspec.json.decode(_read("economic.json"), type=tuple[EconomicPack, ...])


def load_facts(name: str) -> Facts:
    """Return a shipped budget by name, for example "taichung-105" (FileNotFoundError if none)."""
    compact = msgspec.json.decode(_read(f"{name}.json"), type=_Compact)
    assert compact.form == _FORM, f"facts of form {compact.form}"
    pack = next(pack for pack in load_object_packs() if pack.name == compact.object_pack)
    return Facts(
        source=compact.source,
        budget=_budget(compact),
        pack=pack,
        schemes=load_schemes(),
    )


def load_revenue(name: str, *, agencies: Sequence[Agency]) -> RevenueFacts:
    """Return the shipped revenue beside the budget of this name; each row has an id of its own."""
    compact = msgspec.json.decode(_read(f"{name}-revenue.json"), type=_CompactRevenue)
    assert compact.form == _FORM, f"facts of form {compact.form}"
    names = {agency.code: agency.name for agency in agencies}
    unit_ntd = compact.unit_ntd
    return RevenueFacts(
        source=compact.source,
        fiscal_year=compact.fiscal_year,
        rows=tuple(
            RevenueRow(
                revenue_row_id=new_id(),
                agency_code=agency,
                agency_name=names[agency],
                code=code,
                name=line,
                source_code=source_code,
                source_name=source,
                account=account,
                legal_basis=basis,
                explanation=explanation,
                last_year_ntd=None if last is None else last * unit_ntd,
                bill_ntd=bill * unit_ntd,
            )
            for (
                agency,
                code,
                line,
                source_code,
                source,
                account,
                last,
                bill,
                explanation,
                basis,
            ) in compact.rows
        ),
    )


def dump_facts(budget: Budget, *, source: str, pack: ObjectPack) -> bytes:
    """Return the file for ``load_facts``: one line of text per agency, plan and budget line."""
    amounts = [
        amount
        for line in budget.lines
        for amount in (line.this_year_ntd, line.last_year_ntd or 0, line.final_ntd or 0)
    ] + [item.amount_ntd for line in budget.lines for item in line.split]
    unit_ntd = 1_000 if all(amount % 1_000 == 0 for amount in amounts) else 1
    compact = _Compact(
        form=_FORM,
        source=source,
        fiscal_year=budget.fiscal_year,
        unit_ntd=unit_ntd,
        object_pack=pack.name,
        departments={item.code: item.name for item in budget.departments},
        agencies=[(item.code, item.name, item.department_code) for item in budget.agencies],
        plans=[(item.code, item.name, item.agency_code) for item in budget.plans],
        lines=[_packed(line, unit_ntd) for line in budget.lines],
    )
    text = msgspec.json.encode(compact).replace(b"],[", b"],\n[").replace(b'":[[', b'":[\n[')
    return text + b"\n"


def _packed(
    line: Line, unit_ntd: int
) -> tuple[str, str, str, str, int, int | None, int | None, dict[str, int]]:
    return (
        line.code,
        line.name,
        line.agency_code,
        line.plan_code,
        line.this_year_ntd // unit_ntd,
        None if line.last_year_ntd is None else line.last_year_ntd // unit_ntd,
        None if line.final_ntd is None else line.final_ntd // unit_ntd,
        {item.code: item.amount_ntd // unit_ntd for item in line.split},
    )


def _budget(compact: _Compact) -> Budget:
    unit_ntd = compact.unit_ntd
    return Budget(
        fiscal_year=compact.fiscal_year,
        departments=tuple(
            Department(code=code, name=name) for code, name in compact.departments.items()
        ),
        agencies=tuple(
            Agency(code=code, name=name, department_code=department)
            for code, name, department in compact.agencies
        ),
        plans=tuple(
            Plan(code=code, name=name, agency_code=agency) for code, name, agency in compact.plans
        ),
        lines=tuple(
            Line(
                code=code,
                name=name,
                agency_code=agency,
                plan_code=plan,
                this_year_ntd=this * unit_ntd,
                last_year_ntd=None if last is None else last * unit_ntd,
                final_ntd=None if final is None else final * unit_ntd,
                split=tuple(
                    ObjectAmount(code=object_code, amount_ntd=amount * unit_ntd)
                    for object_code, amount in split.items()
                ),
            )
            for code, name, agency, plan, this, last, final, split in compact.lines
        ),
    )


def _read(name: str) -> bytes:
    return files(__name__).joinpath(name).read_bytes()
