"""core/docs and the code say the same, both ways."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.architecture.source import ROOT
from zhuji_core import docs_tables, hooks

DOCS = ROOT / "core" / "docs"


@pytest.mark.parametrize("name", sorted(docs_tables.TABLES))
def test_table_is_up_to_date(name: str) -> None:
    """What `make tables` says, which .ci/run therefore leaves out."""
    page = (DOCS / f"{name}.md").read_text("utf-8")
    table = docs_tables.TABLES[name]()
    assert docs_tables.with_table(page, table) == page, f"core/docs/{name}.md: run `make docs`"


def test_every_hook_is_documented_and_the_reverse() -> None:
    page = (DOCS / "hooks.md").read_text("utf-8")
    written = set(re.findall(r"^\| `(\w+)\(", page, re.MULTILINE))
    assert written == set(docs_tables.hook_specs())
    for name, spec in docs_tables.hook_specs().items():
        _, labelled = docs_tables.split_labels(spec.__doc__ or "")
        assert labelled.get("Called by"), f"hook {name} does not say who calls it"


def test_every_hook_has_a_real_implementer() -> None:
    hook = hooks.load().hook
    idle = [name for name in docs_tables.hook_specs() if not getattr(hook, name).get_hookimpls()]
    assert not idle, f"nobody implements {idle}: add a hook when its first implementer is written"


def test_every_refusal_is_documented_and_the_reverse() -> None:
    page = (DOCS / "refusals.md").read_text("utf-8")
    written = set(re.findall(r"^\| `(E-[A-Z0-9-]+)`", page, re.MULTILINE))
    assert written == {refusal.code for refusal in docs_tables.refusals()}


def test_every_refusal_says_why_and_how() -> None:
    for refusal in docs_tables.refusals():
        assert re.fullmatch(r"E-[A-Z0-9]+(-[A-Z0-9]+)*", refusal.code), refusal
        assert refusal.__doc__, f"{refusal} has no docstring"
        assert refusal.message, f"{refusal} has no message"
        # 503 (RFC 9110: at this moment) is what a busy machine or an absent database answers.
        assert 400 <= refusal.status_code < 500 or refusal.status_code == 503, refusal


def test_every_setting_is_explained() -> None:
    for module, struct in docs_tables.setting_structs().items():
        explained = docs_tables.named_fields(struct.__doc__ or "")
        assert set(struct.__struct_fields__) <= set(explained), f"settings of {module}"


def test_links_between_documents_lead_somewhere() -> None:
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in [*DOCS.rglob("*.md"), *ROOT.glob("*.md")]
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", page.read_text("utf-8"))
        if not (page.parent / target).exists()
    ]
    assert not broken, "\n".join(broken)


# The generator itself.


def test_stale_table_is_found_and_text_around_it_kept() -> None:
    page = f"# Title\n{docs_tables.BEGIN}\nold\n{docs_tables.END}\nby hand\n"
    written = docs_tables.with_table(page, "| a |\n")
    assert written != page
    assert written.startswith("# Title\n")
    assert written.endswith("\nby hand\n")
    assert docs_tables.with_table(written, "| a |\n") == written


def test_docstring_of_a_hook_is_taken_apart() -> None:
    text, labelled = docs_tables.split_labels(
        """Move money.

        Called by: certification, in its transaction. Short funds is an answer.
        Implement: exactly one module, budget.
        """
    )
    assert text == "Move money. Short funds is an answer."
    assert labelled == {
        "Called by": "certification, in its transaction",
        "Implement": "exactly one module, budget",
    }


def test_docstring_of_settings_is_taken_apart() -> None:
    assert docs_tables.named_fields("``a``: one\n    and more.\n\n    ``b``: two.") == {
        "a": "one and more.",
        "b": "two.",
    }


def test_cell_cannot_break_the_table() -> None:
    assert docs_tables.table_of(("a",), [("x | y\nz",)]).splitlines()[-1] == "| x \\| y z |"


def test_check_says_what_is_stale_and_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """On two pages, one of them stale; `make check` runs the command over all of them."""
    tables = {name: docs_tables.TABLES[name] for name in ("hooks", "permissions")}
    for name in tables:
        shutil.copy(DOCS / f"{name}.md", tmp_path)
    stale = tmp_path / "permissions.md"
    right = stale.read_text("utf-8")
    stale.write_text(right.replace(docs_tables.BEGIN, f"{docs_tables.BEGIN}\nold"), "utf-8")
    before = {page.name: page.read_bytes() for page in tmp_path.iterdir()}
    monkeypatch.setattr(docs_tables, "DOCS", tmp_path)
    monkeypatch.setattr(docs_tables, "TABLES", tables)
    assert docs_tables.main(["--check"]) == 1
    said = capsys.readouterr().err
    assert "-old" in said
    assert "1 pages are out of date" in said
    assert {page.name: page.read_bytes() for page in tmp_path.iterdir()} == before
    assert docs_tables.main([]) == 0
    assert stale.read_text("utf-8") == right
    assert docs_tables.main(["--check"]) == 0
