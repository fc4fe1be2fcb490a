"""Whoever acted is named once, and the system in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass

from zhuji_core.web.who import actor_name, actor_told


@dataclass
class Entry:
    actor_name: str
    actor_account: str


def english(text: str) -> str:
    return {"系統": "System"}.get(text, text)


def test_a_person_is_told_with_the_account_and_the_system_without() -> None:
    person, system = Entry("王小明", "wang"), Entry("system", "system")
    assert actor_told(person, english) == "王小明（wang）"
    assert actor_name(person, english) == "王小明"
    assert actor_told(system, english) == actor_name(system, english) == "System"
