"""Charts of accounts and versions of posting rules: seen by page, by API and by a command."""

from __future__ import annotations

import datetime as dt
import uuid

import msgspec
import pytest

from tests.plugins.accounting.given import FOLLOWED, Office
from tests.plugins.accounting.given_vouchers import Desk
from tests.plugins.accounting.people import API, PAGES, People, code_of
from zhuji_accounting.domain.ledger.chart import Account, AccountClass, Side, tree_of
from zhuji_accounting.domain.ledger.refusals import ChartNotFound, RuleSetNotFound
from zhuji_accounting.facts import shipped_charts
from zhuji_accounting.queries.charts import (
    charts,
    find_chart,
    find_rules,
    rule_versions,
    rules_of,
)
from zhuji_accounting.store.charts import ensure_shipped, keep_rules
from zhuji_accounting.usecases.write_by_rule import WantedByRule, WantedPart, write_by_rule

TODAY = dt.date(2016, 3, 15)


def account(code: str, parent: str = "", kind: AccountClass = AccountClass.ASSET) -> Account:
    return Account(code=code, name=code, side=Side.DEBIT, account_class=kind, parent=parent)


def test_a_tree_stands_by_class_and_code_each_below_its_heading() -> None:
    accounts = [
        account("12"), account("9", kind=AccountClass.BUDGETARY), account("1101", "11"),
        account("11", "1"), account("1"), account("1102", "gone"), account("13", "13"),
    ]  # fmt: skip
    assert [(one.account.code, one.depth) for one in tree_of(accounts)] == [
        ("1", 0), ("11", 1), ("1101", 2), ("1102", 0), ("12", 0), ("13", 0), ("9", 0),
    ]  # fmt: skip


def test_each_version_says_from_when_until_when_and_by_whom(any_office: Office) -> None:
    office = any_office
    with office.county.uow(office.reviewer) as uow:
        before = {chart.name: rule_versions(uow, chart) for chart in charts(uow)}
        ensure_shipped(uow)
        uow.audit("test.rules", FOLLOWED)
    with office.county.uow(office.reviewer) as uow:
        chart = find_chart(uow, "cash")
        assert rule_versions(uow, chart) == before["cash"], "kept or not, they are the same"
        first = rules_of(uow, chart, on_date=TODAY)
        for version, day in ((2, dt.date(2016, 4, 1)), (3, dt.date(2016, 7, 1))):
            keep_rules(uow, msgspec.structs.replace(
                first, rule_set_id=uuid.uuid4(), version=version, effective_on=day,
                reason="主計處函示",
            ))  # fmt: skip
        keep_rules(uow, msgspec.structs.replace(
            first, rule_set_id=uuid.uuid4(), version=4, effective_on=dt.date(2016, 7, 1)
        ))  # fmt: skip
        uow.audit("test.rules", FOLLOWED)
    with office.county.uow(read_only=True) as uow:
        found = rule_versions(uow, chart)
        told = [(one.rules.version, one.until, one.state(TODAY)) for one in found]
        assert told == [
            (4, None, "coming"),
            (3, dt.date(2016, 6, 30), "replaced"),  # another one of the same day follows it
            (2, dt.date(2016, 6, 30), "coming"),
            (1, dt.date(2016, 3, 31), "in_force"),
        ]
        for day in (TODAY, dt.date(2016, 4, 1), dt.date(2016, 6, 30), dt.date(2016, 7, 1)):
            in_force = [one.rules for one in found if one.state(day) == "in_force"]
            assert in_force == [rules_of(uow, chart, on_date=day)], day
        assert found[-1].made_by_name == "", "nobody of the county made what came with the module"
        assert found[0].made_by_name
        with pytest.raises(RuleSetNotFound):
            find_rules(uow, chart, 5)
        with pytest.raises(ChartNotFound):
            find_chart(uow, "none")


