"""Which agency sends its documents through which supervising agency (主管機關). Pure."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Collection, Mapping, Sequence

from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.values import N_, DomainError, Value

KIND = "budget.supervisor"
# A county has some hundreds of agencies and schools; they are keyed or pasted at once.
PAIRS_MAX = 2_000

AGENCY_UNKNOWN = N_("查無此機關。")
SUPERVISOR_UNKNOWN = N_("查無此主管機關。")
TWICE = N_("同一機關只能列一次。")
ITSELF = N_("機關不能以自己為主管機關。")
TWO_STEPS = N_("主管機關本身另有主管機關；文件只經一層核轉。")


class Endorsement(enum.StrEnum):
    """What the supervising agency says to a document that was sent to it."""

    AGREE = "agree"
    RETURN = "return"


class Supervised(Value, frozen=True, kw_only=True):
    """An agency and its supervisor; ``supervisor_code`` "": it sends straight on."""

    agency_code: str
    supervisor_code: str


class Supervisor(Value, frozen=True, kw_only=True):
    """Where an agency's documents go first; code "": nowhere."""

    code: str = ""
    name: str = ""


class PairsInvalid(DomainError):
    """Pairs that cannot be taken; each is named by its place."""

    code = "E-SUPERVISOR-PAIRS"
    message = N_("有 {count} 列無法存入，請修正後再存；未存入任何一列。")
    status_code = 422


class PairsUnchanged(DomainError):
    """Everything stands so already."""

    code = "E-SUPERVISOR-SAME"
    message = N_("所列機關之主管機關均與現況相同。")


class OwnDocument(DomainError):
    """Whoever wrote or sent a document does not endorse it for the supervisor."""

    code = "E-SUPERVISOR-OWN"
    message = N_("{label} 由您擬編或送出，須由主管機關其他人員核轉。")


def document_of(document_id: uuid.UUID, pair: Supervised) -> DocumentRef:
    return DocumentRef(
        kind=KIND,
        document_id=document_id,
        label=f"{pair.agency_code} → {pair.supervisor_code or '—'}",
        agency_code=pair.agency_code,
    )


def require_pairs(
    wanted: Sequence[Supervised], *, agencies: Collection[str], known: Mapping[str, str]
) -> list[Supervised]:
    """Return what changes; raise PairsInvalid with each wrong row, or PairsUnchanged.

    ``known`` is the map as it stands. There is one step: who supervises is not supervised.
    """
    after = {**known, **{one.agency_code: one.supervisor_code for one in wanted}}
    after = {agency: supervisor for agency, supervisor in after.items() if supervisor}
    faults: dict[str, str] = {}
    seen: set[str] = set()
    for number, one in enumerate(wanted):
        if text := _fault(one, agencies=agencies, after=after, seen=seen):
            faults[f"pairs-{number}"] = text
        seen.add(one.agency_code)
    if faults:
        raise PairsInvalid(count=len(faults), fields=faults)
    changed = [one for one in wanted if known.get(one.agency_code, "") != one.supervisor_code]
    if not changed:
        raise PairsUnchanged
    return changed


def _fault(
    one: Supervised, *, agencies: Collection[str], after: Mapping[str, str], seen: set[str]
) -> str:
    given, supervisor = one.agency_code, one.supervisor_code
    checks = (
        (given not in agencies, AGENCY_UNKNOWN),
        (given in seen, TWICE),
        (bool(supervisor) and supervisor not in agencies, SUPERVISOR_UNKNOWN),
        (supervisor == given, ITSELF),
        (bool(supervisor) and (supervisor in after or given in after.values()), TWO_STEPS),
    )
    return next((text for wrong, text in checks if wrong), "")
