"""What the proof of canaries searches with finds a text however it is written or packed."""

from __future__ import annotations

import base64
import gzip
import html
import io
import json
import urllib.parse
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.observability.store.conftest import NOON_MS, exchange
from tests.prove.observe_parts.canary_places import Places
from zhuji_observability.store import files, writing
from zhuji_observability.store.exchange import SpanNote
from zhuji_observability.store.exports import otlp
from zhuji_observability.store.parquet import exchange_parquet

PAYEE = "王小明"
ONE = exchange(1, route=f"/{PAYEE}", kept="first")


def zipped(content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inside", content)
    return out.getvalue()


WAYS: dict[str, Callable[[], bytes]] = {
    "UTF-8": f"…{PAYEE}…".encode,
    "UTF-16": lambda: PAYEE.encode("utf-16-le"),
    "Big5": lambda: PAYEE.encode("big5"),
    "percent": lambda: urllib.parse.quote(f"/payees/{PAYEE}").encode(),
    "JSON": lambda: json.dumps({"payee": PAYEE}).encode(),
    "HTML": lambda: html.escape(PAYEE).encode(),
    "hexadecimal": lambda: PAYEE.encode().hex().encode(),
    **{
        f"base64 at {before}": lambda before=before: base64.b64encode(  # type: ignore[misc]
            b"x" * before + f"{PAYEE} and more".encode()
        )
        for before in range(3)
    },
    "zip": lambda: zipped(PAYEE.encode()),
    "zip of gzip": lambda: zipped(gzip.compress(PAYEE.encode())),
    "Parquet": lambda: exchange_parquet([ONE]),
    "OTLP": lambda: otlp([ONE]),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_text_is_found_in_every_way_of_writing_it(way: str) -> None:
    places = Places(texts=(PAYEE,))
    assert places.look(way, "somewhere", WAYS[way]()) > 0
    assert places.faults[0].startswith(f"{way}: somewhere: {PAYEE} ")
    assert places.look(way, "elsewhere", "王大明".encode()) == 0


def test_a_text_is_found_in_what_the_store_packs(tmp_path: Path) -> None:
    path = files.path_of(tmp_path, files.day_of(NOON_MS))
    note = SpanNote(name=PAYEE, parent=-1, start_us=0, length_us=1)
    connection = files.opened(path)
    writing.write(connection, [exchange(1, spans=(note,))], {}, process="1")
    connection.close()
    content = path.read_bytes()
    assert PAYEE.encode() not in content, "packed"
    assert Places(texts=(PAYEE,)).look("store", path.name, content) > 0
