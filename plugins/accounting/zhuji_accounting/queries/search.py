"""One search over all documents: requests with their contracts, claims, advances, vouchers.

The indexes hold every two neighbouring characters (``accounting.grams``), so a word of two is
found without reading the table; what they give is compared once more with the words themselves.
"""

from __future__ import annotations

import datetime as dt
import uuid
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
CANDIDATES_MAX = 300  # newest that hold every two characters; few of them lack the words
# How often the words occur decides the road, so every question is planned for itself.
PLANNED = sa.text("SELECT set_config('plan_cache_mode', 'force_custom_plan', true)")


COLUMNS = "d.fiscal_year, d.agency_name, d.state, d.amount_ntd, d.created_at"
VISIBLE = """
       AND (CAST(:agencies AS text[]) IS NULL OR d.agency_code = ANY(:agencies))
       AND d.state <> 'withdrawn'
"""
# A draft of a request, a claim or an advance is its writer's own.
OWN_DRAFTS = "AND (d.state <> 'draft' OR d.created_by = :actor_id)"
REQUEST = f"""
    SELECT d.request_id AS document_id, COALESCE(d.request_no, 0) AS number, '' AS kind,
           d.purpose AS title, concat_ws('　', nullif(d.payee, ''), nullif(d.contract_no, ''),
                                         nullif(d.contractor, '')) AS about, {COLUMNS}
      FROM accounting.spending_request AS d
"""
CLAIM = f"""
    SELECT d.claim_id AS document_id, COALESCE(d.claim_no, 0) AS number, d.kind,
           d.memo AS title,
           COALESCE((SELECT string_agg(p.name, '、' ORDER BY p.payee_no)
                       FROM accounting.claim_payee AS p
                      WHERE p.claim_id = d.claim_id AND p.payee_no <= 3), '') AS about, {COLUMNS}
      FROM accounting.claim AS d
"""
ADVANCE = f"""
    SELECT d.advance_id AS document_id, COALESCE(d.advance_no, 0) AS number, d.kind,
           d.memo AS title, d.receiver_name AS about, {COLUMNS}
      FROM accounting.advance AS d
"""
VOUCHER = f"""
    SELECT d.voucher_id AS document_id, COALESCE(d.voucher_no, 0) AS number, d.kind,
           d.memo AS title, d.source_label AS about, {COLUMNS}
      FROM accounting.voucher AS d
"""


def _match(table: str, key: str, words: str, more: str = "") -> str:
    """Return the newest ids whose texts hold every two characters, then the words themselves.

    The words are compared outside, on what the index gave: inside, the planner would take them for
    rare and read every row of a common one.
    """
    return f"""
        SELECT i.{key} FROM (
            SELECT d.{key}, {words} AS words FROM accounting.{table} AS d
             WHERE accounting.grams({words}) @> CAST(:grams AS text[]) {more}
             ORDER BY d.{key} DESC LIMIT {CANDIDATES_MAX}
        ) AS i WHERE lower(normalize(i.words, NFKC)) LIKE ALL (CAST(:patterns AS text[]))
    """


