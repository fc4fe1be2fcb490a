"""Read catalogues of translations as ``python -m zhuji_core.i18n`` writes them (.po files).

Every start reads all of them. Babel, which writes them, also keeps what only a translator's tool
asks for: it takes ten times as long, and some time to be loaded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

KEYWORD = re.compile(r'(msgctxt|msgid_plural|msgid|msgstr)(?:\[\d\])? "(.*)"')
ESCAPED = re.compile(r"\\(.)")
ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}


class CatalogueUnreadable(Exception):
    """A line that is no part of a catalogue; says file and line."""


@dataclass(slots=True)
class Entry:
    """One text with its translations, '' where there is none.

    ``plural``: its second form, '' where it has one; ``files``: where it is said.
    """

    context: str = ""
    id: str = ""
    plural: str = ""
    strings: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    fuzzy: bool = False

    @property
    def is_translated(self) -> bool:
        """Fuzzy: a program guessed it, and nobody has looked yet."""
        return any(self.strings) and not self.fuzzy


def read_entries(path: Path) -> Iterator[Entry]:
    """Give every entry in its order, the header (of the empty id) too; raise CatalogueUnreadable.

    What is no longer used (``#~``) is left out.
    """
    entry, part = Entry(), ""
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
        if line.startswith('"') and line.endswith('"') and part:
            _add(entry, part, line[1:-1])
        elif found := KEYWORD.fullmatch(line):
            part, text = found.groups()
            if part in {"msgctxt", "msgid"} and entry.strings:
                yield entry
                entry = Entry()
            if part == "msgstr":
                entry.strings.append("")
            _add(entry, part, text)
        elif line.startswith("#") or not line.strip():
            if entry.strings:
                yield entry
                entry = Entry()
            part = ""
            _note(entry, line)
        else:
            raise CatalogueUnreadable(f"{path}:{number}: {line}")
    if entry.strings:
        yield entry


def _add(entry: Entry, part: str, escaped: str) -> None:
    text = escaped
    if "\\" in escaped:
        text = ESCAPED.sub(lambda found: ESCAPES.get(found[1], found[1]), escaped)
    if part == "msgid":
        entry.id += text
    elif part == "msgstr":
        entry.strings[-1] += text
    elif part == "msgid_plural":
        entry.plural += text
    else:
        entry.context += text


def _note(entry: Entry, line: str) -> None:
    if line.startswith("#: "):
        entry.files += [place.partition(":")[0] for place in line[2:].split()]
    elif line.startswith("#,") and "fuzzy" in line:
        entry.fuzzy = True
