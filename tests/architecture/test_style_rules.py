"""The product keeps the rules of style, and each rule finds a planted breach."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.architecture.source import ROOT, owner, place, product_files, where
from zhuji_core.testing.rules import style
from zhuji_core.testing.rules.source import KERNEL as KERNEL_ITSELF
from zhuji_core.testing.rules.source import Finding

DOMAIN = "plugins/budget/zhuji_budget/domain/rule.py"
USECASE = "plugins/budget/zhuji_budget/usecases/verb.py"
QUERY = "plugins/budget/zhuji_budget/queries/screen.py"
STORE = "plugins/budget/zhuji_budget/store/rows.py"
WEB = "plugins/budget/zhuji_budget/web/pages.py"
KERNEL = "core/zhuji_core/numbering.py"

BREACHES = [
    (WEB, "try:\n    f()\nexcept Exception:\n    pass", "says nothing"),
    (WEB, "for x in y:\n    try:\n        f()\n    except:\n        continue", "says nothing"),
    (KERNEL, "try:\n    f()\nexcept BaseException:\n    ...", "says nothing"),
    (DOMAIN, "import datetime as dt\nx = dt.datetime.now(dt.UTC)", "reads a clock"),
    (USECASE, "from datetime import date\nx = date.today()", "reads a clock"),
    (USECASE, "import time\nx = time.time()", "reads a clock"),
    (WEB, "def reserve(rows, partial: bool): ...", "may be positional"),
    (DOMAIN, "def f(*, amount_ntd: float) -> None: ...", "not a whole number"),
    (DOMAIN, "class A:\n    amount_ntd: Decimal | None", "not a whole number"),
    (STORE, 'X = "SELECT 1 FROM control_row"', "without its schema"),
    (STORE, 'X = "SELECT 1 FROM accounting.request AS r"', "another schema"),
    (STORE, 'X = "SELECT 1 FROM kernel.agency"', "another schema"),
    (STORE, 'X = "SELECT sketch FROM main.count"', "another schema"),
    (STORE, 'X = f"SELECT {COLUMNS} FROM accounting.request"', "another schema"),
    (STORE, 'X = "SELECT 1 FROM budget.a AS a JOIN accounting.b AS b USING (c)"', "another"),
    (STORE, 'X = "SELECT 1 FROM budget.a, accounting.b"', "another schema"),
    (STORE, 'X = "WITH w AS (SELECT 1 FROM accounting.b) SELECT 1 FROM w"', "another schema"),
    (STORE, 'X = "INSERT INTO accounting.b (a) VALUES (1)"', "another schema"),
    (STORE, 'X = "CREATE TABLE a (b uuid REFERENCES budget.c)"', "without its schema"),
    (STORE, 'X = "CREATE TABLE budget.a (b uuid REFERENCES accounting.c)"', "another schema"),
    (KERNEL, 'X = "DELETE FROM budget.control_row WHERE a = 1"', "another schema"),
    (STORE, 'X = "UPDATE budget.r SET encumbered_ntd = :encumbered_ntd WHERE a = 1"', "counter"),
    (STORE, 'X = "UPDATE budget.r SET a = 1, last_no = CAST(:no AS bigint)"', "counter"),
    (QUERY, 'X = "SELECT a FROM budget.r ORDER BY a"', "without LIMIT"),
    (QUERY, 'X = "SELECT a, (SELECT b FROM budget.s LIMIT 1) FROM budget.r GROUP BY a"', "LIMIT"),
    (USECASE, "def f(uow):\n    uow.connection.commit()", "ends a transaction"),
]

KEPT = [
    (WEB, "try:\n    f()\nexcept Exception:\n    log.exception('x')\n    raise"),
    (WEB, "try:\n    f()\nexcept FileNotFoundError:\n    pass"),
    (DOMAIN, "def f(uow):\n    return uow.now"),
    (WEB, "def reserve(rows, *, partial: bool): ..."),
    (WEB, "def _reserve(partial: bool): ..."),
    (DOMAIN, "def f(*, amount_ntd: int, rate: float) -> None: ..."),
    (STORE, 'X = "SELECT 1 FROM budget.control_row AS r FOR UPDATE OF r"'),
    (STORE, 'X = "WITH w (a) AS (SELECT 1), v AS (SELECT 2) SELECT 1 FROM w JOIN v USING (a)"'),
    (STORE, "X = \"SELECT extract(month FROM d), 'x FROM y' FROM unnest(:a) AS d\""),
    (STORE, 'X = "SELECT 1 FROM jsonb_to_recordset(:a) AS a (b int)"'),
    (STORE, 'X = "SELECT a IS DISTINCT FROM b FROM budget.r"'),
    (STORE, 'X = "INSERT INTO budget.r (a) VALUES (1) ON CONFLICT (a) DO UPDATE SET a = 2"'),
    (STORE, 'X = f"SELECT 1 FROM {TABLE}"'),
    (STORE, "X = 'Select a file from your computer'"),
    (STORE, 'X = "UPDATE budget.r SET expended_ntd = r.expended_ntd + :more_ntd"'),
    (STORE, 'X = "SELECT 1 FROM budget.r WHERE expended_ntd = :expended_ntd"'),
    (QUERY, 'X = "SELECT a FROM budget.r ORDER BY a LIMIT :limit"'),
    (QUERY, 'X = "SELECT count(*) FROM budget.r"'),
    (QUERY, 'X = "SELECT json_agg(a ORDER BY a) FROM budget.r"'),
    (KERNEL, 'X = "SELECT 1 FROM kernel.agency JOIN pg_catalog.pg_class USING (a)"'),
    (KERNEL, 'X = "SELECT sketch FROM main.count"'),
    (KERNEL, "def f(transaction):\n    transaction.rollback()"),
]


def findings(path: Path, source: str) -> list[Finding]:
    return list(style.findings(source, where=where(path)))


def test_product_keeps_the_rules() -> None:
    """All that is no module: each module of plugins/ is held to them by ``ModuleTests``."""
    files = [path for path in product_files() if owner(path) == KERNEL_ITSELF]
    assert len(files) > 400
    broken = [finding for path in files for finding in findings(path, path.read_text("utf-8"))]
    assert not broken, "\n".join(map(str, broken))


@pytest.mark.parametrize(("path", "source", "text"), BREACHES)
def test_breach_is_found(path: str, source: str, text: str) -> None:
    found = list(findings(ROOT / path, source))
    assert len(found) == 1, found
    assert text in found[0].text


@pytest.mark.parametrize(("path", "source"), KEPT)
def test_good_code_is_left_alone(path: str, source: str) -> None:
    assert list(findings(ROOT / path, source)) == []


def test_finding_says_where() -> None:
    path = Path(ROOT / WEB)
    (finding,) = findings(path, "\n\ndef f(a: bool): ...")
    assert str(finding).startswith(f"{place(path)}:3: ")
