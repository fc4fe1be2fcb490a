"""How the kernel's own routes are called."""

from __future__ import annotations

import datetime as dt
import uuid

from tests.boundaries.caller import Content
from tests.boundaries.recipe import Kind, Recipe, Scene, Values
from tests.boundaries.world import GRANT, Person
from tests.core.probe import IDLE
from tests.core.site import PASSWORD
from zhuji_core.identity.grants import GRANT as GRANTING
from zhuji_core.identity.grants import GrantChange
from zhuji_core.identity.reset_password import make_reset_code
from zhuji_core.ids import new_id
from zhuji_core.permissions import APPROVE_GRANT, MAKE_TOKEN, REVOKE_TOKEN
from zhuji_core.proposals.propose import propose
from zhuji_core.testing.counties import BUSINESS_DATE
from zhuji_core.web import drafts

FORM = "boundaries.form"
BREAK_GLASS = """
    INSERT INTO kernel.break_glass
           (pass_id, pass_no, operator_id, operator_account, operator_name, reason, approved_by,
            single_handed, token_digest, opened_at, expires_at)
    VALUES (:pass_id, 1, :pass_id, 'ops1', '維運甲', :reason, 'ops2', false, :digest, now(),
            now() + interval '1 hour')
"""
MACHINE = """
    INSERT INTO kernel.machine_token
           (token_id, token_digest, hint, owner_id, name, permissions, made_by, made_at,
            valid_from, valid_to)
    VALUES (:token_id, :digest, 'zj', :owner, :name, ARRAY['kernel.token.make'], :owner, now(),
            now(), now() + interval '9 days')
"""
OPEN_SESSION = """
    INSERT INTO kernel.web_session (token_digest, user_id, created_at, expires_at, session_id)
    VALUES (:token, :user_id, now(), now() + interval '1 hour', :session_id)
"""
EXCEPT = """
    INSERT INTO kernel.duty_exception (exception_id, number, user_id, rule_code, agency_code,
                                       valid_from, valid_to, reason, reviewer_id, review_due_on,
                                       proposal_id, approved_at)
    VALUES (:exception_id, :number, :person, 'write-certify', :agency, '2016-03-15',
            '2016-12-31', :reason, :reviewer, '2016-12-31', :proposal, now())
"""
LEND = """
    INSERT INTO kernel.delegation (delegation_id, delegator_id, deputy_id, agency_code, roles,
                                   valid_from, valid_to, reason, appointed_at)
    VALUES (:delegation_id, :delegator, :deputy, :agency, '{REQ}', '2016-03-15', '2016-03-31',
            :reason, now())
"""
# Nobody lends what he does not hold, and acts where he has no role: both are 403 by the rule.
BY_RULE = frozenset({403})
SET_MODULES = f"""
    UPDATE kernel.module_set
       SET modules = ARRAY (SELECT DISTINCT m
                              FROM unnest(COALESCE(modules, CAST(:known AS text[]))) AS m
                             WHERE m <> '{IDLE}')
                     || CAST(:idle AS text[])
"""  # noqa: S608 (a constant of the tests)
FIRST_DAY = dt.date(2016, 3, 1)
MAKE_USER = """
    INSERT INTO kernel.user_account (user_id, account, name, agency_code, password_hash, created_at)
    VALUES (:user_id, :account, :name, :agency, '', now())
"""


def _draft(scene: Scene) -> str:
    fields = {"purpose": scene.world.text("打到一半")}
    drafts.put_draft(
        scene.world.site.counties[scene.world.code],
        user_id=scene.by.user_id,
        form_key=FORM,
        fields=fields,
    )
    return FORM


def _typed(scene: Scene, _values: Values) -> Content:
    return Content(json={"purpose": scene.world.text("打到一半")})


def _sign_in(scene: Scene, _values: Values) -> Content:
    return Content(form={"account": scene.by.account, "password": PASSWORD})


def _language(_scene: Scene, _values: Values) -> Content:
    return Content(form={"language": "en"})


def _plain(_scene: Scene, _values: Values) -> Content:
    return Content(form={})


