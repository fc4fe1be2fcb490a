"""Bring catalogues of translations up to date with what packages mark for translation.

``python -m zhuji_core.i18n FOLDER…``; the product itself only reads them (``i18n.py``).
"""

from __future__ import annotations

import datetime as dt
import io
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from zhuji_core.i18n import CATALOGUE, LANGUAGES, SOURCE

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


def read_catalogue(path: Path, code: str) -> Catalog:
    """Read a .po file."""
    with path.open("rb") as file:
        return read_po(file, locale=code, abort_invalid=True)


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
