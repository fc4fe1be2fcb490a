"""The one folder that holds all state of the embedded mode."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from zhuji_core.values import N_, DomainError

SECRET_BYTES = 32
# Shorter texts in ZHUJI_SECRET could be guessed offline from one derived value.
SECRET_CHARACTERS_MIN = 32


class HomeUnusable(DomainError):
    """The folder belongs to somebody else, lies on a read-only disk, or is a file."""

    code = "E-HOME-UNUSABLE"
    message = N_("無法使用資料夾 {path}（{reason}），請以 ZHUJI_HOME 指定其他資料夾。")


class SecretTooShort(DomainError):
    """ZHUJI_SECRET is too short to protect anything."""

    code = "E-SECRET-SHORT"
    message = N_("ZHUJI_SECRET 至少須有 {characters} 個字元。")


class Home:
    """``ZHUJI_HOME``: database, secret, log, traces, times and what tells processes of each other.

    Folders are made when they are missing, for their owner alone (0700). Nothing that must stay
    secret is stored besides ``secret``: passwords are derived from it whenever they are needed.
    """

    def __init__(self, path: Path) -> None:
        """Open or make the folder; raise HomeUnusable."""
        self.path = path.resolve()
        self.database = self.path / "database"
        self.log = self.path / "log"
        self.traces = self.path / "traces"
        self.times = self.path / "times"
        self.run = self.path / "run"
        try:
            for folder in (self.path, self.log, self.traces, self.run):
                _make_private(folder)
        except OSError as error:
            raise HomeUnusable(path=str(self.path), reason=error.strerror) from error

    @classmethod
    def from_environment(cls) -> Home:
        """Return the folder of ``ZHUJI_HOME``, else ``.zhuji`` in the current folder."""
        return cls(Path(os.environ.get("ZHUJI_HOME") or ".zhuji"))

    def derive(self, purpose: str) -> str:
        """Return the 64 hexadecimal digits of the secret for ``purpose``, always the same."""
        return hmac.new(self._secret(), purpose.encode(), hashlib.sha256).hexdigest()

    def _secret(self) -> bytes:
        given = os.environ.get("ZHUJI_SECRET", "")
        if given:
            if len(given) < SECRET_CHARACTERS_MIN:
                raise SecretTooShort(characters=SECRET_CHARACTERS_MIN)
            return given.encode()
        file = self.path / "secret"
        try:
            return file.read_bytes()
        except FileNotFoundError:
            return _create_once(file, secrets.token_bytes(SECRET_BYTES))
        except OSError as error:
            raise HomeUnusable(path=str(self.path), reason=error.strerror) from error


def _make_private(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_uid == os.geteuid():
        folder.chmod(0o700)  # also where the umask or an older version was more generous


def _create_once(file: Path, content: bytes) -> bytes:
    """Write the file whole or not at all; of two processes at once, the first one's counts."""
    draft = file.with_name(f"{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    try:
        os.link(draft, file)
    except FileExistsError:
        pass  # the other process was first
    finally:
        draft.unlink()
    return file.read_bytes()
