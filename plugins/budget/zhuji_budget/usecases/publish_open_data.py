"""Write the county's open data (開放資料) as files for its web server."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import msgspec

from zhuji_budget.domain.reports.open_data import DATA_SETS
from zhuji_budget.queries.reports.open_data import Published, read_data_set
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

CATALOGUE = "datasets.json"


class PublishedFile(Value, frozen=True, kw_only=True):
    """A file that was written, with its rows."""

    name: str
    title: str
    rows: int


def publish_open_data(uow: UnitOfWork, *, fiscal_year: int, folder: Path) -> list[PublishedFile]:
    """Write every data set as CSV and JSON, and the catalogue last; each file whole or not.

    Raises Forbidden, YearNotFound or NothingToPublish before anything is written.
    """
    sets = [read_data_set(uow, one, fiscal_year=fiscal_year) for one in DATA_SETS.values()]
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for one in sets:
        for suffix, content in (("csv", csv_of(one)), ("json", json_of(one))):
            name = f"{one.data_set.name}-{fiscal_year}.{suffix}"
            _write(folder / name, content)
            files.append(PublishedFile(name=name, title=one.data_set.title, rows=len(one.rows)))
    described = [
        {
            "county": uow.county.code,
            "year": fiscal_year,
            "title": one.data_set.title,
            "files": [f"{one.data_set.name}-{fiscal_year}.{suffix}" for suffix in ("csv", "json")],
            "rows": len(one.rows),
            "fields": [{"name": f.name, "title": f.title} for f in one.data_set.fields],
        }
        for one in sets
    ]
    _write(folder / CATALOGUE, msgspec.json.format(msgspec.json.encode(described)))
    return files


def csv_of(published: Published) -> bytes:
    """Return UTF-8 as the portal asks for it: field names, plain digits, no sums."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([field.name for field in published.data_set.fields])
    writer.writerows(published.rows)
    return text.getvalue().encode("utf-8")


def json_of(published: Published) -> bytes:
    return msgspec.json.encode(published.records())


def _write(path: Path, content: bytes) -> None:
    draft = path.with_name(f"{path.name}.new")
    draft.write_bytes(content)
    draft.replace(path)
