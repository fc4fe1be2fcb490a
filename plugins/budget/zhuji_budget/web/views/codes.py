"""Sets of codes on pages: all of them with their years, and one with its codes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from urllib.parse import quote

from zhuji_budget.domain.code_set import KINDS, SEGMENTS, Code, CodeSet
from zhuji_budget.domain.roles import ROLES
from zhuji_budget.web.views.words import Gettext
from zhuji_core.export import FORMATS
from zhuji_core.values import N_, Value
from zhuji_core.web.components import (
    Badge,
    Cell,
    Column,
    FileProblem,
    Kind,
    Link,
    Option,
    Row,
    SummaryError,
    Table,
    Tone,
)

Address = Callable[[str], str]
ACCOUNTS: Mapping[str, str] = {
    "": "",
    "current": N_("經常門"),
    "capital": N_("資本門"),
    "either": N_("兩者"),
}
FIELDS = ("kind", "name", "first_year", "last_year", "source")


class CodesForm(Value, frozen=True, kw_only=True):
    """The form that loads a set, as it was filled in, and what was wrong with the file."""

    action: str
    kinds: tuple[Option, ...]
    fields: Mapping[str, str]
    errors: tuple[SummaryError, ...] = ()
    problems: tuple[FileProblem, ...] = ()

    def value(self, field: str) -> str:
        return self.fields.get(field, "")


def kind_options(gettext: Gettext) -> tuple[Option, ...]:
    return tuple(Option(value=kind, title=gettext(title)) for kind, title in KINDS.items())


def set_path(one: CodeSet) -> str:
    """Return where a set is shown, below the county."""
    return f"budget/codes/{one.kind}/{quote(one.name, safe='')}"


def code_sets_table(sets: Sequence[CodeSet], *, address: Address, gettext: Gettext) -> Table:
    return Table(
        id="code-sets",
        caption=gettext("各年度適用之代碼表"),
        columns=(
            Column(title=gettext("種類")),
            Column(title=gettext("代碼表")),
            Column(title=gettext("來源"), kind=Kind.BADGE),
            Column(title=gettext("適用年度")),
            Column(title=gettext("代碼數"), kind=Kind.NUMBER),
        ),
        rows=tuple(_set_row(one, address, gettext) for one in sets),
    )


def _set_row(one: CodeSet, address: Address, gettext: Gettext) -> Row:
    badge = (
        Badge(text=gettext("系統附帶"))
        if one.shipped
        else Badge(text=gettext("本縣市載入"), tone=Tone.GOOD)
    )
    return Row(
        cells=(
            Cell(value=gettext(KINDS[one.kind])),
            Cell(value=_name(one, gettext), url=address(set_path(one))),
            Cell(value=badge),
            Cell(value=years_text(one, gettext)),
            Cell(value=len(one.codes)),
        )
    )


def _name(one: CodeSet, gettext: Gettext) -> str:
    """What came with the module is called by its digits or its generation."""
    if one.kind == "scheme":
        digits = sum(code.length for code in one.codes)
        return gettext("{name}（{digits} 碼）").format(name=one.name, digits=digits)
    return one.name


def years_text(one: CodeSet, gettext: Gettext) -> str:
    if not one.first_year:
        if one.last_year is None:
            return gettext("各年度")
        return gettext("{last} 年度以前").format(last=one.last_year)
    if one.last_year is None:
        return gettext("{first} 年度起").format(first=one.first_year)
    return gettext("{first} 至 {last} 年度").format(first=one.first_year, last=one.last_year)


def code_set_table(one: CodeSet, *, address: Address, gettext: Gettext) -> Table:
    """The columns are those that a file is loaded with."""
    caption = gettext("{kind}「{name}」（{years}）").format(
        kind=gettext(KINDS[one.kind]), name=one.name, years=years_text(one, gettext)
    )
    columns = _COLUMNS[one.kind]
    return Table(
        id="codes",
        caption=caption,
        columns=tuple(Column(title=gettext(title), kind=kind) for title, kind in columns),
        rows=tuple(
            Row(cells=tuple(Cell(value=value) for value in _cells(one.kind, code, gettext)))
            for code in one.codes
        ),
        exports=tuple(
            Link(title=suffix.upper(), url=address(f"{set_path(one)}/{suffix}"))
            for suffix in FORMATS
        ),
    )


_TREE = (
    (N_("代碼"), Kind.CODE),
    (N_("名稱"), Kind.TEXT),
    (N_("上級代碼"), Kind.CODE),
)
_ROLE = (N_("性質"), Kind.TEXT)
_COLUMNS: Mapping[str, tuple[tuple[str, Kind], ...]] = {
    "object": (*_TREE, (N_("經資門"), Kind.TEXT), _ROLE),
    "function": (*_TREE, _ROLE),
    "source": _TREE,
    "scheme": ((N_("碼段"), Kind.TEXT), (N_("碼數"), Kind.NUMBER)),
}


def _cells(kind: str, code: Code, gettext: Gettext) -> tuple[str | int, ...]:
    if kind == "scheme":
        return (gettext(SEGMENTS[code.code]), code.length)
    tree = (code.code, code.name, code.parent)
    if kind == "source":
        return tree
    role = gettext(ROLES[kind][code.role]) if code.role else ""
    return (*tree, gettext(ACCOUNTS[code.account]), role) if kind == "object" else (*tree, role)
