"""What the law sees in a control row: personnel, debt, a reserve. Told by code tables, with years.

An object (用途別) or a function (政事別) has its role in the set of codes that holds in a year; no
name is read. A reserve is the agency's first one unless the function of its line says otherwise.
"""

from __future__ import annotations

import enum

from zhuji_core.contracts import funds
from zhuji_core.values import N_


class Role(enum.StrEnum):
    NONE = ""
    PERSONNEL = "personnel"
    DEBT = "debt"
    FIRST_RESERVE = "first_reserve"
    SECOND_RESERVE = "second_reserve"
    OTHER_RESERVE = "other_reserve"


# In the table of objects a reserve is one word: which one it is, the function of the line tells.
RESERVE = "reserve"
ROLES: dict[str, dict[str, str]] = {
    "object": {
        Role.PERSONNEL: N_("人事費"),
        Role.DEBT: N_("債務費"),
        RESERVE: N_("預備金"),
    },
    "function": {
        Role.SECOND_RESERVE: N_("第二預備金"),
        Role.OTHER_RESERVE: N_("其他準備金"),
    },
}
# Those that are never spent where they stand (預算法 22, 64, 70).
RESERVE_TITLES: dict[Role, str] = {
    Role(role): title for role, title in funds.RESERVE_TITLES.items()
}
# Never of the capital account (預算法 10).
NEVER_CAPITAL = (str(Role.PERSONNEL), str(Role.DEBT))
