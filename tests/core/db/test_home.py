"""The folder of the embedded mode keeps its secret to itself."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from zhuji_core.home import Home, HomeUnusable, SecretTooShort


@pytest.fixture(autouse=True)
def _no_secret_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ZHUJI_SECRET", raising=False)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_only_the_owner_may_enter_or_read(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir(mode=0o777)
    home = Home(tmp_path / "home")
    home.derive("x")
    assert {mode(folder) for folder in (home.path, home.log, home.traces, home.run)} == {0o700}
    assert mode(home.path / "secret") == 0o600
    assert (home.path / "secret").stat().st_size == 32


def test_derives_the_same_again_and_another_for_another_purpose(tmp_path: Path) -> None:
    first = Home(tmp_path).derive("csrf")
    assert Home(tmp_path).derive("csrf") == first
    assert len(first) == 64
    assert Home(tmp_path).derive("csrf ") != first
    assert Home(tmp_path / "other").derive("csrf") != first


def test_makes_one_secret_when_many_ask_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as threads:
        derived = set(threads.map(lambda _: Home(tmp_path).derive("x"), range(64)))
    assert len(derived) == 1
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == ["secret"]


def test_takes_the_secret_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZHUJI_SECRET", "0123456789abcdef" * 2)
    first = Home(tmp_path / "a").derive("x")
    assert Home(tmp_path / "b").derive("x") == first
    assert not (tmp_path / "a" / "secret").exists()


def test_refuses_a_short_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHUJI_SECRET", "short")
    with pytest.raises(SecretTooShort):
        Home(tmp_path).derive("x")


def test_refuses_a_home_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    with pytest.raises(HomeUnusable):
        Home(tmp_path / "home")


def test_is_dot_zhuji_unless_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ZHUJI_HOME", raising=False)
    assert Home.from_environment().path == tmp_path / ".zhuji"
    monkeypatch.setenv("ZHUJI_HOME", "elsewhere")
    assert Home.from_environment().path == tmp_path / "elsewhere"
