"""What of a matrix is done already, in a file: a proof of an hour goes on where it was stopped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from zhuji_core.values import N_, DomainError, Value
from zhuji_observability.proving.accuracy import Attributed, Compared
from zhuji_observability.routes import RELEASE


class OtherProof(DomainError):
    """The file is of another matrix or release: its figures cannot be those of this one."""

    code = "E-PROOF-OTHER"
    message = N_("{path} 是另一個矩陣或版本的結果（{found}），請改用其他檔案或刪除後重做。")


class Head(Value, frozen=True, kw_only=True):
    """The first line of the file."""

    matrix: str
    release: str


class Done(Value, frozen=True, kw_only=True):
    """A batch that is done: a line of the file."""

    batch: str
    compared: tuple[Compared, ...] = ()
    faults: tuple[Attributed, ...] = ()


class Progress:
    """The batches that are done; without a path they are only remembered.

    A last line that was cut off (the machine stopped) is done again.
    """

    def __init__(self, path: Path | None, *, matrix: str) -> None:
        self._path = path
        self._head = Head(matrix=matrix, release=RELEASE)
        self.done: dict[str, Done] = {}
        if path is not None and path.exists():
            self._read(path)
        elif path is not None:
            self._append(self._head)

    def of(self, batch: str, run: Callable[[], Done]) -> Done:
        """Return what a batch gave, running it unless that was done before."""
        if batch not in self.done:
            self.done[batch] = run()
            self._append(self.done[batch])
        return self.done[batch]

    def _read(self, path: Path) -> None:
        lines = path.read_bytes().splitlines(keepends=True)
        whole = [line for line in lines if line.endswith(b"\n")]
        head = msgspec.json.decode(whole[0], type=Head) if whole else self._head
        if head != self._head:
            raise OtherProof(path=str(path), found=f"{head.matrix} {head.release}")
        for line in whole[1:]:
            done = msgspec.json.decode(line, type=Done)
            self.done[done.batch] = done
        if whole != lines or not whole:
            path.write_bytes(b"".join(whole) or msgspec.json.encode(self._head) + b"\n")

    def _append(self, line: Value) -> None:
        if self._path is not None:
            with self._path.open("ab") as file:
                file.write(msgspec.json.encode(line) + b"\n")
