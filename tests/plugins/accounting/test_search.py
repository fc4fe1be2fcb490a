"""One search over all documents: by words, by number, only what one may read."""

from __future__ import annotations

import msgspec
import pytest

from tests.plugins.accounting.given import Office
from tests.plugins.accounting.given_claims import Claims, wanted_claim
from tests.plugins.accounting.given_vouchers import BANK, WITHHELD, Desk, entry, wanted
from tests.plugins.accounting.people import API, PAGES, People, code_of
from tests.plugins.accounting.test_voucher_api import remittance as body
from tests.plugins.accounting.test_voucher_api import written
from zhuji_accounting.domain.search import SearchTooShort, sought
from zhuji_accounting.permissions import READ_CLAIMS, READ_REQUESTS
from zhuji_accounting.queries.search import (
    BY_WORDS,
    EACH_MAX,
    NEWEST,
    WALKED_MAX,
    SearchHit,
    search,
)
from zhuji_accounting.usecases.write_claim import write_claim
from zhuji_core.identity.actor import Actor
from zhuji_core.testing.counties import given_actor

MANY = 301  # claims of others
# Documents of another agency, each made after all that stand there.
NEWER = """
    INSERT INTO accounting.spending_request
           (request_id, fiscal_year, agency_code, agency_name, request_no, state, kind, purpose,
            basis, payee, duplicate_reason, amount_ntd, created_by, created_by_name, created_at,
            submitted_at)
    SELECT CAST('ffffffff-0000-7000-8000-' || lpad(to_hex(n), 12, '0') AS uuid), 105, 'Z9',
           '他機關', n, 'submitted', 'ordinary', :purpose, '', '', '', 1, gen_random_uuid(),
           '某人', now(), now()
      FROM generate_series(1, :many) AS n
"""


# Of the system, for agency after agency, each made after all that stand there.
POSTED_FOR_ALL = """
    INSERT INTO accounting.voucher
           (voucher_id, fiscal_year, agency_code, agency_name, kind, state, voucher_no, period,
            posting_date, memo, amount_ntd, created_at, automatic)
    SELECT CAST('ffffffff-0000-7000-8000-' || lpad(to_hex(n), 12, '0') AS uuid), 105, 'Z9', '',
           'journal', 'posted', 100000 + n, 1, DATE '2016-01-01', '法定預算', 5, now(), true
      FROM generate_series(1, :many) AS n
"""
# Planned as what it stands for, and it tells how often it was called.
COUNTED = """
    CREATE SEQUENCE public.made;
    CREATE FUNCTION public.counted(words text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
    BEGIN
        PERFORM nextval('public.made');
        RETURN words;
    END $$
"""


@pytest.mark.parametrize(
    ("text", "words", "number"),
    [
        ("繳付　代扣款", ("繳付", "代扣款"), (0, 0, "")),
        ("支10500012", ("支10500012",), (105, 12, "支")),
        ("１０５報００００３", ("105報00003",), (105, 3, "報")),
        ("10500007", ("10500007",), (105, 7, "")),
        ("AB-12345678", ("ab-12345678",), (0, 0, "")),
    ],
)
def test_reads_words_or_a_number(
    text: str, words: tuple[str, ...], number: tuple[int, int, str]
) -> None:
    read = sought(text)
    assert read.words == words
    assert (read.year, read.number, read.mark) == number


@pytest.mark.parametrize("text", ["", " ", "甲", "甲 乙"])
def test_a_single_character_is_refused(text: str) -> None:
    with pytest.raises(SearchTooShort):
        sought(text)


def test_a_word_is_taken_as_it_is() -> None:
    assert sought("50%_折").patterns == ("%50\\%\\_折%",)


def found(office: Office, text: str, by: Actor | None = None) -> list[SearchHit]:
    with office.county.uow(by or office.writer, read_only=True) as uow:
        return list(search(uow, sought(text)).hits)


def test_finds_every_kind_by_words_and_by_number(any_office: Office) -> None:
    desk = Desk(any_office)
    request = any_office.certified(5_000, purpose="里民活動中心冷氣", payee="大同冷氣行")
    claims = Claims(any_office)
    claim = claims.granted((any_office.certified(4_000).request_id, 3_000))
    (voucher,) = desk.posted(wanted(entry("2204", 9), entry("1203", 0, 9), memo="繳付冷氣保固"))
    assert {hit.kind for hit in found(any_office, "冷氣")} == {"request", "voucher"}
    both = found(any_office, "冷氣 里民")
    assert [hit.document_id for hit in both] == [request.request_id]
    assert not found(any_office, "氣冷")
    assert [hit.label for hit in found(any_office, voucher.label)] == [voucher.label]
    assert not found(any_office, voucher.label.replace("支", "收"))
    by_number = found(any_office, claim.label)
    assert [(hit.kind, hit.document_id) for hit in by_number] == [("claim", claim.claim_id)]
    payee, evidence = claim.payees[0].name, claim.documents[0].number
    assert claim.claim_id in {hit.document_id for hit in found(any_office, payee)}
    assert claim.claim_id in {hit.document_id for hit in found(any_office, evidence.lower())}


