"""What Telegram itself shows of the bot, in each of our languages: the menu of commands and what the bot is for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import structlog
from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllGroupChats,
    BotCommandScopeChat,
    BotCommandScopeDefault,
)
from telegram.error import TelegramError

from bot.logs import redact
from bot.render import phrases
from bot.render.catalogues import HOME, LANGUAGES, Phrase, speaking
from bot.telegram.errors import NOT_TELEGRAM

log = structlog.get_logger()

Menu = Sequence[tuple[str, Phrase]]
"""Names of commands, without "/", each with what is said of it."""


async def show(bot: Bot, everybody: Menu, in_groups: Menu, people: Mapping[int, Menu]) -> None:
    """Tell Telegram the commands of everybody, those that work in groups, those that single people have besides, and what
    the bot is for.

    Whoever speaks none of our languages sees Indonesian. A refusal is logged: all of this is a convenience.
    """
    for language in LANGUAGES:
        tag = "" if language == HOME else language
        with speaking(language):
            await _set_menu(bot, BotCommandScopeDefault(), everybody, tag)
            await _set_menu(bot, BotCommandScopeAllGroupChats(), in_groups, tag)
            for person, menu in people.items():
                await _set_menu(bot, BotCommandScopeChat(person), (*menu, *everybody), tag)
            await _introduce(bot, tag)


async def _set_menu(bot: Bot, scope: BotCommandScope, menu: Menu, tag: str) -> None:
    commands = [BotCommand(name, str(what)) for name, what in menu]
    # One who never wrote to the bot has no chat with it: the commands work without their menu.
    await _gently(
        lambda: bot.set_my_commands(commands, scope=scope, language_code=tag), f"commands ({scope.type})", tag
    )


async def _introduce(bot: Bot, tag: str) -> None:
    """What stands in an empty chat and in the bot's profile; set only where it changed, since Telegram counts changes."""
    about, brief = str(phrases.ABOUT), str(phrases.ABOUT_BRIEF)

    async def describe() -> None:
        if (await bot.get_my_description(language_code=tag)).description != about:
            await bot.set_my_description(about, language_code=tag)

    async def describe_briefly() -> None:
        if (await bot.get_my_short_description(language_code=tag)).short_description != brief:
            await bot.set_my_short_description(brief, language_code=tag)

    await _gently(describe, "description", tag)
    await _gently(describe_briefly, "short description", tag)


async def _gently(call: Callable[[], Awaitable[Any]], what: str, tag: str) -> None:
    try:
        await call()
    except (TelegramError, *NOT_TELEGRAM) as error:
        log.warning("not shown in Telegram", what=what, language=tag or HOME, reason=redact(repr(error)))
