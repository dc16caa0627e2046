"""Puts messages into Telegram chats, once, and looks for those of unknown fate."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Self

import structlog
from telegram import Message, MessageOriginUser
from telegram.error import TelegramError

from bot.logs import redact
from bot.render import TelegramText, from_json, to_telegram
from bot.render.rows import in_rows
from bot.render.topicphrases import topic_gone
from bot.render.tree import Button
from bot.telegram.errors import (
    ALREADY_GONE,
    MISSING,
    REPLY_MISSING,
    TOPIC_MISSING,
    UNCHANGED,
    UNDELETABLE,
    UNEDITABLE,
    UNREADABLE,
    says,
    translate,
)
from bot.telegram.wire import EDIT_TIMEOUT, SEND_TIMEOUT, answering, confirming, keyboard, make_bot, text_fields
from newsdesk.errors import (
    DeskError,
    DestinationGone,
    OutcomeUnknown,
    PublishError,
    Rejected,
    RetryLater,
    TokenRefused,
)
from newsdesk.people import is_private
from newsdesk.ports import Confirm

log = structlog.get_logger()

LOOK_MOST = 60
"""Message ids that are looked at, at most."""
LOOK_GAP = 10
"""That many missing ids in a row are the end of the chat; fewer may be messages that somebody deleted."""
LOOK_PRIVATE = 200
"""Ids that are looked at in a private chat, at most: Telegram numbers all private chats of a bot in one row, so that what
others say lies in between. Where more have passed, nothing can be found out."""
_PROBE = "·"
_NAME_TIMEOUT = 10.0
"""Seconds to wait for the bot's own name: whoever asks can ask again."""


