"""Which files a booklet may be written as, and the whole file as bytes."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import BinaryIO

from zhuji_core.booklets import ods, pdf, xlsx
from zhuji_core.booklets.model import Booklet
from zhuji_core.export import FORMATS

WRITERS: Mapping[str, Callable[[Booklet, BinaryIO], None]] = {
    "pdf": pdf.write,
    "ods": ods.write,
    "xlsx": xlsx.write,
}


def booklet_file(booklet: Booklet, suffix: str) -> bytes:
    """Return the whole file; ``suffix`` is a key of WRITERS."""
    file = io.BytesIO()
    WRITERS[suffix](booklet, file)
    return file.getvalue()


def media_type(suffix: str) -> str:
    return FORMATS[suffix].media_type
