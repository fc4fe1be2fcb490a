"""What the people of one agency do on each day of the golden quarter, by the API.

A replay keeps what was answered where the answer is a figure of G7 and G8, and the numbers that the
documents got, so that their memos can be compared.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from tests.golden import quarter
from tests.golden.figures import Held, Refused
from tests.golden.government import Government
from tests.golden.quarter import LINES
from tests.golden.town import Agency114, Unexpected, day_of

PAYEE = {
    "name": "東溪商行",
    "identifier": "04595257",
    "bank_code": "004",
    "branch_code": "0037",
    "account_no": "003712345678",
}
OTHER_PAYEE = {
    "name": "東溪社區發展協會",
    "bank_code": "700",
    "branch_code": "0021",
    "account_no": "700000112234",
}
KEEPER, TRAVELLER = "出納保管人", "出差人"
BASIS = "114 年度核准簽"
# Who takes a voucher into the books, step by step (domain.md §7).
POSTING = (
    ("preparer", "preparation"),
    ("reviewer", "review"),
    ("accountant", "approval"),
    ("bookkeeper", "posting"),
)


@dataclass
class Replay:
    """One agency's quarter as far as it has come."""

    agency: Agency114
    government: Government
    requests: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    advances: dict[str, str] = field(default_factory=dict)
    advance_labels: dict[str, str] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)
    claims: dict[str, str] = field(default_factory=dict)
    bounced: dict[str, str] = field(default_factory=dict)
    held: list[Held] = field(default_factory=list)

    def perform(self, step: quarter.Step) -> None:
        """Do what the step says; raise Unexpected when the application answers otherwise."""
        self.ACTS[type(step)](self, step)

    def day(self, text: str) -> dt.date:
        return day_of(text, self.agency.town.fiscal_year)

    def certify(self, step: quarter.Certify) -> None:
        agency, short = self.agency, self.government.commit_basis == "allotted"
        if step.again and not short:
            return  # on the annual basis there was enough the first time
        if step.again:
            again = f"accounting/requests/{self.requests[step.no]}/return"
            agency["reviewer"].post(again, {"reason": "俟下月分配數"})
        else:
            made = agency["clerk"].post("accounting/requests", self._wanted(step))
            self.requests[step.no] = made["request_id"]
        self._submit(step)
        own = f"accounting/requests/{self.requests[step.no]}"
        if step.refused and short:
            problem = agency["reviewer"].refused(f"{own}/certification")
            met = problem["arithmetic"]
            self._refuse(step, step.no, step.line, step.amount_ntd, met, "available_ntd", problem)
            self._hold(step, met["available_ntd"], None)
            return
        granted = agency["reviewer"].post(f"{own}/certification")
        (line,) = granted["receipt"]
        before = line["remaining_ntd"] + line["requested_ntd"]
        self._hold(step, before, line["remaining_ntd"])

    def _wanted(self, step: quarter.Certify) -> dict[str, Any]:
        return {
            "kind": step.kind,
            "purpose": step.purpose,
            "basis": BASIS,
            "payee": PAYEE["name"],
            "agency_code": self.agency.code,
            "lines": [
                {
                    "control_row_id": self.agency.rows[step.line],
                    "amount_ntd": step.amount_ntd,
                    "detail_object_code": self.government.detail(LINES[step.line]),
                }
            ],
        }

    def _submit(self, step: quarter.Certify) -> None:
        own = f"accounting/requests/{self.requests[step.no]}"
        sent = self.agency["clerk"].post(f"{own}/submission")
        self.labels[step.no] = sent["label"]
        self.agency["chief"].post(f"{own}/approval")

    def _hold(self, step: quarter.Certify, before: int, after: int | None) -> None:
        self.held.append(
            Held(f"114-{step.day}", step.no, step.line, step.amount_ntd, before, after)
        )

    def _refuse(  # noqa: PLR0913, PLR0917 (the columns of G7)
        self,
        step: quarter.Step,
        what: str,
        where: str,
        amount_ntd: int,
        arithmetic: Mapping[str, int],
        limit: str,
        problem: Mapping[str, Any],
    ) -> None:
        limit_ntd = arithmetic[limit] if limit else None
        day = f"114-{step.day}"
        self.refused.append(Refused(day, what, where, amount_ntd, limit_ntd, problem["code"]))

    def award(self, step: quarter.Award) -> None:
        own = f"accounting/requests/{self.requests[step.no]}"
        held = self.agency["accountant"].get(own)["lines"][0]
        before = held["amount_ntd"] - held["released_ntd"] - held["claimed_ntd"]
        contract = {
            "contract_no": f"契{step.no}",
            "contractor": PAYEE["name"],
            "tax_id": PAYEE["identifier"],
            "awarded_on": self.day(step.day).isoformat(),
        }
        body = {"contract": contract, "lines": [{"line_no": 1, "amount_ntd": step.amount_ntd}]}
        self.agency["accountant"].post(f"{own}/award", body)
        line = self.agency["accountant"].get(own)["lines"][0]
        after = line["amount_ntd"] - line["released_ntd"] - line["claimed_ntd"]
        if before != after:
            where = next(
                no for no, row in self.agency.rows.items() if row == line["control_row_id"]
            )
            self.held.append(Held(f"114-{step.day}", step.no, where, before - after, before, after))

    def pay(self, step: quarter.Pay) -> None:
        wanted = {
            "memo": step.memo,
            "kind": step.kind,
            "final": step.final,
            "lines": [self._line(step.no, step.amount_ntd)],
            "documents": [self._receipt(step.memo, step.day, step.amount_ntd)],
            "payees": self._payees(step),
        }
        own = getattr(self, f"_{step.kind}", None)
        self.claims[step.no] = self._claim({**wanted, **(own(step) if own else {})})
        self._enter(self.claims[step.no])

    def _payees(self, step: quarter.Pay) -> list[dict[str, Any]]:
        net_ntd = step.amount_ntd - step.withheld_ntd
        paid = [{**PAYEE, "amount_ntd": net_ntd - step.parted_ntd}]
        return [*paid, {**OTHER_PAYEE, "amount_ntd": step.parted_ntd}] if step.parted_ntd else paid

    def bounce(self, step: quarter.Bounced) -> None:
        """The treasury's notice is written down; the agency's ledger does not move."""
        notice = {
            "notice_no": f"{self.agency.code}-{step.no}",
            "returned_on": self.day(step.day).isoformat(),
            "reason": step.reason,
        }
        body = {"payee_no": 2, "amount_ntd": step.amount_ntd, "notice": notice}
        path = f"accounting/claims/{self.claims[step.no]}/returned-remittances"
        made = self.agency["reviewer"].post(path, body)
        self.bounced[step.no] = made["returned"]["return_id"]

    def send_again(self, step: quarter.SentAgain) -> None:
        """Another person corrects the account to which it is sent."""
        body = {
            "kind": "re_remit",
            "settled_on": self.day(step.day).isoformat(),
            "slip_no": f"{self.agency.code}-重{step.no}",
            "bank_code": OTHER_PAYEE["bank_code"],
            "branch_code": OTHER_PAYEE["branch_code"],
            "account_no": "700000112233",
        }
        path = f"accounting/returned-remittances/{self.bounced[step.no]}/answer"
        self.agency["accountant"].post(path, body)

    def _payroll(self, step: quarter.Pay) -> dict[str, Any]:
        """What is withheld for others goes to the special account; the people get the rest."""
        month = int(step.day[:2])
        kept = [{"kind": "income_tax", "amount_ntd": step.withheld_ntd}]
        pay = {"month": month, "head_count": 12, "withholdings": kept}
        return {"details": {"payroll": pay}}

    def _subsidy(self, step: quarter.Pay) -> dict[str, Any]:
        subsidy = {
            "recipient": PAYEE["name"],
            "plan": "社區宣導",
            "approval_no": f"核{step.no}",
            "approved_ntd": step.amount_ntd,
        }
        return {"details": {"subsidy": subsidy}}

    def _petty_cash(self, step: quarter.Pay) -> dict[str, Any]:
        """The keeper of the fund gets back what small receipts have cost."""
        parts = quarter.parts(step.amount_ntd, 2)
        receipts = [
            self._receipt(f"{step.memo} {number}", step.day, part)
            for number, part in enumerate(parts, 1)
        ]
        payee = {"name": KEEPER, "amount_ntd": step.amount_ntd}
        return {"advance_id": self.advances["PC0"], "documents": receipts, "payees": [payee]}

    def _line(self, no: str, amount_ntd: int) -> dict[str, Any]:
        return {"request_id": self.requests[no], "line_no": 1, "amount_ntd": amount_ntd}

    def _receipt(self, number: str, day: str, amount_ntd: int) -> dict[str, Any]:
        dated_on = self.day(day).isoformat()
        return {
            "kind": "receipt", "number": number, "dated_on": dated_on, "amount_ntd": amount_ntd,
        }  # fmt: skip

    def _claim(self, wanted: Mapping[str, Any]) -> str:
        """Write the claim, and let each of four others sign it."""
        agency = self.agency
        body = {"agency_code": agency.code, **wanted}
        claim: str = agency["clerk"].post("accounting/claims", body)["claim_id"]
        for account, verb in (
            ("clerk", "submission"),
            ("keeper", "acceptance"),
            ("chief", "approval"),
            ("reviewer", "review"),
            ("accountant", "grant"),
        ):
            agency[account].post(f"accounting/claims/{claim}/{verb}")
        return claim

    def _enter(self, source_id: str) -> None:
        """Take the drafts of a document into the books, by four people."""
        drafts = self.agency["preparer"].items(
            f"accounting/vouchers?agency_code={self.agency.code}&states=draft&source_id={source_id}"
            f"&fiscal_year={self.agency.town.fiscal_year}"
        )
        if not drafts:
            raise Unexpected(f"no voucher was drafted of {source_id}")
        self._post([one["voucher_id"] for one in reversed(drafts)])

    def _post(self, voucher_ids: list[str]) -> None:
        for account, verb in POSTING:
            self.agency[account].post(f"accounting/vouchers/{verb}", {"voucher_ids": voucher_ids})

    def advance(self, step: quarter.Advance) -> None:
        body = {
            "request_id": self.requests[step.no],
            "kind": step.kind,
            "memo": step.memo,
            "receiver_name": KEEPER if step.kind == "petty_cash" else TRAVELLER,
            "agency_code": self.agency.code,
            "lines": [{"line_no": 1, "amount_ntd": step.amount_ntd}],
        }
        made: str = self.agency["clerk"].post("accounting/advances", body)["advance_id"]
        self.advances[step.no] = made
        for account, verb in (
            ("clerk", "submission"),
            ("chief", "approval"),
            ("accountant", "grant"),
        ):
            answer = self.agency[account].post(f"accounting/advances/{made}/{verb}")
            self.advance_labels[step.no] = answer["label"]
        self._enter(made)

    def settle(self, step: quarter.Settle) -> None:
        """Claim what was spent against the advance; the treasury's slip says what came back."""
        advance, day = self.advances[step.no], self.day(step.day).isoformat()
        lodging_ntd, allowance_ntd = 3_000, 1_600
        journey = {
            "traveller": TRAVELLER,
            "destination": "臺北市",
            "left_on": day,
            "returned_on": day,
            "transport_ntd": step.spent_ntd - lodging_ntd - allowance_ntd,
            "lodging_ntd": lodging_ntd,
            "allowance_ntd": allowance_ntd,
        }
        claim = self._claim(
            {
                "memo": step.memo,
                "kind": "travel",
                "lines": [self._line(step.no, step.spent_ntd)],
                "documents": [self._receipt(step.memo, step.day, step.spent_ntd)],
                "advance_id": advance,
                "details": {"journey": journey},
            }
        )
        self._enter(claim)
        slip = {
            "payer": TRAVELLER,
            "slip_no": f"{self.agency.code}-{step.no}",
            "deposited_on": day,
            "reason": step.returned_memo.partition(" ")[2],
        }
        back = {"slip": slip, "lines": [{"line_no": 1, "amount_ntd": step.returned_ntd}]}
        made = self.agency["reviewer"].post(f"accounting/advances/{advance}/recoveries", back)
        self._enter(made["recovery_id"])

    def vire(self, step: quarter.Virement) -> None:
        month = int(step.day[:2])
        rows = self.agency.rows
        made = self.agency["clerk"].post(
            "budget/changes",
            {
                "kind": "virement",
                "purpose": "經費流用",
                "agency_code": self.agency.code,
                "fiscal_year": self.agency.town.fiscal_year,
                "lines": [
                    _moved(rows[step.source], -step.amount_ntd, month),
                    _moved(rows[step.target], step.amount_ntd, month),
                ],
            },
        )
        own = f"budget/changes/{made['document_id']}"
        where = f"{step.source}->{step.target}"
        if step.refused:
            problem = self.agency["clerk"].refused(f"{own}/submission")
            arithmetic = problem.get("arithmetic") or {}
            limit = "limit_ntd" if step.refused == "E-VIRE-20PCT" else ""
            self._refuse(step, "VIR", where, step.amount_ntd, arithmetic, limit, problem)
            self.agency["clerk"].post(f"{own}/withdrawal")
            return
        self.agency["clerk"].post(f"{own}/submission")
        answer = self.agency["head"].post(f"{own}/approval")
        self.agency.town.relay()
        self.held.append(Held(f"114-{step.day}", "VIR", where, answer["amount_ntd"], None, None))

    def reserve(self, step: quarter.FirstReserve) -> None:
        rows, month = self.agency.rows, int(step.day[:2])
        made = self.agency["clerk"].post(
            "budget/changes",
            {
                "kind": "first_reserve",
                "purpose": step.memo,
                "agency_code": self.agency.code,
                "fiscal_year": self.agency.town.fiscal_year,
                "lines": [
                    _moved(rows["L6"], -step.amount_ntd, 0),
                    _moved(rows[step.target], step.amount_ntd, month),
                ],
            },
        )
        own = f"budget/changes/{made['document_id']}"
        self.agency["clerk"].post(f"{own}/submission")
        self.agency["head"].post(f"{own}/approval")
        self.agency.town.office("office2").post(
            f"{own}/decision", {"act_no": "府授主預字第 1140000025 號"}
        )
        self.agency.town.relay()

    def voucher(self, step: quarter.Voucher) -> None:
        part: dict[str, Any] = {"amounts_ntd": {"amount": step.amount_ntd}}
        if step.source:
            part["revenue_row_id"] = self.agency.revenues[step.source]
        if step.whose:
            label = self.labels[step.whose]
            part["subsidiaries"] = [{"kind": "deposit", "key": label, "name": PAYEE["name"]}]
        made = self.agency["preparer"].post(
            "accounting/vouchers/by-rule",
            {
                "event_code": step.event_code,
                "posting_date": self.day(step.day).isoformat(),
                "memo": step.memo,
                "agency_code": self.agency.code,
                "document_count": 1,
                "lines": [part],
            },
        )
        self._post([made["voucher_id"]])

    def close(self, step: quarter.Close) -> None:
        year = self.agency.town.fiscal_year
        self.agency["accountant"].post(
            f"accounting/periods/{year}/{step.month}/closing", {"agency_code": self.agency.code}
        )

    def late(self, step: quarter.Late) -> None:
        spent, cash = self.government.late_accounts
        body = {
            "kind": "journal",
            "posting_date": self.day(step.posting_day).isoformat(),
            "memo": "補登",
            "agency_code": self.agency.code,
            "lines": [
                {"account_code": spent, "debit_ntd": step.amount_ntd},
                {"account_code": cash, "credit_ntd": step.amount_ntd},
            ],
        }
        made = self.agency["preparer"].post("accounting/vouchers", body)
        ids = {"voucher_ids": [made["voucher_id"]]}
        *before, (last, _) = POSTING
        for account, verb in before:
            self.agency[account].post(f"accounting/vouchers/{verb}", ids)
        problem = self.agency[last].refused("accounting/vouchers/posting", ids)
        self.agency["reviewer"].post("accounting/vouchers/return", {**ids, "reason": "月份已關閉"})
        self.agency["preparer"].post(f"accounting/vouchers/{made['voucher_id']}/withdrawal")
        self._refuse(step, "LATE", "-", step.amount_ntd, {}, "", problem)

    def night(self, step: quarter.Step) -> None:
        """Nothing that a person does: the town's job has released the month."""

    ACTS: ClassVar[Mapping[type[quarter.Step], Callable[..., None]]] = {
        quarter.Night: night,
        quarter.Certify: certify,
        quarter.Award: award,
        quarter.Pay: pay,
        quarter.Bounced: bounce,
        quarter.SentAgain: send_again,
        quarter.Advance: advance,
        quarter.Settle: settle,
        quarter.Virement: vire,
        quarter.FirstReserve: reserve,
        quarter.Voucher: voucher,
        quarter.Close: close,
        quarter.Late: late,
    }


def _moved(row: str, amount_ntd: int, month: int) -> dict[str, Any]:
    return {"control_row_id": row, "amount_ntd": amount_ntd, "month": month}
