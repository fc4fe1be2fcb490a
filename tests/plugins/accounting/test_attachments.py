"""Attachments of vouchers: kept by content, refused when they lie, final once posted."""

from __future__ import annotations

import hashlib
import uuid

import httpx
import pytest
import sqlalchemy as sa

from tests.plugins.accounting.given import Office
from tests.plugins.accounting.given_vouchers import Desk, remittance
from tests.plugins.accounting.people import API, PAGES, People, code_of
from tests.plugins.accounting.test_voucher_api import remittance as body
from tests.plugins.accounting.test_voucher_api import step, written
from zhuji_accounting.domain.ledger import attachment as rules
from zhuji_accounting.domain.ledger.attachment import (
    Attachment,
    AttachmentLies,
    AttachmentNotFound,
    AttachmentsFull,
    AttachmentTwice,
)
from zhuji_accounting.domain.ledger.refusals import VoucherNotFound, VoucherState
from zhuji_accounting.queries.attachments import attachments_of, read_attachment
from zhuji_accounting.usecases.attach_file import attach_file
from zhuji_accounting.usecases.detach_file import detach_file
from zhuji_core.blobs import BYTES_MAX, BlobKind, BlobTooLarge
from zhuji_core.testing.counties import given_actor

PDF = b"%PDF-1.7 \xe6\x94\xb6\xe6\x93\x9a"
PNG = b"\x89PNG\r\n\x1a\n0"
KEPT = ("accounting.voucher_attachment", "kernel.blob", "kernel.audit_entry")


@pytest.fixture
def desk(any_office: Office) -> Desk:
    return Desk(any_office)


def attach(desk: Desk, voucher_id: uuid.UUID, name: str, content: bytes) -> Attachment:
    with desk.office.county.uow(desk.preparer) as uow:
        return attach_file(uow, voucher_id=voucher_id, file_name=name, content=content)


def kept(desk: Desk) -> dict[str, int]:
    return {
        table: desk.office.county.rows(f"SELECT count(*) AS n FROM {table}")[0].n  # noqa: S608
        for table in KEPT
    }


def test_a_file_is_kept_with_its_digest_and_given_back(desk: Desk) -> None:
    voucher_id = desk.write(remittance(5)).voucher_id
    made = attach(desk, voucher_id, r"C:\掃描\收據.PDF", PDF)
    assert (made.file_name, made.media_type) == ("收據.PDF", "application/pdf")
    assert made.digest == hashlib.sha256(PDF).hexdigest()
    with desk.office.county.uow(desk.reviewer, read_only=True) as uow:
        found, blob = read_attachment(uow, voucher_id=voucher_id, attachment_id=made.attachment_id)
    assert (found, blob.content) == (made, PDF)


@pytest.mark.parametrize(
    ("name", "content", "refusal"),
    [
        ("收據.pdf", PNG, AttachmentLies),
        ("照片.exe", PNG, AttachmentLies),
        ("收據.pdf", b"MZ\x90\x00 run me", BlobKind),
        ("收據.pdf", b"", BlobKind),
        ("大.pdf", PDF + b"0" * BYTES_MAX, BlobTooLarge),
        ("再一次.pdf", PDF, AttachmentTwice),
    ],
)
def test_what_lies_or_is_too_large_or_there_already_is_refused(
    desk: Desk, name: str, content: bytes, refusal: type[Exception]
) -> None:
    voucher_id = desk.write(remittance(5)).voucher_id
    attach(desk, voucher_id, "收據.pdf", PDF)
    before = kept(desk)
    with pytest.raises(refusal):
        attach(desk, voucher_id, name, content)
    assert kept(desk) == before


def test_a_voucher_takes_so_many_files(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "ATTACHMENTS_MAX", 2)
    voucher_id = desk.write(remittance(5)).voucher_id
    for n in range(2):
        attach(desk, voucher_id, f"{n}.pdf", PDF + bytes([48 + n]))
    with pytest.raises(AttachmentsFull):
        attach(desk, voucher_id, "3.pdf", PDF)


def test_what_was_seen_by_others_stays_and_posted_is_final(desk: Desk) -> None:
    voucher_id = desk.write(remittance(5)).voucher_id
    first = attach(desk, voucher_id, "1.pdf", PDF)
    gone = attach(desk, voucher_id, "2.png", PNG)
    remove = {"voucher_id": voucher_id, "attachment_id": gone.attachment_id}
    with desk.office.county.uow(desk.preparer) as uow:
        detach_file(uow, **remove)
    with pytest.raises(AttachmentNotFound), desk.office.county.uow(desk.preparer) as uow:
        detach_file(uow, **remove)
    desk.prepare(voucher_id)
    attach(desk, voucher_id, "3.pdf", PDF + b"3")
    with pytest.raises(VoucherState), desk.office.county.uow(desk.preparer) as uow:
        detach_file(uow, voucher_id=voucher_id, attachment_id=first.attachment_id)
    desk.approve(voucher_id)
    desk.post(voucher_id)
    with pytest.raises(VoucherState):
        attach(desk, voucher_id, "4.pdf", PDF + b"4")
    with pytest.raises(sa.exc.DBAPIError, match="never changes"):
        desk.office.county.execute("DELETE FROM accounting.voucher_attachment")
    with desk.office.county.uow(desk.preparer, read_only=True) as uow:
        assert [one.file_name for one in attachments_of(uow, voucher_id)] == ["1.pdf", "3.pdf"]


