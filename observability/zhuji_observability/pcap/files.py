"""Capture files of both kinds, opened by their first bytes and read packet by packet."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from zhuji_core.values import N_
from zhuji_observability.pcap.pcap_file import PcapReader
from zhuji_observability.pcap.pcapng_file import PcapngReader
from zhuji_observability.pcap.reading import Reader
from zhuji_observability.pcap.refusals import CaptureUnreadable, NotACapture

# Read ahead of the parser, so that a packet costs no system call.
BUFFER_BYTES = 1 << 18
HEAD_BYTES = 24

_LOOKS_LIKE = (
    (b"\x1f\x8b", N_("這是 gzip 壓縮檔，請先解壓縮")),
    (b"\x28\xb5\x2f\xfd", N_("這是 zstd 壓縮檔，請先解壓縮")),
    (b"PK\x03\x04", N_("這是 ZIP 壓縮檔，請先解壓縮")),
    (b"\x34\xcd\xb2\xa1", N_("這是舊式修改版 pcap，請以 tshark -F pcapng 轉存")),
    (b"\xa1\xb2\xcd\x34", N_("這是舊式修改版 pcap，請以 tshark -F pcapng 轉存")),
    (b"snoop\x00\x00\x00", N_("這是 snoop 擷取檔，請以 tshark -F pcapng 轉存")),
)


@contextlib.contextmanager
def open_capture(path: Path) -> Iterator[Reader]:
    """Open a capture; raise CaptureUnreadable and NotACapture."""
    try:
        file = path.open("rb", buffering=BUFFER_BYTES)
    except OSError as error:
        raise CaptureUnreadable(path=str(path), reason=_reason(error)) from error
    with file:
        head = file.read(HEAD_BYTES)
        for kind in (PcapReader, PcapngReader):
            if kind.knows(head):
                size = os.fstat(file.fileno()).st_size
                yield kind(file, head, size_bytes=size)
                return
        raise NotACapture(path=str(path), found=_found(head))


def _found(head: bytes) -> str:
    if not head:
        return N_("檔案是空的")
    for magic, words in _LOOKS_LIKE:
        if head.startswith(magic):
            return words
    if len(head) < HEAD_BYTES and any(kind.begins(head) for kind in (PcapReader, PcapngReader)):
        return N_("檔頭不完整")
    return N_("檔頭不符")


def _reason(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return N_("檔案不存在")
    if isinstance(error, IsADirectoryError):
        return N_("這是資料夾")
    return N_("沒有讀取權限") if isinstance(error, PermissionError) else str(error.strerror)
