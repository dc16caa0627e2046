"""Logs: one event a line on stderr, pretty in a terminal or JSON for machines, never with a secret in it.

What people and feeds write ends up in logs, too. Nothing in it can begin a line of its own, move the cursor or turn the
direction of writing: such characters are shown by their numbers. Tracebacks have lines; in the pretty form each
of them begins with a bar, as no event does.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
from collections.abc import Iterable
from types import TracebackType
from typing import Any
from urllib.parse import quote, quote_plus

import structlog
from structlog.typing import EventDict, WrappedLogger

_TOKEN = re.compile(r"\b(bot)?\d{6,}(?::|%3[Aa])[A-Za-z0-9_-]{20,}")
_CONTROL = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)
_SHORTEST = 4
"""Shorter secrets are not looked for: they would be found in every other word."""
_BAR = "  │ "
_QUIET = ("httpx", "httpcore", "apscheduler", "telegram", "alembic", "uvicorn", "asyncio")

_secrets: list[str] = []


def keep_secret(secrets: Iterable[str]) -> None:
    """From now on none of these stands in what is logged or redacted, nor does its form in a URL."""
    forms = {form for secret in secrets for form in (secret, quote(secret, safe=""), quote_plus(secret))}
    # The longest first: one secret may be a part of another.
    _secrets[:] = sorted((form for form in forms if len(form) >= _SHORTEST), key=len, reverse=True)


def hide(text: str) -> str:
    """The text without this process's secrets, and without anything that looks like a bot token."""
    for secret in _secrets:
        text = text.replace(secret, "<secret>")
    return _TOKEN.sub(r"\1<token>", text)


def redact(text: str) -> str:
    """The text without secrets, and with the characters that could forge a line shown by their numbers."""
    return _CONTROL.sub(_shown, hide(text)).replace("\n", "⏎")


def configure(style: str = "pretty", level: int = logging.INFO, secrets: Iterable[str] = ()) -> None:
    """Send structlog, the libraries' logs, warnings and last words to stderr in one form.

    `style` is `pretty` or `json`; `secrets` are kept out of everything.
    """
    keep_secret(secrets)
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="timestamp"),
        _drop_empty,
        _impersonal,
    ]
    renderer: list[Any] = (
        [structlog.processors.JSONRenderer(ensure_ascii=False)]
        if style == "json"
        # The plain formatter: the rich one prints local variables, and a token may be among them.
        else [
            _with_bars,
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), sort_keys=False, exception_formatter=structlog.dev.plain_traceback
            ),
        ]
    )
    last: list[Any] = [structlog.processors.format_exc_info, _clean, *renderer]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last], foreign_pre_chain=shared
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # httpx writes every URL at INFO; APScheduler every tick.
    for noisy in _QUIET:
        logging.getLogger(noisy).setLevel(max(level, logging.WARNING))
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=False,
    )
    logging.captureWarnings(True)
    sys.excepthook = _last_words
    threading.excepthook = _thread_ended
    sys.unraisablehook = _unraisable


def _drop_empty(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    return {key: value for key, value in event.items() if value is not None}


def _impersonal(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """A person's private chat has the number of the person: no log names it."""
    chat = str(event.get("chat", ""))
    return {**event, "chat": "private"} if chat.isdigit() else event


def _clean(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Nothing keeps secrets or control characters; tracebacks keep their lines."""
    cleaned: EventDict = {}
    for key, value in event.items():
        if key in ("exception", "stack") and isinstance(value, str):
            cleaned[key] = "\n".join(redact(line) for line in hide(value).splitlines())
        else:
            cleaned[key] = _cleaned(value)
    return cleaned


def _cleaned(value: object) -> object:
    match value:
        case None | bool() | int() | float():
            return value
        case str():
            return redact(value)
        case dict():
            return {redact(str(key)): _cleaned(inner) for key, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_cleaned(inner) for inner in value]
        case BaseException():
            return redact(f"{type(value).__name__}: {value}")
    return redact(str(value))


def _with_bars(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    for key in ("exception", "stack"):
        if isinstance(event.get(key), str):
            event[key] = "\n".join(_BAR + line for line in event[key].split("\n"))
    return event


def _shown(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _last_words(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """What ends the process is logged like everything else: Python's own traceback would show secrets."""
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    _log().critical("a bug ends the process", exc_info=(kind, error, trace))


def _thread_ended(what: threading.ExceptHookArgs) -> None:
    if what.exc_value is not None and not issubclass(what.exc_type, SystemExit):
        _log().critical("a bug ended a thread", exc_info=(what.exc_type, what.exc_value, what.exc_traceback))


def _unraisable(what: sys.UnraisableHookArgs) -> None:
    error = what.exc_value
    trace = None if error is None else (type(error), error, what.exc_traceback)
    _log().error("an error that nobody hears", message=what.err_msg, exc_info=trace)


def _log() -> Any:
    return structlog.get_logger(__name__)
