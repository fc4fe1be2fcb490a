"""The next version of posting rules: drafted, tried, put into force by a second person."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

import msgspec
import pytest

from tests.plugins.accounting.given import FOLLOWED, Office
from tests.plugins.accounting.given_vouchers import BANK, WITHHELD, Desk
from zhuji_accounting.domain.ledger.chart import Side
from zhuji_accounting.domain.ledger.posting_rules import AccountMatch, Entry
from zhuji_accounting.domain.ledger.refusals import NoPostingRule, VoucherUnbalanced
from zhuji_accounting.domain.ledger.rule_draft import (
    RuleDraft,
    RuleDraftNotFound,
    RuleDraftOpen,
    RuleDraftStale,
    RulesClosed,
    RulesFaulty,
    RulesOrder,
    RulesSame,
    RuleWrong,
    WantedMatches,
    WantedRule,
)
from zhuji_accounting.domain.ledger.voucher import Voucher, VoucherKind
from zhuji_accounting.queries.books.row_accounts import row_accounts
from zhuji_accounting.queries.charts import find_chart, posting_of, rule_versions
from zhuji_accounting.queries.rule_drafts import read_draft
from zhuji_accounting.usecases.change_matches import change_matches
from zhuji_accounting.usecases.change_rule import change_rule
from zhuji_accounting.usecases.discard_rule_draft import discard_rule_draft
from zhuji_accounting.usecases.put_rules_in_force import propose_rules
from zhuji_accounting.usecases.start_rule_draft import start_rule_draft
from zhuji_accounting.usecases.try_rule import Trial, TypedFact, try_rule
from zhuji_accounting.usecases.write_by_rule import WantedByRule, WantedPart, write_by_rule
from zhuji_core.audit.history import history
from zhuji_core.identity.actor import Forbidden
from zhuji_core.proposals.approve import approve_proposal
from zhuji_core.proposals.model import OwnProposal, Proposal, ProposalAlreadyOpen
from zhuji_core.testing.counties import given_actor

# Of the chart of fiscal year 105; the event that people make vouchers of.
EVENT, PETTY_CASH = "withholding.remitted", "1204"
APRIL = dt.date(2016, 4, 1)
MARCH_15 = dt.date(2016, 3, 15)
# The first version of the rules, as a county kept it before documents told of these.
OLDER = """
    UPDATE accounting.rule_set AS s
       SET body = jsonb_set(s.body, '{rules}', (
               SELECT jsonb_agg(CASE r.rule ->> 'event_code' WHEN :paid
                                THEN jsonb_set(r.rule, '{entries}', (
                                     SELECT jsonb_agg(e.entry ORDER BY e.n)
                                       FROM jsonb_array_elements(r.rule -> 'entries')
                                            WITH ORDINALITY AS e (entry, n)
                                      WHERE e.entry ->> 'amount' IS DISTINCT FROM 'withheld'))
                                ELSE r.rule END ORDER BY r.n)
                 FROM jsonb_array_elements(s.body -> 'rules') WITH ORDINALITY AS r (rule, n)
                WHERE r.rule ->> 'event_code' <> :lapsed))
"""
CLOSED = """
    INSERT INTO accounting.closed_period
           (fiscal_year, agency_code, period, document_id, stage, closed_by, closed_by_name,
            closed_at)
    VALUES (105, :agency, :period, :id, :stage, :id, '主辦己', now())
