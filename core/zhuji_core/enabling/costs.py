"""The costs of modules in a county's database: added by processes, read by people."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping

import msgspec
import sqlalchemy as sa

from zhuji_core.costs import REQUEST, Bucket, Key, quantile_ns
from zhuji_core.values import Value

KEPT_DAYS = 30
NS_MS = 1_000_000

# In order of the key, so that two processes which add at once never wait for each other in a
# circle. What is older than a month goes by the way; the key begins with the day.
ADD = sa.text("""
    WITH old AS (
        DELETE FROM kernel.module_cost WHERE day < CAST(:day AS date) - :kept_days
    )
    INSERT INTO kernel.module_cost AS c (day, module, name, bucket, calls, total_ns)
    SELECT CAST(:day AS date), a.module, a.name, a.bucket, a.calls, a.total_ns
      FROM jsonb_to_recordset(CAST(:added AS jsonb))
           AS a (module text, name text, bucket smallint, calls bigint, total_ns bigint)
     ORDER BY a.module, a.name, a.bucket
        ON CONFLICT (day, module, name, bucket) DO UPDATE
       SET calls = c.calls + excluded.calls, total_ns = c.total_ns + excluded.total_ns
""")
READ = sa.text("""
    SELECT module, name, bucket, sum(calls)::bigint AS calls, sum(total_ns)::bigint AS total_ns
      FROM kernel.module_cost
     WHERE day > CAST(:day AS date) - CAST(:days AS integer)
     GROUP BY module, name, bucket
     ORDER BY module, name, bucket
     LIMIT 100000
""")


class Cost(Value, frozen=True, kw_only=True):
    """Calls of one name of a module: how often, how long together, and the usual ones.

    ``name`` is ``request`` for its pages and API, ``hook.…`` for what others ask of it, else one
    of its use cases. Times lie inside each other: a request contains its hooks.
    """

    module: str
    name: str
    calls: int
    total_ms: float
    p50_ms: float
    p95_ms: float

    @property
    def is_request(self) -> bool:
        return self.name == REQUEST

    @property
    def is_hook(self) -> bool:
        return self.name.startswith("hook.")


def add_costs(
    statements: sa.Engine, counted: Mapping[Key, Iterable[Bucket]], *, day: dt.date
) -> None:
    """Add what one process has counted; ``statements`` commits by itself."""
    added = [
        {"module": key.module, "name": key.name, **msgspec.structs.asdict(one)}
        for key, buckets in counted.items()
        for one in buckets
    ]
    with statements.connect() as connection:
        connection.execute(
            ADD,
            {"day": day, "kept_days": KEPT_DAYS, "added": msgspec.json.encode(added).decode()},
        )


def read_costs(connection: sa.Connection, *, day: dt.date, days: int) -> tuple[Cost, ...]:
    """Return the costs of the last ``days`` up to ``day``, by module, the dearest first."""
    buckets: dict[tuple[str, str], dict[int, int]] = defaultdict(dict)
    total_ns: dict[tuple[str, str], int] = defaultdict(int)
    for row in connection.execute(READ, {"day": day, "days": days}):
        buckets[row.module, row.name][row.bucket] = row.calls
        total_ns[row.module, row.name] += row.total_ns
    found = [
        Cost(
            module=module,
            name=name,
            calls=sum(counts.values()),
            total_ms=round(total_ns[module, name] / NS_MS, 3),
            p50_ms=round(quantile_ns(counts, 0.50) / NS_MS, 3),
            p95_ms=round(quantile_ns(counts, 0.95) / NS_MS, 3),
        )
        for (module, name), counts in buckets.items()
    ]
    return tuple(sorted(found, key=lambda one: (one.module, -one.total_ms)))
