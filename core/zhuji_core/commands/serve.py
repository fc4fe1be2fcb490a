"""``zhuji serve``: the website, until it is told to stop."""

from __future__ import annotations

import contextlib
import os
import socket

import rich_click as click
from rich.console import Console

from zhuji_core import background, server
from zhuji_core.compose import build_app, open_host, watched

FACTORY = "zhuji_core.compose:create"


@click.command("serve", help="啟動網站")
@click.option("--host", default="127.0.0.1", show_default=True, help="監聽的位址")
@click.option("--port", default=8105, show_default=True, help="監聽的埠號")
@click.option("--workers", default=1, show_default=True, help="處理程序數")
@click.option("--https", is_flag=True, help="網站以 https 提供（前方有 TLS 代理）")
@click.option(
    "--no-background",
    is_flag=True,
    help="不執行背景工作（稽核封存、事件、作業），由另外的 zhuji jobs work 執行",
)
def command(*, host: str, port: int, workers: int, https: bool, no_background: bool) -> None:
    console = Console(highlight=False)
    with server.stopped_by_signals(), server.listen(host=host, port=port) as listener:
        try:
            beside = contextlib.nullcontext() if no_background else background.beside()
            with beside:
                _serve(console, listener, host=host, workers=workers, https=https)
        except KeyboardInterrupt:
            console.print("已停止。")


def _serve(
    console: Console, listener: socket.socket, *, host: str, workers: int, https: bool
) -> None:
    address = f"http://{host}:{listener.getsockname()[1]}/"
    with watched() as around, open_host() as opened:
        console.print(f"主計網站：{address}　（Ctrl-C 停止）")
        if workers == 1:
            app = around(opened, build_app(opened, https=https))
            server.serve(app, listener=listener)
            return
        # The workers compose their own; this process does what no request waits for.
        os.environ["ZHUJI_HTTPS"] = "1" if https else "0"
        server.serve_workers(FACTORY, listener=listener, workers=workers)
