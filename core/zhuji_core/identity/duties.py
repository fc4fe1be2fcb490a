"""Separation of duties (職能分工) as data: who may not be the same person, and the principle.

Two scopes. ``document``: nobody does both steps on one document. ``person``: nobody holds both
roles at one time. The rules are pure; grants, delegations and every module's own rules ask here.
"""

from __future__ import annotations

import enum
import uuid
from collections.abc import Iterable

from zhuji_core.identity.actor import Actor, DutyException
from zhuji_core.identity.roles import ADMINISTRATOR, AUDITOR, RoleKind, codes
from zhuji_core.values import N_, DomainError, Value


class Scope(enum.StrEnum):
    PERSON = "person"
    DOCUMENT = "document"


class Step(enum.StrEnum):
    """What is done to a document on its way to the money."""

    WRITE = "write"
    ACCEPT = "accept"
    APPROVE = "approve"
    CERTIFY = "certify"
    PREPARE = "prepare"
    REVIEW = "review"
    POST = "post"
    ATTEST_ACCOUNTING = "attest-accounting"
    ATTEST_HEAD = "attest-head"
    SEND = "send"
    CASH = "cash"
    EDIT_PAYEE = "edit-payee"


STEP_TITLES = {
    Step.WRITE: N_("填寫"),
    Step.ACCEPT: N_("驗收"),
    Step.APPROVE: N_("核准"),
    Step.CERTIFY: N_("簽證"),
    Step.PREPARE: N_("製票"),
    Step.REVIEW: N_("覆核"),
    Step.POST: N_("登帳"),
    Step.ATTEST_ACCOUNTING: N_("會計簽證憑單"),
    Step.ATTEST_HEAD: N_("首長簽證憑單"),
    Step.SEND: N_("放行"),
    Step.CASH: N_("收付現金"),
    Step.EDIT_PAYEE: N_("維護受款人"),
}
# The principle that a rule follows, as a refusal names it (依據); a county's own regulation may be
# named in an exception's reason.
OFFICES = N_("內部審核及職能分工")
TREASURY = N_("集中支付審核與覆核分立")
ADMINISTRATION = N_("系統管理與財務分立")
AUDIT = N_("審計獨立、僅供查閱")


class DutyRule(Value, frozen=True, kw_only=True):
    """``first`` and ``second`` are steps or roles by the scope; whoever does one never the other.

    ``exceptable``: a small office may have a written exception from it.
    """

    code: str
    scope: Scope
    title: str
    first: tuple[str, ...]
    second: tuple[str, ...]
    source: str
    exceptable: bool = False

    def forbids(self, one: str, other: str) -> bool:
        """Tell whether one person may not have both, in whichever order they come."""
        return (one in self.first and other in self.second) or (
            one in self.second and other in self.first
        )


def _document(code: str, title: str, first: Step, *second: Step) -> DutyRule:
    return DutyRule(
        code=code,
        scope=Scope.DOCUMENT,
        title=title,
        first=(first,),
        second=second,
        source=OFFICES,
        exceptable=True,
    )


RULES = (
    _document("write-certify", N_("經辦與審核分立"), Step.WRITE, Step.CERTIFY),
    _document("write-approve", N_("經辦與核准分立"), Step.WRITE, Step.APPROVE, Step.ATTEST_HEAD),
    _document("write-accept", N_("採購與驗收分立"), Step.WRITE, Step.ACCEPT),
    _document("accept-certify", N_("驗收與審核分立"), Step.ACCEPT, Step.CERTIFY),
    _document("approve-certify", N_("核准與審核分立"), Step.APPROVE, Step.CERTIFY),
    _document("prepare-post", N_("製票與登帳分立"), Step.PREPARE, Step.POST),
    _document("prepare-review", N_("製票與覆核分立"), Step.PREPARE, Step.REVIEW),
    _document("review-post", N_("覆核與登帳分立"), Step.REVIEW, Step.POST),
    _document(
        "prepare-attest",
        N_("製票與憑單簽證分立"),
        Step.PREPARE,
        Step.ATTEST_ACCOUNTING,
        Step.ATTEST_HEAD,
    ),
    _document("attest-both", N_("會計與首長簽證分立"), Step.ATTEST_ACCOUNTING, Step.ATTEST_HEAD),
    _document(
        "attest-accounting-send", N_("會計簽證與放行分立"), Step.ATTEST_ACCOUNTING, Step.SEND
    ),
    _document("attest-head-send", N_("首長簽證與放行分立"), Step.ATTEST_HEAD, Step.SEND),
    _document("cash-post", N_("出納與登帳分立"), Step.CASH, Step.POST),
    _document("cash-certify", N_("出納與審核分立"), Step.CASH, Step.CERTIFY),
    _document("payee-prepare", N_("受款人資料與製票分立"), Step.EDIT_PAYEE, Step.PREPARE),
    DutyRule(
        code="treasury",
        scope=Scope.PERSON,
        title=N_("支付審核與覆核放行分立"),
        first=("TRX",),
        second=("TRR",),
        source=TREASURY,
    ),
    DutyRule(
        code="administrator",
        scope=Scope.PERSON,
        title=N_("系統管理不兼財務角色"),
        first=(ADMINISTRATOR,),
        second=codes(RoleKind.MONEY),
        source=ADMINISTRATION,
    ),
    DutyRule(
        code="auditor",
        scope=Scope.PERSON,
        title=N_("審計人員不兼任何作業角色"),
        first=(AUDITOR,),
        second=codes(RoleKind.MONEY, RoleKind.ADMINISTRATOR),
        source=AUDIT,
    ),
)
BY_CODE = {rule.code: rule for rule in RULES}