class TelegramPublisher:
    """A ports.Publisher over the Bot API. Use as an async context manager.

    `api` is the base address of the Bot API server (None: the public one). `operators_chat` is where unknown
    outcomes are looked up and notices go; without it neither is possible. It has connections of its own and reads
    no updates, so any number may run beside the room that answers commands. `timeout` is how many seconds an answer
    is waited for.
    """

    def __init__(
        self, token: str, *, api: str | None = None, operators_chat: str | None = None, timeout: float = SEND_TIMEOUT
    ) -> None:
        self._bot, self._requests = make_bot(token, api, timeout)
        self._edit_timeout = min(EDIT_TIMEOUT, timeout)
        self._operators = operators_chat
        self.name = ""
        """The bot's own user name, once `check` has asked for it."""
        self._copies: list[tuple[int | str, int]] = []
        """Chat and number of what looking left behind: it is still to be deleted."""
        self._told: set[tuple[str, int | None]] = set()
        """Chats and their topics that were not there any more."""
        self._seen: dict[tuple[str, str], int] = {}
        """What was found, by chat and words, while its copy could not be deleted yet."""

    async def __aenter__(self) -> Self:
        for request in self._requests:
            await request.initialize()
        return self

    async def __aexit__(self, *_: object) -> None:
        for request in self._requests:
            await request.shutdown()

    async def check(self) -> str:
        """The bot's own user name. Raises TokenRefused, or RetryLater and OutcomeUnknown when Telegram is not reached."""
        async with translated():
            self.name = (await self._bot.get_me(read_timeout=min(_NAME_TIMEOUT, self._edit_timeout))).username or ""
        return self.name

    async def send(self, chat: str, content: str, confirm: Confirm | None = None) -> int:
        """Send it once; see ports.Publisher. Repeats a call only where Telegram refused it for what it answers, or for a
        topic that is gone: then it goes where everybody looks, and an operator hears of that once.
        """
        text = to_telegram(from_json(content))
        try:
            return await self._send(chat, text, confirm)
        except (Rejected, DestinationGone) as error:
            without = _without_what_is_missing(text, error)
            if without is None:
                raise
        number = await self._send(chat, without, confirm)
        if text.topic != without.topic and (chat, text.topic) not in self._told:
            self._told.add((chat, text.topic))
            with contextlib.suppress(PublishError):  # the log has it
                await self.notify(topic_gone(chat, text.topic or 0))
        return number

    async def _send(self, chat: str, text: TelegramText, confirm: Confirm | None) -> int:
        async with translated():
            with confirming(confirm):
                message = await self._bot.send_message(
                    chat_id=chat,
                    disable_notification=text.silent,
                    reply_parameters=answering(text),
                    message_thread_id=text.topic,
                    **text_fields(text),
                )
        return message.message_id

    async def edit(self, chat: str, number: int, content: str, confirm: Confirm | None = None) -> None:
        """Let message `number` show this; see ports.Publisher. An answer is waited for a shorter time than a send's.

        Only messages of the bot's own are ever named here: with the right to edit others' it could change theirs.
        """
        text = to_telegram(from_json(content))
        try:
            async with translated():
                with confirming(confirm):
                    await self._bot.edit_message_text(
                        chat_id=chat, message_id=number, read_timeout=self._edit_timeout, **text_fields(text)
                    )
        except Rejected as error:
            if says(error, UNEDITABLE):
                raise Rejected(str(error)) from error
            if not says(error, UNCHANGED):
                raise

    async def delete(self, chat: str, number: int, confirm: Confirm | None = None) -> None:
        """Take message `number` back; see ports.Publisher. Only messages of the bot's own are ever named here."""
        try:
            async with translated():
                with confirming(confirm):
                    done = await self._bot.delete_message(
                        chat_id=chat, message_id=number, read_timeout=self._edit_timeout
                    )
            if done is not True:  # the library hands on whatever came
                raise OutcomeUnknown("Telegram's answer to a deletion could not be read")
        except (Rejected, DestinationGone) as error:
            if says(error, UNDELETABLE):
                raise Rejected(str(error)) from error
            if not says(error, ALREADY_GONE):
                raise

    async def notify(self, notice: str, buttons: Sequence[Button] = ()) -> None:
        """Tell the operators' chat, if there is one, with these buttons; also a line in the log."""
        log.warning("operator notice", notice=notice)
        if self._operators is not None:
            async with translated():
                await self._bot.send_message(
                    chat_id=self._operators,
                    text=notice[:4000],
                    reply_markup=keyboard(in_rows(buttons)),
                )

    async def find(self, chat: str, content: str, after: int | None) -> int | None:
        """Look behind message `after` by forwarding the next ids silently to the operators and deleting the copies.

        Forwarding is the one call that shows a message without changing it (editing could overwrite another
        admin's post, copying tells only a number). Where no earlier message is known the chat's first ids are
        looked at, and then a silent one-character message, deleted at once, shows how far its numbers have come.

        In a private chat the copies are made in that very chat: nobody else sees what a person wrote to us.

        Raises OutcomeUnknown where looking is impossible, RetryLater where it is not possible just now.
        """
        private = is_private(chat)
        if self._operators is None and not private:
            raise OutcomeUnknown("no LINTAS_OPERATORS_CHAT to look it up in")
        wanted = _essence(to_telegram(from_json(content)).plain)
        await self._remove_copies()
        if (chat, wanted) in self._seen:
            return self._seen.pop((chat, wanted))
        if private:
            return await self._find_in_private(chat, wanted, after or 0)
        found, readable, unreadable = await self._scan(chat, wanted, after or 0, step=1)
        if found is None and after is None:
            newest = await self._newest(chat)
            found, readable, unreadable = await self._scan(chat, wanted, newest, step=-1)
        if found is None and unreadable and not readable:
            raise OutcomeUnknown("the chat's messages cannot be forwarded (protected content?)")
        self._seen.pop((chat, wanted), None)
        return found

    async def _scan(self, chat: str, wanted: str, start: int, *, step: int) -> tuple[int | None, int, int]:
        """Look at the ids next to `start`; the one that was found, and how many could and could not be read."""
        missing = readable = unreadable = 0
        for distance in range(1, LOOK_MOST + 1):
            number = start + step * distance
            if number < 1 or missing == LOOK_GAP:
                break
            try:
                text = await self._read(chat, number)
            except _Unreadable:
                unreadable += 1
                missing = 0
                continue
            if text is None:
                missing += 1
                continue
            missing = 0
            readable += 1
            if text == _PROBE:  # a look that was cut off left it to the readers
                self._copies.append((chat, number))
            if _essence(text) == wanted:
                self._seen[(chat, wanted)] = number
            await self._remove_copies()
            if (chat, wanted) in self._seen:
                return number, readable, unreadable
        return None, readable, unreadable

    async def _find_in_private(self, chat: str, wanted: str, after: int) -> int | None:
        """The number of our own message of these words behind `after` in a private chat, None where it is not there.

        Numbers are missing where other people's messages have them, so the end is told by a silent message that is
        deleted at once. What a look that was cut off left to the person goes, too: that silent message, and copies. A
        copy stands behind what it copies, says the same and has the same origin.
        """
        newest = await self._newest(chat)
        first = max(after, newest - LOOK_PRIVATE - 1) + 1
        found: int | None = None
        met: set[tuple[str, object, object]] = set()
        for number in range(first, newest):
            copy = await self._copy_in_private(chat, number)
            if copy is not None and copy.text:
                known = (copy.text, copy.forward_origin and copy.forward_origin.date, _author(copy))
                ours = known[2] == self._bot_number
                if known in met or (ours and copy.text == _PROBE):
                    self._copies.append((chat, number))
                elif ours and found is None and _essence(copy.text) == wanted:
                    found = self._seen[(chat, wanted)] = number
                met.add(known)
            await self._remove_copies()
        if found is None and first > after + 1:
            raise OutcomeUnknown("too many messages of others have passed to find it among")
        self._seen.pop((chat, wanted), None)
        return found

    async def _copy_in_private(self, chat: str, number: int) -> Message | None:
        """A copy, to be deleted; None where there is no such message of this chat, or it cannot be copied."""
        try:
            return await self._copy(chat, number, to=chat)
        except _Unreadable:
            return None

    @property
    def _bot_number(self) -> int:
        return int(self._bot.token.split(":")[0])

    async def _read(self, chat: str, number: int) -> str | None:
        """The text of a message, None where there is no such message."""
        assert self._operators is not None
        copy = await self._copy(chat, number, to=self._operators)
        return None if copy is None else copy.text or ""

    async def _copy(self, chat: str, number: int, *, to: str) -> Message | None:
        """A copy of a message, to be deleted with the next `_remove_copies`; None where there is no such message."""
        try:
            async with translated():
                copy = await self._bot.forward_message(
                    chat_id=to, from_chat_id=chat, message_id=number, disable_notification=True
                )
        except PublishError as error:
            if says(error, MISSING):
                return None
            if says(error, UNREADABLE):
                raise _Unreadable from error
            raise _while_looking(error) from error
        self._copies.append((copy.chat.id, copy.message_id))
        return copy

    async def _newest(self, chat: str) -> int:
        """The newest number in the chat, shown by a message that is deleted again at once."""
        try:
            async with translated():
                probe = await self._bot.send_message(chat_id=chat, text=_PROBE, disable_notification=True)
        except PublishError as error:
            raise _while_looking(error) from error
        self._copies.append((probe.chat.id, probe.message_id))
        await self._remove_copies()
        return probe.message_id

    async def _remove_copies(self) -> None:
        """Delete what looking left behind. Raises RetryLater when Telegram asks to wait: it goes at the next look."""
        while self._copies:
            chat, number = copy = self._copies.pop()  # taken out first: several chats may be looked at side by side
            try:
                async with translated():
                    await self._bot.delete_message(chat_id=chat, message_id=number)
            except PublishError as error:
                if isinstance(error, TokenRefused) or (isinstance(error, RetryLater) and error.after is not None):
                    self._copies.append(copy)
                    raise
                # A copy that stays is untidy, not wrong.
                log.warning("copy not deleted", chat=chat, message_id=number, reason=str(error))


