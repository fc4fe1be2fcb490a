"""Events while relays are killed -9 and some are poisoned: the proof with small counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.prove.kernel_parts.event_site import made
from tests.prove.kernel_parts.events import SMALL, prove
from zhuji_core.testing.cluster import running_host


@pytest.mark.slow
def test_nothing_is_skipped_doubled_or_early(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with running_host(tmp_path / "host", worker="events") as host:
        try:
            with made(host, tmp_path / "site") as site:
                result = prove(site, SMALL)
        finally:
            host.engines.dispose()
    assert result.failures == ()
    assert result.checked > 100
