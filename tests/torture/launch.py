"""The real program with some of its values changed: to hurry its patience, to open its mouth, or to take a protection away.

    python -m tests.torture.launch [--set MODULE.NAME=VALUE] [--loud] [--unhidden] [--unlimited] -- run ...

For the proofs that a fault test can fail, and for waits that nobody wants to sit through.
"""

from __future__ import annotations

import argparse
import importlib
import json
import logging
import sys
from datetime import timedelta
from typing import Any


def main() -> None:
    """Change what is asked for, then be the program."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--set", action="append", default=[], metavar="MODULE.NAME=VALUE")
    parser.add_argument("--loud", action="store_true", help="every logger at DEBUG")
    parser.add_argument("--unhidden", action="store_true", help="logs hide no secrets")
    parser.add_argument("--unlimited", action="store_true", help="chat knows no limits")
    parser.add_argument("command", nargs="*")
    asked = parser.parse_args()
    for change in asked.set:
        _set(change)
    if asked.unhidden:
        _unhidden()
    if asked.unlimited:
        _unlimited()
    if asked.loud:
        _loud()
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


if __name__ == "__main__":
    main()