def _somebody(scene: Scene) -> str:
    """Make an account that nobody signs in with."""
    user_id = new_id()
    scene.world.county.execute(
        MAKE_USER,
        user_id=user_id,
        account=f"somebody-{user_id.hex}",
        name=scene.world.text("某甲"),
        agency=scene.agency_code,
    )
    return str(user_id)


def _grant(scene: Scene) -> str:
    return _granted(scene)["grant_id"]


def _granted(scene: Scene) -> Values:
    grant_id, user_id = new_id(), _somebody(scene)
    scene.world.county.execute(
        GRANT,
        grant_id=grant_id,
        user_id=user_id,
        role="REQ",
        agency=scene.agency_code,
        valid_from=FIRST_DAY,
        valid_to=None,
    )
    return {"grant_id": str(grant_id), "user_id": user_id}


def _proposed(scene: Scene, by: Person) -> str:
    change = GrantChange(
        user_id=uuid.UUID(_somebody(scene)),
        role_code="REQ",
        agency_code=scene.agency_code,
        valid_from=FIRST_DAY,
    )
    reason, reference = scene.world.text("職務調整"), scene.world.text("府人字第 1 號")
    with scene.world.uow(scene.world.actor(by, scene.agency_code)) as uow:
        return str(propose(uow, GRANTING, change, reason=reason, reference=reference).proposal_id)


def _proposal(scene: Scene) -> str:
    return _proposed(scene, scene.world.colleague)


def _own_proposal(scene: Scene) -> Values:
    return {"proposal_id": _proposed(scene, scene.by)}


def _wanted_grant(scene: Scene, _values: Values) -> Content:
    return Content(json={
        "user_id": _somebody(scene), "role_code": "REQ", "agency_code": scene.agency_code,
        "valid_from": "2016-03-01", "valid_to": "2016-12-31",
        "reason": scene.world.text("職務調整"), "reference": scene.world.text("府人字第 1 號"),
    })  # fmt: skip


def _last_day(scene: Scene, _values: Values) -> Content:
    reason, reference = scene.world.text("離職"), scene.world.text("府人字第 2 號")
    return Content(json={"last_day": "2016-06-30", "reason": reason, "reference": reference})


def _reason_json(scene: Scene, _values: Values) -> Content:
    return Content(json={"reason": scene.world.text("符合業務需要")})


def _reason_form(scene: Scene, _values: Values) -> Content:
    return Content(form={"reason": scene.world.text("符合業務需要")})


def _session_of(scene: Scene, user_id: str) -> str:
    """Open a browser of ``user_id`` somewhere; return the session's id."""
    session_id = new_id()
    scene.world.county.execute(
        OPEN_SESSION, session_id=session_id, user_id=user_id, token=session_id.bytes + bytes(16)
    )
    return str(session_id)


def _own_session(scene: Scene) -> str:
    return _session_of(scene, str(scene.by.user_id))


def _another_of_mine(scene: Scene) -> Values:
    _own_session(scene)
    return {}


def _their_session(scene: Scene) -> Values:
    user_id = _somebody(scene)
    return {"user_id": user_id, "session_id": _session_of(scene, user_id)}


def _aged_password(scene: Scene) -> Values:
    scene.world.restore_password(scene.by)
    return {}


def _reset_code(scene: Scene) -> Values:
    user_id = _somebody(scene)
    actor = scene.world.actor(scene.world.colleague, scene.agency_code)
    with scene.world.uow(actor) as uow:
        made = make_reset_code(uow, user_id=uuid.UUID(user_id))
    return {"account": made.user.account, "code": made.code}


def _idle_module(scene: Scene, *, enabled: bool) -> Values:
    """Let the module that does nothing be on or off, whatever was switched before."""
    access = scene.world.site.counties[scene.world.code]
    scene.world.county.execute(
        SET_MODULES, known=list(access.county.modules), idle=[IDLE] if enabled else []
    )
    return {"name": IDLE}


def _idle_is_off(scene: Scene) -> Values:
    return _idle_module(scene, enabled=False)


def _idle_is_on(scene: Scene) -> Values:
    return _idle_module(scene, enabled=True)


def _password() -> str:
    return f"Zeta-{uuid.uuid4().hex[:16]}-Omega"


