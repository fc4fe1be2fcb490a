"""What a county may set: read from the structs that the kernel and the modules declare.

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

from zhuji_core.permissions import MODULE
from zhuji_core.settings import CountySettings
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError, Value

DOCUMENTED = re.compile(r"``(?P<name>\w+)``: (?P<text>.*?)(?=\n\s*\n|\s+``\w+``: |\Z)", re.DOTALL)


class SettingKind(enum.StrEnum):
    """How a setting is keyed on a form."""

    NUMBER = "number"
    CHOICE = "choice"
    DATE = "date"
    LIST = "list"
    SWITCH = "switch"
    TEXT = "text"


class SettingUnknown(DomainError):
    """No enabled module of the county has such a setting."""

    code = "E-SETTING-UNKNOWN"
    message = N_("查無設定 {module}.{key}，或其模組未啟用。")
    status_code = 404


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


def structs(uow: UnitOfWork) -> dict[str, type[msgspec.Struct]]:
    """Return the structs of the kernel and of the enabled modules."""
    return {MODULE: CountySettings, **uow.hooks.settings_structs()}


def fields(uow: UnitOfWork) -> list[SettingField]:
    """Return every setting of the kernel and the enabled modules, in order of declaration."""
    return [one for module, struct in structs(uow).items() for one in fields_of(module, struct)]


def find_field(uow: UnitOfWork, *, module: str, key: str) -> SettingField:
    """Return one setting; raise SettingUnknown."""
    for one in fields(uow):
        if (one.module, one.key) == (module, key):
            return one
    raise SettingUnknown(module=module, key=key)


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
