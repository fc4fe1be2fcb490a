"""What a verb of the audit trail is called, whoever records it: people read no codes."""

from __future__ import annotations

from zhuji_core.audit.verbs import DECISIONS, action_title
from zhuji_core.permissions import ALL as KERNEL_PERMISSIONS
from zhuji_core.proposals.kinds import kinds_of
from zhuji_core.web.context import RequestContext


def verb_title(context: RequestContext, action: str, title: str) -> str:
    """Return the words of ``action``; ``title`` is its permission's, or the action itself.

    Verbs that are no permissions are named by the kernel, by their module (``ModuleInfo.verbs``),
    or as the kind of a proposal and what was decided on it.
    """
    tr = context.gettext
    kinds = {one.name: one.title for one in kinds_of(context.access.hooks)}
    kind, _, decision = action.rpartition(".")
    if decision in DECISIONS and kind in kinds:
        return f"{tr(DECISIONS[decision])}　{tr(kinds[kind])}"
    info = context.access.hooks.installed.get(action.partition(".")[0])
    own = {**kinds, **{one.name: one.title for one in KERNEL_PERMISSIONS}}
    if info is not None:
        own |= info.verbs
    return tr(action_title(action, own.get(action, title) if title == action else title))
