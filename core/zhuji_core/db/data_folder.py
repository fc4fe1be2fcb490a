"""Make the data of the embedded PostgreSQL, and hand its folder to who may not enter the home."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from zhuji_core.db.programs import Account
from zhuji_core.values import N_, DomainError

ADMINISTRATOR = "zhuji"

# A Unix socket's path takes 107 bytes at most, so it cannot lie in the home.
SOCKET_PARENT = Path("/tmp")  # noqa: S108 (a private folder of random name is made there)
SOCKET_PREFIX = "zhuji-"

OWN_LOCALE_SINCE = 17


class ClusterFailed(DomainError):
    """PostgreSQL cannot make its data, start, or stop; ``log`` has its last lines."""

    code = "E-PG-START"
    message = N_("內建資料庫無法啟動或停止（{path}）：{log}")
    status_code = 503


def make_data(
    folder: Path,
    *,
    programs: Path,
    major: int,
    account: Account | None,
    password: str,
    durable: bool,
) -> None:
    """Make the data beside its place and rename it: half-made data is never met.

    Raises ClusterFailed with what ``initdb`` said.
    """
    making = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(mode=0o700)
    _give(making, account)
    options = ["--encoding=UTF8", *_locale(major), *([] if durable else ["--no-sync"])]
    made = _run_initdb(making, programs, account, password=password, options=options)
    if made.returncode != 0:
        raise ClusterFailed(path=str(making), log=made.stderr.strip())
    making.rename(folder)
    with opened(folder.parent) as parent:
        os.fsync(parent)


def _run_initdb(
    folder: Path, programs: Path, account: Account | None, *, password: str, options: list[str]
) -> subprocess.CompletedProcess[str]:
    private = make_socket_folder(account)
    try:
        password_file = private / "password"
        password_file.write_text(password)
        _give(password_file, account)
        with opened(folder) as data:
            return subprocess.run(  # noqa: S603 (the programs found)
                [
                    programs / "initdb",
                    f"--pgdata={data_argument(folder, data, account)}",
                    f"--username={ADMINISTRATOR}",
                    f"--pwfile={password_file}",
                    "--auth=scram-sha-256",
                    *options,
                ],
                env=environment(),
                cwd="/",
                capture_output=True,
                text=True,
                check=False,
                pass_fds=(data,),
                **({} if account is None else account.for_subprocess),
            )
    finally:
        shutil.rmtree(private)


def make_socket_folder(account: Account | None) -> Path:
    """Make a folder of short path that only the owner of PostgreSQL may enter."""
    folder = Path(tempfile.mkdtemp(prefix=SOCKET_PREFIX, dir=socket_parent()))
    _give(folder, account)
    return folder


def socket_parent() -> Path:
    return SOCKET_PARENT if os.access(SOCKET_PARENT, os.W_OK) else Path(tempfile.gettempdir())


def data_argument(folder: Path, descriptor: int, account: Account | None) -> str:
    """Name the data folder to PostgreSQL: by its path, or by the open file handed down."""
    return str(folder) if account is None else f"/proc/self/fd/{descriptor}"


@contextlib.contextmanager
def opened(folder: Path) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def environment() -> dict[str, str]:
    """Nothing of the caller's: PGPORT, PGDATA or a Chinese locale would change what we read."""
    return {"PATH": os.defpath, "LC_ALL": "C"}


def _give(path: Path, account: Account | None) -> None:
    if account is not None:
        os.chown(path, account.uid, account.gid)


def _locale(major: int) -> list[str]:
    """Sort by code point with Unicode letters, the same on every machine."""
    if major >= OWN_LOCALE_SINCE:
        return ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return ["--locale=C.UTF-8"]
