"""What the pages of settings show, as values for the templates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from zhuji_core.formats import date_key, format_date
from zhuji_core.permissions import READ_PROPOSALS
from zhuji_core.setting_changes.declared import SettingField, SettingKind, to_text
from zhuji_core.setting_changes.queries import SettingHistory, SettingState, SettingVersion
from zhuji_core.values import N_, Value
from zhuji_core.web.components import (
    Badge,
    Cell,
    Column,
    Fact,
    Kind,
    Option,
    Row,
    Table,
    Tone,
)
from zhuji_core.web.context import RequestContext

KERNEL_TITLE = N_("系統")


class SettingForm(Value, frozen=True, kw_only=True):
    """The form of one setting: ``kind`` says which input; ``version`` is what was seen."""

    kind: str
    value: str
    reason: str
    version: int
    hint: str
    options: tuple[Option, ...]
    is_control: bool


def title_of(context: RequestContext, field: SettingField) -> str:
    """Return what people call the setting, else its name."""
    return context.gettext(field.title) if field.title else field.name


def settings_tables(
    context: RequestContext, states: Sequence[SettingState], *, base: str
) -> tuple[Table, ...]:
    """Return a table for each module that has settings."""
    modules = list(dict.fromkeys(state.field.module for state in states))
    return tuple(
        _table(context, module, [one for one in states if one.field.module == module], base=base)
        for module in modules
    )


def _table(
    context: RequestContext, module: str, states: Sequence[SettingState], *, base: str
) -> Table:
    tr = context.gettext
    info = context.renderer.modules.get(module)
    return Table(
        id=f"settings-{module}",
        caption=tr(info.title) if info else tr(KERNEL_TITLE),
        columns=(
            Column(title=tr(N_("設定"))),
            Column(title=tr(N_("目前的值"))),
            Column(title=tr(N_("預設值"))),
            Column(title=tr(N_("控制")), kind=Kind.BADGE),
            Column(title=tr(N_("版本")), kind=Kind.NUMBER),
            Column(title=tr(N_("最近變更")), kind=Kind.TIME),
            Column(title=tr(N_("變更人"))),
        ),
        rows=tuple(_row(context, one, base=base) for one in states),
    )


def _row(context: RequestContext, state: SettingState, *, base: str) -> Row:
    field = state.field
    control = Badge(text=context.gettext(N_("兩人核可")), tone=Tone.WAITING)
    return Row(
        cells=(
            Cell(
                value=title_of(context, field),
                url=f"{base}/{field.module}/{field.key}",
                note=field.name,
            ),
            Cell(value=shown(context, field, state.value)),
            Cell(value=shown(context, field, field.default)),
            Cell(value=control if field.is_control else None),
            Cell(value=state.version or None),
            Cell(value=state.set_at),
            Cell(value=state.set_by or None),
        ),
        emphasis=state.value != field.default,
    )


def shown(context: RequestContext, field: SettingField, value: Any) -> str:
    """Return a value in words."""
    if field.kind is SettingKind.SWITCH:
        return context.gettext(N_("是")) if value else context.gettext(N_("否"))
    text = to_text(field, value)
    if field.kind is SettingKind.DATE and text:
        return format_date(dt.date.fromisoformat(text))
    return context.gettext(field.choices[text]) if text in field.choices else text or "－"


def setting_facts(context: RequestContext, state: SettingState) -> tuple[Fact, ...]:
    """Return the present value beside the default, and where it came from."""
    tr, field = context.gettext, state.field
    facts = [
        Fact(label=tr(N_("代號")), value=field.name, kind=Kind.CODE),
        Fact(label=tr(N_("目前的值")), value=shown(context, field, state.value)),
        Fact(label=tr(N_("預設值")), value=shown(context, field, field.default)),
        Fact(label=tr(N_("版本")), value=str(state.version), kind=Kind.CODE),
    ]
    if state.set_at is not None:
        facts.append(Fact(label=tr(N_("最近變更")), value=state.set_at, kind=Kind.TIME))
    if field.is_control:
        text = tr(N_("內部控制設定：一人提案、另一人核准後生效"))
        facts.append(Fact(label=tr(N_("控制")), value=text))
    return tuple(facts)


def setting_form(
    context: RequestContext, state: SettingState, *, typed: dict[str, Any] | None
) -> SettingForm:
    """Return the form with the present value, or with what was keyed and refused."""
    field = state.field
    text = to_text(field, state.value)
    if field.kind is SettingKind.DATE and text:
        text = date_key(dt.date.fromisoformat(text))
    return SettingForm(
        kind=str(field.kind),
        value=text if typed is None else str(typed.get("value", "")),
        reason="" if typed is None else str(typed.get("reason", "")),
        # After a refusal the new version is shown above the form: sent again, it is meant.
        version=state.version,
        hint=_hint(context, field),
        options=tuple(
            Option(value=value, title=context.gettext(word))
            for value, word in field.choices.items()
        ),
        is_control=field.is_control,
    )


def _hint(context: RequestContext, field: SettingField) -> str:
    tr = context.gettext
    if field.kind is SettingKind.NUMBER and field.least is not None and field.most is not None:
        return tr(N_("{least} 至 {most}")).format(least=field.least, most=field.most)
    if field.kind is SettingKind.LIST:
        return tr(N_("以空白或頓號分隔"))
    return tr(N_("空白表示不設定")) if field.optional else ""


def proposal_facts(context: RequestContext, found: SettingHistory) -> tuple[Fact, ...]:
    """Return the value that waits for a second person, and whose proposal it is; none: nothing."""
    tr, waits = context.gettext, found.proposal
    if waits is None:
        return ()
    return (
        Fact(label=tr(N_("提案人")), value=waits.proposed_by),
        Fact(label=tr(N_("新的值")), value=shown(context, found.present.field, waits.value)),
        Fact(label=tr(N_("理由")), value=waits.reason),
        Fact(label=tr(N_("提案時間")), value=waits.proposed_at, kind=Kind.TIME),
        Fact(label=tr(N_("決定期限")), value=waits.expires_on, kind=Kind.DATE),
    )


def proposal_url(context: RequestContext, found: SettingHistory) -> str:
    """Return where the open proposal is, for whom may read it."""
    if found.proposal is None or not context.actor.may(READ_PROPOSALS):
        return ""
    return context.path(f"kernel/proposals/{found.proposal.proposal_id}")


def history_table(context: RequestContext, found: SettingHistory) -> Table:
    """Return every value that the county had, newest first."""
    tr, control = context.gettext, found.present.field.is_control
    who = (N_("提案人"), N_("核准人")) if control else (N_("變更人"),)
    return Table(
        id="history",
        caption=tr(N_("變更紀錄，由新到舊")),
        columns=(
            Column(title=tr(N_("版本")), kind=Kind.CODE),
            Column(title=tr(N_("值"))),
            Column(title=tr(N_("生效時間")), kind=Kind.TIME),
            *(Column(title=tr(title)) for title in who),
            Column(title=tr(N_("理由"))),
        ),
        rows=tuple(_version(context, found.present.field, one) for one in found.versions),
        empty=tr(N_("從未變更，適用預設值。")),
    )


def _version(context: RequestContext, field: SettingField, one: SettingVersion) -> Row:
    tr, proposed = context.gettext, one.proposal_id is not None
    return Row(
        cells=(
            Cell(value=str(one.version)),
            Cell(value=shown(context, field, one.value)),
            Cell(value=one.set_at),
            *(_persons(context, one) if field.is_control else (Cell(value=one.set_by),)),
            Cell(
                value=one.reason or (tr(N_("提案")) if proposed else "－"),
                url=context.path(f"kernel/proposals/{one.proposal_id}") if proposed else "",
            ),
        )
    )


def _persons(context: RequestContext, one: SettingVersion) -> tuple[Cell, Cell]:
    """Name who proposed and who approved; of a change by the host's operator, that one alone."""
    if one.proposal_id is None:
        alone = context.gettext(N_("一人變更"))
        return Cell(value=one.set_by, note=alone), Cell(value="－")
    return Cell(value=one.proposed_by), Cell(value=one.approved_by)


def version_of(data: dict[str, Any]) -> int:
    """Return the version that the form was made from; a form without one saw the default."""
    text = str(data.get("version", ""))
    return int(text) if text.isdecimal() and len(text) < 10 else 0  # noqa: PLR2004 (an integer)
