"""/trend in Telegram: a chart as a photo, drawn one at a time and sent again from Telegram's own copy for a while."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import structlog
from telegram import Message, Update
from telegram.constants import ParseMode
from telegram.ext import Application, CommandHandler, ContextTypes, filters

from bot.charts import ChartFailed, drawn
from bot.render import Tree, to_telegram
from bot.render import trendphrases as words
from bot.render.catalogues import spoken
from bot.telegram.people import asker, refusal
from bot.telegram.saying import reply
from bot.trend import Asked, TrendDesk
from newsdesk.limits import QUESTION, Limits, Ruling

log = structlog.get_logger()

COST = 2 * QUESTION
"""A picture takes a second of the machine."""
KEPT = 600.0
"""Seconds for which the same question gets the same picture."""
_MOST = 50


class TrendCommand:
    """Answers /trend. `limits` are shared with the other commands, `clock` counts seconds and never runs backwards."""

    def __init__(self, desk: TrendDesk, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self._desk = desk
        self._limits = limits
        self._clock = clock
        self._drawing = asyncio.Semaphore(1)
        self._sent: OrderedDict[tuple[Asked, str], tuple[float, str]] = OrderedDict()

    def install(self, app: Application[Any, Any, Any, Any, Any, Any]) -> None:
        """Register; before the handlers of everybody's commands."""
        own = filters.UpdateType.MESSAGE & filters.TEXT & ~filters.FORWARDED & ~filters.VIA_BOT
        app.add_handler(CommandHandler("trend", self._trend, filters=own))

    async def _trend(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        message = update.effective_message
        if message is None:
            return
        decision = self._limits.ask(asker(update), self._clock(), COST)
        if decision.ruling is Ruling.NOTICE:
            await message.reply_text(refusal(decision), allow_sending_without_reply=True)
        if decision.ruling is not Ruling.ANSWER:
            return
        asked = self._desk.read(" ".join(context.args or ()))
        if isinstance(asked, Tree):
            await _say(message, asked)
            return
        async with self._drawing:
            await self._show(message, asked)

    async def _show(self, message: Message, asked: Asked) -> None:
        drawing = await self._desk.draw(asked)
        if isinstance(drawing, Tree):
            await _say(message, drawing)
            return
        try:
            photo = self._known(asked) or await drawn(drawing.chart)
        except ChartFailed as error:
            log.error("no chart", reason=str(error))
            await message.reply_text(str(words.FAILED), allow_sending_without_reply=True)
            return
        caption = to_telegram(drawing.caption).html
        said = await message.reply_photo(
            photo, caption=caption, parse_mode=ParseMode.HTML, allow_sending_without_reply=True
        )
        if said.photo and not isinstance(photo, str):
            self._sent[asked, spoken()] = self._clock() + KEPT, said.photo[-1].file_id
            while len(self._sent) > _MOST:
                self._sent.popitem(last=False)

    def _known(self, asked: Asked) -> str | None:
        until, file = self._sent.get((asked, spoken()), (0.0, ""))
        if until > self._clock():
            return file
        self._sent.pop((asked, spoken()), None)
        return None


async def _say(message: Message, tree: Tree) -> None:
    await reply(message, tree)
