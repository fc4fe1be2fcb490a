"""The next steps of an estimate as buttons, or why this person cannot take them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection

from zhuji_budget.domain.estimate import EDITABLE, Estimate
from zhuji_budget.permissions import (
    ENDORSE_ESTIMATE,
    REVIEW_ESTIMATES,
    SUBMIT_ESTIMATE,
    WRITE_ESTIMATE,
)
from zhuji_budget.web.views.words import Gettext
from zhuji_core.modules import Permission
from zhuji_core.values import Value
from zhuji_core.web.components import Action


class Reader(Value, frozen=True, kw_only=True):
    """Who looks at an estimate: ``may`` a right there, and the ``persons`` behind (職能分工)."""

    may: Callable[[Permission], bool]
    persons: frozenset[uuid.UUID]

    def is_among(self, persons: Collection[uuid.UUID]) -> bool:
        return not self.persons.isdisjoint(persons)


def estimate_actions(
    estimate: Estimate, root: str, reader: Reader, gettext: Gettext
) -> tuple[Action, ...]:
    """Return the next steps of this state, or why this person cannot take them."""
    may, own = reader.may, reader.is_among(estimate.writers)
    book = Action(title=gettext("單位預算書"), url=f"{root}/book", method="get")
    if estimate.state in EDITABLE:
        return (*_of_agency(root, may, gettext), book)
    if estimate.state == "supervising":
        return (*_endorse(estimate, root, may, gettext, own=own), book)
    if estimate.state == "submitted":
        own = own or reader.is_among(estimate.endorsers)
        return (_review(root, may, gettext, own=own), *_return(root, may, gettext), book)
    if estimate.state == "reviewed":
        return (*_return(root, may, gettext), book)
    return (book,)


def _of_agency(
    root: str, may: Callable[[Permission], bool], gettext: Gettext
) -> tuple[Action, ...]:
    steps = (
        (gettext("送審"), "submission", SUBMIT_ESTIMATE, gettext("須由機關主辦會計或首長送審。")),
        (gettext("帶入上年度"), "last-year", WRITE_ESTIMATE, gettext("須由編製概算之人員辦理。")),
    )
    actions = [
        Action(
            title=title,
            url=f"{root}/{noun}",
            key=str(uuid.uuid4()),
            impossible="" if may(permission) else why,
        )
        for title, noun, permission, why in steps
    ]
    if may(WRITE_ESTIMATE):
        adding = (("expenditure", gettext("新增工作計畫")), ("revenue", gettext("新增歲入科目")))
        actions += [
            Action(title=title, url=f"{root}/lines/new?side={side}", method="get")
            for side, title in adding
        ]
        books = ((gettext("匯入單位預算書"), "import"), (gettext("計畫說明及員額"), "words"))
        actions += [
            Action(title=title, url=f"{root}/book/{noun}", method="get") for title, noun in books
        ]
    return tuple(actions)


def _endorse(
    estimate: Estimate,
    root: str,
    may: Callable[[Permission], bool],
    gettext: Gettext,
    *,
    own: bool,
) -> tuple[Action, ...]:
    """``may`` asks in the supervising agency for this right."""
    base = Action(title=gettext("核轉主計處"), url=f"{root}/endorsement", key=str(uuid.uuid4()))
    if not may(ENDORSE_ESTIMATE):
        text = gettext("已送{supervisor}核轉，核轉前不得修改。")
        why = text.format(supervisor=estimate.supervisor_name)
        return (Action(title=base.title, url=base.url, impossible=why),)
    if own:
        why = gettext("本概算由您（或您代理之人）編製或送審，須由主管機關其他人員核轉。")
        return (Action(title=base.title, url=base.url, impossible=why),)
    return (
        Action(title=base.title, url=base.url, key=base.key, fields={"opinion": "agree"}),
        Action(
            title=gettext("退回所屬機關"),
            url=base.url,
            key=f"{base.key}-2",
            danger=True,
            fields={"opinion": "return"},
            reason_field="reason",
            reason_label=gettext("退回理由"),
        ),
    )


def _review(root: str, may: Callable[[Permission], bool], gettext: Gettext, *, own: bool) -> Action:
    impossible = "" if may(REVIEW_ESTIMATES) else gettext("已送主計處審議，審議前不得修改。")
    if own and not impossible:
        impossible = gettext("本概算由您（或您代理之人）編製、送審或核轉，須由他人審議。")
    return Action(
        title=gettext("審議"),
        url=f"{root}/review",
        method="get",
        primary=True,
        impossible=impossible,
    )


def _return(root: str, may: Callable[[Permission], bool], gettext: Gettext) -> tuple[Action, ...]:
    if not may(REVIEW_ESTIMATES):
        return ()
    return (
        Action(
            title=gettext("退回修正"),
            url=f"{root}/return",
            key=str(uuid.uuid4()),
            danger=True,
            reason_field="reason",
            reason_label=gettext("退回理由"),
        ),
    )
