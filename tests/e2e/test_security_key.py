"""Passwords, sessions, keys and tokens in Chromium, by keyboard; keys by its own authenticator."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.core.identity.ceremony import named_address
from tests.core.site import PASSWORD, Site
from tests.e2e.desk import Desk, Eyes, Presses
from zhuji_core.identity.accounts import find_user
from zhuji_core.identity.passwords import NO_PASSWORD
from zhuji_core.identity.reset_password import make_reset_code
from zhuji_core.settings import keep_setting

pytestmark = pytest.mark.needs("chromium")

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "usb",
    "hasResidentKey": False,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


class Key:
    """Chromium's virtual authenticator, plugged in at one page."""

    def __init__(self, page: Page) -> None:
        self.session = page.context.new_cdp_session(page)
        self.session.send("WebAuthn.enable")
        self.id = self._send("WebAuthn.addVirtualAuthenticator", options=AUTHENTICATOR)[
            "authenticatorId"
        ]

    def credentials(self) -> list[dict[str, Any]]:
        found = self._send("WebAuthn.getCredentials", authenticatorId=self.id)["credentials"]
        return list(found)

    def verify(self, *, works: bool) -> None:
        """Let the PIN be right or wrong."""
        self._send("WebAuthn.setUserVerified", authenticatorId=self.id, isUserVerified=works)

    def turn_back(self) -> None:
        """Make it a copy that has not counted the last sign-ins."""
        (one,) = self.credentials()
        self._send("WebAuthn.removeCredential", authenticatorId=self.id,
                   credentialId=one["credentialId"])  # fmt: skip
        self._send(
            "WebAuthn.addCredential", authenticatorId=self.id, credential={**one, "signCount": 1}
        )

    def _send(self, name: str, **values: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.session.send(name, values)
        return answer


@pytest.fixture
def context(chromium: Browser, site: Site) -> Iterator[BrowserContext]:
    site.given_user("boss", "ADM", in_agency=None)
    opened = chromium.new_context(viewport={"width": 1366, "height": 768}, locale="zh-TW")
    yield opened
    opened.close()


def desk_at(context: BrowserContext, site: Site, eyes: Eyes) -> Desk:
    base = named_address(site)
    return Desk(context, base=base, presses=Presses(), eyes=eyes)


def require_key(site: Site) -> None:
    with site.begin() as uow:
        keep_setting(uow, module="kernel", key="second_factor_roles", value=["ADM"])


def test_an_administrator_enrols_a_key_and_signs_in_with_it(
    site: Site, context: BrowserContext
) -> None:
    require_key(site)
    eyes = Eyes()
    desk = desk_at(context, site, eyes)
    key = Key(desk.page)
    desk.sign_in("boss", PASSWORD)
    expect(desk.page).to_have_url(re.compile("/txg/sign-in/enrol-key"))
    desk.look("enrol-key")
    desk.to("#name")
    desk.type("第一把")
    desk.go("Enter")
    expect(desk.page).to_have_url(re.compile("/txg/$"))
    assert len(key.credentials()) == 1
    desk.open("/txg/kernel/keys")
    expect(desk.page.locator("main")).to_contain_text("第一把")
    expect(desk.page.locator("main")).to_contain_text("最後一把，不能移除")
    desk.look("keys")
    desk.follow("產生新的救援碼")
    expect(desk.page.locator("#recovery-codes li")).to_have_count(10)
    desk.look("recovery-codes")
    code = desk.page.locator("#recovery-codes code").first.inner_text()
    context.clear_cookies()

    desk.sign_in("boss", PASSWORD)
    desk.look("second-factor")
    desk.follow("使用安全金鑰")
    expect(desk.page).to_have_url(re.compile("/txg/$"))
    context.clear_cookies()

    key.verify(works=False)
    desk.sign_in("boss", PASSWORD)
    desk.press("Enter")
    status = desk.page.locator("[data-ceremony-status]")
    expect(status).to_contain_text("已取消或逾時")
    key.verify(works=True)
    key.turn_back()
    desk.follow("使用安全金鑰")
    expect(desk.page.locator("[role=alert]")).to_contain_text("驗證未成功")
    desk.to("details.recovery summary")
    desk.press("Enter")
    desk.to("#code")
    desk.type(code)
    desk.go("Enter")
    expect(desk.page).to_have_url(re.compile("/txg/$"))
    assert desk.faults == []
    assert eyes.violations == []


def test_the_pages_of_an_account_are_accessible(site: Site, context: BrowserContext) -> None:
    site.given_user("clerk", "REQ")
    eyes = Eyes()
    desk = desk_at(context, site, eyes)
    desk.open("/txg/password-reset")
    desk.look("password-reset")
    desk.sign_in("boss", PASSWORD)
    with site.begin() as uow:
        clerk = find_user(uow, account="clerk")
        assert clerk is not None
        uow.abandon("only looks")
    with site.counties["TXG"].begin(actor=site.operator, read_only=True) as uow:
        uow.read_personal_data(kind="kernel.user", subjects=[clerk.user_id], purpose="查詢使用者")
    for name in ("security", "password", "sessions", "tokens", "personal-reads", "abnormal-use"):
        desk.open(f"/txg/kernel/{name}")
        desk.look(name)
    desk.open(f"/txg/kernel/users/{clerk.user_id}/sessions")
    desk.look("sessions-of-another")
    desk.open("/txg/kernel/tokens")
    desk.to("#name")
    desk.type("nightly")
    desk.to("input[name=permissions]")
    desk.press("Space")
    desk.go("F9")
    expect(desk.page.locator("#token")).to_contain_text("zjt_")
    desk.look("token-made")
    desk.open("/txg/kernel/password")
    desk.to("#current")
    desk.type("wrong")
    desk.press("Tab")
    desk.type("short")
    desk.press("Tab")
    desk.type("short")
    desk.go("Enter")
    desk.look("password-refused")
    assert desk.faults == []
    assert eyes.violations == []


def test_a_new_person_begins_with_a_code(site: Site, context: BrowserContext) -> None:
    site.given_user("clerk", "REQ")
    site.under_test["TXG"].execute(
        "UPDATE kernel.user_account SET password_hash = :none WHERE account = 'clerk'",
        none=NO_PASSWORD,
    )
    with site.begin() as uow:
        clerk = find_user(uow, account="clerk")
        assert clerk is not None
        code = make_reset_code(uow, user_id=clerk.user_id).code
    desk = desk_at(context, site, Eyes())
    desk.open("/txg/sign-in")
    desk.follow("我有密碼重設碼")
    for field, typed in (
        ("#account", "clerk"),
        ("#code", code),
        ("#password", "Winter.Sparrow-42"),
        ("#repeated", "Winter.Sparrow-42"),
    ):
        desk.to(field)
        desk.type(typed)
    desk.go("Enter")
    expect(desk.page.locator("[role=status]").first).to_contain_text("密碼已設定")
    desk.sign_in("clerk", "Winter.Sparrow-42")
    expect(desk.page).to_have_url(re.compile("/txg/$"))
    assert desk.faults == []
