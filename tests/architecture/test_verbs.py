"""Every verb that a module's use cases record has a name that people read."""

from __future__ import annotations

import re

import pytest

from tests.architecture.source import ROOT, module_names
from zhuji_core import hooks


@pytest.mark.parametrize("name", module_names())
def test_every_audited_verb_has_a_title(name: str) -> None:
    manager = hooks.load()
    rights = {one.name for one in hooks.registered(manager, "register_permissions")}
    jobs = {one.name for one in hooks.registered(manager, "register_jobs")}
    verbs = set(hooks.module_infos(manager)[name].verbs)
    pattern = re.compile(rf'"({name}\.[a-z-]+\.[a-z-]+)"')
    package = ROOT / "plugins" / name / f"zhuji_{name}"
    # What is read again (a digest, a history) is named in the domain.
    files = [*(package / "usecases").glob("*.py"), *(package / "domain").glob("*_record.py")]
    used = {found for path in files for found in pattern.findall(path.read_text("utf-8"))}
    assert used - jobs - rights == verbs, "a verb without a title, or one that nobody records"
    assert verbs
