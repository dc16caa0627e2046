"""The real program with some of its values changed: to hurry its patience, to open its mouth, or to take a protection away.

    python -m tests.torture.launch [--set MODULE.NAME=VALUE] [--connect SECONDS] [--pooled] [--loud] … -- run ...

For the proofs that a fault test can fail, and for waits that nobody wants to sit through.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import logging
import os
import sys
import threading
import warnings
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote


def main() -> None:
    """Change what is asked for, then be the program."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--set", action="append", default=[], metavar="MODULE.NAME=VALUE")
    parser.add_argument("--connect", type=float, help="how long a name or a connection is waited for")
    parser.add_argument("--pooled", action="store_true", help="names are looked up by a pool of threads")
    parser.add_argument("--loud", action="store_true", help="every logger at DEBUG")
    parser.add_argument("--unhidden", action="store_true", help="logs hide no secrets")
    parser.add_argument("--unlimited", action="store_true", help="chat knows no limits")
    parser.add_argument("--explode", action="store_true", help="calls of Telegram fail with their address in the error")
    parser.add_argument("--bug", action="store_true", help="polling ends with a bug that names every secret")
    parser.add_argument("command", nargs="*")
    asked = parser.parse_args()
    for change in asked.set:
        _set(change)
    if asked.unhidden:
        _unhidden()
    if asked.unlimited:
        _unlimited()
    if asked.connect:
        _hurried(asked.connect)
    if asked.pooled:
        _pooled()
    if asked.loud:
        _loud()
    if asked.explode:
        _explode()
    if asked.bug:
        _bug()
    sys.argv = ["lintas", *asked.command]
    from bot.cli import main as program

    program()


def _set(change: str) -> None:
    name, _, value = change.partition("=")
    module_name, _, attribute = name.rpartition(".")
    module = importlib.import_module(module_name)
    new: Any = json.loads(value)
    setattr(module, attribute, timedelta(seconds=new) if isinstance(getattr(module, attribute), timedelta) else new)


def _unhidden() -> None:
    from bot import logs

    logs.hide = lambda text: text


def _unlimited() -> None:
    from newsdesk.limits import Decision, Limits, Ruling

    Limits.ask = lambda *_, **__: Decision(Ruling.ANSWER)  # type: ignore[method-assign]


def _hurried(seconds: float) -> None:
    from bot import wiring

    usual = wiring.fetch_policy
    wiring.fetch_policy = lambda settings: replace(usual(settings), connect_seconds=seconds)


def _pooled() -> None:
    from feeds import fetch

    pool = ThreadPoolExecutor(20)

    async def look_up(self: Any, *what: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(pool, self._names, *what)

    fetch._GuardedResolver._look_up = look_up  # type: ignore[method-assign]


def _loud() -> None:
    from bot import logs

    usual = logs.configure

    def configure(style: str = "pretty", level: int = logging.DEBUG, secrets: Any = ()) -> None:
        usual(style, logging.DEBUG, secrets)
        for name in ("", "httpx", "httpcore", "telegram", "telegram.request", "telegram.ext", "asyncio", "apscheduler"):
            logging.getLogger(name).setLevel(logging.DEBUG)

    logs.configure = configure
    import bot.telegram.wire as wire

    wire.without_tracebacks = lambda: None


def _explode() -> None:
    import httpx
    from telegram.request import HTTPXRequest

    usual = HTTPXRequest.do_request
    calls: Counter[str] = Counter()

    async def do_request(self: HTTPXRequest, url: str, *more: Any, **named: Any) -> tuple[int, bytes]:
        method = url.rpartition("/")[2]
        calls[method] += 1
        match calls[method] % 4:
            case 1:
                raise RuntimeError(f"cannot call {url}")
            case 2:
                raise httpx.InvalidURL(f"no good: {url!r}")
            case 3:
                raise ValueError("cannot read", {"url": url, "quoted": quote(url, safe="")})
        return await usual(self, url, *more, **named)

    HTTPXRequest.do_request = do_request  # type: ignore[assignment,method-assign]


def _bug() -> None:
    from bot.poll import Poller

    secrets = " ".join(value for name, value in os.environ.items() if name.startswith("LINTAS_"))

    async def due(*_: Any) -> None:
        warnings.warn(secrets, UserWarning, stacklevel=1)
        logging.getLogger("library").warning("talks of %s", {"settings": [secrets]})
        thread = threading.Thread(target=_raise, args=(secrets,))
        thread.start()
        thread.join()
        asyncio.get_running_loop().call_soon(_raise, secrets)
        await asyncio.sleep(0)
        raise RuntimeError(secrets)

    Poller.due = due  # type: ignore[assignment,method-assign]


def _raise(text: str) -> None:
    raise RuntimeError(text)


if __name__ == "__main__":
    main()
