"""zhuji, in process as the others: one certification is one transaction, with all that it has.

Balance, receipt, gapless number, movements, audit entry and event; each document alone, so without
what certifications of a moment share.
"""

from __future__ import annotations

import os
import random
import uuid
from pathlib import Path

import msgspec

from loadtests import desk
from loadtests.data.city import Row
from loadtests.data.copying import Size, agency_of
from loadtests.operator import begin_of
from loadtests.peers.peer import AMOUNT_NTD, Wanted
from loadtests.scenarios import FISCAL_YEAR
from zhuji_accounting.usecases.certify_requests import certify_requests
from zhuji_core.contracts.funds import ControlRowQuery

CODE, AGENCIES = "TXG", 2
SIZE = Size(fiscal_year=FISCAL_YEAR, agencies=AGENCIES, requests=0)
CERTIFIED = """
    SELECT l.control_row_id::text AS row, sum(l.amount_ntd)::bigint AS ntd
      FROM accounting.request_line AS l
      JOIN accounting.certification AS c USING (request_id)
     WHERE c.request_id = ANY (CAST(%s AS uuid[]))
     GROUP BY l.control_row_id
"""


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """What waits: requests, and what each of their rows had before."""

    request_ids: list[str]
    available_ntd: dict[str, int]


def _file() -> Path:
    return Path(os.environ["ZHUJI_PEER_FOLDER"]) / "zhuji.json"


def setup(wanted: Wanted) -> None:
    """Write the requests: each line has money for as many as another system's budget allows."""
    drawn = random.Random(wanted.seed)  # noqa: S311 (repeatable, no secret)
    own = agency_of(0, SIZE)
    known = {row.control_row_id: row for row in own.rows}
    most = wanted.allotted_ntd // AMOUNT_NTD
    with begin_of(CODE) as begin, begin() as uow:
        uow.connection.exec_driver_sql("SET LOCAL statement_timeout = '10min'")
        asked = ControlRowQuery(agency_code=own.code, fiscal_year=FISCAL_YEAR, limit=len(known))
        found = sorted(uow.hooks.find_control_rows(uow, asked), key=lambda one: -one.available_ntd)
        chosen = found[: wanted.lines]
        assert chosen[-1].available_ntd >= most, "a dollar for each"
        cost: dict[uuid.UUID, int] = {one.control_row_id: one.available_ntd // most
                                      for one in chosen}  # fmt: skip
        ids = []
        for _ in range(wanted.posts * wanted.processes):
            rows: list[Row] = [
                known[one.control_row_id]
                for one in drawn.sample(chosen, min(wanted.of_lines, len(chosen)))
            ]
            amounts = [cost[row.control_row_id] for row in rows]
            ids.append(desk.write_one(uow, own, SIZE, rows, amounts))
        desk.note(uow, SIZE, requests=len(ids))
        available = {str(one.control_row_id): one.available_ntd for one in chosen}
    _file().write_bytes(msgspec.json.encode(Prepared(request_ids=ids, available_ntd=available)))


def _prepared() -> Prepared:
    return msgspec.json.decode(_file().read_bytes(), type=Prepared)


def overspent_ntd(_wanted: Wanted) -> int:
    prepared = _prepared()
    with begin_of(CODE) as begin, begin(read_only=True) as uow:
        rows = uow.connection.exec_driver_sql(CERTIFIED, (prepared.request_ids,)).mappings().all()
    return sum(max(0, row["ntd"] - prepared.available_ntd[row["row"]]) for row in rows)


class _Poster:
    def __init__(self, wanted: Wanted) -> None:
        ids = _prepared().request_ids[wanted.seed :: wanted.processes]
        self._ids = iter([uuid.UUID(one) for one in ids])
        self._host = begin_of(CODE)
        self._begin = self._host.__enter__()

    def post(self, _lines: list[int], _amount_ntd: int) -> bool:
        """Certify the next request: its lines and amounts stand in it."""
        with self._begin() as uow:
            (outcome,) = certify_requests(uow, request_ids=[next(self._ids)])
        return outcome.refusal is None


def poster(wanted: Wanted) -> _Poster:
    return _Poster(wanted)
