"""A county's state changes in register and database, or is mended by the next command."""

from __future__ import annotations

import datetime as dt
import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from zhuji_core import hooks
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.county import (
    SESSION,
    UPKEEP,
    County,
    CountyNotFound,
    CountyReadOnly,
    CountyState,
    LateWriter,
)
from zhuji_core.db import counties, states
from zhuji_core.db.counties import find_county
from zhuji_core.db.states import (
    CountyNameInvalid,
    CountyStateAlready,
    ReasonMissing,
    change_state,
    rename,
    settle,
)
from zhuji_core.ids import new_id
from zhuji_core.testing.cluster import TestHost
from zhuji_core.testing.counties import CountyUnderTest, given_actor
from zhuji_core.uow import UnitOfWork, begin

IN_COUNTY = "SELECT state, epoch, reason FROM kernel.this_county"
IN_REGISTER = "SELECT state, epoch, reason FROM platform.county WHERE code = 'TXG'"
AUDITS = """
    SELECT before, after FROM platform.audit_entry
     WHERE action = 'county.change_state' ORDER BY audit_id
"""
STATES: tuple[CountyState, ...] = ("open", "read_only", "moving", "restoring", "suspended")


@pytest.fixture
def made(fresh: TestHost) -> TestHost:
    fresh.add_county(code="TXG", name="臺中市")
    return fresh


def stands(host: TestHost) -> tuple[Any, Any]:
    """Return what the register and the county's own database say."""
    server = host.server
    with server.connect(server.platform_name) as platform:
        register = platform.execute(IN_REGISTER).fetchone()
    with server.connect(server.county_name("TXG")) as county:
        return register, county.execute(IN_COUNTY).fetchone()


def audits(host: TestHost) -> list[Any]:
    with host.server.connect(host.server.platform_name) as platform:
        return platform.execute(AUDITS).fetchall()


def test_both_say_the_same_after_a_change(made: TestHost) -> None:
    county = change_state(made.engines, code="TXG", state="read_only", reason=" 設備\n搬遷 ")
    assert (county.state, county.epoch, county.reason) == ("read_only", 2, "設備 搬遷")
    register, own = stands(made)
    assert register == own == ("read_only", 2, "設備 搬遷")
    assert find_county(made.engines, "TXG") == county
    ((before, after),) = audits(made)
    assert (before["state"], after["state"], after["epoch"]) == ("open", "read_only", 2)
    assert after["reason"] == "設備 搬遷"


@pytest.mark.parametrize("reason", ["", "  \n", "長" * 501])
def test_without_a_reason_nothing_is_kept(made: TestHost, reason: str) -> None:
    before = stands(made)
    with pytest.raises(ReasonMissing):
        change_state(made.engines, code="TXG", state="suspended", reason=reason)
    assert stands(made) == before
    assert audits(made) == []


def test_an_unknown_county_and_the_present_state_are_refused(made: TestHost) -> None:
    with pytest.raises(CountyNotFound):
        change_state(made.engines, code="XXX", state="suspended", reason="試")
    with pytest.raises(CountyStateAlready):
        change_state(made.engines, code="TXG", state="open", reason="試")
    assert stands(made)[0] == ("open", 1, "")
    assert audits(made) == []


def test_of_two_that_suspend_at_once_one_is_refused(made: TestHost) -> None:
    started = threading.Barrier(4)

    def suspend(number: int) -> str:
        started.wait()
        try:
            change_state(made.engines, code="TXG", state="suspended", reason=f"第 {number} 人")
        except CountyStateAlready as refusal:
            return refusal.code
        return "suspended"

    with ThreadPoolExecutor(4) as crowd:
        told = sorted(crowd.map(suspend, range(4)))
    assert told == ["E-COUNTY-STATE"] * 3 + ["suspended"]
    register, own = stands(made)
    assert register == own
    assert register[:2] == ("suspended", 2)
    assert len(audits(made)) == 1


def _die(*_: object, **__: object) -> None:
    raise SystemExit


