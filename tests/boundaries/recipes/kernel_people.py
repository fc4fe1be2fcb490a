"""How the routes of accounts, roles, grants and proposals are called."""

from __future__ import annotations

import datetime as dt
import uuid

from tests.boundaries.caller import Content
from tests.boundaries.common import plain_form
from tests.boundaries.recipe import Kind, Recipe, Scene, Values
from tests.boundaries.world import GRANT, Person
from zhuji_core.identity.grants import GRANT as GRANTING
from zhuji_core.identity.grants import GrantChange
from zhuji_core.ids import new_id
from zhuji_core.permissions import APPROVE_GRANT
from zhuji_core.proposals.propose import propose

# Nobody lends what he does not hold, and acts where he has no role: both are 403 by the rule.
BY_RULE = frozenset({403})
FIRST_DAY = dt.date(2016, 3, 1)
MAKE_USER = """
    INSERT INTO kernel.user_account (user_id, account, name, agency_code, password_hash, created_at)
    VALUES (:user_id, :account, :name, :agency, '', now())
"""


def somebody(scene: Scene) -> str:
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
    grant_id, user_id = new_id(), somebody(scene)
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


def proposed(scene: Scene, by: Person) -> str:
    change = GrantChange(
        user_id=uuid.UUID(somebody(scene)),
        role_code="REQ",
        agency_code=scene.agency_code,
        valid_from=FIRST_DAY,
    )
    reason, reference = scene.world.text("職務調整"), scene.world.text("府人字第 1 號")
    with scene.world.uow(scene.world.actor(by, scene.agency_code)) as uow:
        return str(propose(uow, GRANTING, change, reason=reason, reference=reference).proposal_id)


def proposal(scene: Scene) -> str:
    return proposed(scene, scene.world.colleague)


def _own_proposal(scene: Scene) -> Values:
    return {"proposal_id": proposed(scene, scene.by)}


def _wanted_grant(scene: Scene, _values: Values) -> Content:
    return Content(json={
        "user_id": somebody(scene), "role_code": "REQ", "agency_code": scene.agency_code,
        "valid_from": "2016-03-01", "valid_to": "2016-12-31",
        "reason": scene.world.text("職務調整"), "reference": scene.world.text("府人字第 1 號"),
    })  # fmt: skip


def _last_day(scene: Scene, _values: Values) -> Content:
    reason, reference = scene.world.text("離職"), scene.world.text("府人字第 2 號")
    return Content(json={"last_day": "2016-06-30", "reason": reason, "reference": reference})


def reason_json(scene: Scene, _values: Values) -> Content:
    return Content(json={"reason": scene.world.text("符合業務需要")})


def reason_form(scene: Scene, _values: Values) -> Content:
    return Content(form={"reason": scene.world.text("符合業務需要")})


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
    user_id = somebody(scene)
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


GRANT_NEEDS = (APPROVE_GRANT,)


KINDS: dict[str, Kind] = {
    "role_code": Kind(make=lambda _: "EXE", missing="KING"),
    "user_id": Kind(make=somebody),
    "proposal_id": Kind(make=proposal),
    "grant_id": Kind(make=_grant),
}

RECIPES = {
    "kernel.user.create": Recipe(role="ADM", content=_new_user),
    "kernel.user.create-form": Recipe(role="ADM", content=_new_user_form),
    "kernel.user.change": Recipe(role="ADM", content=_changed_json),
    "kernel.user.change-form": Recipe(role="ADM", content=_changed_form),
    "kernel.user.disable": Recipe(role="ADM", content=reason_json),
    "kernel.user.disable-form": Recipe(role="ADM", content=reason_form),
    "kernel.user.enable": Recipe(role="ADM", prepare=_disabled, content=reason_json),
    "kernel.user.enable-form": Recipe(role="ADM", prepare=_disabled, content=reason_form),
    "kernel.user.grant-form": Recipe(role="ADM", content=_grant_form),
    "kernel.user.grant-end-form": Recipe(role="ADM", prepare=_granted, content=reason_form),
    "kernel.role.change-form": Recipe(role="ADM", prepare=_role, content=_role_form),
    "kernel.grant.propose": Recipe(role="ADM", content=_wanted_grant),
    "kernel.grant.propose-end": Recipe(role="ADM", content=_last_day),
    "kernel.proposal.approve": Recipe(role="ADM", content=reason_json, needs=GRANT_NEEDS),
    "kernel.proposal.reject": Recipe(role="ADM", content=reason_json, needs=GRANT_NEEDS),
    "kernel.proposal.withdraw": Recipe(role="ADM", prepare=_own_proposal),
    "kernel.proposal.approve-form": Recipe(role="ADM", content=reason_form, needs=GRANT_NEEDS),
    "kernel.proposal.reject-form": Recipe(role="ADM", content=reason_form, needs=GRANT_NEEDS),
    "kernel.proposal.withdraw-form": Recipe(role="ADM", prepare=_own_proposal, content=plain_form),
}
