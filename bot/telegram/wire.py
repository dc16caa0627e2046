"""Between our values and python-telegram-bot's: bots, requests, texts, buttons."""

from __future__ import annotations

import logging
import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, ReplyParameters
from telegram.constants import ParseMode
from telegram.error import TelegramError
from telegram.request import HTTPXRequest

from bot.render import TelegramText
from bot.render.tree import Rows
from newsdesk.ports import Confirm

PUBLIC_SERVER = "https://api.telegram.org"
SEND_TIMEOUT = 60.0
"""Seconds to wait for the answer to a send. The library's own 5 s are the main cause of sends of unknown outcome."""
EDIT_TIMEOUT = 15.0
"""The same for an edit: it may be repeated, and new posts to the chat wait behind it."""
CONNECT_TIMEOUT = 10.0
CONNECTIONS = 32
"""For sends side by side: more than people are served at once (bot/deliver.py), so that channels never wait for theirs."""


_CONFIRM: ContextVar[Confirm | None] = ContextVar("confirm", default=None)


@contextmanager
def confirming(confirm: Confirm | None) -> Iterator[None]:
    """Within: each request awaits `confirm` when its first byte is about to leave, the connection standing already."""
    token = _CONFIRM.set(confirm)
    try:
        yield
    finally:
        _CONFIRM.reset(token)


async def _before_leaving(request: Any) -> None:
    """The HTTP client's hook: have the last look made by its transport, behind the waits for a connection."""
    confirm = _CONFIRM.get()
    if confirm is None:
        return

    async def trace(event: str, _: Any) -> None:
        if event.endswith(".send_request_headers.started"):
            await confirm()

    request.extensions = {**request.extensions, "trace": trace}


def make_request(connections: int = 8, read_timeout: float = SEND_TIMEOUT) -> HTTPXRequest:
    """A connection pool of its own, so that a slow send keeps no command and no long poll waiting."""
    # Durations as timedelta: the library warns at every flood answer otherwise.
    os.environ.setdefault("PTB_TIMEDELTA", "true")
    without_tracebacks()
    return HTTPXRequest(
        connection_pool_size=connections,
        read_timeout=read_timeout,
        write_timeout=20.0,
        connect_timeout=CONNECT_TIMEOUT,
        pool_timeout=CONNECT_TIMEOUT,
        httpx_kwargs={"event_hooks": {"request": [_before_leaving]}, "verify": trust()},
    )


@cache
def trust() -> ssl.SSLContext:
    """The certificates that the system trusts, as feeds are fetched. Read once: each pool by itself would spend a fortieth of
    a second and most of a megabyte on them.
    """
    return ssl.create_default_context()


def api_urls(api: str | None) -> tuple[str, str]:
    """Base addresses of methods and of files at a Bot API server, the public one when none is given."""
    base = (api or PUBLIC_SERVER).rstrip("/")
    return f"{base}/bot", f"{base}/file/bot"


def make_bot(
    token: str, api: str | None, read_timeout: float = SEND_TIMEOUT
) -> tuple[Bot, tuple[HTTPXRequest, HTTPXRequest]]:
    """A bot and its two connection pools, which the caller shuts down."""
    methods, files = api_urls(api)
    requests = (make_request(CONNECTIONS, read_timeout=read_timeout), make_request(1))
    bot = Bot(token, base_url=methods, base_file_url=files, request=requests[0], get_updates_request=requests[1])
    return bot, requests


class _OneLine(logging.Filter):
    """Takes the traceback off records about Telegram's errors: they are the world's doing, not bugs."""

    def filter(self, record: logging.LogRecord) -> bool:
        kind = record.exc_info[0] if record.exc_info else None
        if kind is not None and issubclass(kind, TelegramError):
            record.msg = f"{record.getMessage()} ({kind.__name__}: {record.exc_info[1] if record.exc_info else ''})"
            record.args = ()
            record.exc_info = None
        return True


_ONE_LINE = _OneLine()


def without_tracebacks() -> None:
    """Let the library log its network troubles in one line each, and what it cannot read not at all: it raises, too, and
    would write down what people wrote."""
    logging.getLogger("telegram.request").setLevel(logging.CRITICAL)
    for name in ("telegram.Bot", "telegram.ext.ExtBot"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    for name in ("telegram.ext", "telegram.ext.Updater", "telegram.ext.Application"):
        logging.getLogger(name).addFilter(_ONE_LINE)


def text_fields(text: TelegramText) -> dict[str, Any]:
    """The fields that sending and editing share."""
    return {
        "text": text.html if text.marked else text.plain,
        "parse_mode": ParseMode.HTML if text.marked else None,
        "link_preview_options": _preview(text),
        "reply_markup": keyboard(text.buttons),
    }


def answering(text: TelegramText) -> ReplyParameters | None:
    """What the message is a reply to, where that still stands."""
    if text.answers is None:
        return None
    return ReplyParameters(text.answers, allow_sending_without_reply=True)


def keyboard(rows: Rows) -> InlineKeyboardMarkup | None:
    """Buttons as Telegram wants them; None when there are none."""
    if not rows:
        return None
    return InlineKeyboardMarkup(
        [
            [
                InlineKeyboardButton(button.text, url=button.url)
                if button.url
                else InlineKeyboardButton(button.text, callback_data=button.data)
                for button in row
            ]
            for row in rows
        ]
    )


def _preview(text: TelegramText) -> LinkPreviewOptions:
    """Always said explicitly: Telegram would otherwise preview the first address that it finds in the text."""
    if text.preview is None:
        return LinkPreviewOptions(is_disabled=True)
    return LinkPreviewOptions(
        url=text.preview.url,
        prefer_large_media=True if text.preview.large else None,
        prefer_small_media=None if text.preview.large else True,
        show_above_text=text.preview.above,
    )
