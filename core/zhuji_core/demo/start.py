"""Bring up the demo: databases, counties, figures; then it is served like any other site."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zhuji_core.access import CountyAccess
from zhuji_core.compose import (
    Host,
    add_county,
    build_app,
    chosen_passwords,
    open_host,
    operator_actor,
    watched,
)
from zhuji_core.db.embedded import Cluster
from zhuji_core.demo.counties import COUNTIES, DemoCounty
from zhuji_core.demo.passwords import demo_password
from zhuji_core.demo.seed import seed_county
from zhuji_core.home import Home
from zhuji_core.modules import DemoAccount
from zhuji_core.settings import demo_accounts
from zhuji_core.values import N_, DomainError

Progress = Callable[[str], None]

# What zhuji makes in a home; --reset deletes these and nothing else that may lie there.
MADE_BY_US = ("database", "log", "traces", "run", "secret")


class StillRunning(DomainError):
    """Another zhuji works with this home."""

    code = "E-STILL-RUNNING"
    message = N_("{path} 的系統仍在執行中，請先停止（Ctrl-C）再重設。")


class DemoNeedsHome(DomainError):
    """Demo figures do not belong on a server with real counties."""

    code = "E-DEMO-SERVER"
    message = N_("已設定 ZHUJI_DATABASE_URL；示範資料只載入內嵌資料庫，請取消該設定後再執行。")


@dataclass(frozen=True, kw_only=True)
class Demo:
    """The demo brought up: its application, its counties, and how to sign in to them."""

    app: Any
    host: Host
    counties: tuple[CountyAccess, ...]

    def accounts(self, access: CountyAccess) -> tuple[DemoAccount, ...]:
        return demo_accounts(access.settings())

    def passwords(self, access: CountyAccess) -> dict[str, str]:
        secret = bytes.fromhex(self.host.home.derive("demo"))
        return {
            account.account: demo_password(
                secret, county=access.county.code, account=account.account
            )
            for account in self.accounts(access)
        }


def refuse_server() -> None:
    """Raise DemoNeedsHome where a server with real counties is set."""
    if os.environ.get("ZHUJI_DATABASE_URL"):
        raise DemoNeedsHome


@contextlib.contextmanager
def brought_up(progress: Progress) -> Iterator[Demo]:
    """Start what is needed, fill what is missing, and give the demo until the block ends."""
    progress("啟動內嵌 PostgreSQL")
    with watched() as around, open_host() as host:
        operator = operator_actor(host)
        passwords = chosen_passwords()
        made = host.accesses()
        for county in COUNTIES:
            access = made.get(county.code) or _make(host, county, progress)
            seed_county(host, access, operator=operator, passwords=passwords, progress=progress)
        progress("組成網站")
        yield Demo(
            app=around(host, build_app(host)),
            host=host,
            counties=tuple(host.county(county.code) for county in COUNTIES),
        )


def _make(host: Host, county: DemoCounty, progress: Progress) -> CountyAccess:
    progress(f"建立{county.name}（{county.code}）的資料庫")
    installed = host.modules
    wanted = installed if county.modules is None else county.modules
    modules = [name for name in wanted if name in installed]
    return host.access(add_county(host, code=county.code, name=county.name, modules=modules))


def reset(home: Home) -> None:
    """Delete all state of the demo in ``home``; raise StillRunning when it is in use."""
    if not (home.path / "database" / "PG_VERSION").exists():
        return
    # A killed demo may have left its PostgreSQL alive for some seconds: the last user stops it.
    if is_locked(home.run / "cluster"):
        cluster = Cluster(home)
        cluster.start()
        if not cluster.stop():
            raise StillRunning(path=str(home.path))
    if is_locked(home.run / "users"):
        raise StillRunning(path=str(home.path))
    for name in MADE_BY_US:
        _delete(home.path / name)


def is_locked(file: Path) -> bool:
    if not file.exists():
        return False
    with file.open("rb") as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _delete(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
