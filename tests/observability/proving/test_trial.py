"""What a trial compares, what fails a proof, and a real line between two namespaces."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from zhuji_observability.joined.browser import Stamps
from zhuji_observability.joined.equation import Process, Wire
from zhuji_observability.proving import trial
from zhuji_observability.proving.accuracy import Attributed, Compared, percentile, summed
from zhuji_observability.proving.client import Seen
from zhuji_observability.proving.fault_batch import EXACT, attributed_to
from zhuji_observability.proving.faults import BY_NAME, Fault
from zhuji_observability.proving.matrix import BOTH, BROWSER, TLS, Cell, batches
from zhuji_observability.proving.resumed import Done, OtherProof, Progress
from zhuji_observability.recorder.terms import Term

ZHUJI = str(Path(sys.executable).parent / "zhuji")
CELL = Cell(rtt_ms=40, loss=0, sleep_ms=20)
SEEN = Seen(
    trace="t", slept_us=20_100,
    stamps=Stamps(start=5, fetch_start=5, lookup_start=5, lookup_end=5, connect_start=5,
                  connect_end=5, request_start=5, response_start=66, response_end=66.5),
)  # fmt: skip
WIRE = Wire(request_us=0, server_us=20_600, response_us=0, rtt_us=40_000)
PROCESS = Process(spent_us={Term.OWN: 20_300, Term.BODY: 3_000})


def test_what_was_seen_is_compared_with_what_was_put_in() -> None:
    found = trial.compare(CELL, SEEN, WIRE, PROCESS)
    assert found.joined
    assert found.wire_error_ms == pytest.approx(0.5)
    assert found.process_error_ms == pytest.approx(0.2)
    assert found.network_error_ms == pytest.approx(61 - 20.6 - 40)
    assert found.sum_within_bound


def test_what_no_place_saw_is_no_error_but_not_joined() -> None:
    found = trial.compare(CELL, SEEN, None, None)
    assert not found.joined
    assert (found.wire_error_ms, found.process_error_ms, found.sum_within_bound) == (None,) * 3


def compared(**changes: Any) -> Compared:
    usual = {
        "cell": "c", "joined": True, "wire_error_ms": 0.5, "process_error_ms": -1.0,
        "network_error_ms": 1.0, "unattributed_ms": 0.0, "sum_within_bound": True,
    }  # fmt: skip
    return Compared(**{**usual, **changes})


@pytest.mark.parametrize(
    ("changes", "failure"),
    [
        ({}, None),
        ({"wire_error_ms": -2.5}, "server_ms_p95"),
        ({"process_error_ms": 9.0}, "process_ms_p99"),
        ({"network_error_ms": -3.5}, "network_ms_p95"),
        ({"network_error_ms": None}, "network_ms_p95"),
        ({"joined": False}, "joined"),
        ({"sum_within_bound": False}, "sum_within_bound"),
    ],
)
def test_a_bound_that_is_passed_fails_the_proof(
    changes: dict[str, Any], failure: str | None
) -> None:
    failures = summed([compared(**changes) for _ in range(20)]).failures
    assert [text.partition(":")[0] for text in failures] == ([failure] if failure else [])


def test_encrypted_the_process_says_what_the_server_took() -> None:
    cell = msgspec.structs.replace(CELL, client=TLS)
    found = trial.compare(cell, SEEN, None, PROCESS)
    assert found.joined, "the wire sees a connection and no exchange there"
    assert found.wire_error_ms is None
    assert found.network_error_ms == pytest.approx(61 - 20.3 - 40)
    # It is judged by the bound of the process, apart from what the wire says.
    off = msgspec.structs.replace(found, network_error_ms=7.0)
    assert summed([compared(), off]).failures == ()
    far = msgspec.structs.replace(found, network_error_ms=9.0)
    (failure,) = summed([compared(), far]).failures
    assert failure.startswith("tls_network_ms_p99")


def test_a_matrix_is_of_lines_sizes_and_clients() -> None:
    full, quick = batches("full", with_browser=True), batches("quick", with_browser=False)
    assert {batch.cells[0].client for batch in full} == {"", TLS, BROWSER, BOTH}
    assert {batch.cells[0].client for batch in quick} == {"", TLS}
    assert len({batch.name for batch in full}) == len(full), "a name is done once"
    assert {cell.rtt_ms for batch in full for cell in batch.cells} == {0, 20, 80, 200}
    assert {cell.sleep_ms for batch in full for cell in batch.cells} == {0, 5, 20, 100, 1000}
    for batch in full:
        assert len({(cell.rtt_ms, cell.loss, cell.client) for cell in batch.cells}) == 1


def grown(**terms: int) -> list[dict[str, int]]:
    return [{"own": 2_000, "sql": 1_000, **terms}] * 3


@pytest.mark.parametrize(
    ("terms", "failure"),
    [
        ({"lock": 118_000}, ""),
        ({"lock": 90_000}, "90.0 ms of 120.0"),
        ({"sql": 121_000}, "named sql, not lock"),
        ({}, "named nothing, not lock"),
    ],
)
def test_of_a_fault_its_own_term_has_all_of_it(terms: dict[str, int], failure: str) -> None:
    fault = Fault(name="held_lock", lost_ms=120)
    found = attributed_to(fault, grown(**terms), {"own": 2_000, "sql": 1_000})
    assert failure in found.failure
    assert bool(found.failure) == bool(failure)
    assert bool(summed([compared()], [found]).failures) == bool(failure)


def test_faults_of_the_matrix_are_known_and_a_blocked_loop_is_only_named() -> None:
    assert EXACT.keys() <= BY_NAME.keys()
    found = attributed_to(Fault(name="blocked_loop", lost_ms=120), grown(kernel=50_000), {})
    assert (found.exact, found.failure) == (False, "")


def test_what_is_done_is_not_done_again(tmp_path: Path) -> None:
    path = tmp_path / "proof.jsonl"
    first = Progress(path, matrix="full")
    fault = Attributed(
        fault="f", injected_ms=1, attributed_ms=1, others_ms=0, named="sql", terms=("sql",),
        exact=True,
    )  # fmt: skip
    done = Done(batch="a", compared=(compared(),), faults=(fault,))
    assert first.of("a", lambda: done) == done
    with path.open("ab") as file:
        file.write(b'{"batch": "b", "comp')  # the machine stopped here
    second = Progress(path, matrix="full")
    assert second.of("a", lambda: pytest.fail("it is done")) == done
    assert second.of("b", lambda: Done(batch="b")) == Done(batch="b")
    assert set(Progress(path, matrix="full").done) == {"a", "b"}
    with pytest.raises(OtherProof):
        Progress(path, matrix="quick")


def test_nothing_measured_is_a_failure() -> None:
    assert len(summed([]).failures) == 6


def test_without_a_line_only_the_process_can_fail() -> None:
    blind = [compared(joined=False, wire_error_ms=None, network_error_ms=None)] * 3
    assert summed(blind, with_line=False).failures == ()
    late = [compared(process_error_ms=20.0)]
    assert len(summed(late, with_line=False).failures) == 1


def test_a_percentile_is_a_value_that_was_there() -> None:
    assert percentile([3, 1, 2], 0.5) == 2
    assert percentile(list(range(1, 101)), 0.95) == 95
    assert percentile([7], 0.99) == 7
    assert percentile([], 0.5) is None


@pytest.mark.slow
@pytest.mark.needs("root", "ip", "tun", "chromium")
@pytest.mark.parametrize("client", [TLS, BROWSER, BOTH])
def test_a_real_line_asked_by_other_clients(client: str) -> None:
    cell = msgspec.structs.replace(CELL, client=client)
    found = trial.run(
        [cell, msgspec.structs.replace(cell, up_bytes=60_000)], each=3,
        tls=cell.tls, browser=BROWSER in client,
    )  # fmt: skip
    assert len(found) == 6
    assert all(one.joined for one in found)
    assert all((one.wire_error_ms is None) == cell.tls for one in found)
    small = [one.network_error_ms for one in found if one.cell == cell.name]
    assert all(error is not None and error > -5 for error in small)
    assert min(error for error in small if error is not None) < 20


@pytest.mark.needs("root", "ip", "tun")
def test_a_real_line_of_40_ms() -> None:
    """Bounds are wide here: a proof on a quiet machine has the narrow ones.

    A busy machine holds single exchanges up, between wire and process too; it never holds up all
    of them so long, and none is ever shorter than what was put in.
    """
    chosen = [CELL, msgspec.structs.replace(CELL, sleep_ms=5, up_bytes=60_000)]
    found = trial.run(chosen, each=3)
    assert len(found) == 6
    assert all(one.joined for one in found)
    apart = []
    for one in found:
        assert one.wire_error_ms is not None
        assert one.wire_error_ms > -1
        assert one.process_error_ms is not None
        apart.append(abs(one.process_error_ms - one.wire_error_ms))
    assert min(apart) < 10
    assert min(one.wire_error_ms or 0 for one in found) < 5
    small = [one.network_error_ms for one in found if one.cell == CELL.name]
    assert all(error is not None and error > -1 for error in small)
    assert min(error for error in small if error is not None) < 20
    left = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True)
    assert "zhuji" not in left.stdout


def test_without_root_the_command_says_what_was_not_proved(tmp_path: Path) -> None:
    """The same command where the system has no TUN device: in-process figures alone."""
    program = (
        "from zhuji_observability.proving import places\n"
        f"places.TUN = __import__('pathlib').Path({str(tmp_path / 'absent')!r})\n"
        "from zhuji_core.cli import group\n"
        "group.main(['--lang', 'en', 'observe', 'prove', '--json'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    figures = json.loads(done.stdout)
    assert figures["exchanges"] == 9 * 6
    assert figures["server_ms_p95"] is None
    assert figures["process_ms_p99"] is not None
    assert str(tmp_path / "absent") in figures["not_proved"]
    assert done.returncode == (1 if figures["failures"] else 0)
