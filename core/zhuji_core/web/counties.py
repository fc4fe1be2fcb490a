"""Which county a request means, and the way to its database."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping

from zhuji_core.access import CountyAccess

# What is new in the register (a county, a licence) is seen by every process within this time;
# shorter would ask the platform database at every request for what changes once a year. Modules
# switched on or off are seen at once by whoever is signed in (identity/sessions.py).
KEEP_S = 2.0

# One spelling of each county, so that a cookie, a cache and a log line mean the same one.
CODE_IN_URL = re.compile(r"[a-z]{3}")


class CountyDirectory:
    """The counties by the code in the URL; read again when they are older than ``keep_s``."""

    def __init__(
        self,
        read: Callable[[], Mapping[str, CountyAccess]],
        *,
        keep_s: float = KEEP_S,
        mirror: Callable[[str], None] | None = None,
    ) -> None:
        """``mirror`` brings the register to the modules that a county has switched on."""
        self._read = read
        self._mirror = mirror
        self._keep_s = keep_s
        self._counties: Mapping[str, CountyAccess] = {}
        self._read_at: float | None = None
        self._lock = threading.Lock()

    @property
    def is_fresh(self) -> bool:
        return self._read_at is not None and time.monotonic() - self._read_at < self._keep_s

    def known(self, code: str) -> CountyAccess | None:
        """Look among what was read last; no waiting, for the event loop."""
        return self._counties.get(code) if CODE_IN_URL.fullmatch(code) else None

    def find(self, code: str) -> CountyAccess | None:
        """Look up, reading again when that is due; in a thread."""
        if not self.is_fresh:
            self.refresh()
        return self.known(code)

    def all(self) -> list[CountyAccess]:
        if not self.is_fresh:
            self.refresh()
        return [self._counties[code] for code in sorted(self._counties)]

    def mirror(self, code: str) -> None:
        """Tell the register what the county has switched; in a thread, after the switch."""
        if self._mirror is not None:
            self._mirror(code)

    def refresh(self) -> None:
        """Read now; one thread reads while the others take what there is."""
        if not self._lock.acquire(blocking=self._read_at is None):
            return
        try:
            if not self.is_fresh or self._keep_s <= 0:
                self._counties = {code.lower(): access for code, access in self._read().items()}
                self._read_at = time.monotonic()
        finally:
            self._lock.release()
