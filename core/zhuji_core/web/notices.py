"""What every page says for as long as it holds: the county is read-only, a licence ends."""

from __future__ import annotations

import msgspec

from zhuji_core.county import CLOSED, told
from zhuji_core.enabling.standing import ModuleStanding, module_standings
from zhuji_core.formats import format_date
from zhuji_core.permissions import MODULE as KERNEL
from zhuji_core.permissions import READ_PASSES, SWITCH_MODULE
from zhuji_core.settings import TAIPEI, CountySettings
from zhuji_core.values import N_
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import MODULE

STATE = N_("{county}目前為「{state}」：可以查詢，暫停受理異動。原因：{reason}。")
LICENCES = {
    "ending": N_("模組「{title}」的授權將於 {day} 屆滿（尚有 {days} 天），屆滿後僅供查詢與匯出。"),
    "ended": N_("模組「{title}」的授權已於 {day} 屆滿，目前僅供查詢與匯出。"),
    "none": N_("模組「{title}」沒有有效的授權，目前僅供查詢與匯出。"),
}
HELD = N_("緊急調閱第 {number} 號：僅供查詢，至 {until} 為止，每次查詢均記入本縣市稽核紀錄。")
PASSES = N_("集中維運人員目前有 {number} 項緊急調閱開啟中，可於「緊急調閱」查看內容並終止。")


def notices_of(context: RequestContext) -> tuple[str, ...]:
    """Return what this person must know while it lasts."""
    return (*_of_state(context), *_of_passes(context), *_of_licences(context))


def _of_state(context: RequestContext) -> tuple[str, ...]:
    county = context.county
    if county.state == "open" or county.state in CLOSED:  # a closed one says it on its only page
        return ()
    words = {name: context.gettext(value) for name, value in told(county).items()}
    return (context.gettext(STATE).format(**words),)


def _of_passes(context: RequestContext) -> tuple[str, ...]:
    """Tell whoever reads under emergency access, and whoever may end it."""
    if context.signed_in is None:
        return ()
    held = context.held
    if held is not None:
        until = held.expires_at.astimezone(TAIPEI).strftime("%H:%M")
        return (context.gettext(HELD).format(number=held.pass_no, until=until),)
    passes = context.signed_in.open_passes
    if not passes or not context.actor.may(READ_PASSES):
        return ()
    return (context.gettext(PASSES).format(number=passes),)


def _of_licences(context: RequestContext) -> tuple[str, ...]:
    """Administrators read of every licence, beforehand; others of the module that they are in."""
    if context.signed_in is None:
        return ()
    hooks, here = context.access.hooks, context.request.scope.get("route_handler")
    administers = context.actor.may(SWITCH_MODULE)
    if not administers and not hooks.read_only:
        return ()
    module = getattr(here, "opt", {}).get(MODULE)  # no route was found for some errors
    return tuple(
        _sentence(context, one)
        for one in standings_of(context)
        if one.calls_for_a_licence and (administers or (one.read_only and one.name == module))
    )


def standings_of(context: RequestContext) -> tuple[ModuleStanding, ...]:
    """Return how each module stands in the county of this request."""
    access = context.access
    assert context.signed_in is not None, "the county's settings come with the session"
    settings = msgspec.convert(dict(context.signed_in.settings.get(KERNEL, {})), CountySettings)
    return module_standings(
        access.hooks,
        access.licences,
        at=access.clock(),
        warning_days=settings.licence_warning_days,
    )


def _sentence(context: RequestContext, one: ModuleStanding) -> str:
    day = "" if one.licensed_until is None else format_date(one.licensed_until)
    return context.gettext(LICENCES[one.licence]).format(
        title=context.gettext(one.title), day=day, days=one.days_left
    )
