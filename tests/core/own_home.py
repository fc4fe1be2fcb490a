"""A home of a test's own, with PostgreSQL's data and the template of every module's tables.

To make both takes two seconds of the processor: that is done once for the run, then copied.
"""

from __future__ import annotations

import fcntl
import subprocess
from pathlib import Path

from zhuji_core.db.databases import ensure_template, server_lock
from zhuji_core.db.embedded import Cluster
from zhuji_core.db.engines import Engines
from zhuji_core.home import Home
from zhuji_core.testing.cluster import QUICK, installed_host


def own_home(folder: Path, *, shared: Path) -> Home:
    """Make the home ``folder`` as a copy of the run's one, which lies in ``shared``."""
    made = shared / "made-home"
    with (shared / "made-home.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            making = shared / "making-home"
            _make(Home(making))
            making.rename(made)
    subprocess.run(["cp", "-a", made, folder], check=True)
    return Home(folder)


def _make(home: Home) -> None:
    with Cluster(home, options=QUICK) as server:
        engines = Engines(server, home)
        with server_lock(server) as admin:
            ensure_template(admin, server, installed_host(engines).migrations)
        engines.dispose()
