"""The frame of the sample pages: 林淑芬 of 臺中市政府民政局 on 105-03-15."""

from __future__ import annotations

import datetime as dt

from zhuji_core.web.shell import Crumb, Flash, NavGroup, NavItem, Shell

KEY = "01938f7e-0000-7000-8000-00000000000a"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def shell(language: str = "zh_Hant_TW", *, flash: tuple[Flash, ...] = ()) -> Shell:
    return Shell(
        county_code="TXG",
        county_name="臺中市",
        agency_name="臺中市政府民政局",
        fiscal_year=105,
        business_date=dt.date(2016, 3, 15),
        user_name="林淑芬",
        role_names=("會計室審核", "簽證人員"),
        language=language,
        csrf_token="token-of-the-gallery",  # noqa: S106 (no secret)
        trace_id=TRACE,
        server_ms=11.4,
        flash=flash,
        search_url="/search",
        nav=(
            NavGroup(
                title="預算",
                items=(
                    NavItem(title="預算科目", url="/list", current=True),
                    NavItem(title="匯入預算書", url="/batch"),
                ),
            ),
            NavGroup(
                title="會計",
                items=(
                    NavItem(title="請示單", url="/document", count=3),
                    NavItem(title="登打請示", url="/entry"),
                    NavItem(title="經費簽證", url="/batch", count=28),
                    NavItem(title="簽證登記簿", url="/list"),
                ),
            ),
        ),
        breadcrumb=(
            Crumb(title="首頁", url="/home"),
            Crumb(title="預算", url="/list"),
            Crumb(title="預算科目"),
        ),
    )
