"""A whole unit book into an agency's estimate: page, API and command; both governments."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import httpx
import pytest

from tests.core.site import Browser, Site
from tests.plugins.budget.given import given_allotted
from tests.plugins.budget.unit_book.test_small_book import OBJECTS, PLAN, Grid, but, printed
from zhuji_budget.queries.codes import codes_of
from zhuji_budget.queries.estimates import find_estimate
from zhuji_budget.queries.unit_books import estimate_edition
from zhuji_budget.usecases.check_book import check_book
from zhuji_budget.usecases.import_unit_book import import_unit_book
from zhuji_budget.usecases.open_estimate import open_estimate
from zhuji_budget.usecases.print_book import booklet_of
from zhuji_budget.usecases.read_books import BookFile
from zhuji_budget.usecases.read_unit_book import UnitBookInvalid, read_for_estimate
from zhuji_budget.usecases.submit_estimate import submit_estimate
from zhuji_core.booklets.files import booklet_file
from zhuji_core.testing.counties import CountyUnderTest
from zhuji_core.testing.plugin import shared_folder

RDEC = "00020070000"
SMALL = "0007010000"  # 56·07·01·01·01 stands below department 07, agency 01


def given_agency(county: CountyUnderTest, agency_code: str, name: str) -> None:
    county.execute(
        "INSERT INTO kernel.agency (agency_code, name, valid_from) VALUES (:code, :name,"
        " '2000-01-01') ON CONFLICT DO NOTHING",
        code=agency_code,
        name=name,
    )


def given_estimate(county: CountyUnderTest, *, year: int, agency_code: str) -> uuid.UUID:
    given_agency(county, agency_code, "測試機關")
    with county.uow() as uow:
        return open_estimate(uow, fiscal_year=year, agency_code=agency_code).estimate_id


def kept(county: CountyUnderTest, estimate_id: uuid.UUID) -> tuple[int, int]:
    found = county.rows(
        "SELECT count(i.item_id) AS items, COALESCE(sum(i.amount_ntd), 0)::bigint AS amount_ntd"
        " FROM budget.estimate_line AS l JOIN budget.estimate_item AS i USING (estimate_line_id)"
        " WHERE l.estimate_id = :id AND l.side = 'expenditure'",
        id=estimate_id,
    )[0]
    return found.items, found.amount_ntd


@pytest.mark.needs("shared")
def test_the_official_book_becomes_an_estimate_and_prints_as_it_was(
    txg: CountyUnderTest, pytestconfig: pytest.Config
) -> None:
    folder = shared_folder(pytestconfig.rootpath) / "data" / "taichung-105" / "books"
    path = folder / "研考會-歲出機關別預算表.xls"
    estimate_id = given_estimate(txg, year=105, agency_code=RDEC)
    with txg.uow() as uow:
        made, found = import_unit_book(
            uow,
            estimate_id=estimate_id,
            file=BookFile(name=path.name, content=path.read_bytes()),
        )
    assert (made.items, made.expenditure_ntd, made.revenue_ntd) == (204, 146_999_000, 15_000)
    assert len(found.differences) == 20
    assert kept(txg, estimate_id) == (202, 146_999_000)
    with txg.uow(read_only=True) as uow:
        edition = estimate_edition(uow, estimate_id)[1]
        booklet = booklet_of(edition, title="概算", author="測試", printed_at=uow.now)
    again = check_book(BookFile(name="again.xlsx", content=booklet_file(booklet, "xlsx")))
    assert (again.compared, again.equal) == (758, 758)
    assert (again.items, again.total_ntd) == (202, 146_999_000)
    with txg.uow() as uow:
        assert submit_estimate(uow, estimate_id=estimate_id).state == "submitted", (
            "the official book says all that submission asks for"
        )


def test_a_made_up_government_s_book_replaces_what_was_keyed(mli: CountyUnderTest) -> None:
    estimate_id = given_estimate(mli, year=115, agency_code=SMALL)
    for _ in range(2):
        with mli.uow() as uow:
            made, _found = import_unit_book(
                uow, estimate_id=estimate_id, file=printed(計畫=PLAN, 用途別=OBJECTS)
            )
        assert (made.lines, made.items, made.expenditure_ntd) == (1, 3, 12_000)
        assert kept(mli, estimate_id) == (3, 12_000)
    sources = mli.rows(
        "SELECT DISTINCT i.fund_source, l.group_code, l.group_name"
        "  FROM budget.estimate_item AS i JOIN budget.estimate_line AS l USING (estimate_line_id)"
    )
    assert [tuple(row) for row in sources] == [("縣款", "5607010100", "一般行政")]


@pytest.mark.parametrize(
    ("row", "column", "value", "codes", "cell"),
    [
        (6, 6, "五千", {"E-UNIT-AMOUNT"}, "G7"),
        (6, 5, "4,000", {"E-UNIT-SUM"}, "G7"),
        (10, 6, 3_001, {"E-UNIT-SUM"}, "G11"),
        (6, 4, "1.5", {"E-UNIT-AMOUNT"}, "E7"),
        (6, 7, "字" * 501, {"E-UNIT-ITEM"}, "G7"),
        (8, 1, "　2999 不詳", {"E-UNIT-OBJECT"}, "G9"),
    ],
)
def test_a_wrong_cell_is_named_and_nothing_is_kept(
    mli: CountyUnderTest, row: int, column: int, value: object, codes: set[str], cell: str
) -> None:
    estimate_id = given_estimate(mli, year=115, agency_code=SMALL)
    plan: Grid = but(PLAN, row, column, value)
    with pytest.raises(UnitBookInvalid), mli.uow() as uow:
        import_unit_book(uow, estimate_id=estimate_id, file=printed(計畫=plan, 用途別=OBJECTS))
    assert kept(mli, estimate_id) == (0, 0)
    with mli.uow(read_only=True) as uow:
        found = read_for_estimate(
            printed(計畫=plan, 用途別=OBJECTS),
            estimate=find_estimate(uow, estimate_id),
            codes=codes_of(uow),
        )
    assert codes <= {one.code for one in found.errors}
    assert cell in {one.place.cell for one in found.errors}


def test_another_year_s_another_agency_s_and_a_doubled_plan_are_refused(
    mli: CountyUnderTest,
) -> None:
    other_year = given_estimate(mli, year=114, agency_code=SMALL)
    other_agency = given_estimate(mli, year=115, agency_code="0001010000")
    own = given_estimate(mli, year=115, agency_code=SMALL)
    for estimate_id, book, code in (
        (other_year, printed(計畫=PLAN, 用途別=OBJECTS), "E-UNIT-YEAR"),
        (other_agency, printed(計畫=PLAN, 用途別=OBJECTS), "E-UNIT-AGENCY"),
        (own, printed(計畫=PLAN, 再一次=PLAN, 用途別=OBJECTS), "E-UNIT-TWICE"),
    ):
        with mli.uow(read_only=True) as uow:
            found = read_for_estimate(
                book, estimate=find_estimate(uow, estimate_id), codes=codes_of(uow)
            )
        assert code in {one.code for one in found.errors}


@pytest.fixture
def keeper(site: Site, mli: CountyUnderTest) -> Iterator[Browser]:
    given_allotted(mli)
    given_agency(mli, SMALL, "農林處")
    site.given_user("keeper", "CACC", county="MLI", agency_code=SMALL, in_agency=SMALL)
    with site.browser("keeper", county="mli") as browser:
        yield browser


def upload(browser: Browser, path: str, book: BookFile) -> httpx.Response:
    answer: httpx.Response = browser.client.post(
        path,
        data={"_csrf_token": browser.csrf, "_key": uuid.uuid4().hex},
        files=[("file", (book.name, book.content))],
        headers={"x-csrftoken": browser.csrf, "idempotency-key": uuid.uuid4().hex},
    )
    return answer


def test_upload_preview_and_confirmation(mli: CountyUnderTest, keeper: Browser) -> None:
    estimate_id = given_estimate(mli, year=115, agency_code=SMALL)
    root = f"/mli/budget/estimates/{estimate_id}"
    assert "匯入單位預算書" in keeper.get(root).text
    assert "整本" in keeper.get(f"{root}/book/import").text
    wrong = upload(keeper, f"{root}/book/upload", BookFile(name="a.xls", content=b"no"))
    assert wrong.status_code == 422
    sent = upload(keeper, f"{root}/book/upload", printed(計畫=PLAN, 用途別=OBJECTS))
    assert sent.status_code == 303, sent.text
    preview = keeper.get(sent.headers["location"]).text
    assert "可以匯入" in preview
    assert "5607010101" in preview
    assert kept(mli, estimate_id) == (0, 0)
    digest = sent.headers["location"].partition("file=")[2]
    done = keeper.form(f"{root}/book/import", {"file": digest})
    assert done.status_code == 303, done.text
    assert kept(mli, estimate_id) == (3, 12_000)
    bad = printed(計畫=but(PLAN, 6, 6, "五千"), 用途別=OBJECTS)
    shown = keeper.get(upload(keeper, f"{root}/book/upload", bad).headers["location"]).text
    assert "G7" in shown
    assert "確認匯入" not in shown


def test_the_api_takes_the_book_or_lists_its_faults(mli: CountyUnderTest, keeper: Browser) -> None:
    estimate_id = given_estimate(mli, year=115, agency_code=SMALL)
    api = f"/mli/api/v1/budget/estimates/{estimate_id}/book"
    bad = upload(keeper, api, printed(計畫=but(PLAN, 6, 6, "五千"), 用途別=OBJECTS))
    assert bad.status_code == 422
    assert "G7" in {one["cell"] for one in bad.json()["errors"]}
    assert kept(mli, estimate_id) == (0, 0)
    told = upload(keeper, api, printed(計畫=PLAN, 用途別=OBJECTS)).json()
    assert (told["kept"], told["items"], told["expenditure_ntd"]) == (True, 3, 12_000)


def test_words_and_head_counts_are_keyed_and_printed(mli: CountyUnderTest, keeper: Browser) -> None:
    estimate_id = given_estimate(mli, year=115, agency_code=SMALL)
    root = f"/mli/budget/estimates/{estimate_id}"
    upload(
        keeper,
        f"/mli/api/v1/budget/estimates/{estimate_id}/book",
        printed(計畫=PLAN, 用途別=OBJECTS),
    )
    assert "辦理一般行政。" in keeper.get(f"{root}/book/words").text
    fields = {"words-0-office": "人事室", "words-0-content": "管理\r\n文書", "words-0-persons": "x"}
    wrong = keeper.form(f"{root}/book/words", fields)
    assert wrong.status_code == 422
    assert "words-0-persons-error" in wrong.text
    assert "人事室" in wrong.text
    done = keeper.form(f"{root}/book/words", {**fields, "words-0-persons": "１２"})
    assert done.status_code == 303, done.text
    with mli.uow(read_only=True) as uow:
        edition = estimate_edition(uow, estimate_id)[1]
        booklet = booklet_of(edition, title="概算", author="測試", printed_at=uow.now)
    told = {sheet.title: sheet for sheet in booklet.sheets}
    front = [cell.value for row in told["歲出計畫說明提要與各項費用明細表"].front for cell in row]
    assert {"人事室", "管理\n文書"} <= set(front)
    personnel = told["人事費彙計表"].rows
    assert [row[1].value for row in personnel if row[0].value == "合計"] == [12]
    api = f"/mli/api/v1/budget/estimates/{estimate_id}/book/words"
    answer = keeper.json(api, b'{"words": [{"code": "5607010101", "office": "Accounts"}]}')
    assert answer.json()["words"][0]["office"] == "Accounts"
    assert keeper.json(api, b'{"words": [{"code": "9"}]}').json()["code"] == "E-UNIT-WORDS"
    assert keeper.get(api).json()["words"][0]["office"] == "Accounts"