def test_the_accounting_office_sees_charts_rules_and_every_account(people: People) -> None:
    listed = people["prep"].get(f"{PAGES}/charts").text
    for chart, rules in shipped_charts():
        assert chart.title in listed
        page = people["prep"].get(f"{PAGES}/charts/{chart.name}").text
        assert all(one.code in page and one.name in page for one in chart.accounts)
        shown = people["prep"].get(f"{PAGES}/charts/{chart.name}/rules/1").text
        assert all(rule.title in shown and rule.event_code in shown for rule in rules.rules)
        assert "現行" in shown
        by_object = any(entry.account == "@object" for one in rules.rules for entry in one.entries)
        assert ("依用途別科目（依預算科目）" in shown) == by_object
    table = people["prep"].get(f"{PAGES}/charts/accrual/export/csv")
    assert table.status_code == 200
    assert "920401,支出保留數,Encumbrances,預算,借,,可記帳,契約" in table.text
    assert people["prep"].get(f"{PAGES}/charts/accrual/rules/1/export/ods").status_code == 200
    assert people["req"].get(f"{PAGES}/charts").status_code == 403
    missing = people["prep"].get(f"{PAGES}/charts/none")
    assert (missing.status_code, code_of(missing)) == (404, "E-CHART-NOT-FOUND")


def test_the_api_tells_the_same(people: People) -> None:
    heads = people["prep"].get(f"{API}/charts/").json()
    assert [(one["name"], one["first_year"], one["last_year"]) for one in heads] == [
        (chart.name, chart.first_year, chart.last_year) for chart, _ in shipped_charts()
    ]
    chart, rules = shipped_charts()[1]
    told = people["prep"].get(f"{API}/charts/{chart.name}").json()
    assert [one["code"] for one in told["accounts"]] == sorted(one.code for one in chart.accounts)
    assert [one["state"] for one in told["rule_versions"]] == ["in_force"]
    answer = people["prep"].get(f"{API}/charts/{chart.name}/rules/1").json()
    assert [one["event_code"] for one in answer["rules"]] == [
        rule.event_code for rule in rules.rules
    ]
    assert answer["head"]["events"] == len(rules.rules)
    gone = people["prep"].get(f"{API}/charts/{chart.name}/rules/9")
    assert (gone.status_code, code_of(gone)) == (404, "E-RULE-SET-NOT-FOUND")


def test_two_people_put_a_version_into_force_by_page(people: People) -> None:
    base = "charts/cash/draft"
    assert people.post("bas", base).status_code == 303
    page = people["bas"].get(f"{PAGES}/{base}").text
    assert "尚無異動" in page
    assert people["prep"].get(f"{PAGES}/{base}").status_code == 200, "read by who reads vouchers"
    assert people["prep"].get(f"{PAGES}/{base}/rules/withholding.remitted").status_code == 403
    form = {
        "revision": "1", "kind": "disbursement",
        "lines-0-side": "debit", "lines-0-account": "2204", "lines-0-amount": "amount",
        "lines-1-side": "credit", "lines-1-account": "無此科目", "lines-1-amount": "amount",
    }  # fmt: skip
    wrong = people.post("bas", f"{base}/rules/withholding.remitted", form)
    assert (wrong.status_code, code_of(wrong)) == (422, "E-RULE-WRONG")
    assert "查無此可記帳之會計科目" in wrong.text
    assert "無此科目" in wrong.text, "nothing typed is lost"
    right = {**form, "lines-1-account": "零用金", "act": "try"}
    saved = people.post("bas", f"{base}/rules/withholding.remitted", right)
    assert saved.status_code == 303
    assert saved.headers["location"].endswith("/rules/withholding.remitted/trial")
    trial = people.post(
        "bas", f"{base}/rules/withholding.remitted/trial", {"amount-amount": "1,200"}
    )
    assert trial.status_code == 200
    assert all(word in trial.text for word in ("專戶存款", "零用金", "1,200", "借貸平衡"))
    empty = people.post("bas", f"{base}/rules/withholding.remitted/trial", {})
    assert all(word in empty.text for word in ("第 1 版：沒有分錄。", "草案：沒有分錄。"))
    late = people.post("bas", f"{base}/proposal", {"effective_on": "1070101", "reason": "函示"})
    assert (late.status_code, code_of(late)) == (422, "E-RULES-ORDER")
    sent = people.post("bas", f"{base}/proposal", {"effective_on": "1050401", "reason": "函示"})
    assert sent.status_code == 303, sent.text
    proposal = sent.headers["location"]
    assert "分錄規則生效" in people["bas2"].get(proposal).text
    own = people["bas"].form(f"{proposal}/approval", {})
    assert code_of(own) == "E-OWN-PROPOSAL"
    assert people["bas2"].form(f"{proposal}/approval", {}).status_code == 303
    shown = people["prep"].get(f"{PAGES}/charts/cash/rules/2").text
    assert all(word in shown for word in ("尚未生效", "姓名bas2", "函示", "生效"))
    assert "貸 1203 專戶存款" in shown, "what stood there before"
    assert "貸 1204 零用金" in shown
    assert "借 2204 代收款" not in shown, "only lines that differ"
    assert people["bas"].get(f"{PAGES}/{base}").status_code == 404


