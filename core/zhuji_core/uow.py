"""One unit of work: one county, one actor, one moment, one transaction.

Nobody but :func:`begin` commits. What a use case records (events, audit entries, the answer to
an idempotency key) is written by one statement just before the commit, so that it stands or
falls with the change that it tells of.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import sqlalchemy as sa

from zhuji_core import tracing
from zhuji_core.county import BUSINESS, CountyState, LateWriter, read_only_refusal, told
from zhuji_core.db.hot import HotStatement
from zhuji_core.values import Value

if TYPE_CHECKING:
    from zhuji_core.contracts.documents import DocumentRef
    from zhuji_core.county import County
    from zhuji_core.hooks import Hooks
    from zhuji_core.identity.actor import Actor
    from zhuji_core.modules import Permission
    from zhuji_core.values import Event

Settings = TypeVar("Settings", bound=msgspec.Struct)

# One round trip for all that the transaction has to tell, and for whether it may still. Order of
# rows is order of recording; a second request with the same key waits here for the first to
# commit. The gate is held until the commit: a county that is closed meanwhile waits for it.
FLUSH = HotStatement("""
    WITH told AS (
        INSERT INTO kernel.event (event_id, type, document_id, body, recorded_at)
        SELECT e.event_id, e.type, e.document_id, e.body, :now
          FROM jsonb_to_recordset(CAST(:events AS jsonb))
               AS e (event_id uuid, type text, document_id uuid, body jsonb)
    ), audited AS (
        INSERT INTO kernel.audit_entry
               (recorded_at, business_date, actor_id, actor_account, action, document_kind,
                document_id, document_label, agency_code, before, after, trace_id, context)
        SELECT :now, :business_date, a.actor_id, a.actor_account, a.action, a.document_kind,
               a.document_id, a.document_label, a.agency_code, a.before, a.after, a.trace_id,
               a.context
          FROM jsonb_to_recordset(CAST(:audits AS jsonb))
               AS a (actor_id uuid, actor_account text, action text, document_kind text,
                     document_id uuid, document_label text,
                     agency_code text, before jsonb, after jsonb, trace_id text, context jsonb)
    ), kept AS (
        INSERT INTO kernel.idempotency_key (actor_id, key, request_digest, answer, recorded_at)
        SELECT k.actor_id, k.key, decode(k.digest, 'hex'), k.answer, :now
          FROM jsonb_to_recordset(CAST(:keys AS jsonb))
               AS k (actor_id uuid, key text, digest text, answer jsonb)
    )
    SELECT state, epoch, reason FROM kernel.hold_gate()
""")


# Who looked at whose personal data (個人資料保護法施行細則 §12).
READ = sa.text("""
    INSERT INTO kernel.personal_read
           (read_at, actor_id, actor_account, kind, subjects, subject_count, purpose, source,
            trace_id)
    SELECT :now, :actor_id, :actor_account, r.kind,
           ARRAY (SELECT jsonb_array_elements_text(r.subjects)), r.subject_count, r.purpose,
           :source, :trace_id
      FROM jsonb_to_recordset(CAST(:reads AS jsonb))
           AS r (kind text, subjects jsonb, subject_count integer, purpose text)
""")
# Whose data an export shows is named up to this many; the count is always whole.
SUBJECTS_MAX = 10_000


class IdempotencyKey(Value, frozen=True, kw_only=True):
    """The client's name for one attempt, and the digest (hex) of what it asked for."""

    key: str
    digest: str