def test_ones_own_are_found_however_many_others_there_are(office: Office) -> None:
    """A seller whom the whole city pays: the newest claims of others push none of one's own out."""
    claim = Claims(office).granted((office.certified(4_000).request_id, 3_000))
    payee, evidence = claim.payees[0].name, claim.documents[0].number
    office.county.execute(
        """
        WITH others AS (
            INSERT INTO accounting.claim
                   (claim_id, fiscal_year, agency_code, agency_name, state, kind, memo, final,
                    amount_ntd, created_by, created_by_name, created_at)
            SELECT gen_random_uuid(), 105, 'Z9', '他機關', 'submitted', 'ordinary', '他案', false,
                   1, gen_random_uuid(), '某人', now()
              FROM generate_series(1, :many)
            RETURNING claim_id
        ), payees AS (
            INSERT INTO accounting.claim_payee (claim_id, payee_no, name, amount_ntd)
            SELECT claim_id, 1, :payee, 1 FROM others
        )
        INSERT INTO accounting.source_document
               (claim_id, document_no, kind, number, dated_on, amount_ntd)
        SELECT claim_id, 1, 'receipt', :evidence, now(), 1 FROM others
        """,
        many=MANY,
        payee=payee,
        evidence=evidence,
    )
    own = office.government.agency_code
    reader = given_actor(133, agency_code=own, name="審核", permissions={READ_CLAIMS.name: (own,)})
    assert claim.claim_id in {hit.document_id for hit in found(office, payee, reader)}
    assert claim.claim_id in {hit.document_id for hit in found(office, evidence, reader)}


def test_shows_only_what_one_may_read(office: Office) -> None:
    draft = office.draft(5, purpose="草擬中之採購")
    Desk(office).write(wanted(entry("2204", 5), entry("1203", 0, 5), memo="草擬中之傳票"))
    assert {hit.kind for hit in found(office, "草擬中")} == {"request", "voucher"}
    colleague = given_actor(130, agency_code=office.government.agency_code, name="同仁")
    assert draft.request_id not in {hit.document_id for hit in found(office, "草擬中", colleague)}
    stranger = given_actor(131, agency_code="Z9", name="外人", permissions={})
    assert not found(office, "草擬中", stranger)
    one_right = given_actor(
        132,
        agency_code=office.government.agency_code,
        name="經辦",
        permissions={READ_REQUESTS.name: (office.government.agency_code,)},
    )
    assert not found(office, "草擬中", one_right), "a voucher asks for its own right"


def test_what_stands_far_behind_the_newest_is_found(office: Office) -> None:
    """A common word is found by walking, a rare one by the index: who reads all sees both."""
    rare = office.draft(5, purpose="孤本古籍修復")
    office.county.execute(NEWER, purpose="購置文具", many=WALKED_MAX + 1)
    assert [hit.document_id for hit in found(office, "古籍")] == [rare.request_id]
    with office.county.uow(office.writer, read_only=True) as uow:
        common = search(uow, sought("文具"))
    assert (len(common.hits), common.more) == (EACH_MAX, ("request",))
    asked = {"agencies": None, "actor_id": office.writer.user_id, "limit": 1}
    with office.county.engine.begin() as connection:
        walked = connection.execute(NEWEST["request"], {**asked, "patterns": ["%古籍%"]}).all()
    assert not walked, "it stands behind those that are walked"


def test_a_claim_is_found_by_its_memo_and_its_payees_together(office: Office) -> None:
    claims = Claims(office)
    request = office.certified(4_000)
    draft = claims.draft((request.request_id, 3_000), memo="路燈修繕")
    payee = draft.payees[0]
    together = f"{payee.name} 路燈"
    assert [hit.document_id for hit in found(office, together)] == [draft.claim_id]
    other = msgspec.structs.replace(payee, name="改付之商號")
    claims.act(
        office.writer,
        write_claim,
        claim_id=draft.claim_id,
        wanted=wanted_claim((request.request_id, 3_000), memo="路燈修繕", payees=(other,)),
    )
    assert not found(office, together)
    assert [hit.document_id for hit in found(office, "改付之 路燈")] == [draft.claim_id]


