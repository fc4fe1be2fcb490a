"""Stay beside an embedded PostgreSQL and stop it when every process that used it is gone.

A program of its own with nothing but the standard library: ``embedded.py`` runs it, it leaves
its starter at once, and it sees what the starter cannot: that the starter was killed, or its
terminal closed. Its one argument is the JSON of an ``Order`` there.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

POLL_S = 1.0


def is_used(users: Path) -> bool:
    """Tell whether a process holds the lock that each user of the cluster shares."""
    with users.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def supervise(order: dict[str, Any]) -> None:
    postgres = subprocess.Popen(  # noqa: S603 (the launcher's own command)
        order["command"],
        env=order["environment"],
        cwd="/",
        stdin=subprocess.DEVNULL,
        pass_fds=order["keep"],
        **order["account"],
    )
    # From here on the locks live exactly as long as the processes of the cluster.
    for descriptor in order["keep"]:
        os.close(descriptor)
    users, unused_s = Path(order["users"]), 0.0
    while postgres.poll() is None:
        time.sleep(POLL_S)
        try:
            unused_s = 0.0 if is_used(users) else unused_s + POLL_S
        except FileNotFoundError:
            postgres.send_signal(signal.SIGQUIT)  # the whole home was deleted: nothing to save
            postgres.wait()
        if unused_s >= order["grace_s"]:
            postgres.send_signal(signal.SIGINT)
            postgres.wait()
    shutil.rmtree(order["sockets"], ignore_errors=True)


if __name__ == "__main__":
    # The starter waits for this process only, so it gets no zombie and no signal of a terminal.
    if os.fork():
        os._exit(0)
    os.setsid()
    supervise(json.loads(sys.argv[1]))