def _new_password(_scene: Scene, _values: Values) -> Content:
    new = _password()
    return Content(form={"current": PASSWORD, "password": new, "repeated": new})


def _redeem(_scene: Scene, values: Values) -> Content:
    new = _password()
    return Content(form={
        "account": values["account"], "code": values["code"], "password": new, "repeated": new,
    })  # fmt: skip


def _delegation(scene: Scene) -> str:
    """Let the person under test have lent a role to somebody."""
    delegation_id = new_id()
    scene.world.county.execute(
        LEND,
        delegation_id=delegation_id,
        delegator=scene.by.user_id,
        deputy=_somebody(scene),
        agency=scene.agency_code,
        reason=scene.world.text("休假"),
    )
    return str(delegation_id)


def _deputy_json(scene: Scene, _values: Values) -> Content:
    return Content(json={
        "deputy_id": _somebody(scene), "roles": ["REQ"], "agency_code": scene.agency_code,
        "valid_from": "2016-03-15", "valid_to": "2016-03-31", "reason": scene.world.text("休假"),
    })  # fmt: skip


def _deputy_form(scene: Scene, _values: Values) -> Content:
    return Content(form={
        "deputy": scene.world.colleague.account, "roles": "REQ", "agency_code": scene.agency_code,
        "valid_from": "1050315", "valid_to": "331", "reason": scene.world.text("休假"),
    })  # fmt: skip


def _acting(scene: Scene, _values: Values) -> Content:
    return Content(form={"agency_code": scene.agency_code})


def _new_user(scene: Scene, _values: Values) -> Content:
    account = f"new-{uuid.uuid4().hex[:12]}"
    return Content(json={
        "account": account, "name": scene.world.text("新人"), "agency_code": scene.agency_code,
    })  # fmt: skip


def _new_user_form(scene: Scene, _values: Values) -> Content:
    account = f"new-{uuid.uuid4().hex[:12]}"
    return Content(form={
        "account": account, "name": scene.world.text("新人"), "agency": scene.agency_code,
    })  # fmt: skip


def _changed_json(scene: Scene, _values: Values) -> Content:
    name = scene.world.text("改名")
    return Content(json={"name": name, "agency_code": scene.agency_code})


def _changed_form(scene: Scene, _values: Values) -> Content:
    return Content(form={"name": scene.world.text("改名"), "agency": scene.agency_code})


def _disabled(scene: Scene) -> Values:
    user_id = _somebody(scene)
    scene.world.county.execute(
        "UPDATE kernel.user_account SET state = 'disabled' WHERE user_id = :u", u=user_id
    )
    return {"user_id": user_id}


def _grant_form(scene: Scene, _values: Values) -> Content:
    return Content(form={
        "role": "REQ", "agency_code": scene.agency_code, "valid_from": "1050301",
        "valid_to": "1051231", "reason": scene.world.text("職務調整"),
    })  # fmt: skip


def _role(scene: Scene) -> Values:
    """Forget what was proposed before: a role has one open proposal."""
    scene.world.county.execute("DELETE FROM kernel.proposal WHERE kind = 'kernel.role.change'")
    return {"role_code": "EXE"}


def _role_form(scene: Scene, _values: Values) -> Content:
    form = {"permissions": "budget.line.read", "valid_from": "1050101"}
    return Content(form={**form, "reason": scene.world.text("業務調整")})


def _exception(scene: Scene) -> str:
    """Keep an exception that the person under test reviews."""
    exception_id, person = new_id(), _somebody(scene)
    scene.world.county.execute(
        EXCEPT,
        exception_id=exception_id,
        number=f"{scene.world.mark}{exception_id.hex}",
        person=person,
        agency=scene.agency_code,
        reviewer=scene.by.user_id,
        proposal=_proposal(scene),
        reason=scene.world.text("人力不足"),
    )
    return str(exception_id)


def _findings_json(scene: Scene, _values: Values) -> Content:
    return Content(json={"findings": scene.world.text("無誤")})


def _findings_form(scene: Scene, _values: Values) -> Content:
    return Content(form={"findings": scene.world.text("無誤")})


