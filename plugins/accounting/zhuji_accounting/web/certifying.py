"""Certify one request from a page or the API, with whichever others wait at the same moment."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from zhuji_accounting.domain.certification import Outcome
from zhuji_accounting.permissions import CERTIFY_REQUEST
from zhuji_accounting.settings import MODULE, AccountingSettings
from zhuji_accounting.usecases.certify_together import certify_together
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import DomainError
from zhuji_core.web.together import Together


def _certify(
    uow: UnitOfWork, acts: Sequence[tuple[UnitOfWork, uuid.UUID]]
) -> list[Outcome | DomainError]:
    """Certify each; what refuses one is its own request's answer."""
    return [outcome.refusal or outcome for outcome in certify_together(uow, acts)]


def _wanted(settings: Mapping[str, Mapping[str, Any]]) -> bool:
    own = msgspec.convert(dict(settings.get(MODULE, {})), AccountingSettings)
    return own.certified_together


CERTIFYING = Together(name=CERTIFY_REQUEST.name, do=_certify, wanted=_wanted)
