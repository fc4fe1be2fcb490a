"""All clocks of the recorder, put on together and taken off in the reverse order.

Those of ``statements`` are put on with spans, for both.
"""

from __future__ import annotations

from zhuji_observability.recorder import executors, makers, pools
from zhuji_observability.recorder.around import Undo
from zhuji_observability.recorder.middleware import Kept, Recorder
from zhuji_observability.recorder.pauses import Pauses
from zhuji_observability.routes import ASGIApp


class Clocks:
    """What records every request of this process; ``take_off`` leaves it as it was."""

    def __init__(self) -> None:
        self.pauses = Pauses()
        self._undo: list[Undo] = [
            self.pauses.watch(),
            pools.watch(),
            executors.watch(),
            makers.watch(),
        ]

    def around(self, app: ASGIApp, kept: Kept) -> ASGIApp:
        """Return ``app`` with a record for each request, given to ``kept`` when it is over."""
        return Recorder(app, kept)

    def take_off(self) -> None:
        while self._undo:
            self._undo.pop()()
