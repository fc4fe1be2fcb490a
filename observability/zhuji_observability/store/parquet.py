"""Kept requests as a Parquet file: the columns of the CSV with their types, for many at once."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from zhuji_observability.store.exchange import Exchange
from zhuji_observability.store.exports import EXCHANGE_HEAD, EXCHANGE_TEXTS, exchange_cells
from zhuji_observability.store.refusals import ParquetAbsent

_COMPRESSION = "zstd(3)"


def exchange_parquet(exchanges: Sequence[Exchange]) -> bytes:
    """Return the exchanges as a table; raise ParquetAbsent where nothing can write it."""
    try:  # native code, for those who ask for a file
        from arro3.core import Array, DataType, Table  # noqa: PLC0415
        from arro3.io import write_parquet  # noqa: PLC0415
    except ImportError as error:
        raise ParquetAbsent from error
    rows = [exchange_cells(one) for one in exchanges]
    columns: dict[str, Any] = {
        name: Array(
            [row[place] for row in rows],
            type=DataType.utf8() if name in EXCHANGE_TEXTS else DataType.int64(),
        )
        for place, name in enumerate(EXCHANGE_HEAD)
    }
    out = io.BytesIO()
    write_parquet(Table.from_pydict(columns), out, compression=_COMPRESSION)
    return out.getvalue()