def test_a_rule_is_tried_on_a_voucher_that_the_page_offers(people: People) -> None:
    desk = Desk(people.office)
    wanted = WantedByRule(
        event_code="withholding.remitted",
        posting_date=TODAY,
        memo="繳付三月代扣款",
        lines=(WantedPart(amounts_ntd={"amount": 7_531}),),
    )
    with people.office.county.uow(desk.preparer) as uow:
        voucher = write_by_rule(uow, wanted=wanted)
    assert people.post("bas", "charts/cash/draft").status_code == 303
    trial = "charts/cash/draft/rules/withholding.remitted/trial"
    page = people["bas"].get(f"{PAGES}/{trial}").text
    assert f'value="{voucher.voucher_id}"' in page
    assert "繳付三月代扣款" in page
    assert "用途別代碼" not in page, "no account of this event is found by one"
    tried = people.post("bas", trial, {"voucher_id": str(voucher.voucher_id)})
    assert (tried.status_code, tried.text.count("借貸平衡，可以登帳。")) == (200, 2)
    assert tried.text.count("7,531") >= 8, "both sides and both sums of two vouchers"
    other = people.post(
        "bas",
        "charts/cash/draft/rules/expenditure.paid/trial",
        {"voucher_id": str(voucher.voucher_id)},
    )
    assert (other.status_code, code_of(other)) == (422, "E-RULE-TRIAL-VOUCHER")


def test_a_trial_that_does_not_balance_tells_its_figures_in_words(people: People) -> None:
    rule = "charts/cash/draft/rules/withholding.remitted"
    people.post("bas", "charts/cash/draft")
    form = {
        "revision": "1", "kind": "disbursement",
        "lines-0-side": "debit", "lines-0-account": "2204", "lines-0-amount": "amount",
        "lines-1-side": "debit", "lines-1-account": "1204", "lines-1-amount": "amount",
    }  # fmt: skip
    assert people.post("bas", rule, form).status_code == 303
    assert "須先更正之錯誤" in people["bas"].get(f"{PAGES}/charts/cash/draft").text
    tried = people.post("bas", f"{rule}/trial", {"amount-amount": "1,200"}).text
    assert all(word in tried for word in ("（試算）", "借方合計", "貸方合計", "2,400", "差額"))
    assert "debit_ntd" not in tried


def test_the_api_drafts_tries_and_proposes(people: People) -> None:
    base = "charts/cash/draft"
    made = people.call("bas", f"{base}/").json()
    assert (made["based_on"], made["revision"], made["faults"]) == (1, 1, [])
    entries = [
        {"side": "debit", "account": "2204"},
        {"side": "credit", "account": "1204", "amount": "amount"},
    ]
    changed = people.call(
        "bas",
        f"{base}/rules/withholding.remitted",
        {"kind": "journal", "entries": entries, "revision": 1},
        method="PUT",
    )
    assert changed.status_code == 200, changed.text
    assert changed.json()["revision"] == 2
    tried = people.call(
        "bas",
        f"{base}/trial",
        {"event_code": "withholding.remitted", "fact": {"amounts_ntd": {"amount": 5}}},
    ).json()
    assert [tried[name]["kind"] for name in ("before", "after")] == ["disbursement", "journal"]
    assert tried["after"]["refusal"] is None
    empty = people.call("bas", f"{base}/trial", {"event_code": "withholding.remitted"}).json()
    assert empty["after"]["refusal"]["code"] == "E-RULE-TRIAL-EMPTY"
    missing = people.call("bas", f"{base}/ways/cats", {"matches": [], "revision": 2}, method="PUT")
    assert (missing.status_code, code_of(missing)) == (404, "E-RULE-WAY")
    wanted = {"effective_on": "2016-04-01", "reason": "函示"}
    proposed = people.call("bas", f"{base}/proposal", wanted)
    assert proposed.status_code == 201, proposed.text
    assert people.call("prep", f"{base}/removal").status_code == 403
    gone = people.call("bas", f"{base}/removal")
    assert (gone.status_code, gone.json()["revision"]) == (200, 2)