@pytest.mark.parametrize("step", ["the register has it", "the county has it"])
def test_what_a_crash_left_between_the_two_is_mended_by_the_next_command(
    made: TestHost, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    with monkeypatch.context() as crash:
        if step == "the register has it":
            crash.setattr(states, "_settle", _die)
        else:
            crash.setattr(states, "SETTLED", "SELECT nothing(%s, %s, %s)")
        with pytest.raises((SystemExit, psycopg.Error)):
            change_state(made.engines, code="TXG", state="suspended", reason="試")
    register, own = stands(made)
    assert register == ("suspended", 2, "試")
    assert own[0] == ("open" if step == "the register has it" else "suspended")
    counties.ensure_platform(made.engines)  # what every command and every server does first
    register, own = stands(made)
    assert register == own == ("suspended", 2, "試")
    assert settle(made.engines) == []


def test_a_change_that_comes_late_never_undoes_a_newer_one(
    made: TestHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as crash:
        crash.setattr(states, "_settle", _die)
        with pytest.raises(SystemExit):
            change_state(made.engines, code="TXG", state="suspended", reason="先")
    change_state(made.engines, code="TXG", state="open", reason="後")
    assert settle(made.engines) == []
    register, own = stands(made)
    assert register == own == ("open", 3, "後")


def test_a_county_that_cannot_be_reached_is_left_for_the_next_time(
    made: TestHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as crash:
        crash.setattr(states, "_settle", _die)
        with pytest.raises(SystemExit):
            change_state(made.engines, code="TXG", state="suspended", reason="試")
    name = made.server.county_name("TXG")
    made.engines.dispose()
    with made.server.connect() as admin:
        admin.execute(f"ALTER DATABASE {name} RENAME TO {name}_away")
        assert settle(made.engines) == []
        admin.execute(f"ALTER DATABASE {name}_away RENAME TO {name}")
    assert settle(made.engines) == ["TXG"]


def test_renaming_keeps_the_code_and_refuses_what_is_no_name(made: TestHost) -> None:
    assert rename(made.engines, code="TXG", name=" 大臺中 市 ").name == "大臺中 市"
    assert find_county(made.engines, "TXG").name == "大臺中 市"
    for name in ("", " ", "長" * 61, "大臺中 市"):
        with pytest.raises(CountyNameInvalid):
            rename(made.engines, code="TXG", name=name)
    with pytest.raises(CountyNotFound):
        rename(made.engines, code="XXX", name="某市")


def write(county: CountyUnderTest, knows: County, *, writes: Any = None) -> None:
    """Write as a process that knows the county as ``knows``."""
    more = {} if writes is None else {"writes": writes}
    with begin(
        county.engine,
        hooks=hooks.Hooks(county.manager, frozenset({"t"})),
        county=knows,
        actor=given_actor(),
        now=_now(),
        business_date=county.business_date,
        settings={},
        **more,
    ) as uow:
        note(uow)


def note(uow: UnitOfWork) -> None:
    uow.audit("kernel.do", DocumentRef(kind="t", document_id=new_id(), label="", agency_code=""))


def _now() -> Any:
    return dt.datetime.now(dt.UTC)


def kept(county: CountyUnderTest) -> int:
    return int(county.rows("SELECT count(*) FROM kernel.audit_entry")[0][0])


@pytest.mark.parametrize(
    ("writes", "taken"),
    [(None, {"open"}), (SESSION, {"open", "read_only"}), (UPKEEP, {*STATES[:2], "suspended"})],
)
def test_each_kind_of_write_is_taken_in_its_states_only(
    txg: CountyUnderTest, host: TestHost, writes: Any, taken: set[str]
) -> None:
    known = txg.county
    for state in (*STATES[1:], "open"):
        stale = known
        known = change_state(host.engines, code="TXG", state=state, reason="試")
        before = kept(txg)
        if state in taken:
            write(txg, known, writes=writes)
            with pytest.raises((LateWriter, CountyReadOnly)):
                write(txg, stale, writes=writes)
        else:
            for knows in (known, stale):  # whether or not this process has heard of it
                with pytest.raises(CountyReadOnly) as refused:
                    write(txg, knows, writes=writes)
                assert refused.value.code == "E-COUNTY-READ-ONLY"
        assert kept(txg) == before + (state in taken)


def test_a_writer_who_began_before_keeps_nothing_after(
    txg: CountyUnderTest, host: TestHost
) -> None:
    with pytest.raises(LateWriter) as late, txg.uow() as uow:  # noqa: PT012 (a block)
        note(uow)
        for state in ("suspended", "open"):
            change_state(host.engines, code="TXG", state=state, reason="試")
    assert late.value.code == "E-LATE-WRITER"
    assert kept(txg) == 0


def test_no_write_ends_after_the_change_of_state_has(txg: CountyUnderTest, host: TestHost) -> None:
    """Writers without pause, and a state that changes: what is kept was kept in an open county."""
    stop = threading.Event()
    counted = itertools.count()

    def keep_writing(_: int) -> int:
        refused = 0
        while not stop.is_set():
            try:
                write(txg, known[0])
                next(counted)
            except (CountyReadOnly, LateWriter):
                refused += 1
        return refused

    known = [txg.county]
    closed: list[int] = []
    with ThreadPoolExecutor(4) as crowd:
        writers = [crowd.submit(keep_writing, number) for number in range(4)]
        for _ in range(10):
            # The writers have not heard of it: only the gate stands between them and the table.
            change_state(host.engines, code="TXG", state="suspended", reason="試")
            first = kept(txg)
            threading.Event().wait(0.03)
            closed.append(kept(txg) - first)
            known[0] = change_state(host.engines, code="TXG", state="open", reason="試")
            threading.Event().wait(0.03)
        stop.set()
        refused = sum(one.result() for one in writers)
    assert closed == [0] * 10
    assert kept(txg) == next(counted) > 50
    assert refused > 50


def test_the_county_role_cannot_open_its_county_itself(txg: CountyUnderTest) -> None:
    with txg.engine.connect() as connection, pytest.raises(sa.exc.ProgrammingError):
        connection.exec_driver_sql("UPDATE kernel.this_county SET state = 'open'")
