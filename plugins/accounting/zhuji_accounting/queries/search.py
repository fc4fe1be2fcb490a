"""One search over all documents: requests with their contracts, claims, advances, vouchers.

Two roads lead to a word. Who may read much walks the newest documents first: a common word is
there at once. What is not found so is rare, and found by the index, which holds every two
neighbouring characters of a document and its agency (``accounting.tokens``): all that have them,
compared with the words themselves. The documents of one agency are few: by the index at once.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from zhuji_accounting.domain.labels import draft_label
from zhuji_accounting.domain.ledger.voucher import KIND_WORDS, VoucherKind
from zhuji_accounting.domain.search import Sought
from zhuji_accounting.permissions import (
    READ_ADVANCES,
    READ_CLAIMS,
    READ_REQUESTS,
    READ_VOUCHERS,
)
from zhuji_core.modules import Permission
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

EACH_MAX = 25  # of one kind; more is a question for the list with its filters
# A word that one document of eighty holds is there 25 times; so many are read in some 10 ms.
WALKED_MAX = 2_000
# At the beginning and the end of a year the system posts some vouchers for each agency, which are
# then the newest of all: they are walked past, so many of them at most.
PASSED_MAX = 6_000
AGENCIES_FEW = 8  # who may read no more than these finds little among the newest of all
# How often the words occur decides the plan, so every question is planned for itself.
PLANNED = sa.text("SELECT set_config('plan_cache_mode', 'force_custom_plan', true)")

COLUMNS = "d.fiscal_year, d.agency_name, d.state, d.amount_ntd, d.created_at"
VISIBLE = """
       AND (CAST(:agencies AS text[]) IS NULL OR d.agency_code = ANY(:agencies))
       AND d.state <> 'withdrawn'
"""
# A draft of a request, a claim or an advance is its writer's own.
OWN_DRAFTS = "AND (d.state <> 'draft' OR d.created_by = :actor_id)"
READABLE = f"{VISIBLE} {OWN_DRAFTS}"

# What is shown of each kind, the texts that are searched, and what one may read of it.
REQUEST = f"""
    SELECT d.request_id AS document_id, COALESCE(d.request_no, 0) AS number, '' AS kind,
           d.purpose AS title, concat_ws('　', nullif(d.payee, ''), nullif(d.contract_no, ''),
                                         nullif(d.contractor, '')) AS about, {COLUMNS}
"""
CLAIM = f"""
    SELECT d.claim_id AS document_id, COALESCE(d.claim_no, 0) AS number, d.kind,
           d.memo AS title,
           COALESCE((SELECT string_agg(p.name, '、' ORDER BY p.payee_no)
                       FROM accounting.claim_payee AS p
                      WHERE p.claim_id = d.claim_id AND p.payee_no <= 3), '') AS about, {COLUMNS}
"""
ADVANCE = f"""
    SELECT d.advance_id AS document_id, COALESCE(d.advance_no, 0) AS number, d.kind,
           d.memo AS title, d.receiver_name AS about, {COLUMNS}
"""
VOUCHER = f"""
    SELECT d.voucher_id AS document_id, COALESCE(d.voucher_no, 0) AS number, d.kind,
           d.memo AS title, d.source_label AS about, {COLUMNS}
"""
REQUEST_WORDS = (
    "d.purpose || ' ' || d.basis || ' ' || d.payee || ' ' || d.contract_no || ' ' || d.contractor"
)
CLAIM_WORDS = "d.memo || ' ' || d.payee_names"
ADVANCE_WORDS = "d.memo || ' ' || d.receiver_name"
VOUCHER_WORDS = "d.memo || ' ' || d.source_label"
# A claim is found by the number of its evidence too, which is none of its words.
EVIDENCE = """
    SELECT s.claim_id FROM accounting.source_document AS s
     WHERE upper(s.number) = :exact AND s.number <> ''
