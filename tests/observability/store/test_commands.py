"""What the pages show is told to programs, too."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.observability.store.conftest import SPANS, exchange, given_releases, spent
from zhuji_core.cli import group
from zhuji_observability.store import files, writing
from zhuji_observability.store.counts import Sketch


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A slow certification in the home of this host; its trace id."""
    monkeypatch.setenv("ZHUJI_HOME", str(tmp_path))
    now_ms = round(time.time() * 1000)
    slow = spent(800_000, lock=700_000)
    one = exchange(9, began_ms=now_ms, total_us=800_000, terms_us=slow, spans=SPANS, kept="slow")
    sketch = Sketch()
    sketch.add(one)
    key = (now_ms // 1000, one.county, one.operation, one.release, one.vantage)
    connection = files.opened(files.path_of(tmp_path / "times", files.day_of(now_ms)))
    writing.write(connection, [one], {key: sketch}, process="1")
    connection.close()
    return one.trace


def run(*words: str) -> Result:
    return CliRunner().invoke(group, ["--lang", "zh", "observe", *words], catch_exceptions=False)


def asked(*words: str) -> str:
    result = run(*words)
    assert result.exit_code == 0
    return result.stdout


def test_times_name_what_is_slow_and_why(kept: str) -> None:
    (row,) = json.loads(asked("times", "--json", "--hours", "1"))
    assert (row["county"], row["slow"], row["side"]) == ("TXG", True, "others")
    assert row["blame"][0] == {"term": "lock", "share": 0.875}
    assert "慢，主因是他人持有的鎖" in asked("times")
    assert json.loads(asked("times", "--json", "--county", "MLI")) == []
    assert json.loads(asked("times", "--json", "--seen", "browser")) == []


def test_an_exchange_is_told_with_its_path_and_statements(kept: str) -> None:
    found = json.loads(asked("exchange", kept))
    assert sum(found["terms_us"].values()) == found["total_us"] == 800_000
    assert [step["depth"] for step in found["path"]] == [0, 1]
    assert found["path"][0]["own_us"] == 2_000
    assert found["statements"][0]["text"] == "SELECT … FOR UPDATE"
    refused = run("exchange", "f" * 32)
    assert refused.exit_code == 1
    assert "E-EXCHANGE" in refused.stderr


def test_a_flame_is_told_step_inside_step(kept: str) -> None:
    found = json.loads(asked("flame", "--county", "txg"))
    (certify,) = found["whole"]["inside"]
    (case,) = certify["inside"]
    (locked,) = case["inside"]
    assert (found["requests"], found["whole"]["total_us"]) == (1, 800_000)
    assert (locked["statement"], locked["own_us"]) == ("SELECT … FOR UPDATE", 6_000)
    assert max(found["hottest"], key=lambda one: one["own_us"]) == found["hottest"][0]
    assert json.loads(asked("flame", kept)) == found, "of one request"
    for other in (("--county", "MLI"), ("--usual",)):
        nothing = json.loads(asked("flame", *other))
        assert (nothing["requests"], nothing["whole"]["inside"]) == (0, [])
    refused = run("flame", "f" * 32)
    assert refused.exit_code == 1
    assert "E-EXCHANGE" in refused.stderr


def test_a_release_is_compared_with_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZHUJI_HOME", str(tmp_path))
    given_releases(tmp_path / "times")
    words = ("compare", "--before", "0.1.0", "--after", "0.2.0")
    found = json.loads(asked(*words, "--json"))
    assert found["terms"][0]["term"] == "sql"
    assert found["total"]["certain"]
    assert found["total"]["low_us"] < 30_000 < found["total"]["high_us"]
    assert found["before"]["requests"] == found["after"]["requests"] == 480
    assert asked(*words).startswith("每次慢了 ")
    back = json.loads(asked("compare", "--before", "0.2.0", "--after", "0.1.0", "--json"))
    assert back["total"]["change_us"] == pytest.approx(-found["total"]["change_us"])
    refused = run("compare", "--before", "0.1.0", "--after", "9.9.9")
    assert refused.exit_code == 1
    assert "E-RELEASE" in refused.stderr
    assert "0.1.0, 0.2.0" in refused.stderr


def test_what_is_kept_leaves_in_the_formats_of_other_tools(kept: str) -> None:
    assert json.loads(asked("export", kept, "--format", "perfetto"))["traceEvents"]
    assert json.loads(asked("export", kept, "--format", "speedscope"))["profiles"]
    (many,) = json.loads(asked("export", "--format", "speedscope", "--county", "TXG"))["profiles"]
    assert many["endValue"] == 800_000
    (one,) = json.loads(asked("export", "--format", "otlp"))["resourceSpans"]
    assert len(one["scopeSpans"][0]["spans"]) == 1 + len(SPANS)
    assert kept in asked("export", "--format", "csv", "--county", "TXG")
    for form in ("perfetto", "pcap"):
        assert run("export", "--format", form).exit_code == 2
    assert "E-PACKETS" in run("export", kept, "--format", "pcap").stderr
    assert run("export", "--format", "parquet").stdout_bytes.endswith(b"PAR1")
    assert run("export", "f" * 32, "--format", "otlp").exit_code == 1
