"""What can be told about templates and static files without a browser."""

from __future__ import annotations

import hashlib
import json
import re

import pytest

from tests.core.web import sample_documents, samples
from zhuji_core.web import environment, forms
from zhuji_core.web.components import Column, Kind, Table
from zhuji_core.web.environment import STATIC, TEMPLATES

ROOT = samples.ROOT
INLINE = re.compile(r"""\son\w+=|\sstyle=|<style|javascript:|hx-on|js:|<script(?![^>]*\ssrc=)""")
# The first request of a page: HTML under 100 kB (ui.md).
PAGE_BYTES_MAX = 100_000


def test_vendored_files_are_the_ones_of_the_manifest() -> None:
    manifest = json.loads((STATIC / "vendor.json").read_text(encoding="utf-8"))
    assert len(manifest) == 13
    for listed in manifest:
        content = (ROOT / listed["file"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == listed["sha256"], listed["file"]
    listed_files = {listed["file"] for listed in manifest}
    found = {
        file.relative_to(ROOT).as_posix()
        for folder in (STATIC / "vendor", ROOT / "tests" / "assets")
        for file in folder.rglob("*")
        if file.is_file()
    }
    assert found == listed_files
    folders = {file.rpartition("/")[0] for file in listed_files}
    assert all(f"{folder}/LICENSE" in listed_files for folder in folders)


@pytest.mark.parametrize("path", samples.GALLERY)
@pytest.mark.parametrize("language", ["zh_Hant_TW", "en"])
def test_every_page_renders_without_anything_inline(path: str, language: str) -> None:
    page = samples.draw(path, language=language)
    assert INLINE.search(page) is None
    assert page.count("<h1") == 1
    assert len(page.encode()) < PAGE_BYTES_MAX
    assert not re.search(r"""(src|href)=["'](https?:)?//""", page)
    ids = re.findall(
        r'\sid="([^"]+)"', re.sub(r"<template>.*?</template>", "", page, flags=re.DOTALL)
    )
    assert len(ids) == len(set(ids))


def test_no_template_holds_anything_inline() -> None:
    for file in TEMPLATES.rglob("*.html"):
        assert INLINE.search(file.read_text(encoding="utf-8")) is None, file.name


def test_no_script_evaluates_text_or_writes_markup() -> None:
    for file in STATIC.glob("*.js"):
        text = file.read_text(encoding="utf-8")
        assert not re.search(
            r"\beval\(|new Function|innerHTML|insertAdjacentHTML|setTimeout\(['\"]", text
        )
        assert len(text.splitlines()) <= 400


def test_what_people_wrote_is_escaped() -> None:
    pages = samples.pages()
    values = sample_documents.document_page()
    values["title"] = "<script>alert(1)</script>"
    page = pages.render("gallery/document.html", language="zh_Hant_TW", **values)
    assert "<script>alert" not in page


def test_an_unknown_figure_of_a_refusal_is_called_by_its_name() -> None:
    template = samples.pages().environment("en").from_string("{{ 'strange_ntd'|term }}")
    assert "strange_ntd" in template.render()


def test_static_addresses_change_with_the_content() -> None:
    assert re.fullmatch(r"/static/app\.css\?v=[0-9a-f]{12}", environment.static_url("app.css"))


def test_an_empty_list_says_what_to_do() -> None:
    table = Table(id="t", caption="c", columns=(Column(title="x", kind=Kind.AMOUNT),), rows=())
    source = '{% from "components/tables.html" import data_table %}{{ data_table(table) }}'
    page = samples.pages().environment("zh_Hant_TW").from_string(source).render(table=table)
    assert "沒有符合條件的資料" in page
    assert "<table" not in page


def test_grid_rows_are_read_in_order_without_the_blank_ones() -> None:
    fields = [
        ("lines-10-amount", " 3 "),
        ("lines-2-amount", "2"),
        ("lines-2-purpose", ""),
        ("lines-3-amount", " "),
        ("lines-x-amount", "9"),
        ("purpose", "x"),
    ]
    assert forms.grid_rows(fields) == [{"amount": "2", "purpose": ""}, {"amount": "3"}]
    with pytest.raises(forms.TooManyRows) as refused:
        forms.grid_rows(fields, rows_max=1)
    assert refused.value.detail == {"rows": 2, "rows_max": 1}
