"""What a fill says while it runs: a bar with rate and time left, or a line now and then."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

SAID_EVERY_S = 10.0


class Rate(TextColumn):
    """How many are done in a second, of late."""

    def __init__(self) -> None:
        super().__init__("")

    def render(self, task: Task) -> Text:
        """Return the words of a task's rate."""
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.1f}/s")


class Said:
    """Tells the stages of a fill, each by its name and how many of how many are done."""

    def __init__(self, console: Console, *, quiet: bool) -> None:
        self._console = console
        self._quiet = quiet
        self._stage, self._began_s, self._said_s = "", 0.0, 0.0
        self._bar = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Rate(),
            TimeRemainingColumn(), console=console, disable=quiet or not console.is_terminal,
        )  # fmt: skip
        self._task = self._bar.add_task("", total=None, visible=False)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def __call__(self, stage: str, done: int, of: int) -> None:
        """Take note that ``done`` of ``of`` of the stage are done; 0: it begins."""
        now_s = time.monotonic()
        if stage != self._stage:
            self._stage, self._began_s, self._said_s = stage, now_s, -SAID_EVERY_S
            self._task = self._bar.add_task(stage, total=of)
        self._bar.update(self._task, completed=done, total=of)
        if self._quiet or self._console.is_terminal:
            return
        if done == of or now_s - self._said_s >= SAID_EVERY_S:
            self._said_s = now_s
            self._console.print(words(stage, done, of, took_s=now_s - self._began_s))


def words(stage: str, done: int, of: int, *, took_s: float) -> str:
    """Return one line of progress: how many, how fast, and how long it still takes."""
    told = f"{stage}: {done:,} of {of:,}"
    if not done or took_s <= 0:
        return told
    rate = done / took_s
    left_s = round((of - done) / rate)
    return f"{told}, {rate:,.1f}/s, {left_s // 60}:{left_s % 60:02} left"
