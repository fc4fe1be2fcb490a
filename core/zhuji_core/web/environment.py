"""How templates become pages: one Jinja environment for each language."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined

from zhuji_core import formats
from zhuji_core.i18n import LANGUAGES, Language, Translations
from zhuji_core.web.headers import STATIC_PATH
from zhuji_core.web.terms import DECISIVE, TERMS

HERE = Path(__file__).resolve().parent
TEMPLATES = HERE / "templates"
STATIC = HERE / "static"
# Taiwan has had no summer time since 1979, so no table of time zones is needed.
TAIPEI = dt.timezone(dt.timedelta(hours=8))


class Pages:
    """Renders templates of the kernel (``base.html``) and of modules (``budget/lines.html``).

    ``modules`` maps a module's name to its template folder; ``terms`` adds words for figures of
    a refusal's arithmetic: name → (sign, 正體中文 word). ``watches_times``: pages of a county tell
    how long their requests took in the browser.
    """

    def __init__(
        self,
        *,
        translations: Translations,
        modules: Mapping[str, Path],
        terms: Mapping[str, tuple[str, str]] | None = None,
        watches_times: bool = False,
    ) -> None:
        loader = ChoiceLoader(
            [
                FileSystemLoader(TEMPLATES),
                PrefixLoader({name: FileSystemLoader(path) for name, path in modules.items()}),
            ]
        )
        self._environments = {
            code: _environment(loader, translations.of(code), {**TERMS, **(terms or {})})
            for code in LANGUAGES
        }
        for environment in self._environments.values():
            environment.globals["watches_times"] = watches_times

    def render(self, template: str, *, language: str, **values: Any) -> str:
        """Return the page; an undefined name in it is an error."""
        return self.environment(language).get_template(template).render(**values)

    def environment(self, language: str) -> Environment:
        """Return the environment of ``language`` (to add what a module's templates call)."""
        return self._environments[language]


def _environment(
    loader: ChoiceLoader, language: Language, terms: Mapping[str, tuple[str, str]]
) -> Environment:
    environment = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    install: Any = environment
    install.install_gettext_callables(language.gettext, language.ngettext, newstyle=True)
    environment.globals.update(
        html_lang=language.html_lang,
        languages=LANGUAGES,
        script_texts=json.dumps(language.script_texts, ensure_ascii=False, sort_keys=True),
        static=static_url,
        decisive_terms=DECISIVE,
    )
    environment.filters.update(
        ntd=formats.format_ntd,
        ntd_words=formats.ntd_in_words,
        roc=formats.format_date,
        roc_long=formats.format_date_long,
        clock=clock,
        term=lambda name: _term(name, terms, language),
    )
    return environment


def _term(name: str, terms: Mapping[str, tuple[str, str]], language: Language) -> tuple[str, str]:
    """Return sign and word of a figure; one without a word is called by its field's name."""
    sign, word = terms.get(name, ("", name))
    return sign, language.gettext(word)


def clock(moment: dt.datetime) -> str:
    """Write ``105-03-15 14:05`` as of Taipei."""
    local = moment.astimezone(TAIPEI)
    return f"{formats.format_date(local.date())} {local:%H:%M}"


@cache
def static_url(path: str) -> str:
    """Return the address of one of our files; it changes with the content, so it may be kept."""
    digest = hashlib.sha256((STATIC / path).read_bytes()).hexdigest()
    return f"{STATIC_PATH}/{path}?v={digest[:12]}"
