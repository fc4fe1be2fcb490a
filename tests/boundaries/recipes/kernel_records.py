"""How the audit trail and the settings of a county are called."""

from __future__ import annotations

import datetime as dt
import itertools

from tests.boundaries.caller import Content
from tests.boundaries.recipe import Kind, Recipe, Scene, Values
from zhuji_core.audit.sealing import seal_once

DAY = "2016-03-15"
KERNEL_ENTRY = """
    SELECT min(audit_id) AS audit_id FROM kernel.audit_entry WHERE document_kind LIKE 'kernel.%'
"""
VERSION = """
    SELECT COALESCE(max(version), 0) AS version FROM kernel.setting_version
     WHERE module = 'kernel' AND key = :key
"""
# A plain setting, and one that takes two persons; each call sets another value.
PLAIN, CONTROL = "draft_days", "password_days_max"
_values_of_settings = itertools.count(100)


def _entry(scene: Scene) -> str:
    """Return an entry of the kernel itself, which administrators may read too; it is sealed."""
    engine = scene.world.county.engine
    seal_once(engine, county=scene.world.code, now=dt.datetime.now(dt.UTC))
    (row,) = scene.world.county.rows(KERNEL_ENTRY)
    return str(row.audit_id)


def _day(_scene: Scene, _values: Values) -> Content:
    return Content(query={"day": "1050315"})


def _plain_setting(_scene: Scene) -> Values:
    return {"module_name": "kernel", "setting_key": PLAIN}


def _control_setting(scene: Scene) -> Values:
    """Proposals of the same setting would be refused: the one of before goes."""
    scene.world.county.execute(
        "DELETE FROM kernel.proposal WHERE state = 'open' AND kind = 'kernel.setting.control'"
    )
    return {"module_name": "kernel", "setting_key": CONTROL}


def _wanted(scene: Scene, key: str) -> dict[str, object]:
    (row,) = scene.world.county.rows(VERSION, key=key)
    return {
        "value": next(_values_of_settings) % 250 + 100,
        "version": row.version,
        "reason": scene.world.text("試行"),
    }


def _json(scene: Scene, values: Values) -> Content:
    return Content(json=_wanted(scene, values["setting_key"]))


def _form(scene: Scene, values: Values) -> Content:
    wanted = _wanted(scene, values["setting_key"])
    return Content(form={name: str(value) for name, value in wanted.items()})


KINDS = {
    "audit_id": Kind(make=_entry, missing="999999999"),
    "day": Kind(make=lambda _: DAY, missing=""),
    "kernel.audit.export:file_format": Kind(make=lambda _: "csv", missing="exe"),
    "kernel.audit.daily.export:file_format": Kind(make=lambda _: "ods", missing="exe"),
    "module_name": Kind(make=lambda _: "kernel", missing="nothing"),
    "setting_key": Kind(make=lambda _: PLAIN, missing="nothing"),
}

RECIPES = {
    "kernel.audit.daily.export": Recipe(role="AUD", content=_day),
    "kernel.setting.change": Recipe(role="ADM", prepare=_plain_setting, content=_json),
    "kernel.setting.change-form": Recipe(role="ADM", prepare=_plain_setting, content=_form),
    "kernel.setting.propose": Recipe(role="ADM", prepare=_control_setting, content=_json),
}