def _exception_json(scene: Scene, _values: Values) -> Content:
    return Content(json={
        "user_id": _somebody(scene), "rule_code": "write-certify",
        "agency_code": scene.agency_code, "valid_from": "2016-03-15", "valid_to": "2016-12-31",
        "reviewer_id": str(scene.by.user_id), "reason": scene.world.text("人力不足"),
    })  # fmt: skip


def _exception_form(scene: Scene, _values: Values) -> Content:
    scene.world.county.execute(
        "DELETE FROM kernel.proposal WHERE kind = 'kernel.exception.propose'"
    )
    return Content(form={
        "account": scene.world.colleague.account, "rule_code": "write-certify",
        "agency": scene.agency_code, "valid_from": "1050315", "valid_to": "1051231",
        "reviewer": scene.by.account, "reason": scene.world.text("人力不足"),
    })  # fmt: skip


def _day_query(_scene: Scene, _values: Values) -> Content:
    return Content(query={"day": str(BUSINESS_DATE)})


def _audit_id(scene: Scene) -> str:
    return str(scene.world.county.rows("SELECT min(audit_id) FROM kernel.audit_entry")[0][0])


def _token_name() -> str:
    return f"machine-{uuid.uuid4().hex[:12]}"


def _token(scene: Scene) -> str:
    token_id = new_id()
    scene.world.county.execute(
        MACHINE,
        token_id=token_id,
        digest=token_id.bytes + bytes(16),
        owner=scene.by.user_id,
        name=_token_name(),
    )
    return str(token_id)


def _token_form(_scene: Scene, _values: Values) -> Content:
    return Content(form={"name": _token_name(), "permissions": MAKE_TOKEN.name, "days": "9"})


def _pass(scene: Scene) -> str:
    """Open an operator's emergency access to this county."""
    pass_id = new_id()
    scene.world.county.execute(
        BREAK_GLASS,
        pass_id=pass_id,
        digest=pass_id.bytes + bytes(16),
        reason=scene.world.text("搶修"),
    )
    return str(pass_id)


KINDS = {
    "exception_id": Kind(make=_exception),
    "pass_id": Kind(make=_pass),
    "role_code": Kind(make=lambda _: "EXE", missing="KING"),
    "token_id": Kind(make=_token, of_person=True, others=REVOKE_TOKEN),
    "audit_id": Kind(make=_audit_id, missing="999999999"),
    "day": Kind(make=lambda _: str(BUSINESS_DATE), missing=""),
    "file_format": Kind(make=lambda _: "csv", missing="exe"),
    "delegation_id": Kind(make=_delegation),
    "user_id": Kind(make=_somebody),
    "session_id": Kind(make=_own_session, of_person=True),
    "kernel.user-session.end:session_id": Kind(make=_own_session),
    "proposal_id": Kind(make=_proposal),
    "grant_id": Kind(make=_grant),
    "name": Kind(make=lambda _: IDLE, missing=""),
    "form_key": Kind(make=_draft, missing="", of_person=True),
}

GRANT_NEEDS = (APPROVE_GRANT,)