@dataclass(frozen=True, kw_only=True, slots=True)
class UnitOfWork:
    """What a use case is given: the transaction, who acts, when, where, and whom to ask.

    ``now`` is UTC; ``business_date`` (Asia/Taipei, or fixed by a county setting) decides
    periods, the allotment to date and numbering.
    """

    connection: sa.Connection
    hooks: Hooks
    county: County
    actor: Actor
    now: dt.datetime
    business_date: dt.date
    raw_settings: Mapping[str, Mapping[str, Any]]
    read_only: bool
    events: list[dict[str, Any]] = field(default_factory=list)
    audits: list[dict[str, Any]] = field(default_factory=list)
    keyed: list[dict[str, Any]] = field(default_factory=list)
    source: str = ""
    key: IdempotencyKey | None = None
    trace_id: str = ""
    personal_reads: list[dict[str, Any]] = field(default_factory=list)
    abandonments: list[str] = field(default_factory=list)

    @property
    def fiscal_year(self) -> int:
        """Republic-of-China year of the business date (預算法 12: the calendar year)."""
        return self.business_date.year - 1911

    def settings(self, struct: type[Settings], *, module: str) -> Settings:
        """Return the county's settings of ``module``, defaults where it has set nothing."""
        return msgspec.convert(dict(self.raw_settings.get(module, {})), struct)

    def require(self, permission: Permission, *, agency_code: str | None = None) -> None:
        """Raise Forbidden unless the actor holds ``permission`` (in ``agency_code``)."""
        self.actor.require(permission, agency_code=agency_code)

    def record(self, event: Event, *, document_id: uuid.UUID) -> None:
        """Keep ``event``: it is told to others only if this transaction commits."""
        self.events.append(
            {
                "event_id": event.event_id,
                "type": event.__struct_config__.tag,
                "document_id": document_id,
                "body": event,
            }
        )

    def audit(
        self,
        action: str,
        document: DocumentRef,
        *,
        before: object = None,
        after: object = None,
    ) -> None:
        """Keep who did what to which document; ``before`` and ``after`` are plain values."""
        self.audits.append(
            {
                "actor_id": self.actor.user_id,
                "actor_account": self.actor.account,
                "action": action,
                "document_kind": document.kind,
                "document_id": document.document_id,
                "document_label": document.label,
                "agency_code": document.agency_code,
                "before": before,
                "after": after,
                "trace_id": self.trace_id,
                "context": self.actor.context or None,
            }
        )

    def read_personal_data(
        self, *, kind: str, subjects: Iterable[object], purpose: str, count: int | None = None
    ) -> None:
        """Keep that personal data of ``subjects`` (ids) is about to be shown, and what for.

        To be called by whatever shows it: page, export or API. Written after a read-only unit of
        work in a short transaction of its own, on the same connection; when that fails, so does
        the request, and nothing is shown (fail closed). ``kind`` is a document's (``kernel.user``);
        ``purpose`` is 正體中文; ``count`` when more are shown than are named.
        """
        named = [str(subject) for subject in subjects]
        if not named:
            return
        self.personal_reads.append(
            {
                "kind": kind,
                "subjects": named[:SUBJECTS_MAX],
                "subject_count": max(count or 0, len(named)),
                "purpose": purpose,
            }
        )

    @property
    def abandoned(self) -> bool:
        return bool(self.abandonments)

    def abandon(self, reason: str) -> None:
        """Say that nothing is to be kept although nothing went wrong (all of a batch refused)."""
        self.abandonments.append(reason)

    def end_reading(self) -> None:
        """End the transaction before something long is made of what was read (a file of pages).

        Nothing may be read after it (InvalidRequestError). The database ends a transaction that
        waits too long for its next statement, and with it the request.
        """
        assert self.read_only, "what is written is kept at the end of the unit of work"
        transaction = self.connection.get_transaction()
        assert transaction is not None, "its transaction was ended before"
        transaction.commit()

    def answer(self, value: object) -> None:
        """Keep ``value`` as the answer to the request's idempotency key, if it came with one."""
        if self.key is not None:
            self.keyed.append(
                {
                    "actor_id": self.actor.user_id,
                    "key": self.key.key,
                    "digest": self.key.digest,
                    "answer": value,
                }
            )

    def acting(
        self, *, actor: Actor, key: IdempotencyKey | None, source: str, trace_id: str
    ) -> UnitOfWork:
        """Return this same transaction in the hands of ``actor``, for one act of several.

        What is audited, answered and told by it bears that actor, key and trace; it is committed
        or rolled back with all the others (``web/together.py``).
        """
        assert self.read_only or not actor.reads_only, "the guard lets no write of such an actor by"
        return replace(self, actor=actor, key=key, source=source, trace_id=trace_id)


