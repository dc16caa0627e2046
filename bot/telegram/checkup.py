"""What `lintas doctor` asks Telegram: who we are, what we may do in a chat, and whether looking works there."""

from __future__ import annotations

from dataclasses import dataclass

from bot.render import to_json
from bot.render.tree import Tree, line
from bot.telegram.membership import obstacle
from bot.telegram.publisher import TelegramPublisher, translated
from newsdesk.errors import OutcomeUnknown


@dataclass(frozen=True, slots=True)
class ChatFacts:
    """A chat as the bot sees it. `obstacle` says why it may not post there, "" when it may."""

    title: str
    kind: str
    obstacle: str
    protected: bool
    """Its messages cannot be forwarded."""


@dataclass(frozen=True, slots=True)
class Updates:
    """How updates come: `address` is the webhook's, "" where they are fetched; `trouble` is why Telegram could not bring
    one, "" where it never failed.
    """

    address: str
    waiting: int
    trouble: str


class Checkup(TelegramPublisher):
    """The publisher that delivery uses, and a few questions more. All raise PublishError."""

    async def facts(self, chat: str) -> ChatFacts:
        """What the chat is and whether the bot may post there."""
        async with translated():
            me = await self._bot.get_me()
            found = await self._bot.get_chat(chat)
            member = await self._bot.get_chat_member(chat, me.id) if found.type != "private" else None
        title = found.title or found.full_name or chat
        why = "" if member is None else obstacle(found.type, member)
        return ChatFacts(title, found.type, why, bool(found.has_protected_content))

    async def updates(self) -> Updates:
        """Where Telegram brings updates, and how many wait."""
        async with translated():
            info = await self._bot.get_webhook_info()
        return Updates(info.url, info.pending_update_count, info.last_error_message or "")

    async def prove_looking(self, chat: str, words: str) -> str:
        """Send a silent message, look for it just as delivery would, delete it; "" or what went wrong.

        Raises PublishError when it cannot be sent or deleted.
        """
        content = to_json(Tree((line(words),), silent=True))
        number = await self.send(chat, content)
        try:
            found = await self.find(chat, content, number - 1)
        except OutcomeUnknown as error:
            return str(error)
        finally:
            async with translated():
                await self._bot.delete_message(chat_id=chat, message_id=number)
        return "" if found == number else f"message {number} was sent, and {found or 'nothing'} was found"
