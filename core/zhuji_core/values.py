"""Small frozen values shared by every module."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import ClassVar

import msgspec


class Value(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of every value that crosses a border: immutable, named fields only."""


class Event(Value, frozen=True, kw_only=True, tag_field="type"):
    """A fact that has happened; its fields are identifiers and plain values, never rows.

    ``PERSONAL`` names the fields that point at a person: operators' pages leave them out.
    """

    PERSONAL: ClassVar[frozenset[str]] = frozenset()

    event_id: uuid.UUID


def N_(message: str) -> str:  # noqa: N802 (the name that message extraction looks for)
    """Mark ``message`` for translation without translating it here."""
    return message


class Phrase(Value, frozen=True, kw_only=True):
    """A marked part of a refusal's sentence with figures of its own, told as its details are."""

    text: str
    figures: Mapping[str, object] = {}


class DomainError(Exception):
    """An anticipated refusal: shown to the user, never logged as a fault, nothing is kept.

    A subclass stands beside the rule that raises it and gives

    - ``code``: stable, listed in ``core/docs/refusals.md``;
    - ``message``: 正體中文 text (the translation's message id) with the ``{name}`` of details;
    - ``status_code``: 409 for a refusal, 422 for bad input, 403, 404;
    - ``figure_words``: 正體中文 words of its figures, where the kernel's own (``web/terms.py``)
      do not know the figure, or call it something else than it is here.

    ``arithmetic`` holds the whole dollars that led to the refusal, in the order of reading;
    ``fields`` names what the user can mend (field → message).
    """

    code: ClassVar[str]
    message: ClassVar[str]
    status_code: ClassVar[int] = 409
    figure_words: ClassVar[Mapping[str, str]] = {}

    def __init__(
        self,
        *,
        arithmetic: Mapping[str, int] | None = None,
        fields: Mapping[str, str] | None = None,
        **detail: object,
    ) -> None:
        self.arithmetic = dict(arithmetic or {})
        self.fields = dict(fields or {})
        self.detail = detail
        super().__init__(f"{self.code} {detail or self.arithmetic}")

    @property
    def headers(self) -> Mapping[str, str]:
        """What belongs into the head of an HTTP answer (``Retry-After``)."""
        return {}

    def text(self, translate: Callable[[str], str]) -> str:
        """Return the message in the reader's language, with its details filled in.

        Texts among the details are translated too (a state, a verb); several are joined by 、, and
        a Phrase is told with its figures.
        """
        return translate(self.message).format(**self._told(translate))

    def field_texts(self, translate: Callable[[str], str]) -> dict[str, str]:
        """Return what is wrong with each field, in the reader's language, details filled in."""
        told = self._told(translate)
        return {name: translate(text).format(**told) for name, text in self.fields.items()}

    def _told(self, translate: Callable[[str], str]) -> dict[str, object]:
        return {name: _words(value, translate) for name, value in self.detail.items()}


def _words(value: object, translate: Callable[[str], str]) -> object:
    if isinstance(value, str):
        return translate(value) if value else value
    if isinstance(value, tuple):
        return translate("、").join(str(_words(item, translate)) for item in value)
    if isinstance(value, Phrase):
        figures = {name: _words(figure, translate) for name, figure in value.figures.items()}
        return translate(value.text).format(**figures)
    return value