@contextlib.contextmanager
def begin(  # noqa: PLR0913 (the whole identity of a unit of work, all by keyword)
    engine: sa.Engine,
    *,
    hooks: Hooks,
    county: County,
    actor: Actor,
    now: dt.datetime,
    business_date: dt.date,
    settings: Mapping[str, Mapping[str, Any]],
    read_only: bool = False,
    writes: frozenset[CountyState] = BUSINESS,
    derived: bool = False,
    key: IdempotencyKey | None = None,
    source: str = "",
) -> Iterator[UnitOfWork]:
    """Open the transaction; commit when the block ends, roll back when it raises.

    ``derived``: all that is written follows from events, whose own transactions were audited;
    it owes no entry of its own.

    ``writes``: the states of a county that take this write (``BUSINESS``, ``SESSION``,
    ``UPKEEP``). Raises CountyReadOnly in any other state and LateWriter when the county changed
    its state since this writer read it, both also at the last statement before the commit;
    AssertionError when a write ends without an audit entry (a programmer's error: every write is
    audited).
    """
    assert read_only or not actor.reads_only, "the guard lets no write of such an actor pass"
    if not read_only and county.state not in writes:
        raise read_only_refusal(county)
    with engine.connect() as connection:
        if read_only:
            connection.execution_options(postgresql_readonly=True)
        with connection.begin() as transaction:
            uow = UnitOfWork(
                connection=connection,
                hooks=hooks,
                county=county,
                actor=actor,
                now=now,
                business_date=business_date,
                raw_settings=settings,
                read_only=read_only,
                source=source,
                key=key,
                trace_id=tracing.current_trace_id(),
            )
            yield uow
            if uow.abandoned:
                transaction.rollback()
            elif not read_only:
                assert uow.audits or derived, "a write without an audit entry"
                if uow.personal_reads:
                    _tell_reads(uow)
                _flush(uow, writes=writes)
        if uow.personal_reads and (read_only or uow.abandoned):
            connection.execution_options(postgresql_readonly=False)
            with connection.begin():
                _tell_reads(uow)


def _tell_reads(uow: UnitOfWork) -> None:
    token = uow.actor.context.get("token", "")
    uow.connection.execute(
        READ,
        {
            "now": uow.now,
            "actor_id": uow.actor.user_id,
            "actor_account": uow.actor.account,
            "source": f"{uow.source} token={token}" if token else uow.source,
            "trace_id": uow.trace_id,
            "reads": msgspec.json.encode(uow.personal_reads).decode(),
        },
    )


def _flush(uow: UnitOfWork, *, writes: frozenset[CountyState]) -> None:
    # Every write is audited under its module's name: nothing of a module that is off or whose
    # licence has ended is kept, whichever route, command or job it came by.
    for module in {audit["action"].partition(".")[0] for audit in uow.audits}:
        uow.hooks.require_writable(module)
    assert uow.keyed or uow.key is None, "a request with an idempotency key keeps its answer"
    gate = FLUSH.row(
        uow.connection,
        {
            "now": uow.now,
            "business_date": uow.business_date,
            "events": msgspec.json.encode(uow.events).decode(),
            "audits": msgspec.json.encode(uow.audits).decode(),
            "keys": msgspec.json.encode(uow.keyed).decode(),
        },
    )
    as_of_now = msgspec.structs.replace(
        uow.county, state=gate["state"], epoch=gate["epoch"], reason=gate["reason"]
    )
    if as_of_now.state not in writes:
        raise read_only_refusal(as_of_now)
    if as_of_now.epoch != uow.county.epoch:
        raise LateWriter(**told(as_of_now))