class _Unreadable(Exception):
    """There is such a message, but it cannot be forwarded (a service message, or protected content)."""


def _author(copy: Message) -> int | None:
    """The number of who wrote what was copied, None where that is not told."""
    origin = copy.forward_origin
    return origin.sender_user.id if isinstance(origin, MessageOriginUser) else None


def _essence(text: str) -> str:
    """What of a text survives every normalisation that Telegram may do: its letters and digits.

    Nothing of ours but the message in doubt can stand behind the newest known one, so this is enough to know it by.
    """
    return "".join(char for char in text.casefold() if char.isalnum())


def _while_looking(error: PublishError) -> PublishError:
    """A failed look: whether it may work later. Looking changes nothing, so an unknown outcome is no harm here."""
    if isinstance(error, OutcomeUnknown):
        return RetryLater(f"could not look: {error}")
    if isinstance(error, DestinationGone | Rejected):
        return OutcomeUnknown(f"cannot look: {error}")
    return error


@contextlib.asynccontextmanager
async def translated() -> AsyncIterator[None]:
    """Within: the library's errors become ours."""
    try:
        yield
    except TelegramError as error:
        if isinstance(error.__cause__, DeskError):
            raise error.__cause__ from None  # what kept the request from leaving: the library only wrapped it
        raise translate(error) from error
    except Exception as error:
        # An answer that the library cannot read (a result missing or of another shape) is an answer to a call that
        # was made: what became of it is unknown.
        raise OutcomeUnknown(redact(f"Telegram's answer could not be read: {error!r}")[:300]) from error


def _without_what_is_missing(text: TelegramText, error: PublishError) -> TelegramText | None:
    """The same without the answered message or the topic for whose absence it was refused; None where it was not."""
    if text.answers is not None and says(error, REPLY_MISSING):
        return replace(text, answers=None)
    return replace(text, topic=None) if text.topic is not None and says(error, TOPIC_MISSING) else None
