"""``zhuji budget …`` on a home of its own, on made-up books and on those of a real city."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.plugins.budget.books.conftest import Press
from tests.plugins.budget.unit_book.test_small_book import PLAN, but, printed
from zhuji_budget.queries.invariants import NAMES
from zhuji_core.cli import group
from zhuji_core.db.embedded import Cluster
from zhuji_core.home import Home
from zhuji_core.testing.cluster import QUICK
from zhuji_core.testing.plugin import shared_folder

Run = Callable[..., Result]
WHY = ("--reason", "主計處來函")  # an operator says why


@pytest.fixture(scope="module")
def home(
    tmp_path_factory: pytest.TempPathFactory, quick_home: Callable[[Path], Home]
) -> Iterator[Path]:
    """A home whose PostgreSQL stays up between the commands of this file."""
    folder = tmp_path_factory.mktemp("budget") / "home"
    with Cluster(quick_home(folder), options=QUICK):
        yield folder


@pytest.fixture
def run(home: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("ZHUJI_HOME", str(home))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.delenv("ZHUJI_DATABASE_URL", raising=False)

    def invoke(*arguments: object) -> Result:
        words = [str(argument) for argument in arguments]
        return CliRunner().invoke(group, words, catch_exceptions=False)

    return invoke


@pytest.fixture
def county(run: Run) -> str:
    """Give the code of a new county; codes count up, since counties are never deleted."""
    code = f"C{next(NUMBERS)}"
    assert run("county", "add", code, "--name", "示範縣", "--modules", "budget").exit_code == 0
    return code


NUMBERS = iter([f"{one}{other}" for one in "ABCD" for other in "ABCDEFGHIJ"])


@pytest.fixture
def book(tmp_path: Path, press: Press) -> Path:
    path = tmp_path / "農林處.xlsx"
    path.write_bytes(press.workbook({"歲出": press.body()}))
    return path


def flat(result: Result) -> str:
    """The terminal breaks lines where it likes."""
    return "".join(result.output.split())


def read_json(result: Result) -> Any:
    return json.loads(result.stdout)


def test_imports_and_says_what_was_kept(run: Run, county: str, book: Path) -> None:
    result = run("budget", "import", book, "--county", county, "--year", 105)
    assert result.exit_code == 0, result.output
    assert "2 個科目、1 個機關、NT$1,300,000" in result.output
    assert "新增 2 個科目" in result.output


def test_imports_again_and_changes_nothing(run: Run, county: str, book: Path) -> None:
    for known in (0, 2):
        result = run("budget", "import", book, "--county", county, "--year", 105, "--json")
        assert result.exit_code == 0
        report = read_json(result)
        assert (report["lines"], report["lines_known"]) == (2, known)


def test_refuses_with_every_place(run: Run, county: str, tmp_path: Path, press: Press) -> None:
    wrong = tmp_path / "錯.xlsx"
    wrong.write_bytes(press.workbook({"歲出": press.body({"F6": 999})}))
    garbage = tmp_path / "垃圾.xls"
    garbage.write_bytes(b"nothing")
    where = ("--county", county, "--year", 105)
    result = run("budget", "import", wrong, garbage, *where, "--json")
    assert result.exit_code == 1
    report = read_json(result)
    assert not report["kept"]
    assert {"E-BOOK-SUM", "E-SHEET-KIND"} <= {error["code"] for error in report["errors"]}
    assert any(error["cell"] == "F6" and error["arithmetic"] for error in report["errors"])
    told = run("budget", "import", wrong, garbage, *where)
    assert told.exit_code == 1
    assert "未匯入任何資料" in told.output
    assert run("budget", "verify", "--county", county).exit_code == 1


def test_partial_keeps_the_valid_books(run: Run, county: str, tmp_path: Path, book: Path) -> None:
    garbage = tmp_path / "垃圾.xls"
    garbage.write_bytes(b"nothing")
    where = ("--county", county, "--year", 105, "--partial", "--json")
    result = run("budget", "import", book, garbage, *where)
    assert result.exit_code == 0
    report = read_json(result)
    assert (report["kept"], report["lines_new"], report["left_out"]) == (True, 2, ["垃圾.xls"])


def test_a_line_that_differs_stands_among_the_errors(
    run: Run, county: str, book: Path, tmp_path: Path, press: Press
) -> None:
    where = ("--county", county, "--year", 105)
    assert run("budget", "import", book, *where).exit_code == 0
    changes = dict.fromkeys(("F4", "F5"), 1400) | {
        "F12": 400,
        "F13": 400,
        "J13": "業務費400千元",
    }
    changed = tmp_path / "改.xlsx"
    changed.write_bytes(press.workbook({"歲出": press.body(changes)}))
    result = run("budget", "import", changed, *where, "--json")
    report = read_json(result)
    assert result.exit_code == 1
    assert [error["code"] for error in report["errors"]] == ["E-LINE-DIFFERS"]


def test_enacts_allots_and_verifies(run: Run, county: str, book: Path) -> None:
    where = ("--county", county, "--year", 105)
    assert run("budget", "import", book, *where).exit_code == 0
    assert run("budget", "allot", *where, *WHY).exit_code == 1
    enacted = run("budget", "enact", *where, "--act-no", "議字第 1 號", *WHY, "--json")
    assert read_json(enacted)["state"] == "enacted"
    again = run("budget", "enact", *where, "--act-no", "議字第 1 號", *WHY)
    assert again.exit_code == 1
    assert run("budget", "allot", *where, *WHY).exit_code == 0
    verified = run("budget", "verify", "--county", county, "--json")
    assert verified.exit_code == 0
    assert _summary(verified) == {
        "checked": 3,
        "drift_ntd": 0,
        "errors": [],
        "months_checked": 0,
        "events_behind": 0,
        "invariants": len(NAMES),
        "documents_checked": 0,
        "releases_checked": 12,
    }


def _summary(result: Result) -> Any:
    """Return what was verified, without the invariants by name: each was asked of something."""
    told = read_json(result)
    asked = told.pop("asked")
    assert [one["invariant"] for one in asked] == list(NAMES)
    assert {one["broken"] for one in asked} == {0}
    assert all(one["checked"] for one in asked if one["of"] == "control rows")
    return told


def test_verifying_nothing_fails(run: Run, county: str) -> None:
    result = run("budget", "verify", "--county", county, "--json")
    assert result.exit_code == 1
    assert read_json(result)["checked"] == 0


def test_an_unknown_county_is_refused(run: Run, book: Path) -> None:
    result = run("budget", "import", book, "--county", "QQQ", "--year", 105)
    assert result.exit_code == 1


@pytest.mark.needs("shared")
def test_the_books_of_a_city(run: Run, county: str, pytestconfig: pytest.Config) -> None:
    folder = shared_folder(pytestconfig.rootpath) / "data" / "taichung-105" / "books"
    books = sorted(folder.iterdir())
    done = run("budget", "import", *books, "--county", county, "--year", 105, "--json")
    report = read_json(done)
    assert done.exit_code == 0
    assert (report["lines"], report["agencies"]) == (782, 125)
    assert report["total_ntd"] == 127_360_200_000
    assert (report["books"], report["duplicates"], report["errors"]) == (27, 19, [])
    assert (report["lines_with_split"], report["lines_without_split"]) == (765, 17)
    assert _summary(run("budget", "verify", "--county", county, "--json")) == {
        "checked": 1546,
        "drift_ntd": 0,
        "errors": [],
        "months_checked": 0,
        "events_behind": 0,
        "invariants": len(NAMES),
        "documents_checked": 0,
        "releases_checked": 0,
    }


def test_a_unit_book_opens_the_agency_s_estimate(
    run: Run, county: str, book: Path, tmp_path: Path
) -> None:
    run("budget", "import", book, "--county", county, "--year", 105)
    good, bad = tmp_path / "good.xlsx", tmp_path / "bad.xlsx"
    good.write_bytes(printed(計畫=PLAN).content)
    bad.write_bytes(printed(計畫=but(PLAN, 6, 6, "五千")).content)
    asked = ["--county", county, "--year", 115, "--agency", "0007010000"]
    refused = run("budget", "book", "import", bad, *asked)
    assert refused.exit_code == 1
    assert "G7" in refused.output
    assert run("budget", "book", "export", *asked, "--estimate", "--out", good).exit_code == 1
    done = run("budget", "book", "import", good, *asked)
    assert done.exit_code == 0, done.output
    assert "3 項明細：歲出 12,000 元" in done.output
    out = tmp_path / "book.xlsx"
    assert run("budget", "book", "export", *asked, "--estimate", "--out", out).exit_code == 0
    checked = read_json(run("budget", "check-book", out, "--json"))
    assert checked["total_ntd"] == 12_000
    assert run("budget", "book", "import", out, *asked, "--json").exit_code == 0


Table = Callable[[str, str], Path]


@pytest.fixture
def table(tmp_path: Path) -> Table:
    """Write a CSV file as an office sends it."""

    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text, "utf-8-sig")
        return path

    return write


def test_ceilings_are_set_from_a_file_and_every_wrong_line_is_told(
    run: Run, county: str, book: Path, table: Table
) -> None:
    run("budget", "import", book, "--county", county, "--year", 105)
    where = ("budget", "ceilings", "--county", county, "--year", 106)
    (agency,) = [one["agency_code"] for one in read_json(run(*where, "--json"))]
    wrong = table("c.csv", f"機關代碼,額度\n{agency},1.5\n9999,3\n{agency},-1\n")
    told = run(*where, "--load", wrong)
    assert told.exit_code == 1
    every = (
        "有4處錯誤",
        "第2行額度：「1.5」須為整數（元）；第3行機關代碼：查無此機關",
        "第4行機關代碼：同一機關只能列一次",
        "第4行額度：額度須為0以上之整數",
    )
    assert [one for one in every if one not in flat(told)] == [], "one round tells all of them"
    unread = run(*where, "--load", table("d.csv", f"機關代碼,額度\n{agency},x\n"))
    assert (unread.exit_code, "第2行額度" in flat(unread)) == (1, True)
    assert [one["ceiling_ntd"] for one in read_json(run(*where, "--json"))] == [None]
    right = table("e.csv", f'機關代碼,額度\n{agency},"１,200,000"\n')
    assert run(*where, "--load", right).exit_code == 0
    assert [one["ceiling_ntd"] for one in read_json(run(*where, "--json"))] == [1_200_000]
    out = right.with_name("out.csv")
    run(*where, "--out", out)
    assert f"{agency},1200000," in out.read_text("utf-8-sig")
    assert run(*where, "--load", table("f.csv", "代碼,額度\n")).exit_code == 1
    assert run("budget", "compile", "--county", county, "--year", 106, *WHY).exit_code == 1


def test_the_council_s_decisions_go_out_and_come_in_as_one_file(
    run: Run, county: str, book: Path, tmp_path: Path, table: Table
) -> None:
    run("budget", "import", book, "--county", county, "--year", 105)
    where = ("budget", "council", "--county", county, "--year", 105)
    out = tmp_path / "bill.csv"
    assert run(*where, "--out", out).exit_code == 0
    head, first, *rest = out.read_text("utf-8-sig").splitlines()
    assert head == "科目編號,用途別,經資門,刪減數,凍結數,附帶決議"
    key = first.removesuffix(",,,")
    wrong = table("w.csv", "\n".join([head, f"{key},-5,0,", "1,2,經常門,1,0,"]))
    assert "第3行查無預算案項目12經常門" in flat(run(*where, *WHY, "--load", wrong))
    raised = run(*where, *WHY, "--load", table("r.csv", f"{head}\n{key},-5,0,\n"))
    assert (raised.exit_code, "第2行刪減數" in flat(raised)) == (1, True)
    twice = run(*where, *WHY, "--load", table("t.csv", f"{head}\n{key},5,0,\n{key},5,0,\n"))
    assert "第3行項目：同一項只能列一次" in flat(twice)
    decided = table("d.csv", "\n".join([head, f"{key},5,7,送報告後動支", *rest]))
    assert "1項：刪減NT$5、凍結NT$7" in flat(run(*where, *WHY, "--load", decided))
    run(*where, "--out", out)
    assert f"{key},5,7,送報告後動支" in out.read_text("utf-8-sig")


def test_the_council_s_revenue_is_a_table_too(
    run: Run, county: str, book: Path, tmp_path: Path, table: Table
) -> None:
    run("budget", "import", book, "--county", county, "--year", 105)
    where = ("budget", "council", "--county", county, "--year", 105, "--side", "revenue")
    out = tmp_path / "revenue.csv"
    assert run(*where, "--out", out).exit_code == 0
    head = out.read_text("utf-8-sig").strip()
    assert head == "科目編號,機關代碼,經資門,增減數,審議意見"
    wrong = run(*where, *WHY, "--load", table("w.csv", f"{head}\n04,1,經常門,-5,\n"))
    assert "第2行查無預算案項目041經常門" in flat(wrong)
    assert read_json(run(*where, "--json")) == []


def test_a_schedule_is_read_from_a_file_and_submitted(
    run: Run, county: str, book: Path, tmp_path: Path, table: Table
) -> None:
    run("budget", "import", book, "--county", county, "--year", 105)
    of_year = ("--county", county, "--year", 105)
    run("budget", "enact", *of_year, "--act-no", "議字第 1 號", *WHY)
    (agency,) = [
        one["agency_code"]
        for one in read_json(run("budget", "ceilings", "--county", county, "--year", 106, "--json"))
    ]
    where = (*of_year, "--agency", agency)
    out = tmp_path / "s.csv"
    assert run("budget", "schedule", "export", *where, "--out", out).exit_code == 0
    assert read_json(run("budget", "schedules", *of_year, "--json")) == [], "nothing was kept"
    head, *rows = out.read_text("utf-8-sig").splitlines()
    wrong = table("w.csv", f"{head}\n9,9,經常門{',1' * 12}\n{rows[0][:-1]}-1\n")
    told = run("budget", "schedule", "load", wrong, *where)
    assert "第2行查無本機關可分配之項目" in flat(told)
    assert "第3行12月：不得為負數" in flat(told)
    keyed = [row.replace(",0" * 12, ",1000" * 12) for row in rows]
    right = table("r.csv", "\n".join([head, *keyed]))
    sent = read_json(run("budget", "schedule", "load", right, *where, "--submit", "--json"))
    assert (sent["state"], sent["rows"]) == ("submitted", len(rows))
    (listed,) = read_json(run("budget", "schedules", *of_year, "--state", "submitted", "--json"))
    assert listed["scheduled_ntd"] == 12_000 * len(rows)
    again = run("budget", "schedule", "load", right, *where)
    assert again.exit_code == 1, "one is at work already"
