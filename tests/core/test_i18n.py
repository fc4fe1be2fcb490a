"""Nothing on a page is left unmarked, and nothing marked is left untranslated."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from zhuji_core import i18n
from zhuji_core.contracts.funds import ControlRowNotFound

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = [
    ROOT / "core" / "zhuji_core",
    ROOT / "observability" / "zhuji_observability",
    *sorted(ROOT.glob("plugins/*/zhuji_*")),
]
MARKS = set(i18n.KEYWORDS)
PLACEHOLDER = re.compile(r"%\((\w+)\)s|\{(\w+)[^}]*\}")


def names(packages: list[Path]) -> list[str]:
    return [package.name for package in packages]


@pytest.mark.parametrize("package", PACKAGES, ids=names(PACKAGES))
def test_everything_is_translated(package: Path) -> None:
    missing = list(i18n.untranslated(package, "en"))
    assert missing == [], f"python -m zhuji_core.i18n {package.relative_to(ROOT)}"


@pytest.mark.parametrize("package", PACKAGES, ids=names(PACKAGES))
def test_translations_keep_the_placeholders(package: Path) -> None:
    path = package / "locale" / "en" / i18n.CATALOGUE
    for message in i18n.read_catalogue(path, "en") if path.is_file() else ():
        strings = message.string if isinstance(message.string, tuple | list) else [message.string]
        wanted = _placeholders(str(message.id if isinstance(message.id, str) else message.id[-1]))
        for string in strings:
            if message.id and string:
                assert _placeholders(str(string)) <= wanted, message.id


def _placeholders(text: str) -> set[str]:
    return {first or second for first, second in PLACEHOLDER.findall(text)}


@pytest.mark.parametrize("package", PACKAGES, ids=names(PACKAGES))
def test_web_layers_hold_no_unmarked_chinese(package: Path) -> None:
    found = [
        f"{file.relative_to(package)}:{line}: {text}"
        for file in sorted((package / "web").rglob("*.*"))
        for line, text in _unmarked(file)
    ]
    assert found == []


def _unmarked(file: Path) -> Iterator[tuple[int, str]]:
    if "vendor" in file.parts:
        return
    text = file.read_text(encoding="utf-8") if file.suffix in {".py", ".html", ".js"} else ""
    if file.suffix == ".py":
        yield from _unmarked_python(text)
    elif file.suffix == ".html":
        yield from _unmarked_template(text)
    elif file.suffix == ".js":
        yield from _unmarked_script(text)


def _unmarked_python(text: str) -> Iterator[tuple[int, str]]:
    tree = ast.parse(text)
    marked = {
        id(part)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and _name(call.func) in MARKS
        for part in ast.walk(call)
    }
    described = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            known = id(node) in marked or id(node) in described
            if not known and i18n.CHINESE.search(node.value):
                yield node.lineno, node.value


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _unmarked_template(text: str) -> Iterator[tuple[int, str]]:
    blanked = re.sub(r"\{#.*?#\}", lambda found: "\n" * found[0].count("\n"), text, flags=re.DOTALL)
    marked = r"""\b(?:_|ngettext|gettext)\(\s*(?:"[^"]*"|'[^']*')(?:\s*,\s*"[^"]*")?"""
    blanked = re.sub(marked, "", blanked)
    for number, line in enumerate(blanked.splitlines(), start=1):
        if i18n.CHINESE.search(line):
            yield number, line.strip()


def _unmarked_script(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), start=1):
        code = re.sub(r'\btr\("[^"]*"', "", line.partition("//")[0])
        if i18n.CHINESE.search(code) and not line.lstrip().startswith(("/*", "*")):
            yield number, line.strip()


def test_the_search_for_unmarked_texts_finds_them() -> None:
    assert list(_unmarked_python('"""說明"""\na = _("對")\nb = "漏"\n')) == [(3, "漏")]
    assert list(_unmarked_template('{# 註 #}{{ _("對") }}\n<p>漏</p>')) == [(2, "<p>漏</p>")]
    assert list(_unmarked_script('tr("對"); // 註\nsay("漏");')) == [(2, 'say("漏");')]


def test_the_language_of_the_ids_needs_no_catalogue() -> None:
    chinese = i18n.load_translations([]).of("zh_Hant_TW")
    assert chinese.gettext("未能受理") == "未能受理"
    assert chinese.ngettext("一件", "%(num)s 件", 1) == "%(num)s 件"
    assert chinese.gettext("") == ""
    assert chinese.html_lang == "zh-Hant-TW"


def test_an_unknown_language_is_answered_in_chinese() -> None:
    translations = i18n.load_translations([])
    assert translations.of("fr").code == "zh_Hant_TW"
    assert translations.choose(["fr", "en-GB"]) == "en"
    assert translations.choose(["zh-TW"]) == "zh_Hant_TW"
    assert translations.choose([]) == "zh_Hant_TW"


def write(package: Path, source: str) -> None:
    (package / "web" / "static").mkdir(parents=True, exist_ok=True)
    (package / "web" / "templates").mkdir(exist_ok=True)
    (package / "texts.py").write_text(source, encoding="utf-8")
    (package / "web" / "static" / "x.js").write_text('tr("{n} 列");', encoding="utf-8")
    (package / "web" / "templates" / "x.html").write_text(
        '{{ _("好") }}{{ ngettext("%(num)s 件", "%(num)s 件", 2) }}', encoding="utf-8"
    )


def test_a_catalogue_follows_the_texts_and_keeps_the_translations(tmp_path: Path) -> None:
    package = tmp_path / "zhuji_x"
    write(package, 'N_("甲")\nN_("乙")\n')
    (path,) = i18n.update_catalogues(package)
    assert set(i18n.untranslated(package, "en")) == {"甲", "乙", "好", "%(num)s 件", "{n} 列"}
    text = path.read_text(encoding="utf-8")
    text = re.sub(r'(msgid "甲"\nmsgstr )""', r'\1"A"', text)
    path.write_text(
        re.sub(r'(msgid "\{n\} 列"\nmsgstr )""', r'\1"{n} rows"', text), encoding="utf-8"
    )
    write(package, 'N_("甲")\nN_("丙")\n')
    first = i18n.update_catalogues(package)[0].read_bytes()
    assert "乙" not in first.decode()
    assert set(i18n.untranslated(package, "en")) == {"丙", "好", "%(num)s 件"}
    assert i18n.update_catalogues(package)[0].read_bytes() == first
    english = i18n.load_translations([package / "locale"]).of("en")
    assert (english.gettext("甲"), english.gettext("丙")) == ("A", "丙")
    assert english.script_texts == {"{n} 列": "{n} rows"}


def test_modules_add_to_the_kernels_texts(tmp_path: Path) -> None:
    for name, text in (("one", "One"), ("two", "Two")):
        path = tmp_path / name / "locale" / "en" / i18n.CATALOGUE
        path.parent.mkdir(parents=True)
        path.write_text(
            f'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
            f'msgid "共"\nmsgstr "{text}"\n\nmsgid "{name}"\nmsgstr "{text}!"\n',
            encoding="utf-8",
        )
    folders = [tmp_path / "one" / "locale", tmp_path / "two" / "locale", tmp_path / "none"]
    english = i18n.load_translations(folders).of("en")
    assert english.gettext("共") == "One"
    assert (english.gettext("one"), english.gettext("two")) == ("One!", "Two!")


def test_a_catalogue_that_was_written_anew_is_read_anew(tmp_path: Path) -> None:
    path = tmp_path / "en" / i18n.CATALOGUE
    path.parent.mkdir(parents=True)
    for written_ns, told in enumerate(("first", "second"), start=1):
        path.write_text(f'msgid "測試"\nmsgstr "{told}"\n', encoding="utf-8")
        os.utime(path, ns=(written_ns, written_ns))
        assert i18n.load_translations([tmp_path]).of("en").gettext("測試") == told


def test_a_refusal_is_told_with_its_details_also_at_its_fields() -> None:
    text = ControlRowNotFound.message
    refusal = ControlRowNotFound(control_row_id=("甲", "乙"), fields={"line": text})
    assert "甲、乙" in refusal.text(str)
    assert refusal.field_texts(str) == {"line": refusal.text(str)}
