"""Do the main job of every module through HTTP and tell what came back."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from zhuji_core import server
from zhuji_core.demo.client import DemoClient
from zhuji_core.demo.counties import CHECKED
from zhuji_core.demo.start import Demo
from zhuji_core.modules import DemoStep
from zhuji_core.values import Value

LOCAL = "127.0.0.1"
MODULE = "kernel"


class CheckResult(Value, frozen=True, kw_only=True):
    """What ``--check --json`` prints; a run without a step has not passed."""

    passed: bool
    county: str
    seconds: float
    steps: Mapping[str, Sequence[DemoStep]]


def check(demo: Demo) -> CheckResult:
    """Serve on a free port, run ``check_demo`` of each module of the county, stop serving."""
    access = next(one for one in demo.counties if one.county.code == CHECKED)
    began = time.monotonic()
    listener = server.listen(host=LOCAL, port=0)
    with server.in_background(demo.app, listener=listener):
        client = DemoClient(
            host=LOCAL,
            port=listener.getsockname()[1],
            county=access.county.code.lower(),
            accounts=demo.accounts(access),
            passwords=demo.passwords(access),
        )
        steps: dict[str, Sequence[DemoStep]] = {MODULE: _kernel_steps(client)}
        for name in demo.host.modules:
            if name in access.county.modules:
                steps[name] = _steps(demo, name, client)
        client.close()
    every = [step for module in steps.values() for step in module]
    return CheckResult(
        passed=bool(every) and all(step.passed for step in every),
        county=access.county.code,
        seconds=round(time.monotonic() - began, 3),
        steps=steps,
    )


def _kernel_steps(client: DemoClient) -> list[DemoStep]:
    """A stranger is sent to the sign-in page; the first account finds its worklist."""
    stranger = client.anonymous()
    sent = stranger.get("")
    stranger.close()
    account = client.accounts[0].account
    try:
        home = client.as_account(account).get("").status
    except AssertionError as error:
        home = 0
        account = str(error)
    return [
        _step("未登入者開啟首頁", expected="303", got=str(sent.status)),
        _step(f"{account} 登入後開啟首頁", expected="200", got=str(home)),
    ]


def _step(title: str, *, expected: str, got: str) -> DemoStep:
    return DemoStep(title=title, expected=expected, got=got, passed=expected == got)


def _steps(demo: Demo, module: str, client: DemoClient) -> Sequence[DemoStep]:
    """Ask one module; what it did not expect at all is a failed step, not the end of the check."""
    access = demo.counties[0]
    try:
        return access.hooks.check_demo(client, module=module)
    except Exception as error:  # noqa: BLE001 (reported as the result; the other modules go on)
        got = f"{type(error).__name__}: {error}"
        return [DemoStep(title=f"{module} 檢查中斷", expected="完成", got=got, passed=False)]