"""


def _holds(words: str) -> str:
    return f"lower(normalize({words}, NFKC)) LIKE ALL (CAST(:patterns AS text[]))"


NEWEST_OF_ALL = "SELECT * FROM accounting.{table} ORDER BY {key} DESC LIMIT {most}"
# As many as a person's document made, and what the system posted since the last of them.
NEWEST_BY_PERSONS = """
    SELECT * FROM accounting.{table}
     WHERE {key} >= COALESCE((SELECT p.{key} FROM accounting.{table} AS p
                               WHERE NOT p.automatic
                               ORDER BY p.{key} DESC OFFSET {most} - 1 LIMIT 1),
                             '00000000-0000-0000-0000-000000000000')
     ORDER BY {key} DESC LIMIT {most} + {passed}
"""


def _newest(head: str, table: str, key: str, words: str, readable: str) -> sa.TextClause:
    """Return what the newest hold, in the order of their ids, which is that of their making."""
    walked = NEWEST_BY_PERSONS if table == "voucher" else NEWEST_OF_ALL
    newest = walked.format(table=table, key=key, most=WALKED_MAX, passed=PASSED_MAX)
    return sa.text(f"""
        {head} FROM ({newest}) AS d
         WHERE {_holds(words)} {readable}
         ORDER BY d.{key} DESC LIMIT :limit
    """)


def _by_words(
    head: str, table: str, key: str, words: str, readable: str, exact: str = ""
) -> sa.TextClause:
    """Return what the index finds, and what ``exact`` does.

    The index's answer is materialized, or the planner would take what is found for so many that it
    reads the newest rows of the whole table instead, and reckons the tokens of each. It is compared
    with the words from the newest on, one by one, and no further than a page goes: a word that was
    common once stands in so many documents that to compare them all took a second.
    """
    tokens = f"accounting.tokens({words}, d.agency_code)"
    return sa.text(f"""
        WITH found AS MATERIALIZED (
            SELECT d.{key}
              FROM accounting.{table} AS d
             WHERE {tokens} @> CAST(:grams AS text[])
               AND (CAST(:near AS text[]) IS NULL OR {tokens} && CAST(:near AS text[]))
            {f"UNION {exact}" if exact else ""}
        )
        {head} FROM (SELECT {key} FROM found ORDER BY {key} DESC) AS f
         CROSS JOIN LATERAL (
            SELECT * FROM accounting.{table} AS d
             WHERE d.{key} = f.{key}
               AND ({_holds(words)} {f"OR d.{key} IN ({exact})" if exact else ""}) {readable}
            OFFSET 0
         ) AS d
         ORDER BY f.{key} DESC LIMIT :limit
    """)


def _by_number(head: str, table: str, key: str, numbered: str, readable: str) -> sa.TextClause:
    """Return what has the number: found first (``OFFSET 0``) and ordered then.

    Asked for the newest of them, the planner walks the whole table by its key until it has met so
    many.
    """
    return sa.text(f"""
        {head} FROM (SELECT * FROM accounting.{table} AS d
                      WHERE {numbered} AND d.fiscal_year = :year
                     OFFSET 0) AS d
         WHERE true {readable}
         ORDER BY d.{key} DESC LIMIT :limit
    """)


OF_REQUEST = "d.request_no = :number AND :mark = ''"
OF_CLAIM = "d.claim_no = :number AND :mark = '報'"
OF_ADVANCE = "d.advance_no = :number AND :mark = '暫'"
OF_VOUCHER = """
    d.voucher_no = :number
    AND d.kind = CASE :mark WHEN '收' THEN 'receipt' WHEN '支' THEN 'disbursement'
                        WHEN '轉' THEN 'journal' END
