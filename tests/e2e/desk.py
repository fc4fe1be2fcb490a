"""A person at a keyboard: every key press is counted; every page is looked at and checked."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page

AXE = Path(__file__).parents[1] / "assets" / "axe" / "axe.min.js"
SCREENSHOTS = os.environ.get("ZHUJI_SCREENSHOTS", "")
TAB_MAX = 120
ALT = 1  # the bit of the modifier in Chromium's protocol
OFFICE_SCREEN = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}
RUN_AXE = "() => axe.run(document, {resultTypes: ['violations']})"


class Presses:
    """Keys and typed characters; a Chinese character counts once, however it is composed."""

    def __init__(self) -> None:
        self.keys = 0
        self.characters = 0

    @property
    def total(self) -> int:
        return self.keys + self.characters


class Eyes:
    """Looks at each kind of page once: axe finds nothing, and a picture is kept if asked for."""

    def __init__(self) -> None:
        self.seen: dict[str, list[str]] = {}
        self._script = AXE.read_text("utf-8")

    def look(self, page: Page, name: str) -> None:
        if name in self.seen:
            return
        page.evaluate(self._script)
        result: dict[str, Any] = page.evaluate(RUN_AXE)
        self.seen[name] = [
            f"{name}: {violation['id']} {violation['help']} {node['target']}"
            for violation in result["violations"]
            for node in violation["nodes"]
        ]
        self.picture(page, name)

    def picture(self, page: Page, name: str) -> None:
        if SCREENSHOTS:
            folder = Path(SCREENSHOTS)
            folder.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=folder / f"{name}.png", full_page=True)

    @property
    def violations(self) -> list[str]:
        return [violation for found in self.seen.values() for violation in found]


class Desk:
    """One person's browser, used by keyboard alone."""

    def __init__(self, context: BrowserContext, *, base: str, presses: Presses, eyes: Eyes) -> None:
        self.page = context.new_page()
        self.faults: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self._base = base
        self._presses = presses
        self._eyes = eyes

    def open(self, path: str) -> None:
        """Type an address: how a day begins."""
        self.page.goto(f"{self._base}{path}")

    def sign_in(self, account: str, password: str) -> None:
        self.open("/txg/sign-in")
        self.to("#account")
        self.type(account)
        self.press("Tab")
        self.type(password)
        self.go("Enter")

    def press(self, key: str, *, times: int = 1) -> None:
        for _ in range(times):
            self._presses.keys += 1
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        self._presses.characters += len(text)
        self.page.keyboard.type(text)

    def go(self, key: str) -> None:
        """Press a key that leads to another page, and wait until it is there."""
        with self.page.expect_navigation(wait_until="load", timeout=60_000):
            self.press(key)

    def access(self, letter: str) -> None:
        """Press Alt and an access key, with the letter's text that Playwright leaves out."""
        self._presses.keys += 1
        event = {
            "modifiers": ALT,
            "key": letter,
            "code": f"Key{letter.upper()}",
            "windowsVirtualKeyCode": ord(letter.upper()),
            "text": letter,
            "unmodifiedText": letter,
        }
        session = self.page.context.new_cdp_session(self.page)
        with self.page.expect_navigation(wait_until="load", timeout=60_000):
            session.send("Input.dispatchKeyEvent", {**event, "type": "keyDown"})
        session.detach()

    def to(self, selector: str) -> None:
        """Press Tab until the element has the focus."""
        for _ in range(TAB_MAX):
            if self.focused(selector):
                return
            self.press("Tab")
        raise AssertionError(f"no Tab leads to {selector} on {self.page.url}")

    def focused(self, selector: str) -> bool:
        return bool(
            self.page.evaluate("(s) => document.activeElement?.matches(s) ?? false", selector)
        )

    def follow(self, text: str) -> None:
        """Tab to the link or button with this text and press Enter."""
        for _ in range(TAB_MAX):
            if re.search(text, self.focused_text()):
                break
            self.press("Tab")
        else:
            raise AssertionError(f"no Tab leads to {text} on {self.page.url}")
        self.go("Enter")

    def focused_text(self) -> str:
        return str(
            self.page.evaluate(
                "() => document.activeElement?.matches('a, button')"
                " ? document.activeElement.innerText : ''"
            )
        )

    def confirm(self) -> None:
        """Key what the summary asks for, the second key of a dangerous action."""
        self.to("#confirmation")
        expected = self.page.locator("#confirmation").get_attribute("placeholder") or ""
        self.type(expected)
        self.go("Enter")

    def look(self, name: str) -> None:
        self._eyes.look(self.page, name)

    def text(self) -> str:
        return self.page.locator("main").inner_text()