REQUEST_IDS = _match(
    "spending_request",
    "request_id",
    "d.purpose || ' ' || d.basis || ' ' || d.payee || ' ' || d.contract_no || ' ' || d.contractor",
    f"{VISIBLE} {OWN_DRAFTS}",
)
# Of a claim its memo, its payees and the numbers of its evidence; each among what one may read,
# before the newest are taken: a seller that the whole city pays is one's own payee too.
CLAIM_IDS = f"""
    ({_match("claim", "claim_id", "d.memo", f"{VISIBLE} {OWN_DRAFTS}")})
    UNION (SELECT i.claim_id FROM (
            SELECT p.claim_id, p.name AS words
              FROM accounting.claim_payee AS p JOIN accounting.claim AS d USING (claim_id)
             WHERE accounting.grams(p.name) @> CAST(:grams AS text[]) {VISIBLE} {OWN_DRAFTS}
             ORDER BY p.claim_id DESC LIMIT {CANDIDATES_MAX}
        ) AS i WHERE lower(normalize(i.words, NFKC)) LIKE ALL (CAST(:patterns AS text[])))
    UNION (SELECT s.claim_id
             FROM accounting.source_document AS s JOIN accounting.claim AS d USING (claim_id)
            WHERE upper(s.number) = :exact AND s.number <> '' {VISIBLE} {OWN_DRAFTS}
            ORDER BY s.claim_id DESC LIMIT {CANDIDATES_MAX})
"""
ADVANCE_IDS = _match(
    "advance", "advance_id", "d.memo || ' ' || d.receiver_name", f"{VISIBLE} {OWN_DRAFTS}"
)
VOUCHER_IDS = _match("voucher", "voucher_id", "d.memo || ' ' || d.source_label", VISIBLE)
BY_NUMBER = {
    "request": sa.text(f"""{REQUEST} WHERE d.request_no = :number AND d.fiscal_year = :year
        AND :mark = '' {VISIBLE} {OWN_DRAFTS} ORDER BY d.request_id DESC LIMIT :limit"""),
    "claim": sa.text(f"""{CLAIM} WHERE d.claim_no = :number AND d.fiscal_year = :year
        AND :mark = '報' {VISIBLE} {OWN_DRAFTS} ORDER BY d.claim_id DESC LIMIT :limit"""),
    "advance": sa.text(f"""{ADVANCE} WHERE d.advance_no = :number AND d.fiscal_year = :year
        AND :mark = '暫' {VISIBLE} {OWN_DRAFTS} ORDER BY d.advance_id DESC LIMIT :limit"""),
    "voucher": sa.text(f"""{VOUCHER} WHERE d.voucher_no = :number AND d.fiscal_year = :year
        AND d.kind = CASE :mark WHEN '收' THEN 'receipt' WHEN '支' THEN 'disbursement'
                                WHEN '轉' THEN 'journal' END
        {VISIBLE} ORDER BY d.voucher_id DESC LIMIT :limit"""),
}
BY_WORDS = {
    "request": sa.text(f"""{REQUEST} WHERE d.request_id IN ({REQUEST_IDS})
        ORDER BY d.request_id DESC LIMIT :limit"""),
    "claim": sa.text(f"""{CLAIM} WHERE d.claim_id IN ({CLAIM_IDS}) {VISIBLE} {OWN_DRAFTS}
        ORDER BY d.claim_id DESC LIMIT :limit"""),
    "advance": sa.text(f"""{ADVANCE} WHERE d.advance_id IN ({ADVANCE_IDS})
        ORDER BY d.advance_id DESC LIMIT :limit"""),
    "voucher": sa.text(f"""{VOUCHER} WHERE d.voucher_id IN ({VOUCHER_IDS})
        ORDER BY d.voucher_id DESC LIMIT :limit"""),
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
    """Return the documents that the actor may read and that hold every word, or have the number."""
    hits: list[SearchHit] = []
    more = []
    uow.connection.execute(PLANNED)
    for kind, permission in RIGHTS.items():
        if not uow.actor.may(permission):
            continue
        codes = uow.actor.agencies(permission)
        asked = {
            "agencies": None if codes is None else list(codes),
            "actor_id": uow.actor.user_id,
            "grams": list(wanted.grams),
            "patterns": list(wanted.patterns),
            "exact": " ".join(wanted.words).upper(),
            "number": wanted.number,
            "year": wanted.year,
            "mark": wanted.mark,
            "limit": EACH_MAX + 1,
        }
        statement = (BY_NUMBER if wanted.number else BY_WORDS)[kind]
        rows = uow.connection.execute(statement, asked).mappings().all()
        hits += [_hit(kind, dict(row)) for row in rows[:EACH_MAX]]
        if len(rows) > EACH_MAX:
            more.append(kind)
    return SearchResult(hits=tuple(hits), more=tuple(more))


def _hit(kind: str, row: dict[str, Any]) -> SearchHit:
    own, number, year = row.pop("kind"), row.pop("number"), row.pop("fiscal_year")
    if not number:
        label = draft_label(row["document_id"])
    elif kind == "voucher":
        label = f"{KIND_WORDS[VoucherKind(own)]}{year}{number:05}"
    else:
        label = f"{year}{MARKS[kind]}{number:05}"
    return SearchHit(kind=kind, label=label, **row)
