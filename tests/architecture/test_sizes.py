"""Small functions, small files, few parameters (style.md 13)."""

from __future__ import annotations

import pytest

from tests.architecture.source import files_of_tests, place, product_files
from zhuji_core.testing.rules.sizes import Sizes, measure


def all_sizes() -> Sizes:
    found = Sizes(over=[], refused=[])
    for path in [*product_files(), *files_of_tests()]:
        sizes = measure(path.read_text("utf-8"), place=place(path))
        found.over.extend(sizes.over)
        found.refused.extend(sizes.refused)
    return found


def test_nothing_is_too_large(capsys: pytest.CaptureFixture[str]) -> None:
    sizes = all_sizes()
    with capsys.disabled():
        print(f"\nlarger than they should be: {len(sizes.over)}")  # noqa: T201 (a list to read)
        for finding in sizes.over:
            print(f"  {finding}")  # noqa: T201
    assert not sizes.refused, "\n".join(map(str, sizes.refused))


def test_refuses_a_long_function() -> None:
    sizes = measure(function(71), place="x.py")
    assert ["f: 72" in str(finding) for finding in sizes.refused] == [True]


def test_tells_of_a_longish_function() -> None:
    sizes = measure(function(50), place="x.py")
    assert len(sizes.over) == 1
    assert not sizes.refused


def test_refuses_a_long_file() -> None:
    assert len(measure("x = 1\n" * 601, place="x.py").refused) == 1
    assert len(measure("x = 1\n" * 401, place="x.py").over) == 1


@pytest.mark.parametrize(
    "source",
    [
        'SQL = """\n' + "    SELECT 1,\n" * 700 + '"""\n',
        'SQL = f"""\n' + "    SELECT {x},\n" * 700 + '"""\n',
        "TABLE = [\n" + "    ('72', '歲出', 1),\n" * 700 + "]\n",
        "TABLE = {\n" + "    'a': N_('甲'),\n" * 700 + "}\n",
        'def f():\n    """Say why.\n' + "    Why.\n" * 100 + '    """\n',
        "def f():\n" + "    # Why.\n" * 100 + "    return 1\n",
    ],
    ids=["sql", "f-string", "table", "messages", "docstring", "comments"],
)
def test_text_and_data_do_not_count(source: str) -> None:
    sizes = measure(source, place="x.py")
    assert not sizes.over
    assert not sizes.refused


def test_code_in_a_list_counts() -> None:
    source = "def f():\n    return [\n" + "        g(1),\n" * 80 + "    ]\n"
    assert len(measure(source, place="x.py").refused) == 1


@pytest.mark.parametrize(
    ("source", "refused"),
    [
        ("def f(a, b, c, d, e, f): ...", 0),
        ("def f(a, b, c, d, *, e, f, g): ...", 1),
        ("class C:\n    def f(self, a, b, c, d, e, f): ...", 0),
        ("def _f(a, b, c, d, e, f, g): ...", 0),
        ("def f(a, b, c, d, e, f, g): ...  # noqa: PLR0913", 1),
        ("def f(a, b, c, d, e, f, g): ...  # noqa: PLR0913 (parts of a grant)", 0),
    ],
)
def test_parameters_are_few(source: str, refused: int) -> None:
    assert len(measure(source, place="x.py").refused) == refused


def function(lines: int) -> str:
    return "def f():\n" + "    x = 1\n" * lines
