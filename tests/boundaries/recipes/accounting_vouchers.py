"""How the routes of vouchers are called: vouchers in each state, for each verb."""

from __future__ import annotations

import datetime as dt

from tests.boundaries.caller import Content
from tests.boundaries.common import agency_query, named, plain_form, reason_form, rewritten
from tests.boundaries.recipe import Kind, Recipe, Scene, Values
from zhuji_accounting.domain.ledger.voucher import Voucher, VoucherKind
from zhuji_accounting.usecases.approve_vouchers import approve_vouchers
from zhuji_accounting.usecases.attach_file import attach_file
from zhuji_accounting.usecases.post_vouchers import post_vouchers
from zhuji_accounting.usecases.prepare_vouchers import prepare_vouchers
from zhuji_accounting.usecases.review_vouchers import review_vouchers
from zhuji_accounting.usecases.write_voucher import WantedEntry, WantedVoucher, write_voucher

AMOUNT_NTD = 100
# Colleagues of the person under test: nobody does two steps.
PREPARER, REVIEWER, CHIEF, BOOKKEEPER = 121, 122, 123, 124
DAY = dt.date(2016, 3, 1)  # recipes of months close January and February


def _wanted(scene: Scene) -> WantedVoucher:
    world = scene.world
    return WantedVoucher(
        kind=VoucherKind.DISBURSEMENT,
        posting_date=DAY,
        memo=world.of_agency(scene.agency_code, "繳付代扣款"),
        agency_code=scene.agency_code,
        lines=(
            WantedEntry(account_code="2204", debit_ntd=AMOUNT_NTD),
            WantedEntry(account_code="1203", credit_ntd=AMOUNT_NTD),
        ),
    )


def draft(scene: Scene) -> Voucher:
    with scene.uow(PREPARER) as uow:
        return write_voucher(uow, wanted=_wanted(scene))


def prepared(scene: Scene) -> Voucher:
    made = draft(scene)
    with scene.uow(PREPARER) as uow:
        return prepare_vouchers(uow, voucher_ids=[made.voucher_id])[0]


def reviewed(scene: Scene) -> Voucher:
    made = prepared(scene)
    with scene.uow(REVIEWER) as uow:
        return review_vouchers(uow, voucher_ids=[made.voucher_id])[0]


def approved(scene: Scene) -> Voucher:
    made = reviewed(scene)
    with scene.uow(CHIEF) as uow:
        return approve_vouchers(uow, voucher_ids=[made.voucher_id])[0]


def posted(scene: Scene) -> Voucher:
    made = approved(scene)
    with scene.uow(BOOKKEEPER) as uow:
        return post_vouchers(uow, voucher_ids=[made.voucher_id])[0]


_draft = named("voucher_id", draft)
_prepared = named("voucher_id", prepared)
_reviewed = named("voucher_id", reviewed)
_approved = named("voucher_id", approved)
_posted = named("voucher_id", posted)


def _batch(_scene: Scene, values: Values) -> Content:
    return Content(json={"voucher_ids": [values["voucher_id"]]})


def _return(scene: Scene, values: Values) -> Content:
    reason = scene.world.text("請補附件")
    return Content(json={"voucher_ids": [values["voucher_id"]], "reason": reason})


def _reversal(scene: Scene, _values: Values) -> Content:
    return Content(json={"reason": scene.world.text("科目誤植"), "posting_date": str(DAY)})


def _write(scene: Scene, _values: Values) -> Content:
    one = _wanted(scene)
    return Content(json={
        "kind": "disbursement", "posting_date": str(DAY), "memo": one.memo,
        "agency_code": scene.agency_code,
        "lines": [
            {"account_code": line.account_code, "debit_ntd": line.debit_ntd,
             "credit_ntd": line.credit_ntd} for line in one.lines
        ],
    })  # fmt: skip


def _by_rule(scene: Scene, _values: Values) -> Content:
    return Content(json={
        "event_code": "withholding.remitted", "posting_date": str(DAY),
        "memo": _wanted(scene).memo, "agency_code": scene.agency_code,
        "lines": [{"amounts_ntd": {"amount": AMOUNT_NTD}}],
    })  # fmt: skip


def _typed(scene: Scene, _values: Values) -> Content:
    one = _wanted(scene)
    return Content(form={
        "kind": "disbursement", "posting_date": str(DAY), "memo": one.memo,
        "lines-0-account": "2204", "lines-0-debit": str(AMOUNT_NTD),
        "lines-1-account": "1203", "lines-1-credit": str(AMOUNT_NTD),
    })  # fmt: skip


def _balance_query(scene: Scene, _values: Values) -> Content:
    return Content(query={"agency_code": scene.agency_code, "account_id": "1203"})


def _file(_scene: Scene, _values: Values) -> Content:
    return Content(files=[("file", "收據.pdf", b"%PDF-1.7 new")])


