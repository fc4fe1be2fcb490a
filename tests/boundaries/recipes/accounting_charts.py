"""How the routes of charts are called, and those of drafts of posting rules."""

from __future__ import annotations

import csv
import io
from functools import lru_cache

import msgspec

from tests.boundaries.caller import Content
from tests.boundaries.recipe import Kind, Recipe, Scene, Values
from zhuji_accounting.domain.ledger.rule_draft import WantedRule
from zhuji_accounting.facts import shipped_charts
from zhuji_accounting.usecases.change_rule import change_rule
from zhuji_accounting.usecases.start_rule_draft import start_rule_draft

NO_CHARTS = ("DELETE FROM accounting.chart",)
# Long after the years of the other recipes, whose vouchers have accounts of their own.
FIRST_YEAR = 150


def _no_charts(scene: Scene) -> Values:
    for statement in NO_CHARTS:
        scene.world.county.execute(statement)
    return {}


@lru_cache(maxsize=8)
def _accounts(mark: str) -> list[dict[str, str]]:
    (chart,) = (chart for chart, _ in shipped_charts() if chart.name == "accrual")
    return [
        {
            "code": one.code,
            "name": f"{one.name}{mark}",
            "account_class": str(one.account_class),
            "side": str(one.side),
            "subsidiary": one.subsidiary,
        }
        for one in chart.accounts
    ]


def _form(scene: Scene, _values: Values) -> Content:
    mark = scene.world.mark
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, fieldnames=list(_accounts(mark)[0]))
    writer.writeheader()
    writer.writerows(_accounts(mark))
    return Content(
        form={
            "name": "own",
            "title": f"自訂{mark}",
            "first_year": str(FIRST_YEAR),
            "last_year": "",
            "source": "",
            "apart": "yes",
        },
        files=[("file", f"chart{mark}.csv", text.getvalue().encode())],
    )


def _json(scene: Scene, _values: Values) -> Content:
    return Content(
        json=msgspec.to_builtins(
            {
                "name": "own",
                "title": scene.world.text("自訂"),
                "first_year": FIRST_YEAR,
                "accounts": _accounts(scene.world.mark),
            }
        )
    )


def _without(scene: Scene) -> Values:
    """No draft of the chart's rules, and none that is proposed."""
    for statement in NO_DRAFTS:
        scene.world.county.execute(statement)
    return {"chart_name": CHART}


def _draft(scene: Scene) -> Values:
    """A new draft, in which one event has another account already."""
    values = _without(scene)
    with scene.uow(DRAFTER) as uow:
        start_rule_draft(uow, chart_name=CHART)
        change_rule(
            uow,
            chart_name=CHART,
            event_code=EVENT,
            wanted=msgspec.convert({**RULE, "revision": 1}, WantedRule),
        )
    return {**values, "event_code": EVENT, "way": "sources"}


def _chart(scene: Scene) -> str:
    """Name the chart; pages below it are of its draft."""
    rows = scene.world.county.rows("SELECT FROM accounting.rule_draft")
    return _draft(scene)["chart_name"] if not rows else CHART


def _rule_form(scene: Scene, _values: Values) -> Content:
    return Content(form={
        "revision": "2", "kind": "journal",
        "lines-0-side": "debit", "lines-0-account": "210302", "lines-0-amount": "amount",
        "lines-1-side": "credit", "lines-1-account": "110101", "lines-1-amount": "amount",
    })  # fmt: skip


def _ways_form(_scene: Scene, _values: Values) -> Content:
    return Content(form={"revision": "2", "lines-0-prefix": "04", "lines-0-code": "420101"})


def _ways_json(_scene: Scene, _values: Values) -> Content:
    return Content(json={"revision": 2, "matches": [{"prefix": "04", "code": "420101"}]})


def _proposal_form(scene: Scene, _values: Values) -> Content:
    return Content(form={"effective_on": "1490101", "reason": scene.world.text("函示")})


def _proposal_json(scene: Scene, _values: Values) -> Content:
    return Content(json={"effective_on": "2060-01-01", "reason": scene.world.text("函示")})


NO_DRAFTS = (
    "DELETE FROM accounting.rule_draft",
    "DELETE FROM kernel.proposal WHERE kind = 'accounting.rules'",
)
DRAFTER = 31
CHART, EVENT = "accrual", "withholding.remitted"
RULE = {
    "kind": "disbursement",
    "entries": [
        {"side": "debit", "account": "210302"},
        {"side": "credit", "account": "110101"},
    ],
}
TRIAL = {"event_code": EVENT, "fact": {"amounts_ntd": {"amount": 100}}}
KINDS = {
    "accounting.chart_name": Kind(make=_chart, missing="nothing"),
    "accounting.version": Kind(make=lambda _: "1", missing="9999"),
    "accounting.event_code": Kind(make=lambda _: EVENT, missing="nothing.of-the-kind"),
    "accounting.way": Kind(make=lambda _: "sources", missing="nothing"),
}
DRAFT = "accounting.rule-draft"
RECIPES = {
    f"{DRAFT}.start": Recipe(role="BAS", prepare=_without),
    f"{DRAFT}.start-form": Recipe(role="BAS", prepare=_without),
    f"{DRAFT}.discard": Recipe(role="BAS", prepare=_draft),
    f"{DRAFT}.discard-form": Recipe(role="BAS", prepare=_draft),
    f"{DRAFT}.change-rule": Recipe(
        role="BAS",
        prepare=_draft,
        content=lambda _scene, _values: Content(json={**RULE, "revision": 2}),
    ),
    f"{DRAFT}.rule-form": Recipe(role="BAS", prepare=_draft, content=_rule_form),
    f"{DRAFT}.change-ways": Recipe(role="BAS", prepare=_draft, content=_ways_json),
    f"{DRAFT}.ways-form": Recipe(role="BAS", prepare=_draft, content=_ways_form),
    f"{DRAFT}.try": Recipe(
        role="PREP",
        prepare=_draft,
        content=lambda _scene, _values: Content(json=TRIAL),
        changes_nothing=True,
    ),
    f"{DRAFT}.try-form": Recipe(
        role="PREP",
        prepare=_draft,
        content=lambda _scene, _values: Content(form={"amount-amount": "100"}),
        changes_nothing=True,
    ),
    f"{DRAFT}.propose": Recipe(role="BAS", prepare=_draft, content=_proposal_json),
    f"{DRAFT}.propose-form": Recipe(role="BAS", prepare=_draft, content=_proposal_form),
    "accounting.chart.load": Recipe(role="BAS", prepare=_no_charts, content=_json),
    "accounting.chart.load-form": Recipe(role="BAS", prepare=_no_charts, content=_form),
}
