"""The page "write a module" is followed to the letter, in an environment that has nothing yet."""

from __future__ import annotations

import contextlib
import os
import re
import resource
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.architecture.source import ROOT
from zhuji_core.testing.ports import free_port

PAGE = ROOT / "core" / "docs" / "write-a-module.md"
BLOCK = re.compile(
    r"^```(?P<kind>sh background|sh|python)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE
)
PORT = "8105"  # of the page; the test takes a free one
PASSWORD = "first sign-in 2026"  # noqa: S105 (of the page)
NEW_PASSWORD = "Second-sign-in-2026"  # noqa: S105 (of a test)
READY_S = 30


@dataclass(frozen=True, kw_only=True)
class Step:
    """One block of the page."""

    kind: str
    text: str


def steps(port: int) -> list[Step]:
    text = PAGE.read_text("utf-8").replace(PORT, str(port))
    return [Step(kind=found["kind"], text=found["text"]) for found in BLOCK.finditer(text)]


def script(port: int) -> str:
    """Return the page as one script of bash: what is exported in a block is there in the next."""
    lines = ["set -euo pipefail", "trap 'kill $(jobs -p) 2>/dev/null; wait' EXIT"]
    for step in steps(port):
        if step.kind == "python":
            lines.append(f"python - <<'END_OF_BLOCK'\n{step.text}END_OF_BLOCK")
        elif step.kind == "sh":
            lines.append(step.text)
        else:
            lines.append(f"{step.text.strip()} >serve.log 2>&1 &")
            lines.append(
                f"for _ in $(seq {READY_S * 10}); do"
                f" (echo >/dev/tcp/127.0.0.1/{port}) 2>/dev/null && break; sleep 0.1; done"
            )
    # The test looks at the page as a person would, then lets the server end.
    return "\n".join([*lines, "touch followed", "while [ ! -e seen ]; do sleep 0.1; done"])


def cpu_of_children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def clean_environment() -> dict[str, str]:
    """Return the environment of somebody who has never heard of zhuji."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ZHUJI_", "VIRTUAL_ENV", "PYTEST_", "PYTHON", "UV_PROJECT"))
    }
    return {**kept, "ZHUJI": str(ROOT), "ZHUJI_PASSWORD_PROFILE": "testing", "CI": ""}


@contextlib.contextmanager
def followed(folder: Path, port: int) -> Iterator[float]:
    """Follow the page until its program has run; give the seconds that it took."""
    began = time.monotonic()
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(
            ["bash", "-c", script(port)],
            cwd=folder,
            env=clean_environment(),
            stdout=log,
            stderr=log,
        ) as reader,
    ):
        try:
            while not (folder / "followed").exists():
                assert reader.poll() is None, (folder / "log").read_text()
                time.sleep(0.1)
            yield time.monotonic() - began
        finally:
            (folder / "seen").touch()
            reader.wait(60)


def the_page(port: int) -> str:
    """Sign in as the clerk, choose a password as everybody must, and open the register."""
    address = f"http://127.0.0.1:{port}/txg"
    with httpx.Client(base_url=address, timeout=60) as client:
        client.get("/sign-in")
        token = {"_csrf_token": client.cookies["zhuji_csrf"]}
        first = {**token, "account": "clerk", "password": PASSWORD, "next": "/txg/petty/notes"}
        client.post("/sign-in", data=first)
        chosen = {**token, "password": NEW_PASSWORD, "repeated": NEW_PASSWORD}
        client.post("/sign-in/new-password", data={**chosen, "next": "/txg/petty/notes"})
        answer = client.get("/petty/notes")
        assert answer.status_code == 200, answer.text
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', answer.text))
        assert {"_csrf_token", "_key"} <= set(hidden)
        refused = client.post("/petty/notes", data={**hidden, "text": " "})
        assert refused.status_code == 422
        assert "請填寫備忘內容。" in refused.text
        return answer.text


def test_the_page_has_blocks_of_each_kind() -> None:
    kinds = [step.kind for step in steps(1)]
    assert kinds.count("sh") >= 4
    assert {"sh", "sh background", "python"} == set(kinds)
    assert PAGE.read_text("utf-8").count("```") == 2 * len(kinds)


@pytest.mark.slow
def test_following_the_page_ends_with_a_module_that_works_in_a_county(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    port = free_port()
    before_s = cpu_of_children_s()
    with followed(tmp_path, port) as took_s:
        page = the_page(port)
        assert "備忘錄" in page
        assert "影印機合約明年三月到期" in page
    cpu_s = cpu_of_children_s() - before_s
    log = (tmp_path / "log").read_text()
    assert "kept, refused, listed" in log
    with capsys.disabled():
        print(f"\nwrite a module: {took_s:.1f} s, of processors {cpu_s:.1f} s")  # noqa: T201