def attached(scene: Scene) -> Values:
    made = draft(scene)
    with scene.uow(PREPARER) as uow:
        one = attach_file(
            uow, voucher_id=made.voucher_id, file_name="收據.pdf", content=b"%PDF-1.7 kept"
        )
    return {"voucher_id": str(made.voucher_id), "attachment_id": str(one.attachment_id)}


KINDS = {
    "attachment_id": Kind(make=lambda scene: attached(scene)["attachment_id"], of_agency=True),
    "accounting.voucher_id": Kind(make=lambda scene: str(draft(scene).voucher_id), of_agency=True),
}


def _chosen(_scene: Scene, values: Values) -> Content:
    return Content(form={"voucher_ids": values["voucher_id"], "confirmation": "1"})


def _chosen_draft(_scene: Scene, values: Values) -> Content:
    return Content(form={"voucher_ids": values["voucher_id"], "state": "draft"})


def _words(_scene: Scene, _values: Values) -> Content:
    return Content(query={"text": "購置"})


RECIPES = {
    "accounting.search": Recipe(role="", content=_words),
    "accounting.search.page": Recipe(role="", content=_words),
    "accounting.vouchers.print-form": Recipe(
        role="PREP", prepare=_draft, content=_chosen, changes_nothing=True, names_agency=True
    ),
    "accounting.vouchers.print-many": Recipe(
        role="PREP", prepare=_draft, content=_batch, changes_nothing=True, names_agency=True
    ),
    "accounting.vouchers.choose": Recipe(
        role="PREP",
        prepare=_draft,
        content=_chosen_draft,
        changes_nothing=True,
        names_agency=True,
        per_item=True,
    ),
    **{
        f"accounting.vouchers.batch-{verb}": Recipe(
            role=role, prepare=prepare, content=_chosen, per_item=True, names_agency=True
        )
        for verb, role, prepare in (
            ("prepare", "PREP", _draft),
            ("review", "REV", _prepared),
            ("approve", "CACC", _reviewed),
            ("post", "BOOK", _approved),
        )
    },
    "accounting.attachments.add-form": Recipe(role="PREP", prepare=_draft, content=_file),
    "accounting.attachments.add": Recipe(role="PREP", prepare=_draft, content=_file),
    "accounting.attachments.open": Recipe(role="PREP", prepare=attached),
    "accounting.attachments.read": Recipe(role="PREP", prepare=attached),
    "accounting.attachments.remove-form": Recipe(role="PREP", prepare=attached, content=plain_form),
    "accounting.attachments.remove": Recipe(role="PREP", prepare=attached),
    "accounting.vouchers.new-send": Recipe(role="PREP", content=_typed),
    "accounting.vouchers.edit-form": Recipe(role="PREP", prepare=_draft),
    "accounting.vouchers.edit-send": Recipe(role="PREP", prepare=_draft, content=_typed),
    "accounting.entries.balance": Recipe(role="PREP", content=_balance_query, names_agency=True),
    **{
        f"accounting.entries.{name}": Recipe(role="PREP", content=agency_query, names_agency=True)
        for name in ("budget-rows", "subsidiaries")
    },
    "accounting.vouchers.list-page": Recipe(role="PREP", content=agency_query, names_agency=True),
    **{
        f"accounting.vouchers.{verb}-form": Recipe(role=role, prepare=prepare, content=content)
        for verb, role, prepare, content in (
            ("prepare", "PREP", _draft, plain_form),
            ("review", "REV", _prepared, plain_form),
            ("approve", "CACC", _reviewed, plain_form),
            ("post", "BOOK", _approved, plain_form),
            ("return", "REV", _prepared, reason_form),
            ("withdraw", "PREP", _draft, plain_form),
            ("reverse", "PREP", _posted, reason_form),
        )
    },
    "accounting.vouchers.list": Recipe(role="PREP", content=agency_query, names_agency=True),
    "accounting.vouchers.write": Recipe(role="PREP", content=_write, names_agency=True),
    "accounting.vouchers.write-by-rule": Recipe(role="PREP", content=_by_rule, names_agency=True),
    "accounting.vouchers.rewrite": Recipe(role="PREP", prepare=_draft, content=rewritten(_write)),
    "accounting.vouchers.withdraw": Recipe(role="PREP", prepare=_draft),
    "accounting.vouchers.reverse": Recipe(role="PREP", prepare=_posted, content=_reversal),
    **{
        f"accounting.vouchers.{verb}": Recipe(
            role=role, prepare=prepare, content=content, per_item=True, names_agency=True
        )
        for verb, role, prepare, content in (
            ("prepare", "PREP", _draft, _batch),
            ("review", "REV", _prepared, _batch),
            ("approve", "CACC", _reviewed, _batch),
            ("post", "BOOK", _approved, _batch),
            ("return", "REV", _prepared, _return),
        )
    },
}
