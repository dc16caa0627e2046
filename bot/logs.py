"""Logs: one event a line on stderr, pretty in a terminal or JSON for machines, never with a secret in it."""

from __future__ import annotations

import logging
import re
import sys
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

_TOKEN = re.compile(r"\b(bot)?\d{6,}:[A-Za-z0-9_-]{20,}")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def redact(text: str) -> str:
    """The text without anything that looks like a bot token, and without characters that could forge a line."""
    return _CONTROL.sub("�", _TOKEN.sub(r"\1<token>", text)).replace("\n", "⏎")


def configure(style: str = "pretty", level: int = logging.INFO) -> None:
    """Send structlog and the libraries' logs to stderr in one form. `style` is `pretty` or `json`."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="timestamp"),
        _drop_empty,
    ]
    renderer = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if style == "json"
        # The plain formatter: the rich one prints local variables, and a token may be among them.
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), sort_keys=False, exception_formatter=structlog.dev.plain_traceback
        )
    )
    last: list[Any] = [structlog.processors.format_exc_info, _clean, renderer]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last], foreign_pre_chain=shared
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # httpx writes every URL, token included, at INFO; APScheduler every tick.
    for noisy in ("httpx", "httpcore", "apscheduler", "telegram", "alembic", "uvicorn", "asyncio"):
        logging.getLogger(noisy).setLevel(max(level, logging.WARNING))
    # A skipped tick, once a second: bot/service.py says it with fewer words.
    logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=False,
    )


def _drop_empty(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    return {key: value for key, value in event.items() if value is not None}


def _clean(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Strings lose secrets and control characters; tracebacks keep their lines but lose secrets."""
    cleaned: EventDict = {}
    for key, value in event.items():
        if key == "exception" and isinstance(value, str):
            cleaned[key] = "\n".join(redact(line) for line in value.splitlines())
        elif isinstance(value, str):
            cleaned[key] = redact(value)
        else:
            cleaned[key] = value
    return cleaned
