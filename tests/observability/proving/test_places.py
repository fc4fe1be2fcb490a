"""Where the parts of a proof run: the line takes no processor from what is measured."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from zhuji_observability.proving.places import beside_the_line

_ASK = "import os; print(sorted(os.sched_getaffinity(0)))"


def _has() -> str:
    asked = subprocess.run([sys.executable, "-c", _ASK], capture_output=True, text=True, check=True)
    return asked.stdout.strip()


def test_the_line_has_a_processor_that_nothing_measured_runs_on() -> None:
    every = os.sched_getaffinity(0)
    last = max(every)
    with beside_the_line(line=True):
        line = _has()
    with beside_the_line():
        measured = _has()
    assert line == str([last])
    assert measured == str(sorted(every - {last} or every))
    assert os.sched_getaffinity(0) == every, "what is started next has all of them again"


def test_a_failure_inside_gives_the_processors_back() -> None:
    every = os.sched_getaffinity(0)
    with pytest.raises(OSError, match="gone"), beside_the_line():
        raise OSError("gone")
    assert os.sched_getaffinity(0) == every
