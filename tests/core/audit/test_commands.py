"""``zhuji audit`` as an operator and an auditor type it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from zhuji_core.cli import group
from zhuji_core.compose import Host, open_host
from zhuji_core.db.embedded import Cluster
from zhuji_core.home import Home
from zhuji_core.testing.cluster import QUICK

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def home(
    tmp_path_factory: pytest.TempPathFactory, quick_home: Callable[[Path], Home]
) -> Iterator[Path]:
    """A home with the county KLU, whose making has left audit entries."""
    folder = tmp_path_factory.mktemp("audit") / "home"
    with Cluster(quick_home(folder), options=QUICK), pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZHUJI_HOME", str(folder))
        made = CliRunner().invoke(group, ["county", "add", "KLU", "--name", "基隆市"])
        assert made.exit_code == 0, made.output
        yield folder


@pytest.fixture
def run(home: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("ZHUJI_HOME", str(home))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.delenv("ZHUJI_DATABASE_URL", raising=False)
    monkeypatch.delenv("ZHUJI_ANCHORS", raising=False)

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(group, arguments, catch_exceptions=False)

    return invoke


@pytest.fixture
def opened(home: Path, run: Run) -> Iterator[Host]:
    with open_host(Home(home)) as host:
        yield host


def as_json(result: Result) -> dict[str, object]:
    found: dict[str, object] = json.loads(result.stdout)
    return found


def test_an_auditors_day(run: Run, home: Path, tmp_path: Path) -> None:
    sealed = as_json(run("audit", "seal", "--json"))
    assert sealed["KLU"]["backlog"] == 0  # type: ignore[index]
    head = as_json(run("audit", "head", "--county", "klu", "--json"))
    assert len(str(head["head"])) == 64
    printed = f"{head['batch_no']}:{head['head']}"

    result = run("audit", "verify", "--county", "KLU", "--head", printed, "--json")
    found = as_json(result)
    assert result.exit_code == 0
    assert found["passed"] is True
    assert found["checked"] == found["sealed"] == head["entries_total"]
    assert found["anchors"] == 2  # the file's and the paper's
    assert found["broken"] == 0
    assert int(str(found["rows_per_s"])) > 0
    assert "broken 0" in run("audit", "verify", "--county", "KLU").stdout

    proof = tmp_path / "proof.json"
    proof.write_text(run("audit", "prove-row", "--county", "KLU", "1").stdout, "utf-8")
    checked = run("audit", "check-proof", str(proof))
    assert checked.exit_code == 0, checked.output
    assert str(head["head"])[:4].upper() in checked.stdout


def test_a_proof_that_was_touched_is_refused(run: Run, tmp_path: Path) -> None:
    run("audit", "seal")
    whole = run("audit", "prove-row", "--county", "KLU", "2").stdout
    proof = json.loads(whole)
    tried, file = 0, tmp_path / "touched.json"
    for path, changed in (
        (("parts", "action"), "kernel.other"), (("parts", "audit_id"), "3"), (("audit_id",), 3),
        (("leaf",), "00" * 32), (("index",), proof["index"] + 1), (("head",), "00" * 32),
        (("seal", "root"), "00" * 32), (("seal", "seal_hash"), "00" * 32),
        (("seal", "entry_ids"), [[1, 1]]), (("form",), "7"), (("county",), "TXG"),
    ):  # fmt: skip
        touched = json.loads(whole)
        inner = touched
        for step in path[:-1]:
            inner = inner[step]
        inner[path[-1]] = changed
        file.write_text(json.dumps(touched), "utf-8")
        result = run("audit", "check-proof", str(file))
        assert result.exit_code == 1, path
        tried += 1
    assert tried == 11
    file.write_text("{}", "utf-8")
    assert "E-AUDIT-PROOF" in run("audit", "check-proof", str(file)).stderr


def test_what_is_broken_ends_in_failure_and_is_named(run: Run, opened: Host) -> None:
    run("audit", "seal")
    name = opened.engines.server.county_name("KLU")
    with opened.engines.server.connect(name) as admin:
        admin.execute("UPDATE kernel.audit_entry SET action = action || 'x' WHERE audit_id = 3")
        try:
            result = run("audit", "verify", "--county", "KLU", "--json")
            found = as_json(result)
            assert result.exit_code == 1
            assert found["broken"] == 1
            assert found["findings"] == [
                {"reason": "entry-changed", "audit_id": 3, "batch_no": None}
            ]
            assert "與其雜湊值不符" in run("audit", "verify", "--county", "KLU").stdout
            assert (
                "does not match" in run("--lang", "en", "audit", "verify", "--county", "KLU").stdout
            )
        finally:
            admin.execute("UPDATE kernel.audit_entry SET action = rtrim(action, 'x')")
    assert run("audit", "verify", "--county", "KLU").exit_code == 0


def test_refuses_what_is_no_head_no_county_and_no_entry(run: Run, tmp_path: Path) -> None:
    verify = ("audit", "verify", "--county", "KLU")
    assert "E-AUDIT-HEAD" in run(*verify, "--head", "1:abc").stderr
    assert "E-AUDIT-HEAD" in run(*verify, "--head", f"x:{'0' * 64}").stderr
    assert "E-ANCHOR-FILE" in run(*verify, "--anchor", str(tmp_path / "none")).stderr
    assert "E-COUNTY" in run("audit", "verify", "--county", "XXX").stderr
    assert "E-AUDIT-ENTRY" in run("audit", "prove-row", "--county", "KLU", "99999").stderr


def test_fails_when_nothing_was_checked(run: Run, opened: Host) -> None:
    name = opened.engines.server.county_name("KLU")
    with opened.engines.server.connect(name) as admin:
        admin.execute("CREATE TABLE kernel.aside AS SELECT * FROM kernel.audit_entry")
        admin.execute("CREATE TABLE kernel.seals AS SELECT * FROM kernel.audit_seal")
        admin.execute("TRUNCATE kernel.audit_entry, kernel.audit_seal")
        try:
            result = run("audit", "verify", "--county", "KLU", "--json")
            assert result.exit_code == 1
            assert as_json(result)["checked"] == 0
            assert "沒有任何紀錄" in run("audit", "verify", "--county", "KLU").stdout
        finally:
            admin.execute(
                "ALTER TABLE kernel.audit_entry DISABLE TRIGGER audit_entry_hashed;"
                "INSERT INTO kernel.audit_entry OVERRIDING SYSTEM VALUE"
                " SELECT * FROM kernel.aside ORDER BY audit_id;"
                "INSERT INTO kernel.audit_seal SELECT * FROM kernel.seals;"
                "ALTER TABLE kernel.audit_entry ENABLE TRIGGER audit_entry_hashed;"
                "DROP TABLE kernel.aside, kernel.seals"
            )
    assert run("audit", "verify", "--county", "KLU").exit_code == 0