"""


@dataclass(kw_only=True)
class Bureau:
    """Two people of the county's accounting office, and a desk where vouchers are made."""

    office: Office

    def __post_init__(self) -> None:
        self.first = given_actor(201, agency_code="BAS", name="主計甲")
        self.second = given_actor(202, agency_code="BAS", name="主計乙")
        self.desk = Desk(self.office)

    def start(self) -> RuleDraft:
        with self.office.county.uow(self.first) as uow:
            return start_rule_draft(uow, chart_name="cash")

    def change(self, *entries: Entry, event_code: str = EVENT, revision: int = 1) -> RuleDraft:
        wanted = WantedRule(kind=VoucherKind.DISBURSEMENT, entries=entries, revision=revision)
        with self.office.county.uow(self.first) as uow:
            return change_rule(uow, chart_name="cash", event_code=event_code, wanted=wanted)

    def ways(self, *matches: AccountMatch, way: str = "sources", revision: int = 1) -> RuleDraft:
        with self.office.county.uow(self.first) as uow:
            return change_matches(
                uow,
                chart_name="cash",
                way=way,
                wanted=WantedMatches(matches=matches, revision=revision),
            )

    def propose(self, effective_on: dt.date = APRIL) -> Proposal:
        with self.office.county.uow(self.first) as uow:
            return propose_rules(
                uow, chart_name="cash", effective_on=effective_on, reason="主計處函示"
            )

    def approve(self, proposal: Proposal, *, by_first: bool = False) -> None:
        with self.office.county.uow(self.first if by_first else self.second) as uow:
            approve_proposal(uow, proposal_id=proposal.proposal_id)

    def drafted(self) -> RuleDraft:
        """What is withheld is remitted out of petty cash: another account on the credit side."""
        self.start()
        return self.change(debit(WITHHELD), credit(PETTY_CASH))

    def remitted(self, on: dt.date = MARCH_15) -> Voucher:
        self.office.county.business_date = on
        wanted = WantedByRule(
            event_code=EVENT,
            posting_date=on,
            memo="繳付代扣款",
            lines=(WantedPart(amounts_ntd={"amount": 7_500}),),
        )
        with self.office.county.uow(self.desk.preparer) as uow:
            return write_by_rule(uow, wanted=wanted)

    def tried(
        self, *, voucher_id: uuid.UUID | None = None, typed: TypedFact | None = None
    ) -> Trial:
        with self.office.county.uow(self.first, read_only=True) as uow:
            return try_rule(
                uow, chart_name="cash", event_code=EVENT, voucher_id=voucher_id, typed=typed
            )

    def kept(self) -> list[str]:
        return [
            row.kept
            for table in ("rule_set", "rule_draft", "voucher", "voucher_line", "ledger_entry")
            for row in self.office.county.rows(
                f"SELECT t::text AS kept FROM accounting.{table} AS t ORDER BY 1"  # noqa: S608
            )
        ]


@pytest.fixture
def bureau(any_office: Office) -> Bureau:
    return Bureau(office=any_office)


def debit(account: str, **more: str) -> Entry:
    return Entry(side=Side.DEBIT, account=account, **more)  # type: ignore[arg-type]


def credit(account: str, **more: str) -> Entry:
    return Entry(side=Side.CREDIT, account=account, **more)  # type: ignore[arg-type]


def test_a_version_holds_from_its_day_and_vouchers_keep_the_one_that_made_them(
    bureau: Bureau,
) -> None:
    earlier = bureau.remitted()
    draft = bureau.drafted()
    assert draft.revision == 2
    proposal = bureau.propose()
    assert [(one.label, one.before, one.after) for one in proposal.changes] == [
        ("生效日", "", "105-04-01"),
        (
            "繳付代扣款",
            "支出傳票：借 2204 代收款；貸 1203 專戶存款",
            "支出傳票：借 2204 代收款；貸 1204 零用金",
        ),
    ]
    with pytest.raises(OwnProposal):
        bureau.approve(proposal, by_first=True)
    bureau.approve(proposal)
    with bureau.office.county.uow(read_only=True) as uow:
        chart = find_chart(uow, "cash")
        newest, first = rule_versions(uow, chart)
        assert (newest.rules.version, newest.made_by_name, newest.approved_by_name) == (
            2, "主計甲", "主計乙",
        )  # fmt: skip
        assert (first.until, newest.rules.reason) == (dt.date(2016, 3, 31), "主計處函示")
        assert newest.based_on == first.rules.rule_set_id
        for day, version in ((dt.date(2016, 3, 31), 1), (APRIL, 2)):
            posting = posting_of(uow, fiscal_year=105, on_date=day)
            assert posting.rules.version == version
        assert [one.action for one in history(uow, newest.rules.rule_set_id)] == [
            "accounting.rules.write", "accounting.rules.write", "accounting.rules.propose",
            "accounting.rules.decide", "accounting.rules.approve",
        ]  # fmt: skip
        with pytest.raises(RuleDraftNotFound):
            read_draft(uow, "cash")
    assert bureau.desk.read(earlier.voucher_id).rule_set_id == first.rules.rule_set_id
    later = bureau.remitted(on=dt.date(2016, 4, 5))
    assert later.rule_set_id == newest.rules.rule_set_id
    assert [line.account_code for line in later.lines] == [WITHHELD, PETTY_CASH]
    assert [line.account_code for line in earlier.lines] == [WITHHELD, BANK]


