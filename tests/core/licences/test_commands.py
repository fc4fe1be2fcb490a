"""Licences from the command line: keys, issuing, installing, and a host that trusts another."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from zhuji_core.cli import group
from zhuji_core.db.embedded import Cluster
from zhuji_core.home import Home
from zhuji_core.testing.cluster import QUICK

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def home(
    tmp_path_factory: pytest.TempPathFactory, quick_home: Callable[[Path], Home]
) -> Iterator[Path]:
    """A home of its own, whose PostgreSQL stays up between the commands of this file."""
    folder = tmp_path_factory.mktemp("licences") / "home"
    with Cluster(quick_home(folder), options=QUICK):
        yield folder


@pytest.fixture
def run(home: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("ZHUJI_HOME", str(home))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.delenv("ZHUJI_DATABASE_URL", raising=False)
    monkeypatch.delenv("ZHUJI_LICENCE_KEYS", raising=False)

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(group, arguments, catch_exceptions=False)

    return invoke


def test_a_self_hosting_county_works_out_of_the_box(run: Run) -> None:
    assert run("county", "add", "KEE", "--name", "基隆市", "--modules", "budget").exit_code == 0
    (kept,) = json.loads(run("licence", "show", "KEE", "--json").output)
    assert kept["refusal"] == ""
    assert kept["claims"]["modules"] == ["accounting", "budget"]
    assert kept["claims"]["valid_to"] is None
    enabled = run("county", "enable", "KEE", "accounting", "--reason", "年度開始")
    assert (enabled.exit_code, "accounting 已啟用" in enabled.output) == (0, True)
    assert "原已啟用" in run("county", "enable", "KEE", "accounting").output
    assert "E-MODULE-NEEDED" in run("county", "disable", "KEE", "budget").output
    assert run("county", "disable", "KEE", "accounting").exit_code == 0
    shown = json.loads(run("county", "show", "KEE", "--json").output)
    assert shown["modules"] == ["budget"]
    assert "E-MODULE-UNKNOWN" in run("county", "enable", "KEE", "nothing").output


def test_a_host_that_trusts_an_issuer_takes_only_its_licences(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    issuer, stranger = tmp_path / "issuer.pem", tmp_path / "stranger.pem"
    for file in (issuer, stranger):
        assert run("licence", "key", str(file)).exit_code == 0
    assert run("licence", "key", str(issuer)).exit_code == 1
    monkeypatch.setenv("ZHUJI_LICENCE_KEYS", f"{issuer}.pub")
    assert list(json.loads(run("licence", "keys", "--json").output).values()) == [f"{issuer}.pub"]

    def issue(name: str, *options: str, key: Path = issuer, county: str = "ila") -> str:
        out = str(tmp_path / name)
        made = run("licence", "issue", county, "--key", str(key), *options, "--out", out)
        assert made.exit_code == 0, made.output
        return out

    both = ("--modules", "budget,accounting", "--no-end")
    good = issue("good", "--modules", "budget", "--to", "3001231", "--serial", "ILA-1")
    # Without a licence a county begins without modules; more than licensed is not enabled.
    assert run("county", "add", "YUN", "--name", "雲林縣").exit_code == 0
    assert json.loads(run("county", "show", "YUN", "--json").output)["modules"] == []
    add = ("county", "add", "ILA", "--name", "宜蘭縣", "--licence", good)
    refused = run(*add, "--modules", "budget,accounting")
    assert (refused.exit_code, "E-MODULE-UNLICENSED" in refused.output) == (1, True)
    assert run("county", "show", "ILA").exit_code == 1
    assert run(*add).exit_code == 0
    assert json.loads(run("county", "show", "ILA", "--json").output)["modules"] == ["budget"]
    assert "E-MODULE-UNLICENSED" in run("county", "enable", "ILA", "accounting").output

    ended = ("--modules", "accounting", "--from", "1140101", "--to", "1141231")
    early = ("--modules", "accounting", "--from", "3000101", "--to", "3001231")
    for licence, code in (
        (issue("stranger", *both, key=stranger), "E-LICENCE-KEY"),
        (issue("foreign", *both, county="YUN"), "E-LICENCE-COUNTY"),
        (issue("ended", *ended), "E-LICENCE-ENDED"),
        (issue("early", *early), "E-LICENCE-NOT-YET"),
    ):
        refused = run("licence", "install", "ILA", licence)
        assert (refused.exit_code, code in refused.output) == (1, True), refused.output
    changed = tmp_path / "changed"
    changed.write_bytes(Path(good).read_bytes().replace(b'"budget"', b'"accounting"'))
    assert "E-LICENCE-FORGED" in run("licence", "install", "ILA", str(changed)).output
    changed.write_bytes(Path(good).read_bytes() + b" ")
    assert "E-LICENCE-FORM" in run("licence", "install", "ILA", str(changed)).output
    assert "E-LICENCE-INSTALLED" in run("licence", "install", "ILA", good).output
    assert len(json.loads(run("licence", "show", "ILA", "--json").output)) == 1

    assert run("licence", "install", "ILA", issue("more", *both)).exit_code == 0
    assert run("county", "enable", "ILA", "accounting").exit_code == 0
    assert "有效" in run("licence", "show", "ILA").output
    soon = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=9)
    period = ("--modules", "budget", "--to", soon.isoformat())
    chiayi = ("county", "add", "CYI", "--name", "嘉義市", "--licence")
    assert run(*chiayi, issue("soon", *period, county="CYI")).exit_code == 0
    for output in (run("county", "list").output, run("county", "show", "CYI").output):
        assert f"▲ {soon.isoformat()}（尚有" in output
    shown = json.loads(run("county", "show", "CYI", "--json").output)
    assert [one["licence"] for one in shown["licences"]] == ["ending", "none"]


def test_issuing_says_what_is_missing(run: Run, tmp_path: Path) -> None:
    assert run("licence", "issue", "KEE", "--modules", "budget").exit_code == 2
    both = ("--to", "3001231", "--no-end")
    assert run("licence", "issue", "KEE", "--modules", "budget", *both).exit_code == 2
    early = run("licence", "issue", "KEE", "--modules", "budget", "--to", "1000101")
    assert (early.exit_code, "E-LICENCE-TERMS" in early.output) == (1, True)
    unknown = run("licence", "issue", "KEE", "--modules", "acounting", "--no-end")
    assert (unknown.exit_code, "E-MODULE-UNKNOWN" in unknown.output) == (1, True)
    out = tmp_path / "kept"
    out.write_text("kept")
    words = ("licence", "issue", "KEE", "--modules", "budget", "--no-end", "--out", str(out))
    assert (run(*words).exit_code, out.read_text()) == (2, "kept")


def test_an_upgrade_licenses_what_a_self_hosting_county_had_before(run: Run, home: Path) -> None:
    assert run("county", "add", "HSZ", "--name", "新竹市").exit_code == 0
    from zhuji_core.commands.opening import open_operator  # noqa: PLC0415 (after the environment)

    with (
        open_operator() as host,
        host.engines.server.connect(host.engines.server.platform_name) as admin,
    ):
        admin.execute("DELETE FROM platform.licence WHERE county_code = 'HSZ'")
    assert "E-MODULE-UNLICENSED" in run("county", "enable", "HSZ", "budget").output
    upgraded = run("db", "upgrade")
    assert "HSZ 新竹市" in upgraded.output
    assert "由本主機授權 budget、accounting" in upgraded.output
    assert run("county", "enable", "HSZ", "budget").exit_code == 0
