"""The languages of the pages: message ids are the 正體中文 text, a catalogue gives the English.

Every distribution keeps ``locale/<language>/LC_MESSAGES/messages.po`` in its package; catalogues
are read at start, so no generated file is committed. ``python -m zhuji_core.i18n FOLDER…`` brings
the catalogues of packages up to date (``catalogues.py``).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from zhuji_core.catalogue_files import Entry, read_entries

# The language of the ids: nothing is looked up.
SOURCE = "zh_Hant_TW"
LANGUAGES: Mapping[str, str] = {SOURCE: "正體中文", "en": "English"}
# What <html lang> says; webguide.nat.gov.tw asks for zh-Hant.
HTML_LANG: Mapping[str, str] = {SOURCE: "zh-Hant-TW", "en": "en"}

CATALOGUE = Path("LC_MESSAGES") / "messages.po"
CHINESE = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")


class Language:
    """The texts of one language, in the shape that Jinja and ``DomainError.text`` ask for."""

    def __init__(self, code: str, entries: Iterable[Entry] = ()) -> None:
        """Where two ``entries`` are of one text, the first one counts."""
        self.code = code
        self.html_lang = HTML_LANG[code]
        # What the scripts in the browser say; their page carries these along.
        self.script_texts: dict[str, str] = {}
        self._texts: dict[str, str] = {}
        self._forms: dict[str, tuple[str, str]] = {}
        for entry in entries:
            self._take(entry)

    def gettext(self, message: str) -> str:
        """Return ``message`` in this language, or itself when nobody translated it."""
        return self._texts.get(message, message)

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        """Return the form for ``number``; 正體中文 has one form, the plural's."""
        if self.code == SOURCE:
            return plural
        one, more = self._forms.get(singular, (singular, plural))
        return one if number == 1 else more

    def _take(self, entry: Entry) -> None:
        if not entry.id or not entry.is_translated:
            return  # the empty id is the catalogue's own header
        text = entry.strings[0] or entry.id
        self._texts.setdefault(entry.id, text)
        if entry.plural:
            _, more = entry.strings  # English has two forms
            self._forms.setdefault(entry.id, (text, more or entry.plural))
        elif any(file.endswith(".js") for file in entry.files):
            self.script_texts.setdefault(entry.id, text)


class Translations:
    """Every language with the texts of all installed modules."""

    def __init__(self, languages: Mapping[str, Language]) -> None:
        self._languages = languages

    def of(self, language: str) -> Language:
        """Return ``language``; one that we do not speak is answered in 正體中文."""
        return self._languages.get(language, self._languages[SOURCE])

    def choose(self, accepted: Iterable[str]) -> str:
        """Return our code of the first language that a browser accepts (``en-GB`` is ``en``)."""
        for tag in accepted:
            for code in LANGUAGES:
                if tag.partition("-")[0].lower() == code.partition("_")[0].lower():
                    return code
        return SOURCE


def load_translations(folders: Sequence[Path]) -> Translations:
    """Read the catalogues of these ``locale`` folders; where two differ, the first one counts."""
    return Translations(
        {
            code: Language(code, () if code == SOURCE else _entries(code, folders))
            for code in LANGUAGES
        }
    )


def _entries(code: str, folders: Sequence[Path]) -> Iterator[Entry]:
    for folder in folders:
        path = folder / code / CATALOGUE
        if path.is_file():
            yield from read_entries(path)


if __name__ == "__main__":
    from zhuji_core.catalogues import main

    sys.exit(main(sys.argv[1:]))
