"""The languages of the pages: message ids are the 正體中文 text, a catalogue gives the English.

Every distribution keeps ``locale/<language>/LC_MESSAGES/messages.po`` in its package; catalogues
are compiled in memory at start, so no generated file is committed. ``python -m zhuji_core.i18n
FOLDER…`` brings the catalogues of packages up to date.
"""

from __future__ import annotations

import datetime as dt
import gettext
import io
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

# The language of the ids: nothing is looked up.
SOURCE = "zh_Hant_TW"
LANGUAGES: Mapping[str, str] = {SOURCE: "正體中文", "en": "English"}
# What <html lang> says; webguide.nat.gov.tw asks for zh-Hant.
HTML_LANG: Mapping[str, str] = {SOURCE: "zh-Hant-TW", "en": "en"}

CATALOGUE = Path("LC_MESSAGES") / "messages.po"
# What the first match decides: tests, migrations and vendored files hold nothing to translate.
METHODS = (
    ("**/vendor/**", "ignore"),
    ("**/migrations/**", "ignore"),
    ("**/testing/**", "ignore"),
    ("**.py", "python"),
    ("web/templates/**.html", "jinja2"),
    ("web/static/**.js", "javascript"),
)
KEYWORDS: Mapping[str, tuple[int, ...] | None] = {
    "_": None,
    "N_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "tr": None,  # our scripts (texts.js), and what handlers call context.gettext
    "translate": None,
}
OPTIONS = {"web/templates/**.html": {"trimmed": "true", "silent": "false"}}
# Catalogues change when texts change, never because of the clock.
NO_DATE = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
CHINESE = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")


class Language:
    """The texts of one language, in the shape that Jinja and ``DomainError.text`` ask for."""

    def __init__(
        self,
        code: str,
        texts: gettext.NullTranslations,
        *,
        script_texts: Mapping[str, str],
    ) -> None:
        self.code = code
        self.html_lang = HTML_LANG[code]
        self.script_texts = script_texts
        self._texts = texts

    def gettext(self, message: str) -> str:
        """Return ``message`` in this language, or itself when nobody translated it."""
        # The empty id is the catalogue's own header.
        return self._texts.gettext(message) if message else ""

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        """Return the form for ``number``; 正體中文 has one form, the plural's."""
        if self.code == SOURCE:
            return plural
        return self._texts.ngettext(singular, plural, number)


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
    languages = {SOURCE: Language(SOURCE, gettext.NullTranslations(), script_texts={})}
    for code in LANGUAGES:
        if code != SOURCE:
            languages[code] = _load(code, [folder / code / CATALOGUE for folder in folders])
    return Translations(languages)


def _load(code: str, paths: Iterable[Path]) -> Language:
    texts: gettext.NullTranslations = gettext.NullTranslations()
    script_texts: dict[str, str] = {}
    for path in reversed([path for path in paths if path.is_file()]):
        compiled, of_scripts = _compiled(path, code, path.stat().st_mtime_ns)
        above = gettext.GNUTranslations(io.BytesIO(compiled))
        above.add_fallback(texts)
        texts = above
        script_texts |= of_scripts
    return Language(code, texts, script_texts=script_texts)


@lru_cache(maxsize=64)
def _compiled(path: Path, code: str, _written_ns: int) -> tuple[bytes, Mapping[str, str]]:
    """Read a .po file once for all applications and commands of this process."""
    catalogue = read_catalogue(path, code)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    return compiled.getvalue(), _of_scripts(catalogue)


def read_catalogue(path: Path, code: str) -> Catalog:
    """Read a .po file."""
    with path.open("rb") as file:
        return read_po(file, locale=code, abort_invalid=True)


def _of_scripts(catalogue: Catalog) -> dict[str, str]:
    """Return what the scripts in the browser say; their page carries these along."""
    return {
        message.id: message.string
        for message in catalogue
        if isinstance(message.id, str)
        and isinstance(message.string, str)
        and message.string
        and any(file.endswith(".js") for file, _ in message.locations)
    }


def extract_messages(package: Path) -> Catalog:
    """Collect what a package marks for translation: Python, templates and scripts."""
    found = Catalog(fuzzy=False)
    for file, _, message, comments, context in extract_from_dir(
        package,
        method_map=METHODS,
        options_map=OPTIONS,
        keywords=KEYWORDS,
        comment_tags=("NOTE:",),
    ):
        found.add(message, None, [(file, 1)], auto_comments=comments, context=context)
    return found


def update_catalogues(package: Path) -> list[Path]:
    """Write anew the catalogues of a package: texts that are gone leave, new ones come empty."""
    template = extract_messages(package)
    written = []
    for code in LANGUAGES:
        if code == SOURCE:
            continue
        path = package / "locale" / code / CATALOGUE
        kept = read_catalogue(path, code) if path.is_file() else Catalog(locale=code)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_encoded(_merged(template, kept, package=package, code=code)))
        written.append(path)
    return written


def _merged(template: Catalog, kept: Catalog, *, package: Path, code: str) -> Catalog:
    merged = Catalog(
        locale=code,
        project=package.name,
        version="1",
        header_comment=f"# {package.name}: {LANGUAGES[code]}. Ids are the 正體中文 text.",
        msgid_bugs_address="zhuji",
        last_translator="zhuji",
        language_team="zhuji",
        creation_date=NO_DATE,
        revision_date=NO_DATE,
        fuzzy=False,
    )
    for message in sorted(template, key=_place):
        if not message.id:
            continue
        before = kept.get(message.id, context=message.context)
        merged.add(
            message.id,
            before.string if before else None,
            sorted(set(message.locations)),
            flags=message.flags,
            auto_comments=message.auto_comments,
            user_comments=before.user_comments if before else (),
            context=message.context,
        )
    return merged


def _place(message: Message) -> tuple[str, str]:
    return min((file for file, _ in message.locations), default=""), str(message.id)


def _encoded(catalogue: Catalog) -> bytes:
    file = io.BytesIO()
    # Lines of files only: line numbers would change with every edit of the code.
    write_po(file, catalogue, width=96, include_lineno=False)
    return file.getvalue()


def untranslated(package: Path, language: str) -> Iterator[str]:
    """Give the ids without text in ``language``, and those that the catalogue does not know."""
    path = package / "locale" / language / CATALOGUE
    known = read_catalogue(path, language) if path.is_file() else Catalog(locale=language)
    for message in extract_messages(package):
        if not message.id:
            continue
        found = known.get(message.id, context=message.context)
        if found is None or found.fuzzy or not _is_complete(found.string):
            yield message.id if isinstance(message.id, str) else message.id[0]


def _is_complete(string: object) -> bool:
    """Tell whether a text, or each of its plural forms, is there."""
    return all(string) if isinstance(string, tuple | list) else bool(string)


def main(arguments: Sequence[str]) -> int:
    """Bring the catalogues of the named package folders up to date, and say what is missing."""
    missing = 0
    for folder in map(Path, arguments):
        for path in update_catalogues(folder):
            language = path.parent.parent.name
            left = list(untranslated(folder, language))
            missing += len(left)
            sys.stdout.write(f"{path}: {len(left)} untranslated\n")
            sys.stdout.writelines(f"  {message}\n" for message in left)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
