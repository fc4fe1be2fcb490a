"""What operations ask for again and again in the query, each with its limits."""

from __future__ import annotations

from typing import Annotated

from litestar.params import QueryParameter

from zhuji_core.values import N_

# Three digits of the Republic-of-China calendar: until 2910.
YEAR_MAX = 999
CODE_MAX = 40
TEXT_MAX = 200

FiscalYear = Annotated[
    int | None,
    QueryParameter(ge=1, le=YEAR_MAX, description=N_("年度（民國）；空白為業務日期之年度")),
]
Code = Annotated[str, QueryParameter(max_length=CODE_MAX, description=N_("機關代碼"))]
Text = Annotated[str, QueryParameter(max_length=TEXT_MAX, description=N_("尋找的文字"))]