def test_another_agencys_voucher_takes_no_file_and_shows_none(desk: Desk) -> None:
    voucher_id = desk.write(remittance(5)).voucher_id
    made = attach(desk, voucher_id, "1.pdf", PDF)
    stranger = given_actor(120, agency_code="Z9", name="外人", permissions={})
    asked = {"voucher_id": voucher_id, "attachment_id": made.attachment_id}
    with pytest.raises(VoucherNotFound), desk.office.county.uow(stranger) as uow:
        attach_file(uow, voucher_id=voucher_id, file_name="x.pdf", content=PNG)
    with pytest.raises(VoucherNotFound), desk.office.county.uow(stranger, read_only=True) as uow:
        read_attachment(uow, **asked)


def upload(people: People, path: str, name: str, content: bytes) -> httpx.Response:
    browser = people["prep"]
    key = uuid.uuid4().hex
    answer: httpx.Response = browser.client.post(
        path,
        data={"_csrf_token": browser.csrf, "_key": key},
        files=[("file", (name, content))],
        headers={"x-csrftoken": browser.csrf, "idempotency-key": key},
    )
    return answer


def test_a_file_is_added_seen_beside_the_entries_and_taken_off(people: People) -> None:
    voucher_id = written(people, body(5))
    path = f"{PAGES}/vouchers/{voucher_id}"
    sent = upload(people, f"{path}/attachments", "收據.pdf", PDF)
    assert sent.status_code == 303, sent.text
    page = people["prep"].get(sent.headers["location"]).text
    assert "收據.pdf" in page
    assert "<iframe" in page
    address = page.partition('<iframe class="shown-file" src="')[2].partition('"')[0]
    shown = people["rev"].get(address)
    assert (shown.content, shown.headers["content-type"]) == (PDF, "application/pdf")
    assert shown.headers["content-disposition"].startswith("inline")
    assert "frame-ancestors 'self'" in shown.headers["content-security-policy"]
    refused = upload(people, f"{path}/attachments", "收據.pdf", PNG)
    assert (refused.status_code, code_of(refused)) == (422, "E-ATTACHMENT-TYPE")
    none = people["prep"].form(f"{path}/attachments", {"_key": uuid.uuid4().hex})
    assert none.status_code in {400, 422}
    browser = people["prep"]
    for content_type, refusal in (
        ("multipart/form-data; boundary=x", (422, "E-ATTACHMENT-MISSING")),
        ("application/x-www-form-urlencoded", (422, "E-ATTACHMENT-MISSING")),
        ("", (415, "E-MEDIA-TYPE")),
    ):
        key = {"x-csrftoken": browser.csrf, "idempotency-key": uuid.uuid4().hex}
        typed = {"content-type": content_type} if content_type else {}
        empty = browser.client.post(f"{path}/attachments", headers={**key, **typed})
        assert (empty.status_code, code_of(empty)) == refusal, content_type
    removed = people.post("prep", address.removeprefix(f"{PAGES}/") + "/removal")
    assert removed.status_code == 303
    assert "<iframe" not in people["prep"].get(path).text


def test_programs_add_list_read_and_remove(people: People) -> None:
    voucher_id = written(people, body(5))
    path = f"{API}/vouchers/{voucher_id}/attachments"
    added = upload(people, path, "名冊.png", PNG)
    assert added.status_code == 201, added.text
    made = added.json()
    assert people["rev"].get(path).json() == [made]
    assert people["rev"].get(f"{path}/{made['attachment_id']}").content == PNG
    gone = people.call("prep", f"vouchers/{voucher_id}/attachments/{made['attachment_id']}/removal")
    assert gone.json() == made
    assert people["rev"].get(path).json() == []
    assert step(people, "prep", "preparation", voucher_id).status_code == 200


def test_a_hundred_megabytes_are_refused_before_they_are_read(people: People) -> None:
    voucher_id = written(people, body(5))
    path = f"{API}/vouchers/{voucher_id}/attachments"
    refused = upload(people, path, "大.pdf", PDF + b"0" * 100_000_000)
    assert (refused.status_code, code_of(refused)) == (413, "E-TOO-LARGE")
    assert not people.office.county.rows("SELECT FROM accounting.voucher_attachment")
