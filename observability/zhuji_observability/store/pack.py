"""One zip for the operator of a county's line: what was slow on the line, and the proof of it.

It holds lengths, counts and moments; no route, operation or statement: who runs a line need not
know what a county does. Of addresses it has what the host's operator allowed when packets were
captured (``pcap.heads``): by default none.
"""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Protocol

from zhuji_observability.pcap.terms import PacketRow
from zhuji_observability.store.exchange import Exchange
from zhuji_observability.store.exports import written
from zhuji_observability.store.lines import Line

# Terms that happen on the line; the rest is told as one sum.
ON_LINE = ("connect", "tls", "upload", "network", "download")
# Zip files know no time before 1980; a fixed one makes the same pack of the same figures.
_EPOCH = (1980, 1, 1, 0, 0, 0)


class Captures(Protocol):
    """Whom a pack asks what was captured of a request; the store is one."""

    def wire(self, trace: str) -> PacketRow | None:
        """Return its packets one by one."""

    def heads(self, trace: str) -> bytes | None:
        """Return their heads, a pcap file."""


def pack(told: str, line: Line | None, exchanges: Sequence[Exchange], captures: Captures) -> bytes:
    """Return the zip; ``told``: what a person reads first."""
    packets = {
        one.trace: found for one in exchanges if (found := captures.wire(one.trace)) is not None
    }
    files = {
        "README.txt": told.encode(),
        "line.csv": _line_csv(line),
        "exchanges.csv": _exchanges_csv(exchanges, packets.keys()),
        "packets.csv": _packets_csv(packets),
        **{
            f"heads/{trace}.pcap": heads
            for trace in packets
            if (heads := captures.heads(trace)) is not None
        },
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, date_time=_EPOCH), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _line_csv(line: Line | None) -> bytes:
    figures = () if line is None else (
        ("requests", line.requests), ("rtt_p50_us", line.rtt_p50_us),
        ("rtt_p95_us", line.rtt_p95_us), ("upload_p95_us", line.upload_p95_us),
        ("download_p95_us", line.download_p95_us), ("connect_p95_us", line.connect_p95_us or ""),
        ("segments_sent_again", line.sent_again), ("requests_with_loss_share", line.hurt_share),
    )  # fmt: skip
    return written(("figure", "value"), figures)


def _exchanges_csv(exchanges: Sequence[Exchange], captured: AbstractSet[str]) -> bytes:
    head = (
        "trace", "began_utc", "total_us", "rtt_us", "segments_sent_again",
        *(f"{name}_us" for name in ON_LINE), "server_and_rest_us", "captured",
    )  # fmt: skip
    return written(head, (_exchange(one, captured) for one in exchanges))


def _exchange(one: Exchange, captured: AbstractSet[str]) -> tuple[object, ...]:
    on_line = [one.terms_us[name] for name in ON_LINE]
    began = dt.datetime.fromtimestamp(one.began_ms / 1000, tz=dt.UTC)
    return (
        one.trace, began.isoformat(timespec="milliseconds"), one.total_us,
        "" if one.rtt_us is None else one.rtt_us, one.retransmits, *on_line,
        one.total_us - sum(on_line), "yes" if one.trace in captured else "",
    )  # fmt: skip


def _packets_csv(packets: dict[str, PacketRow]) -> bytes:
    head = ("trace", "at_us", "direction", "kind", "bytes", "sent_again", "zero_window")
    return written(
        head,
        (
            (
                trace, one.at_us, "to_server" if one.from_client else "to_client", one.kind,
                one.bytes, "yes" if one.again else "", "yes" if one.shut else "",
            )
            for trace, row in packets.items()
            for one in row.packets
        ),
    )  # fmt: skip
