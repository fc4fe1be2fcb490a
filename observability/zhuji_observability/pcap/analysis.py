"""A capture file, from the first packet to the last row, with bounded memory."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from zhuji_core.values import Value
from zhuji_observability.pcap.conversations import Conversation, Speech
from zhuji_observability.pcap.exchanges import Exchange
from zhuji_observability.pcap.files import open_capture
from zhuji_observability.pcap.heads import Addresses
from zhuji_observability.pcap.link_layers import FIND_IP, NAMES, NOT_IP
from zhuji_observability.pcap.live import LiveReader
from zhuji_observability.pcap.reading import Ended, Packet, Reader
from zhuji_observability.pcap.refusals import LinkTypeUnknown
from zhuji_observability.pcap.routes import RouteTable
from zhuji_observability.pcap.segments import Segment, Skipped, segment_of
from zhuji_observability.pcap.streams import Streams
from zhuji_observability.pcap.terms import Row, captured_row_of, encrypted_row, row_of


class Summary(Value, frozen=True, kw_only=True):
    """What was read, and what of it was not analysed; every packet is in one of the counts.

    ``ended``: ``whole``, or ``cut`` and ``damaged`` where the file broke off.
    """

    ended: str
    size_bytes: int
    read_bytes: int
    packets: int
    tcp: int
    other: int
    fragments: int
    cut: int
    malformed: int
    unknown_link: int
    timeless: int
    dropped_by_capture: int
    connections: int
    expelled: int
    speech: dict[str, int]
    exchanges: int
    unasked_answers: int
    gaps: int
    took_s: float

    @property
    def is_whole(self) -> bool:
        return self.ended == Ended.WHOLE.value


class Analysis:
    """Analyses one source once: iterate ``rows``, then read ``summary``.

    With ``packets`` rows are ``CapturedRow``: each with its packets one by one, and their heads,
    with as much of the addresses as ``addresses`` says.
    """

    def __init__(
        self,
        source: Path | LiveReader,
        *,
        routes: RouteTable | None = None,
        packets: bool = False,
        addresses: Addresses = Addresses.NONE,
    ) -> None:
        self._source = source
        self._routes = routes
        self._ready: deque[Row] = deque()
        self._counts: Counter[str] = Counter()
        self._skipped: Counter[Skipped] = Counter()
        self._speech: Counter[Speech] = Counter()
        self._links: set[int] = set()
        self._streams = Streams(self._done, self._forgotten, packets=packets)
        self._keeps_packets = packets
        self._addresses = addresses
        self._summary: Summary | None = None

    @property
    def summary(self) -> Summary:
        """What was read; there once all rows were."""
        assert self._summary is not None, "all rows first"
        return self._summary

    def rows(self) -> Iterator[Row]:
        """Give each row as soon as its exchange is complete; raise what the file is refused for."""
        started_s = time.perf_counter()
        with self._opened() as reader:
            for packet in reader.packets():
                if packet is None:
                    self._streams.settle(time.time_ns())
                else:
                    self._take(packet)
                while self._ready:
                    yield self._ready.popleft()
            self._require_a_known_link()
            self._streams.finish()
            yield from self._ready
            self._summary = self._summed(reader, took_s=time.perf_counter() - started_s)

    def _opened(self) -> AbstractContextManager[Reader]:
        source = self._source
        return source.opened() if isinstance(source, LiveReader) else open_capture(source)

    def _take(self, packet: Packet) -> None:
        self._counts["packets"] += 1
        find_ip = FIND_IP.get(packet.link_type)
        if find_ip is None:
            self._counts["unknown_link"] += 1
            self._links.add(packet.link_type)
            return
        at = find_ip(packet.frame)
        if at == NOT_IP:
            self._skipped[Skipped.OTHER] += 1
            return
        segment = segment_of(packet.frame, at, packet.wire_bytes)
        if isinstance(segment, Segment):
            head = packet.frame[segment.at : segment.data_at] if self._keeps_packets else b""
            self._streams.packet(segment, packet.time_ns, head)
        else:
            self._skipped[segment] += 1

    def _require_a_known_link(self) -> None:
        unknown = self._counts["unknown_link"]
        if unknown and unknown == self._counts["packets"]:
            links = "、".join(str(one) for one in sorted(self._links))
            raise LinkTypeUnknown(path=str(self._source), link_type=links, known=NAMES)

    def _summed(self, reader: Reader, *, took_s: float) -> Summary:
        counts, skipped = self._counts, self._skipped
        return Summary(
            ended=reader.ended.value,
            size_bytes=reader.size_bytes,
            read_bytes=reader.read_bytes,
            packets=counts["packets"],
            tcp=counts["packets"] - counts["unknown_link"] - skipped.total(),
            other=skipped[Skipped.OTHER],
            fragments=skipped[Skipped.FRAGMENT],
            cut=skipped[Skipped.CUT],
            malformed=skipped[Skipped.MALFORMED],
            unknown_link=counts["unknown_link"],
            timeless=reader.timeless,
            dropped_by_capture=reader.dropped,
            connections=self._streams.numbered,
            expelled=self._streams.expelled,
            speech={one.value: self._speech[one] for one in Speech},
            exchanges=counts["exchanges"],
            unasked_answers=counts["unasked_answers"],
            gaps=counts["gaps"],
            took_s=round(took_s, 3),
        )

    def _done(self, conversation: Conversation, exchange: Exchange) -> None:
        self._counts["exchanges"] += 1
        row = row_of(conversation, exchange, self._routes)
        if self._keeps_packets:
            row = captured_row_of(row, conversation, exchange, self._addresses)
        self._ready.append(row)

    def _forgotten(self, conversation: Conversation) -> None:
        self._speech[conversation.speech] += 1
        self._counts["unasked_answers"] += conversation.pairing.unasked
        self._counts["gaps"] += conversation.gaps
        if conversation.speech in (Speech.TLS, Speech.HTTP2):
            self._ready.append(encrypted_row(conversation))