RECIPES = {
    # A token is given no more than its owner has in the whole of its reach: 403 by the rule.
    "kernel.token.make": Recipe(role="ADM", content=_token_form, keyless=True, also=BY_RULE),
    "kernel.token.revoke": Recipe(role="ADM", content=_plain),
    "kernel.exception.propose": Recipe(role="ADM", content=_exception_json),
    "kernel.exception.propose-form": Recipe(role="ADM", content=_exception_form),
    "kernel.exception.review": Recipe(role="REQ", content=_findings_json),
    "kernel.exception.review-form": Recipe(role="REQ", content=_findings_form),
    "kernel.exception.end": Recipe(role="ADM", content=_reason_json),
    "kernel.exception.end-form": Recipe(role="ADM", content=_reason_form),
    "kernel.break-glass.end": Recipe(role="ADM"),
    "kernel.break-glass.end-form": Recipe(role="ADM", content=_plain),
    "kernel.user.create": Recipe(role="ADM", content=_new_user),
    "kernel.user.create-form": Recipe(role="ADM", content=_new_user_form),
    "kernel.user.change": Recipe(role="ADM", content=_changed_json),
    "kernel.user.change-form": Recipe(role="ADM", content=_changed_form),
    "kernel.user.disable": Recipe(role="ADM", content=_reason_json),
    "kernel.user.disable-form": Recipe(role="ADM", content=_reason_form),
    "kernel.user.enable": Recipe(role="ADM", prepare=_disabled, content=_reason_json),
    "kernel.user.enable-form": Recipe(role="ADM", prepare=_disabled, content=_reason_form),
    "kernel.user.grant-form": Recipe(role="ADM", content=_grant_form),
    "kernel.user.grant-end-form": Recipe(role="ADM", prepare=_granted, content=_reason_form),
    "kernel.role.change-form": Recipe(role="ADM", prepare=_role, content=_role_form),
    "kernel.acting.choose": Recipe(role="REQ", content=_acting, also=BY_RULE, keyless=True),
    "kernel.delegation.appoint": Recipe(role="REQ", content=_deputy_json, also=BY_RULE),
    "kernel.delegation.appoint-form": Recipe(role="REQ", content=_deputy_form, also=BY_RULE),
    "kernel.delegation.end": Recipe(role="REQ", content=_reason_json),
    "kernel.delegation.end-form": Recipe(role="REQ", content=_reason_form),
    "kernel.audit.daily.export": Recipe(role="AUD", content=_day_query),
    "kernel.grant.propose": Recipe(role="ADM", content=_wanted_grant),
    "kernel.grant.propose-end": Recipe(role="ADM", content=_last_day),
    "kernel.proposal.approve": Recipe(role="ADM", content=_reason_json, needs=GRANT_NEEDS),
    "kernel.proposal.reject": Recipe(role="ADM", content=_reason_json, needs=GRANT_NEEDS),
    "kernel.proposal.withdraw": Recipe(role="ADM", prepare=_own_proposal),
    "kernel.proposal.approve-form": Recipe(role="ADM", content=_reason_form, needs=GRANT_NEEDS),
    "kernel.proposal.reject-form": Recipe(role="ADM", content=_reason_form, needs=GRANT_NEEDS),
    "kernel.proposal.withdraw-form": Recipe(role="ADM", prepare=_own_proposal, content=_plain),
    "kernel.module.enable": Recipe(role="ADM", prepare=_idle_is_off, content=_reason_json),
    "kernel.module.disable": Recipe(role="ADM", prepare=_idle_is_on, content=_reason_json),
    "kernel.module.enable-form": Recipe(role="ADM", prepare=_idle_is_off, content=_reason_form),
    "kernel.module.disable-form": Recipe(role="ADM", prepare=_idle_is_on, content=_reason_form),
    "kernel.password.change": Recipe(
        role="REQ", prepare=_aged_password, content=_new_password, keyless=True, ends_session=True
    ),
    "kernel.password.reset": Recipe(role="ADM", content=_plain, keyless=True),
    "kernel.password.redeem": Recipe(
        role="REQ", prepare=_reset_code, content=_redeem, keyless=True
    ),
    # Nobody is between two steps of signing in here: the step is refused.
    "kernel.password.step": Recipe(
        role="REQ", content=_new_password, keyless=True, changes_nothing=True, also=frozenset({401})
    ),
    "kernel.sessions.end-mine": Recipe(role="REQ", prepare=_another_of_mine, content=_plain),
    "kernel.session.end-mine": Recipe(role="REQ", content=_plain),
    "kernel.user-sessions.end": Recipe(role="ADM", prepare=_their_session, content=_plain),
    "kernel.user-session.end": Recipe(role="ADM", prepare=_their_session, content=_plain),
    "kernel.draft.keep": Recipe(role="REQ", content=_typed, keyless=True),
    "kernel.draft.forget": Recipe(role="REQ", keyless=True),
    "kernel.session.open": Recipe(role="REQ", content=_sign_in, keyless=True),
    "kernel.session.close": Recipe(role="REQ", content=_plain, keyless=True, ends_session=True),
    "kernel.language.choose": Recipe(
        role="REQ", content=_language, keyless=True, changes_nothing=True
    ),
}
