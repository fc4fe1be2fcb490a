"""A setting as its struct declares it, how it is keyed, and what it takes.

A field says what a page needs by ``msgspec.Meta``: ``title`` (正體中文, translated), limits, and
``extra``: ``control`` for a setting that takes two persons, ``choices`` for the words of an enum.
"""

from __future__ import annotations

import datetime as dt
import enum
import inspect
import re
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import inspect as types

from zhuji_core.values import N_, Phrase, Value

DOCUMENTED = re.compile(r"``(?P<name>\w+)``: (?P<text>.*?)(?=\n\s*\n|\s+``\w+``: |\Z)", re.DOTALL)


class SettingKind(enum.StrEnum):
    """How a setting is keyed on a form."""

    NUMBER = "number"
    CHOICE = "choice"
    DATE = "date"
    LIST = "list"
    SWITCH = "switch"
    TEXT = "text"


# What a kind of setting takes, where the setting itself sets no narrower limit.
WRITTEN: dict[SettingKind, str] = {
    SettingKind.NUMBER: N_("須為整數"),
    SettingKind.CHOICE: N_("須為所列選項之一"),
    SettingKind.DATE: N_("須為西元日期（如 2016-03-31）"),
    SettingKind.LIST: N_("須為文字的清單（如 ADM、CACC）"),
    SettingKind.SWITCH: N_("須為是（true）或否（false）"),
    SettingKind.TEXT: N_("須為文字"),
}


class SettingField(Value, frozen=True, kw_only=True):
    """One setting as its struct declares it.

    ``title`` and the words of ``choices`` (value → word) are marked texts; ``about`` is the
    docstring's, in English, for what has no title. ``least`` and ``most`` limit a number.
    """

    module: str
    key: str
    title: str
    about: str
    kind: SettingKind
    default: Any
    optional: bool = False
    is_control: bool = False
    least: int | None = None
    most: int | None = None
    choices: dict[str, str]

    @property
    def name(self) -> str:
        return f"{self.module}.{self.key}"


def fields_of(module: str, struct: type[msgspec.Struct]) -> list[SettingField]:
    """Return the settings that ``struct`` declares."""
    declared = types.type_info(struct)
    assert isinstance(declared, types.StructType), "settings are a struct"
    texts = _documented(struct)
    return [_field(module, one, about=texts.get(one.name, "")) for one in declared.fields]


def _field(module: str, declared: types.Field, *, about: str) -> SettingField:
    kind, meta = _bare(declared.type)
    optional = isinstance(kind, types.UnionType)
    if isinstance(kind, types.UnionType):
        (kind,) = [one for one in kind.types if not isinstance(one, types.NoneType)]
    words: Mapping[str, str] = meta.get("choices", {})
    choices = {}
    if isinstance(kind, types.EnumType):
        choices = {str(one.value): words.get(str(one.value), str(one.value)) for one in kind.cls}
    return SettingField(
        module=module,
        key=declared.encode_name,
        title=str(meta.get("title", "")),
        about=about,
        kind=_kind(kind),
        default=msgspec.to_builtins(declared.default),
        optional=optional,
        is_control=bool(meta.get("control", False)),
        least=kind.ge if isinstance(kind, types.IntType) else None,
        most=kind.le if isinstance(kind, types.IntType) else None,
        choices=choices,
    )


def _bare(kind: types.Type) -> tuple[types.Type, dict[str, Any]]:
    """Return the type without what is said about it, and what is said."""
    said: dict[str, Any] = {}
    while isinstance(kind, types.Metadata):
        said |= {**(kind.extra_json_schema or {}), **(kind.extra or {})}
        kind = kind.type
    return kind, said


def _kind(kind: types.Type) -> SettingKind:
    known: tuple[tuple[type[types.Type], SettingKind], ...] = (
        (types.BoolType, SettingKind.SWITCH),
        (types.IntType, SettingKind.NUMBER),
        (types.EnumType, SettingKind.CHOICE),
        (types.DateType, SettingKind.DATE),
        (types.VarTupleType, SettingKind.LIST),
        (types.StrType, SettingKind.TEXT),
    )
    for of_type, found in known:
        if isinstance(kind, of_type):
            return found
    raise AssertionError(f"a setting of a type that no form can take: {kind}")


def _documented(struct: type[msgspec.Struct]) -> dict[str, str]:
    return {
        found["name"]: " ".join(found["text"].split())
        for found in DOCUMENTED.finditer(inspect.getdoc(struct) or "")
    }


def from_text(field: SettingField, text: str) -> object:
    """Return what was keyed as a plain value; the struct then says whether it may be."""
    typed = text.strip()
    if field.optional and not typed:
        return None
    if field.kind is SettingKind.NUMBER:
        digits = typed.replace(",", "")
        return int(digits) if digits.lstrip("-").isdecimal() else typed
    if field.kind is SettingKind.LIST:
        return [part for part in re.split(r"[\s,、，]+", typed) if part]
    if field.kind is SettingKind.SWITCH:
        return typed in {"1", "true", "on"}
    return typed


def to_text(field: SettingField, value: object) -> str:
    """Return a value as it is keyed and shown, without words of a language."""
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return "、".join(str(one) for one in value)
    if field.kind is SettingKind.SWITCH:
        return "1" if value else ""
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value)


def allowed(field: SettingField) -> Phrase:
    """Say what the setting takes: its range, its choices, or how it is written."""
    if field.kind is SettingKind.CHOICE:
        choices = tuple(
            Phrase(text=N_("{value}（{word}）"), figures={"value": value, "word": word})
            for value, word in field.choices.items()
        )
        return Phrase(text=N_("須為 {choices} 之一"), figures={"choices": choices})
    if field.kind is SettingKind.NUMBER and field.least is not None and field.most is not None:
        figures = {"least": field.least, "most": field.most}
        return Phrase(text=N_("須為 {least} 至 {most} 的整數"), figures=figures)
    if field.kind is SettingKind.DATE and field.optional:
        return Phrase(text=N_("須為西元日期（如 2016-03-31），或不設定"))
    return Phrase(text=WRITTEN[field.kind])
