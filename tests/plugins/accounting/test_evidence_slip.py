"""The evidence slip (支出憑證黏存單): figures, words, signatures and evidence of a claim."""

from __future__ import annotations

import subprocess
from pathlib import Path

import msgspec
import pytest

from tests.plugins.accounting.given import Office
from tests.plugins.accounting.given_claims import MARCH_10, Claims
from tests.plugins.accounting.people import People
from zhuji_accounting.domain.claims.details import (
    WITHHOLDING_TITLES,
    ClaimDetails,
    Journey,
    Payroll,
    Withholding,
    WithholdingKind,
)
from zhuji_accounting.usecases.claim_paper import notes_of, places_of, print_slip, slip_of


@pytest.mark.parametrize(
    ("amount_ntd", "places", "digits"),
    [
        (0, "億千萬百萬十萬萬千百十元", ".......$0"),
        (17_500, "億千萬百萬十萬萬千百十元", "...$17500"),
        (12_345_678, "億千萬百萬十萬萬千百十元", "$12345678"),
        (123_456_789, "十億億千萬百萬十萬萬千百十元", "$123456789"),
        (10**12 - 1, "兆千億百億十億億千萬百萬十萬萬千百十元", "$999999999999"),
        (10**13, "兆千億百億十億億千萬百萬十萬萬千百十元", "$10000000000000"),
    ],
)
def test_each_digit_has_its_place_and_none_fits_before_them(
    amount_ntd: int, places: str, digits: str
) -> None:
    names, shown = places_of(amount_ntd)
    assert "".join(names) == places
    assert len(names) == len(shown)
    assert "".join(one or "." for one in shown) == digits


def test_the_slip_says_what_the_claim_says_and_who_signed(any_office: Office) -> None:
    claims = Claims(any_office)
    request_id = any_office.certified(18_000).request_id
    reviewed = claims.reviewed((request_id, 17_500))
    with any_office.county.uow(claims.chief, read_only=True) as uow:
        before = slip_of(uow, reviewed)
        after = slip_of(uow, claims.grant(reviewed))
    assert before["state"] == "（待主辦會計核定，尚未核定）"
    assert after["state"] == ""
    assert after["in_words"] == "新臺幣 壹萬柒仟伍佰元整"
    assert [one["amount"] for one in after["lines"]] == ["17,500"]
    assert after["lines"][0]["object"].startswith(any_office.government.rows[1].object_code)
    assert [(one["kind"], one["amount"]) for one in after["documents"]] == [("統一發票", "17,500")]
    assert after["payees"][0]["account"] == "004-0037-003712345678"
    assert [one["name"] for one in after["signatures"]] == [
        "經辦甲", "驗收辛", "", "主管乙", "審核丙", "主辦己", "",
    ]  # fmt: skip


def test_it_says_how_the_payees_amount_comes_of_the_claim(office: Office) -> None:
    claim = Claims(office).draft((office.certified(20_000).request_id, 18_600))
    assert notes_of(claim) == []
    payroll = Payroll(
        month=3,
        head_count=2,
        withholdings=(Withholding(kind=WithholdingKind.INCOME_TAX, amount_ntd=1_000),),
    )
    (line,) = claim.lines
    settled = msgspec.structs.replace(
        claim,
        advance_label="105暫00001",
        details=ClaimDetails(payroll=payroll),
        lines=(msgspec.structs.replace(line, settled_ntd=8_600),),
    )
    title = WITHHOLDING_TITLES[WithholdingKind.INCOME_TAX]
    assert notes_of(settled) == [
        "3 月份薪給　2 人",
        f"報支 18,600 − 暫付轉正（105暫00001）8,600 − 代扣 1,000（{title} 1,000） = 實付 9,000",
    ]
    trip = Journey(
        traveller="王小明",
        destination="臺北",
        left_on=MARCH_10,
        returned_on=MARCH_10,
        transport_ntd=1_400,
    )
    gone = msgspec.structs.replace(claim, details=ClaimDetails(journey=trip))
    assert notes_of(gone) == [
        "出差人 王小明　地點 臺北　105-03-10 至 105-03-10　交通費 1,400　住宿費 0　雜費 0"
    ]
    with office.county.uow(office.writer, read_only=True) as uow:
        assert print_slip(uow, settled).startswith(b"%PDF")


@pytest.mark.needs("pdftotext", "cjk-font")
def test_it_is_printed_for_people_and_for_programs(people: People, tmp_path: Path) -> None:
    claims = Claims(people.office)
    claim = claims.granted((people.office.certified(18_000).request_id, 17_500))
    path = f"claims/{claim.claim_id}/slip"
    assert path in people["cacc"].get(f"/txg/accounting/claims/{claim.claim_id}").text
    page = people["cacc"].get(f"/txg/accounting/{path}")
    api = people.call("cacc", path, method="GET")
    assert page.status_code == api.status_code == 200
    assert page.headers["content-type"] == api.headers["content-type"] == "application/pdf"
    pdf = tmp_path / "slip.pdf"
    pdf.write_bytes(page.content)
    text = subprocess.run(
        ["pdftotext", "-layout", str(pdf), "-"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for words in (
        "支出憑證黏存單",
        "105",
        "壹萬柒仟伍佰元整",
        "17,500",
        "04595257",
        "黏",
        "主辦己",
    ):
        assert words in text.replace(" ", ""), words


def test_many_lines_go_on_over_pages(office: Office) -> None:
    claims = Claims(office)
    rows = [(office.certified(100).request_id, 100) for _ in range(30)]
    claim = claims.draft(*rows)
    with office.county.uow(office.writer, read_only=True) as uow:
        made = print_slip(uow, claim)
    assert made.startswith(b"%PDF")