def test_a_draft_is_tried_on_a_voucher_and_on_typed_amounts_and_nothing_is_kept(
    bureau: Bureau,
) -> None:
    voucher = bureau.remitted()
    bureau.drafted()
    before = bureau.kept()
    trial = bureau.tried(voucher_id=voucher.voucher_id)
    assert (trial.before.version, trial.after.version) == (1, 0)
    assert [(one.account_code, one.debit_ntd, one.credit_ntd) for one in trial.before.lines] == [
        (one.account_code, one.debit_ntd, one.credit_ntd) for one in voucher.lines
    ]
    assert [one.account_code for one in trial.after.lines] == [WITHHELD, PETTY_CASH]
    assert trial.after.debit_ntd == trial.after.credit_ntd == 7_500
    assert (trial.before.refusal, trial.after.refusal) == (None, None)
    typed = bureau.tried(typed=TypedFact(amounts_ntd={"amount": 31}))
    assert (typed.after.debit_ntd, typed.after.refusal) == (31, None)
    assert bureau.kept() == before


def test_a_trial_says_what_the_books_would_refuse(bureau: Bureau) -> None:
    bureau.start()
    bureau.change(debit(WITHHELD), credit(BANK), credit(PETTY_CASH))
    trial = bureau.tried(typed=TypedFact(amounts_ntd={"amount": 100}))
    assert trial.before.refusal is None
    assert isinstance(trial.after.refusal, VoucherUnbalanced)
    assert trial.after.refusal.arithmetic == {
        "debit_ntd": 100, "credit_ntd": 200, "difference_ntd": 100,
    }  # fmt: skip
    assert "（試算）" in trial.after.refusal.text(str), "no handle of a draft that is not kept"
    before = bureau.kept()
    with pytest.raises(RulesFaulty):
        bureau.propose()
    assert bureau.kept() == before


def test_what_cannot_be_is_refused_by_cell(bureau: Bureau) -> None:
    bureau.start()
    with pytest.raises(RuleDraftOpen):
        bureau.start()
    before = bureau.kept()
    with pytest.raises(RuleWrong) as told:
        bureau.change(debit("9999"), credit("@source"), credit(BANK, amount="rest"))
    assert set(told.value.fields) == {"lines-0-account", "lines-2-amount"}
    with pytest.raises(RuleWrong) as told:
        bureau.change(debit("1205"), credit(BANK, subsidiary="cat"))
    assert set(told.value.fields) == {"lines-0-subsidiary", "lines-1-subsidiary"}
    with pytest.raises(RuleWrong):
        bureau.change(debit(WITHHELD))
    with pytest.raises(NoPostingRule):
        bureau.change(debit(WITHHELD), credit(BANK), event_code="no.such")
    with pytest.raises(RuleWrong) as told:
        bureau.ways(
            AccountMatch(prefix="甲", code=BANK), AccountMatch(prefix="1", code="0"),
            AccountMatch(prefix="1", code=BANK, account="either"),
        )  # fmt: skip
    assert set(told.value.fields) == {"lines-0-prefix", "lines-1-code", "lines-2-account"}
    with pytest.raises(RulesSame):
        bureau.propose()
    assert bureau.kept() == before
    bureau.change(debit(WITHHELD), credit(PETTY_CASH))
    with pytest.raises(RuleDraftStale):
        bureau.change(debit(WITHHELD), credit(BANK), revision=1)


