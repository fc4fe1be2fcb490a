"""Every test finds its counties as they were made; what a machine lacks is said aloud."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest

from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.db.engines import Engines
from zhuji_core.testing.cluster import CountyDatabases
from zhuji_core.testing.counties import under_test

# Other plugins cost more than the test.
ALONE = "PYTEST_DISABLE_PLUGIN_AUTOLOAD"
WANTING = """
from pathlib import Path

import pytest

from zhuji_core.testing import plugin

plugin.TUN = Path("absent")

@pytest.mark.needs(*{tools})
def test_nothing():
    pass
"""


@pytest.mark.parametrize("_round", [1, 2])
def test_nothing_is_left_by_the_test_before(engines: Engines, _round: int) -> None:
    with engines.county("TXG").begin() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM kernel.agency").scalar_one() == 0
        assert connection.exec_driver_sql("SELECT count(*) FROM kernel.role").scalar_one() > 0
        connection.exec_driver_sql("INSERT INTO kernel.agency VALUES ('A', '甲', NULL, NULL)")
        connection.exec_driver_sql("DELETE FROM kernel.role")
    with engines.platform.begin() as connection:
        changed = connection.exec_driver_sql(
            "UPDATE platform.county SET state = 'suspended' WHERE state = 'open'"
        )
        assert changed.rowcount == 2


def test_identities_never_repeat_remembered_rows(county_databases: CountyDatabases) -> None:
    server = county_databases.host.server
    insert = """
        INSERT INTO platform.audit_entry (operator, action, county_code) VALUES ('x', 'x', 'x')
        RETURNING audit_id
    """
    with server.connect(server.platform_name) as admin:
        assert admin.execute(insert).fetchone() not in {None, (1,), (2,)}


def test_what_many_tests_begin_with_is_made_once(county_databases: CountyDatabases) -> None:
    txg = under_test(county_databases, "TXG")
    what = DocumentRef(kind="test", document_id=uuid.UUID(int=1), label="甲", agency_code="A")
    made: list[str] = []

    def make() -> int:
        txg.execute("INSERT INTO kernel.agency VALUES ('A', '甲', NULL, NULL)")
        txg.execute("DELETE FROM kernel.role WHERE role_code <> 'REQ'")
        txg.execute("DELETE FROM kernel.module_set")
        with txg.uow() as uow:
            uow.audit("test.made", what)
        made.append("once more")
        return 7

    def begins() -> list[Any]:
        assert txg.begun("test", make) == 7
        assert [row.role_code for row in txg.rows("SELECT role_code FROM kernel.role")] == ["REQ"]
        assert txg.rows("SELECT 1 FROM kernel.module_set") == []
        with txg.uow() as uow:
            uow.audit("test.seen", what)
        agencies = txg.rows("SELECT agency_code FROM kernel.agency ORDER BY 1")
        return [*agencies, *txg.rows("SELECT audit_id, action FROM kernel.audit_entry ORDER BY 1")]

    first = begins()
    county_databases.clean()
    assert begins() == first
    assert len(made) == 1
    county_databases.clean()
    txg.execute("INSERT INTO kernel.agency VALUES ('B', '乙', NULL, NULL)")
    assert [row[0] for row in begins()[:2]] == ["A", "B"], "what it finds is other: made anew"
    assert len(made) == 2


@pytest.mark.parametrize(("ci", "says"), [("", "1 skipped"), ("true", "1 error")])
def test_what_is_absent_is_skipped_aloud_and_fails_in_ci(
    tmp_path: Path, ci: str, says: str
) -> None:
    told = _told_of_wanting(tmp_path, "hledger", ci=ci)
    assert says in told
    assert ("NOT TESTED: 1 tests need hledger" in told) == (ci == "")


@pytest.mark.parametrize("ci", ["", "true"])
def test_an_absent_device_of_the_kernel_is_skipped_aloud_in_ci_too(tmp_path: Path, ci: str) -> None:
    told = _told_of_wanting(tmp_path, "tun", ci=ci)
    assert "1 skipped" in told
    assert "NOT TESTED: 1 tests need tun" in told


def test_an_absent_device_excuses_no_absent_tool(tmp_path: Path) -> None:
    assert "1 error" in _told_of_wanting(tmp_path, "hledger", "tun", ci="true")


def _told_of_wanting(folder: Path, *tools: str, ci: str) -> str:
    """Run one test that needs ``tools`` where there are none; return what pytest printed."""
    (folder / "test_wanting.py").write_text(WANTING.format(tools=tools))
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = needs(*tools): x\n")
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "zhuji_core.testing.plugin", folder],
        env={**os.environ, "PATH": "", "CI": ci, ALONE: "1"},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.stdout
