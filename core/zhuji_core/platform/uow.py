"""One unit of work of the platform's database: one operator, one moment, one transaction.

Another type than a county's, on purpose: what is written for one cannot be handed the other.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
import sqlalchemy as sa

from zhuji_core import tracing
from zhuji_core.db.engines import Engines
from zhuji_core.platform.operators import HostPermission, Operator

# Only written, like a county's: the platform's role may read and add to it.
FLUSH = sa.text("""
    INSERT INTO platform.audit_entry
           (recorded_at, operator, operator_id, action, county_code, reason, before, after,
            trace_id)
    SELECT :now, :account, :operator_id, a.action, a.county_code, a.reason, a.before, a.after,
           :trace_id
      FROM jsonb_to_recordset(CAST(:audits AS jsonb))
           AS a (action text, county_code text, reason text, before jsonb, after jsonb)
""")


@dataclass(frozen=True, kw_only=True, slots=True)
class PlatformUnitOfWork:
    """What a use case of the host is given; ``now`` is UTC."""

    connection: sa.Connection
    operator: Operator
    now: dt.datetime
    audits: list[dict[str, Any]] = field(default_factory=list)

    def require(self, permission: HostPermission) -> None:
        """Raise HostForbidden unless the operator may."""
        self.operator.require(permission)

    def audit(
        self,
        action: str,
        *,
        county_code: str = "",
        reason: str = "",
        before: object = None,
        after: object = None,
    ) -> None:
        """Keep who did what, to which county ('': to none) and why."""
        self.audits.append(
            {
                "action": action,
                "county_code": county_code,
                "reason": reason,
                "before": before,
                "after": after,
            }
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Platform:
    """The platform's database and register, as pages and commands of the host reach them."""

    engines: Engines
    clock: Callable[[], dt.datetime]

    @property
    def statements(self) -> sa.Engine:
        """Single statements, each committed by itself: what stands even when the rest does not."""
        return self.engines.platform.execution_options(isolation_level="AUTOCOMMIT")

    @contextlib.contextmanager
    def begin(self, operator: Operator, *, read_only: bool = False) -> Iterator[PlatformUnitOfWork]:
        """Open a unit of work; commit when the block ends, roll back when it raises.

        Raises AssertionError when a write ends without an audit entry.
        """
        with self.engines.platform.connect() as connection:
            if read_only:
                connection.execution_options(postgresql_readonly=True)
            with connection.begin():
                uow = PlatformUnitOfWork(connection=connection, operator=operator, now=self.clock())
                yield uow
                if not read_only:
                    _flush(uow)


def _flush(uow: PlatformUnitOfWork) -> None:
    assert uow.audits, "a write without an audit entry"
    uow.connection.execute(
        FLUSH,
        {
            "now": uow.now,
            "account": uow.operator.account,
            "operator_id": uow.operator.operator_id,
            "trace_id": tracing.current_trace_id(),
            "audits": msgspec.json.encode(uow.audits).decode(),
        },
    )