"""
BY_NUMBER = {
    "request": _by_number(REQUEST, "spending_request", "request_id", OF_REQUEST, READABLE),
    "claim": _by_number(CLAIM, "claim", "claim_id", OF_CLAIM, READABLE),
    "advance": _by_number(ADVANCE, "advance", "advance_id", OF_ADVANCE, READABLE),
    "voucher": _by_number(VOUCHER, "voucher", "voucher_id", OF_VOUCHER, VISIBLE),
}
SEARCHED = {
    "request": (REQUEST, "spending_request", "request_id", REQUEST_WORDS, READABLE),
    "claim": (CLAIM, "claim", "claim_id", CLAIM_WORDS, READABLE),
    "advance": (ADVANCE, "advance", "advance_id", ADVANCE_WORDS, READABLE),
    "voucher": (VOUCHER, "voucher", "voucher_id", VOUCHER_WORDS, VISIBLE),
}
NEWEST = {kind: _newest(*of) for kind, of in SEARCHED.items()}
BY_WORDS = {
    kind: _by_words(*of, exact=EVIDENCE if kind == "claim" else "") for kind, of in SEARCHED.items()
}
RIGHTS: dict[str, Permission] = {
    "request": READ_REQUESTS,
    "claim": READ_CLAIMS,
    "advance": READ_ADVANCES,
    "voucher": READ_VOUCHERS,
}
# What stands between year and number of a label; of a voucher before both.
MARKS = {"request": "", "claim": "報", "advance": "暫"}


class SearchHit(Value, frozen=True, kw_only=True):
    """A found document; ``kind`` is request, claim, advance or voucher."""

    kind: str
    document_id: uuid.UUID
    label: str
    title: str
    about: str
    agency_name: str
    state: str
    amount_ntd: int
    created_at: dt.datetime


class SearchResult(Value, frozen=True, kw_only=True):
    """What was found, newest first within each kind; ``more``: kinds of which there is more."""

    hits: tuple[SearchHit, ...]
    more: tuple[str, ...] = ()


def search(uow: UnitOfWork, wanted: Sought) -> SearchResult:
    """Return the documents that the actor may read and that hold every word, or have the number.

    A number that no document has is looked for as a word: it may be a seller's or a contract's.
    """
    uow.connection.execute(PLANNED)
    found = _found(uow, wanted, by_number=True) if wanted.number else None
    return found if found and found.hits else _found(uow, wanted, by_number=False)


def _found(uow: UnitOfWork, wanted: Sought, *, by_number: bool) -> SearchResult:
    hits: list[SearchHit] = []
    more = []
    for kind, permission in RIGHTS.items():
        if not uow.actor.may(permission):
            continue
        rows = _rows(uow, kind, _asked(uow, permission, wanted), by_number=by_number)
        hits += [_hit(kind, dict(row)) for row in rows[:EACH_MAX]]
        if len(rows) > EACH_MAX:
            more.append(kind)
    return SearchResult(hits=tuple(hits), more=tuple(more))


def _asked(uow: UnitOfWork, permission: Permission, wanted: Sought) -> dict[str, Any]:
    codes = uow.actor.agencies(permission)
    return {
        "agencies": None if codes is None else list(codes),
        "near": None if codes is None else [f"agency {code}" for code in codes],
        "actor_id": uow.actor.user_id,
        "grams": list(wanted.grams),
        "patterns": list(wanted.patterns),
        "exact": " ".join(wanted.words).upper(),
        "number": wanted.number,
        "year": wanted.year,
        "mark": wanted.mark,
        "limit": EACH_MAX + 1,
    }


def _rows(
    uow: UnitOfWork, kind: str, asked: Mapping[str, Any], *, by_number: bool
) -> list[Mapping[str, Any]]:
    """Return one more than are shown, when there are so many."""
    if by_number:
        return _read(uow, BY_NUMBER[kind], asked)
    near = asked["near"]
    if near is None or len(near) > AGENCIES_FEW:
        rows = _read(uow, NEWEST[kind], asked)
        if len(rows) > EACH_MAX:
            return rows
    return _read(uow, BY_WORDS[kind], asked)


def _read(
    uow: UnitOfWork, statement: sa.TextClause, asked: Mapping[str, Any]
) -> list[Mapping[str, Any]]:
    return [dict(row) for row in uow.connection.execute(statement, asked).mappings()]


def _hit(kind: str, row: dict[str, Any]) -> SearchHit:
    own, number, year = row.pop("kind"), row.pop("number"), row.pop("fiscal_year")
    if not number:
        label = draft_label(row["document_id"])
    elif kind == "voucher":
        label = f"{KIND_WORDS[VoucherKind(own)]}{year}{number:05}"
    else:
        label = f"{year}{MARKS[kind]}{number:05}"
    return SearchHit(kind=kind, label=label, **row)