class RoleClash(Value, frozen=True, kw_only=True):
    """A rule, and the roles already there that it forbids beside the wanted one."""

    rule: DutyRule
    roles: tuple[str, ...]


def role_clash(wanted: str, held: Iterable[str]) -> RoleClash | None:
    """Return the rule per person that forbids ``wanted`` beside the roles ``held``, or None."""
    others = sorted(set(held))
    for rule in RULES:
        if rule.scope is not Scope.PERSON:
            continue
        against = tuple(role for role in others if rule.forbids(wanted, role))
        if against:
            return RoleClash(rule=rule, roles=against)
    return None


def right_clash(role_code: str, declared_for: Iterable[str]) -> DutyRule | None:
    """Return the rule per person that keeps a right to write from ``role_code``, or None.

    ``declared_for``: the roles that the right's module declares it for. A right of one side of the
    rule only, held by a role of the other, would let one person do both without holding both roles.
    """
    sides = frozenset(declared_for)
    for rule in RULES:
        if rule.scope is not Scope.PERSON:
            continue
        for own, other in ((rule.first, rule.second), (rule.second, rule.first)):
            if role_code in own and sides & set(other) and not sides & set(own):
                return rule
    return None


def step_rule(step: Step, done: Step) -> DutyRule | None:
    """Return the rule that forbids ``step`` to whoever did ``done`` on the same document."""
    found = (rule for rule in RULES if rule.scope is Scope.DOCUMENT and rule.forbids(step, done))
    return next(found, None)


class SamePerson(DomainError):
    """Who did one step on a document does not do the other (職能分工); the rule is named."""

    code = "E-SAME-PERSON"
    message = N_(
        "「{label}」由您本人（或您代理之人）{did}，依職能分工「{rule}」不得再由您{action}"
        "（依據：{source}）。"
    )
    status_code = 403


class Done(Value, frozen=True, kw_only=True):
    """A step already done on the document, and whoever stands behind it."""

    step: Step
    persons: frozenset[uuid.UUID]


def done(step: Step, *persons: uuid.UUID | None) -> Done:
    """Return the step as done by ``persons``; None stands for nobody."""
    return Done(step=step, persons=frozenset(one for one in persons if one is not None))


def require_separate(
    actor: Actor, step: Step, before: Iterable[Done], *, label: str, agency_code: str
) -> tuple[DutyException, ...]:
    """Raise SamePerson unless every rule allows the actor to do ``step`` after what was done.

    Asked for the actor and for whom the actor acts: neither may have done the other step. A rule
    that would forbid it is passed with a written exception of that person, rule and agency; the
    exceptions used are returned, to be noted with the act (``duty_exceptions.note_uses``).
    """
    used: dict[uuid.UUID, DutyException] = {}
    for one in before:
        rule = step_rule(step, one.step)
        if rule is None:
            continue
        for person in actor.persons & one.persons:
            exception = _exception(actor, person, rule, agency_code)
            if exception is None:
                raise SamePerson(
                    label=label,
                    did=STEP_TITLES[one.step],
                    action=STEP_TITLES[step],
                    rule=rule.title,
                    source=rule.source,
                )
            used[exception.exception_id] = exception
    return tuple(used.values())


def _exception(
    actor: Actor, person: uuid.UUID, rule: DutyRule, agency_code: str
) -> DutyException | None:
    wanted = (person, rule.code, agency_code)
    found = (
        one
        for one in actor.duty_exceptions
        if rule.exceptable and (one.user_id, one.rule_code, one.agency_code) == wanted
    )
    return next(found, None)
