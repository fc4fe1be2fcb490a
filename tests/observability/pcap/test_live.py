"""Capturing as packets pass: what the kernel lets through, when rows are given, what is refused."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.observability.pcap import wire
from tests.observability.pcap.wire import CLIENT, SERVER, Talk
from zhuji_core.cli import group
from zhuji_observability.pcap import live, port_filter
from zhuji_observability.pcap.analysis import Analysis
from zhuji_observability.pcap.reading import Packet
from zhuji_observability.pcap.streams import QUIET_NS

ZHUJI = str(Path(sys.executable).parent / "zhuji")
Instructions = list[tuple[int, int, int, int]]


def passes(instructions: Instructions, packet: bytes) -> int:
    """Run classic BPF as the kernel does; return how many bytes are let through."""
    at = accumulator = index = 0
    while True:
        operation, yes, no, constant = instructions[at]
        at += 1
        if operation == 0x06:
            return constant
        if operation in (0x30, 0x28, 0x48):
            first = constant + (index if operation == 0x48 else 0)
            size = 1 if operation == 0x30 else 2
            if first + size > len(packet):
                return 0
            accumulator = int.from_bytes(packet[first : first + size])
        elif operation == 0xB1:
            index = 4 * (packet[constant] & 15)
        elif operation == 0x74:
            accumulator >>= constant
        else:
            true = accumulator == constant if operation == 0x15 else accumulator & constant
            at += yes if true else no


@pytest.mark.parametrize("ports", [(8000,), (80, 443, 8000)])
def test_the_filter_lets_through_tcp_of_the_ports_only(ports: tuple[int, ...]) -> None:
    instructions = port_filter.program(ports, bytes_max=200)
    ends = ("2001:db8::1", 40000), ("2001:db8::2", 8000)
    for talk in (wire.simple_talk(), wire.simple_talk(*ends)):
        for one in talk.sent:
            packet = talk.packet(one)
            assert passes(instructions, packet) == 200
            other = bytearray(packet)
            other[9 if packet[0] >> 4 == 4 else 6] = 17
            assert passes(instructions, bytes(other)) == 0
    elsewhere = wire.simple_talk(server=("10.0.0.2", 8001))
    assert {passes(instructions, elsewhere.packet(one)) for one in elsewhere.sent} == {0}
    fragment = bytearray(wire.simple_talk().packet(wire.simple_talk().sent[0]))
    fragment[7] = 9
    assert passes(instructions, bytes(fragment)) == 0
    extended = Talk(*ends)
    one = extended.send(0, CLIENT, b"x")
    assert (
        passes(instructions, extended.packet(one, extra=b"\x06\x00" + b"\x00" * 6, kind=60)) == 200
    )
    assert passes(instructions, b"\x20" * 40) == 0
    assert passes(instructions, b"") == 0


def test_a_row_is_given_when_its_connection_has_been_quiet() -> None:
    """Before the next exchange, and before the connection ends."""
    talk = Talk()
    talk.shake()
    talk.send(30, CLIENT, wire.request())
    talk.send(40, SERVER, wire.answer())
    started_ns = time.time_ns()

    class Played(live.LiveReader):
        @contextlib.contextmanager
        def opened(self) -> Iterator[live.LiveReader]:
            yield self

        def packets(self) -> Iterator[Packet | None]:
            for one in talk.sent:
                frame = talk.packet(one)
                at_ns = started_ns - QUIET_NS + one.at
                yield Packet(at_ns, live.RAW_IP, frame, len(frame))
            seen.append(len(given))
            yield None
            time.sleep(0.1)
            yield None
            seen.append(len(given))

    seen: list[int] = []
    given: list[object] = []
    given.extend(Analysis(Played(ports=(8000,))).rows())
    assert (len(given), seen) == (1, [0, 1])


@pytest.mark.needs("root")
def test_the_command_prints_rows_until_it_is_stopped() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number = listener.getsockname()[1]
        process = subprocess.Popen(
            [ZHUJI, "observe", "capture", "--port", str(number), "--interface", "lo", "--json"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert process.stderr is not None, "piped"
        assert str(number) in process.stderr.readline(), "nothing is missed from here on"
        threading.Thread(target=_serve_once, args=(listener,), daemon=True).start()
        with socket.create_connection(("127.0.0.1", number)) as client:
            client.sendall(wire.request("/a/31?payee=x"))
            client.recv(4096)
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        printed, said = process.communicate(timeout=60)
    (row,) = json.loads(printed)
    assert (row["path"], row["status"], process.returncode) == ("/a/{id}", 200, 0)
    assert row["server_ms"] >= 50
    assert "TCP" in said


def _serve_once(listener: socket.socket) -> None:
    served, _ = listener.accept()
    with served:
        served.recv(4096)
        time.sleep(0.05)
        served.sendall(wire.answer())


@pytest.mark.needs("root")
def test_an_unknown_interface_is_refused() -> None:
    result = CliRunner().invoke(
        group, ["observe", "capture", "--port", "80", "--interface", "nothing9"]
    )
    assert result.exit_code == 1
    assert "E-CAPTURE-INTERFACE" in result.stderr
    assert "lo" in result.stderr


@pytest.mark.needs("root")
def test_without_the_right_it_is_refused() -> None:
    program = (
        "from zhuji_observability.pcap.live import LiveReader, CaptureNotAllowed\n"
        "try:\n    LiveReader(ports=(80,)).opened().__enter__()\n"
        "except CaptureNotAllowed:\n    print('refused')\n"
    )
    # util-linux: the same root without this one right.
    without = ["setpriv", "--bounding-set", "-net_raw", "--inh-caps", "-net_raw"]
    done = subprocess.run(
        [*without, sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "refused\n"


def test_too_many_ports_are_a_wrong_use() -> None:
    ports = [text for number in range(17) for text in ("--port", str(8000 + number))]
    assert CliRunner().invoke(group, ["observe", "capture", *ports]).exit_code == 2
    assert CliRunner().invoke(group, ["observe", "capture"]).exit_code == 2
