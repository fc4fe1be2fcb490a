"""``zhuji observe pcap``: what it prints, in which language, and how it ends."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.observability.pcap import wire
from zhuji_core.cli import WATCHED, group

CONTENT = wire.pcap(wire.frames(wire.simple_talk()))


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    path = tmp_path / "some.pcap"
    path.write_bytes(CONTENT)
    return path


def run(*arguments: str | Path, lang: str = "zh") -> Result:
    return CliRunner().invoke(
        group, ["--lang", lang, "observe", "pcap", *map(str, arguments)], catch_exceptions=False
    )


def test_json_is_one_array_of_rows(capture: Path) -> None:
    result = run(capture, "--json")
    assert result.exit_code == 0
    (row,) = json.loads(result.stdout)
    assert row == {
        "stream": 0, "index": 1, "method": "POST", "path": "/txg/api/v1/claims/{id}",
        "status": 200, "request_ms": 5.0, "server_ms": 30.0, "response_ms": 8.0, "rtt_ms": 20.1,
        "retransmits": 0, "traceparent": wire.TRACE, "started_ns": wire.EPOCH_NS + wire.ms(30),
        "request_bytes": row["request_bytes"], "response_bytes": len(wire.answer(b"x" * 500)),
        "notes": [],
    }  # fmt: skip
    assert "封包 11，其中 TCP 11" in result.stderr


def test_json_of_nothing_is_an_empty_array(tmp_path: Path) -> None:
    empty = tmp_path / "empty.pcap"
    empty.write_bytes(wire.pcap([]))
    assert json.loads(run(empty, "--json").stdout) == []
    assert "擷取檔中沒有 HTTP 交換" in run(empty).stdout


def test_the_table_has_a_line_for_each_exchange(capture: Path) -> None:
    lines = run(capture).stdout.splitlines()
    assert lines[0].split() == [
        "串流",
        "序",
        "方法",
        "狀態",
        "上傳",
        "伺服器",
        "下載",
        "往返",
        "重傳",
        "路徑",
    ]
    assert lines[1].split() == [
        "0", "1", "POST", "200", "5.000", "30.000", "8.000", "20.100", "0",
        "/txg/api/v1/claims/{id}",
    ]  # fmt: skip


def test_a_file_that_broke_off_ends_in_3_and_says_where(capture: Path) -> None:
    capture.write_bytes(CONTENT[:-5])
    result = run(capture, "--json")
    assert result.exit_code == 3
    assert len(json.loads(result.stdout)) == 1
    assert f"全長 {len(CONTENT) - 5:,}" in result.stderr
    english = run(capture, lang="en")
    assert "The file breaks off" in english.stderr


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            b"no capture, but some text",
            {"zh": "不是 pcap 或 pcapng 擷取檔", "en": "is no pcap or pcapng"},
        ),
        (
            wire.pcap(wire.frames(wire.simple_talk()), link=147),
            {"zh": "147", "en": "link type 147"},
        ),
    ],
)
def test_a_refusal_ends_in_1_and_prints_no_row(
    capture: Path, content: bytes, words: dict[str, str]
) -> None:
    capture.write_bytes(content)
    for lang, said in words.items():
        result = run(capture, "--json", lang=lang)
        assert (result.exit_code, result.stdout) == (1, "")
        assert said in " ".join(result.stderr.split())


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    result = run(tmp_path / "nothing.pcap")
    assert result.exit_code == 1
    assert "E-PCAP-FILE" in result.stderr


def test_it_loads_neither_database_nor_web(capture: Path) -> None:
    program = (
        "import sys\nfrom zhuji_core.cli import group\n"
        f"group.main(['observe', 'pcap', {str(capture)!r}], standalone_mode=False)\n"
        "heavy = {'sqlalchemy', 'litestar', 'psycopg', 'alembic', 'opentelemetry'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.rstrip().endswith("[]"), done.stdout


def test_a_host_without_observability_has_no_such_command(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "observe" in CliRunner().invoke(group, ["--help"]).output
    monkeypatch.setattr("zhuji_core.cli.WATCHING", "zhuji_not_installed")
    assert "observe" not in CliRunner().invoke(group, ["--help"]).output
    assert CliRunner().invoke(group, ["observe", "--help"]).exit_code == 2
    assert WATCHED


def test_paths_by_the_routes_of_the_product(capture: Path) -> None:
    talk = wire.Talk()
    talk.shake()
    talk.send(
        30, wire.CLIENT, wire.request("/txg/budget/lines/0f9c1a52-7a1e-4e1c-8a2e-5b0f5f3c2b11")
    )
    talk.send(40, wire.SERVER, wire.answer())
    capture.write_bytes(wire.pcap(wire.frames(talk)))
    (row,) = json.loads(run(capture, "--json", "--routes").stdout)
    assert row["path"] == "/{county}/budget/lines/{line_id}"
