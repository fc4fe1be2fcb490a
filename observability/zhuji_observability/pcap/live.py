"""Packets of this machine as they pass, read like a capture file that has no end.

A packet socket of Linux (CAP_NET_RAW): the kernel filters, cuts and stamps; nothing is written.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from zhuji_core.values import N_, DomainError
from zhuji_observability.pcap import port_filter
from zhuji_observability.pcap.reading import Ended, Packet

# Heads of messages are far shorter; of bodies only the beginning of each packet is copied.
PACKET_BYTES = 2_048
# About a second of a busy server while this process is not scheduled.
BUFFER_BYTES = 1 << 25
RAW_IP = 101
TICK_S = 0.2
LOOPBACK = "lo"
HAS_PACKET_SOCKETS: bool = hasattr(socket, "AF_PACKET")

_EVERY_PROTOCOL = 0x0003
_OUTGOING = 4
_STAMP_NS, _STAMP_TYPE = 35, 35  # SO_TIMESTAMPNS and the type of what it sends along
_BUFFER_FORCED, _ATTACH_FILTER = 33, 26  # SO_RCVBUFFORCE, SO_ATTACH_FILTER
_PACKET_LEVEL, _STATISTICS = 263, 6  # SOL_PACKET, PACKET_STATISTICS
_SECOND_NS = 1_000_000_000


class CaptureNotAllowed(DomainError):
    """Packets of others are shown to those only whom the system trusts with them."""

    code = "E-CAPTURE-RIGHT"
    message = N_("沒有擷取封包的權限：請以 root 執行，或授予 CAP_NET_RAW。")
    status_code = 403


class CaptureImpossible(DomainError):
    """Only Linux has packet sockets."""

    code = "E-CAPTURE-SYSTEM"
    message = N_("此作業系統無法即時擷取封包；請以 tcpdump 擷取後使用 zhuji observe pcap。")


class InterfaceUnknown(DomainError):
    """There is no such network device."""

    code = "E-CAPTURE-INTERFACE"
    message = N_("沒有名為「{interface}」的網路介面；現有：{known}。")
    status_code = 422


def _nothing() -> None:
    """Nobody waits for the beginning."""


@dataclass(kw_only=True)
class LiveReader:
    """Gives what passes until ``stop`` is called; None now and then, so that time goes on."""

    ports: Sequence[int]
    interface: str = ""  # all of them
    seconds: float | None = None
    ready: Callable[[], None] = _nothing  # called when nothing is missed any more
    size_bytes: int = 0
    read_bytes: int = 0
    ended: Ended = Ended.WHOLE
    timeless: int = 0
    _dropped: int = 0
    _stopped: bool = False
    _socket: socket.socket | None = field(default=None, repr=False)

    @contextlib.contextmanager
    def opened(self) -> Iterator[LiveReader]:
        """Open the socket; raise CaptureImpossible, CaptureNotAllowed and InterfaceUnknown."""
        self._socket = _open(self.interface, self.ports)
        self.ready()
        try:
            yield self
        finally:
            self._socket.close()

    @property
    def dropped(self) -> int:
        """How many packets the kernel could not keep for us."""
        if self._socket is not None and self._socket.fileno() >= 0:
            counts = self._socket.getsockopt(_PACKET_LEVEL, _STATISTICS, 8)
            # Read is reset.
            self._dropped += struct.unpack("=II", counts)[1]
        return self._dropped

    def stop(self) -> None:
        self._stopped = True

    def packets(self) -> Iterator[Packet | None]:
        """Give each packet with the kernel's time; None after a quiet moment."""
        assert self._socket is not None, "opened before"
        until = None if self.seconds is None else time.monotonic() + self.seconds
        while not self._stopped and (until is None or time.monotonic() < until):
            try:
                data, told, _, address = self._socket.recvmsg(PACKET_BYTES, 128)
            except TimeoutError:
                yield None
                continue
            # The loopback device shows each packet going out and coming in.
            if address[0] == LOOPBACK and address[2] == _OUTGOING:
                continue
            self.read_bytes += len(data)
            yield Packet(_stamp_ns(told), RAW_IP, data, len(data))


def _stamp_ns(told: Sequence[tuple[int, int, bytes]]) -> int:
    for level, kind, data in told:
        if level == socket.SOL_SOCKET and kind == _STAMP_TYPE:
            seconds, rest_ns = struct.unpack("=qq", data[:16])
            return int(seconds * _SECOND_NS + rest_ns)
    return time.time_ns()


def _open(interface: str, ports: Sequence[int]) -> socket.socket:
    if not HAS_PACKET_SOCKETS:
        raise CaptureImpossible
    names = [name for _, name in socket.if_nameindex()]
    if interface and interface not in names:
        raise InterfaceUnknown(interface=interface, known="、".join(names))
    try:
        # From the IP header on, whatever the link; nothing comes before the filter is there.
        opened = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
    except PermissionError as error:
        raise CaptureNotAllowed from error
    program, kept = port_filter.attachable(port_filter.program(ports, bytes_max=PACKET_BYTES))
    opened.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, program)
    del kept
    _enlarge(opened)
    opened.setsockopt(socket.SOL_SOCKET, _STAMP_NS, 1)
    opened.settimeout(TICK_S)
    opened.bind((interface, _EVERY_PROTOCOL))
    return opened


def _enlarge(opened: socket.socket) -> None:
    try:
        opened.setsockopt(socket.SOL_SOCKET, _BUFFER_FORCED, BUFFER_BYTES)
    except PermissionError:  # CAP_NET_ADMIN; without it as much as the system allows
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