def test_an_amount_that_was_taken_out_of_the_draft_can_come_back(bureau: Bureau) -> None:
    event = "expenditure.paid"
    rule = bureau.start().rules.rule(event)
    plain = [one for one in rule.entries if one.amount == "amount"]
    assert len(plain) < len(rule.entries), "the event tells of what is withheld"
    bureau.change(*plain, event_code=event)
    whole = bureau.change(*rule.entries, event_code=event, revision=2)
    assert whole.rules.rule(event) == rule
    with pytest.raises(RulesSame):
        bureau.propose()


def test_a_draft_gets_the_rules_of_events_that_the_kept_version_is_older_than(
    bureau: Bureau,
) -> None:
    """Rules that were kept before documents told of a lapse, and of what is withheld of dues."""
    bureau.remitted()
    bureau.office.county.corrupt(OLDER, lapsed="payable.lapsed", paid="payable.paid")
    draft = bureau.start()
    lapsed = draft.rules.rule("payable.lapsed")
    assert [(one.side, one.account) for one in lapsed.entries] == [
        (Side.DEBIT, "2203"), (Side.CREDIT, "1201"),
    ]  # fmt: skip
    with pytest.raises(NoPostingRule), bureau.office.county.uow(read_only=True) as uow:
        posting_of(uow, fiscal_year=105, on_date=MARCH_15).rules.rule("payable.lapsed")
    kept = draft.rules.rule("payable.paid")
    more = (debit(BANK, amount="withheld"), credit(WITHHELD, amount="withheld"))
    bureau.change(*kept.entries, *more, event_code="payable.paid")
    bureau.change(*lapsed.entries, event_code="payable.lapsed", revision=2)
    proposal = bureau.propose()
    assert [(one.label, one.before == "") for one in proposal.changes] == [
        ("生效日", True), ("支付應付歲出款", False), ("註銷以前年度應付歲出款", True),
    ]  # fmt: skip
    bureau.approve(proposal)
    with bureau.office.county.uow(read_only=True) as uow:
        rules = posting_of(uow, fiscal_year=105, on_date=APRIL).rules
    assert len(rules.rule("payable.paid").entries) == len(kept.entries) + 2
    assert rules.find("payable.lapsed") is not None


def test_ways_to_accounts_are_part_of_the_version(bureau: Bureau) -> None:
    bureau.start()
    fees = AccountMatch(prefix="99", code="2102")
    assert bureau.ways(fees).rules.sources == (fees,)
    proposal = bureau.propose()
    assert [one.label for one in proposal.changes] == ["生效日", "歲入來源別對應之會計科目：99"]


def test_a_version_never_begins_in_a_closed_period_nor_before_the_one_it_follows(
    bureau: Bureau,
) -> None:
    bureau.drafted()
    code = bureau.office.government.agency_code
    for period, stage in ((1, "closed"), (2, "closed"), (3, "soft")):
        bureau.office.county.execute(
            CLOSED, agency=code, period=period, id=uuid.uuid4(), stage=stage
        )
    with pytest.raises(RulesClosed) as told:
        bureau.propose(dt.date(2016, 2, 29))
    assert "2016-03-01" in told.value.text(str)
    with pytest.raises(RulesOrder):
        bureau.propose(dt.date(2018, 1, 1))  # the chart ends with 106
    proposal = bureau.propose(dt.date(2016, 3, 1))
    with pytest.raises(ProposalAlreadyOpen):
        bureau.propose()
    bureau.office.county.execute(
        "UPDATE accounting.closed_period SET stage = 'closed' WHERE period = 3"
    )
    with pytest.raises(RulesClosed):
        bureau.approve(proposal)  # closed between the two persons


