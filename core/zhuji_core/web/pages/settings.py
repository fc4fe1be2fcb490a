"""Settings of the county: all of them, one with its history, and the form to change it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody

from zhuji_core.formats import parse_date
from zhuji_core.permissions import CHANGE_SETTING, READ_SETTINGS
from zhuji_core.proposals.propose import propose
from zhuji_core.setting_changes.catalogue import find_field
from zhuji_core.setting_changes.change_setting import change_setting
from zhuji_core.setting_changes.declared import SettingField, SettingKind, from_text
from zhuji_core.setting_changes.queries import find_setting, list_settings
from zhuji_core.setting_changes.two_persons import SETTING, SettingChange
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError
from zhuji_core.web.answers import Answer, see_other
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import PERMISSION, PageController
from zhuji_core.web.pages import settings_view as view
from zhuji_core.web.refusals import refused
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb

Context = NamedDependency[RequestContext]
Form = URLEncodedBody[dict[str, Any]]
Page = Response[bytes] | Response[str]

TITLE = N_("縣市設定")
PATH = "kernel/settings"


class SettingPages(PageController):
    """``/{county}/kernel/settings``."""

    module = "kernel"
    path = "/{county:str}/kernel/settings"

    @get(
        "/",
        operation_id="kernel.settings.page",
        opt={PERMISSION: READ_SETTINGS},
        sync_to_thread=True,
    )
    def page(self, context: Context) -> Response[str]:
        with context.read() as uow:
            return render(
                context,
                "kernel/settings.html",
                title=context.gettext(TITLE),
                breadcrumb=(Crumb(title=context.gettext(TITLE)),),
                tables=view.settings_tables(context, list_settings(uow), base=context.path(PATH)),
            )

    @get(
        "/{module_name:str}/{setting_key:str}",
        operation_id="kernel.setting.page",
        opt={PERMISSION: READ_SETTINGS},
        sync_to_thread=True,
    )
    def one(
        self, context: Context, module_name: FromPath[str], setting_key: FromPath[str]
    ) -> Response[str]:
        return _one(context, module_name, setting_key)

    @post(
        "/{module_name:str}/{setting_key:str}",
        operation_id="kernel.setting.change-form",
        opt={PERMISSION: CHANGE_SETTING},
        sync_to_thread=True,
    )
    def change(
        self, context: Context, module_name: FromPath[str], setting_key: FromPath[str], data: Form
    ) -> Page:
        here = context.path(f"{PATH}/{module_name}/{setting_key}")

        def act(uow: UnitOfWork) -> str:
            field = find_field(uow, module=module_name, key=setting_key)
            change = SettingChange(
                module=module_name,
                key=setting_key,
                value=_value(context, field, data),
                version=view.version_of(data),
            )
            return _act(uow, field, change, reason=str(data.get("reason", "")), here=here)

        return _performed(context, act, see_other, module=module_name, key=setting_key, typed=data)


def _act(
    uow: UnitOfWork, field: SettingField, change: SettingChange, *, reason: str, here: str
) -> str:
    """Change it, or propose it where it takes two persons; return the page to go to."""
    if not field.is_control:
        change_setting(
            uow,
            module=change.module,
            key=change.key,
            value=change.value,
            reason=reason,
            version=change.version,
        )
        return here
    made = propose(uow, SETTING, change, reason=reason)
    return f"/{uow.county.code.lower()}/kernel/proposals/{made.proposal_id}"


def _performed(
    context: RequestContext,
    act: Callable[[UnitOfWork], str],
    encode: Callable[[str], Answer],
    *,
    module: str,
    key: str,
    typed: dict[str, Any],
) -> Page:
    """Do it; a refusal is shown on the form, with what was keyed."""
    try:
        return context.perform(act, encode)
    except DomainError as refusal:
        return _one(context, module, key, error=refusal, typed=typed)


def _value(context: RequestContext, field: SettingField, data: dict[str, Any]) -> object:
    """Read the form; a date as people key it (1050331)."""
    text = str(data.get("value", ""))
    if field.kind is SettingKind.DATE and text.strip():
        return parse_date(text, reference=context.business_date).isoformat()
    return from_text(field, text)


def _one(
    context: RequestContext,
    module: str,
    key: str,
    *,
    error: DomainError | None = None,
    typed: dict[str, Any] | None = None,
) -> Response[str]:
    tr = context.gettext
    with context.read() as uow:
        found = find_setting(uow, module=module, key=key)
        title = view.title_of(context, found.present.field)
        return render(
            context,
            "kernel/setting.html",
            title=title,
            breadcrumb=(
                Crumb(title=tr(TITLE), url=context.path(PATH)),
                Crumb(title=title),
            ),
            status_code=200 if error is None else error.status_code,
            refusal=None if error is None else refused(context, error),
            facts=view.setting_facts(context, found.present),
            proposal=view.proposal_facts(context, found),
            proposal_url=view.proposal_url(context, found),
            form=view.setting_form(context, found.present, typed=typed),
            may_change=context.actor.may(CHANGE_SETTING),
            action=context.path(f"{PATH}/{module}/{key}"),
            history=view.history_table(context, found),
        )
