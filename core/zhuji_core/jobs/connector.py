"""procrastinate over a county's own pool: no second set of connections, no second password.

The library asks by bare names, which find nothing here (db/engines.py); each of its statements
runs in a transaction of its own, in which they do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from procrastinate.connector import BaseAsyncConnector
from procrastinate.exceptions import NoResult
from procrastinate.sync_psycopg_connector import wrap_exceptions
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

PATH = "SET LOCAL search_path = kernel, pg_catalog"


class PoolConnector(BaseAsyncConnector):
    """Asynchronous to the library, in threads to the pool; there is nothing to open or close."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    async def open_async(self, pool: Any = None) -> None:
        """Do nothing: the pool is the county's."""

    async def close_async(self) -> None:
        """Do nothing: others use the pool too."""

    async def execute_query_async(self, query: str, **arguments: Any) -> None:
        await asyncio.to_thread(self._execute, query, arguments, fetch=False)

    async def execute_query_one_async(self, query: str, **arguments: Any) -> dict[str, Any]:
        rows = await asyncio.to_thread(self._execute, query, arguments)
        if not rows:
            raise NoResult
        return rows[0]

    async def execute_query_all_async(self, query: str, **arguments: Any) -> list[dict[str, Any]]:
        return await asyncio.to_thread(self._execute, query, arguments)

    @wrap_exceptions()
    def _execute(
        self, query: str, arguments: Mapping[str, Any], *, fetch: bool = True
    ) -> list[dict[str, Any]]:
        pooled = self._engine.raw_connection()
        try:
            connection: Any = pooled.driver_connection
            with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
                cursor.execute(PATH)
                cursor.execute(query, {name: _told(value) for name, value in arguments.items()})
                return list(cursor.fetchall()) if fetch else []
        except BaseException:
            # The pool learns of a lost connection from SQLAlchemy alone, which was not asked here.
            pooled.invalidate()
            raise
        finally:
            pooled.close()


def _told(value: Any) -> Any:
    return Jsonb(value) if isinstance(value, dict) else value