def test_a_number_that_no_document_has_is_looked_for_as_a_word(office: Office) -> None:
    request = office.draft(5, purpose="依 10499999 號契約")
    assert [hit.document_id for hit in found(office, "10499999")] == [request.request_id]


@pytest.mark.parametrize("near", [None, ["agency A"]], ids=["county", "agency"])
def test_words_are_found_by_the_index(office: Office, near: list[str] | None) -> None:
    """The plan names the index, though the tables are small: its expression is the query's."""
    names = ("spending_request_tokens", "claim_tokens", "advance_tokens", "voucher_tokens")
    for (kind, statement), name in zip(BY_WORDS.items(), names, strict=True):
        with office.county.engine.begin() as connection:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            connection.exec_driver_sql("SET LOCAL enable_indexscan = off")
            explained = connection.execute(
                type(statement)(f"EXPLAIN {statement.text}"),
                {
                    "agencies": None, "actor_id": office.writer.user_id, "limit": 25,
                    "grams": ["冷氣"], "near": near, "patterns": ["%冷氣%"], "exact": "冷氣",
                },
            )  # fmt: skip
            plan = "\n".join(row[0] for row in explained)
        assert name in plan, f"{kind}: {plan}"
        assert ("&&" in plan) == bool(near), f"{kind}: the agency is asked of the index: {plan}"
        before, _, after = plan.partition("CTE Scan on found")
        assert "~~" in after, f"{kind}: what the index finds is compared: {plan}"
        assert "~~" not in before, f"{kind}: and no more of it than a page shows: {plan}"


def test_the_field_of_the_top_bar_leads_to_what_is_found(people: People) -> None:
    voucher_id = written(people, body(5, memo="獨一無二之摘要"))
    home = people["prep"].get("/txg").text
    assert f'action="{PAGES}/search"' in home
    page = people["prep"].get(f"{PAGES}/search?text=獨一無二")
    assert f"vouchers/{voucher_id}" in page.text
    hits = people["prep"].get(f"{API}/search?text=獨一無二").json()["hits"]
    assert [hit["document_id"] for hit in hits] == [voucher_id]
    assert "沒有符合的單據" in people["prep"].get(f"{PAGES}/search?text=絕無此字").text
    short = people["prep"].get(f"{PAGES}/search?text=甲")
    assert (short.status_code, code_of(short)) == (422, "E-SEARCH-SHORT")


def test_what_the_system_posts_for_every_agency_does_not_hide_what_people_made(
    office: Office,
) -> None:
    """A common word is found on the short road, also after a year's beginning."""
    desk = Desk(office)
    desk.posted(
        wanted(entry(BANK, 1_000), entry(WITHHELD, 0, 1_000), memo="繳付代扣款"),
    )
    office.county.corrupt(POSTED_FOR_ALL, many=WALKED_MAX + 1)
    asked = {
        "agencies": None, "actor_id": office.reviewer.user_id, "patterns": ["%繳付%"], "limit": 5,
    }  # fmt: skip
    with office.county.uow(office.reviewer, read_only=True) as uow:
        rows = uow.connection.execute(NEWEST["voucher"], asked).all()
    assert [row.title for row in rows] == ["繳付代扣款"]


@pytest.mark.parametrize(
    "text",
    [
        "里民　活動中心 冷氣",
        "ＡＢ－１２３ ㈱e\u0301tat",
        "甲\t乙丙\n丁\u00a0戊己\u2028庚\u1680辛壬",
        "冷氣冷氣 冷",
    ],
)
def test_documents_are_found_by_the_pairs_that_are_asked_for(office: Office, text: str) -> None:
    [kept] = office.county.rows("SELECT accounting.grams(:text)", text=text)
    assert tuple(sorted(kept[0])) == sought(text).grams


def test_a_text_is_made_plain_once_however_long_it_is(office: Office) -> None:
    """Its pairs are cut on each write of a document, also where only its state has changed."""
    office.county.execute(COUNTED)
    [body] = office.county.rows("SELECT prosrc FROM pg_proc WHERE proname = 'grams'")
    asked = body[0].replace("normalize(words, NFKC)", "public.counted(current_setting('TimeZone'))")
    assert office.county.rows(asked.rstrip(" \n;"))[0][0]
    assert [times for (times,) in office.county.rows("SELECT last_value FROM public.made")] == [1]