def test_a_version_that_does_not_hold_yet_may_be_replaced_from_its_first_day(
    bureau: Bureau,
) -> None:
    bureau.drafted()
    bureau.approve(bureau.propose())
    draft = bureau.start()
    assert draft.rules.version == 2, "the one to come, which it will follow"
    bureau.change(debit(WITHHELD), credit(BANK))
    with pytest.raises(RulesOrder):
        bureau.propose(dt.date(2016, 3, 31))
    bureau.approve(bureau.propose(APRIL))
    with bureau.office.county.uow(read_only=True) as uow:
        assert posting_of(uow, fiscal_year=105, on_date=APRIL).rules.version == 3
        states = [one.state(MARCH_15) for one in rule_versions(uow, find_chart(uow, "cash"))]
        assert states == ["coming", "replaced", "in_force"]


def test_a_change_after_the_proposal_is_not_put_into_force_unseen(bureau: Bureau) -> None:
    bureau.drafted()
    proposal = bureau.propose()
    bureau.change(debit(WITHHELD), credit("1101"), revision=2)
    before = bureau.kept()
    with pytest.raises(RuleDraftStale):
        bureau.approve(proposal)
    with bureau.office.county.uow(bureau.first) as uow:
        discard_rule_draft(uow, chart_name="cash")
    with pytest.raises(RuleDraftNotFound):
        bureau.approve(proposal)
    assert len(bureau.kept()) == len(before) - 1


def test_only_the_countys_accounting_office_drafts(bureau: Bureau) -> None:
    clerk = given_actor(
        203, agency_code=bureau.office.government.agency_code, permissions={"accounting": ()}
    )
    with pytest.raises(Forbidden), bureau.office.county.uow(clerk) as uow:
        start_rule_draft(uow, chart_name="cash")


def test_books_read_the_accounts_of_every_version_that_held_in_the_year(bureau: Bureau) -> None:
    """Contracts encumbered in March stand where the rules of March put them."""
    bureau.start()
    event = "contract.encumbered"
    with bureau.office.county.uow(read_only=True) as uow:
        chart = find_chart(uow, "cash")
        rule = read_draft(uow, "cash").rules.rule(event)
        (old,) = (one.account for one in rule.entries if one.by_row and one.side is Side.DEBIT)
    turned = [
        msgspec.structs.replace(one, account="1206") if one.account == old else one
        for one in rule.entries
    ]
    wanted = WantedRule(kind=rule.kind, entries=tuple(turned), revision=1)
    with bureau.office.county.uow(bureau.first) as uow:
        change_rule(uow, chart_name="cash", event_code=event, wanted=wanted)
    bureau.approve(bureau.propose())
    with bureau.office.county.uow(read_only=True) as uow:
        for until, codes in (
            (dt.date(2016, 3, 31), [old]),
            (dt.date(2016, 4, 30), sorted([old, "1206"])),
        ):
            found = row_accounts(uow, chart, fiscal_year=105, until=until)
            assert found["contract"] == codes
        next_year = row_accounts(uow, chart, fiscal_year=106, until=dt.date(2017, 1, 31))
        assert next_year["contract"] == ["1206"]


def test_a_version_in_force_is_a_row_that_nobody_changes(bureau: Bureau) -> None:
    bureau.drafted()
    bureau.approve(bureau.propose())
    with bureau.office.county.uow() as uow:
        granted = uow.connection.exec_driver_sql(
            "SELECT has_table_privilege('accounting.rule_set', 'UPDATE')"
            " OR has_table_privilege('accounting.rule_set', 'DELETE')"
        ).scalar_one()
        uow.audit("test.rules", FOLLOWED)
    assert granted is False
