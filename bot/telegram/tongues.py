"""In which language a person is answered: the one they chose, else that of their Telegram, else Indonesian."""

from __future__ import annotations

from typing import Any

from telegram import Update
from telegram.ext import Application, ContextTypes, TypeHandler

from bot.chat.languages import Chosen
from bot.render.catalogues import HOME, language_for, speak

BEFORE_ALL = -10
"""The group of handlers that hears an update before any other."""


class Tongues:
    """Sets the language for whatever answers an update. `chosen` is what people chose, by their number."""

    def __init__(self, chosen: Chosen) -> None:
        self._chosen = chosen

    def install(self, app: Application[Any, Any, Any, Any, Any, Any]) -> None:
        """Hear every update first."""
        app.add_handler(TypeHandler(Update, self._hear), group=BEFORE_ALL)

    async def _hear(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        # The handlers of one update run one after another in one task, so what is set here holds for all of them.
        person = update.effective_user
        if person is not None:
            speak(self._chosen[person.id] or language_for(person.language_code) or HOME)
