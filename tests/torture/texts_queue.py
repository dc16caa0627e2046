"""A channel's queue of hostile stories, sent by the real publisher to the double while some of them are refused."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.deliver import Deliverer, Delivery
from bot.render import from_json, to_telegram
from bot.telegram.publisher import TelegramPublisher
from bot.threads import StoreThreads
from bot.wiring import card_summary
from newsdesk.delivery import BACKLOG, Pace
from newsdesk.messages import MessageState
from newsdesk.ports import Store
from tests.doubles.botapi import CHANNEL, OPERATORS, TOKEN, BotApiDouble
from tests.doubles.newsroom import NOW, TOPICS, verdicts
from tests.doubles.rules import Refusal
from tests.torture.texts_kinds import BOT, hostile_article

APART = timedelta(seconds=1)
BATCH = BACKLOG - 5
"""So many wait at a time: more would be bundled."""
REFUSALS = (
    ("form", 1, 'Bad Request: can\'t parse entities: unsupported start tag "p" at byte offset 0'),
    ("form", 1, "Bad Request: inline keyboard button URL 'x' is invalid: Wrong HTTP URL"),
    ("form and plain", 2, "Bad Request: something that nobody has seen yet"),
    ("hopeless", 1, "Bad Request: message is too long"),
)
"""What is refused, how many times in a row, and with which words. Every third message meets one of these."""


@dataclass
class Queue:
    """What was asked of the double, by a clock that moves only when delivery sleeps."""

    api: BotApiDouble
    store: Store
    dice: random.Random
    now: datetime = NOW
    asked: list[datetime] = field(default_factory=list)
    """When each message was first asked to be sent."""
    ends: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    _left: int = 0
    _words: str = ""
    _again: bool = False

    async def watch(self, stage: str, method: str, fields: dict[str, Any]) -> None:
        """Refuse some, as Telegram words it."""
        if (stage, method) != ("received", "sendMessage") or fields["chat_id"] != CHANNEL:
            return
        if not self._again:
            self.asked.append(self.now)
            self._left = 0
            if len(self.asked) % 3 == 0:
                _, self._left, self._words = self.dice.choice(REFUSALS)
        self._again = self._left > 0 and "too long" not in self._words
        if self._left:
            self._left -= 1
            if self._left == 0 and self._words == REFUSALS[2][2]:
                self._again = False
            raise Refusal(400, self._words)

    async def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def put(self, count: int, first: int) -> list[int]:
        """Queue so many stories; the numbers of their messages."""
        messages = []
        with self.store.write() as tx:
            for n in range(first, first + count):
                article = hostile_article(self.dice, n)
                number = tx.add_article(article, verdicts(TOPICS[:2], ("KR",), article.title), [])
                story = tx.open_story(number, article.at, None)
                chat = str(CHANNEL)
                post = tx.add_post(
                    story=story, chat=chat, route="highlights", article=number, due=self.now, waiting=False
                )
                assert post is not None
                messages.append(
                    tx.queue_message(chat=chat, kind="send", posts=[post], now=self.now, not_before=self.now)
                )
        return messages

    def look(self, messages: list[int], began: datetime) -> None:
        """Each was sent, or failed with a reason; each came a second behind the one before it; the words are its own."""
        stands = {one["message_id"]: one["text"] for one in self.api.chats[CHANNEL].messages.values()}
        with self.store.read() as view:
            for number in messages:
                message = view.message(number)
                assert message is not None
                self.ends[message.state.value] += 1
                if message.state is MessageState.SENT and message.message_id is not None:
                    words = to_telegram(from_json(message.content)).plain
                    if stands[message.message_id] != words:
                        self.wrong.append(f"{stands[message.message_id][:60]!a} stands there, not {words[:60]!a}")
                elif message.state is not MessageState.FAILED or not message.reason:
                    self.wrong.append(f"message {number} is {message.state.value}")
        times = self.asked[-len(messages) :]
        gaps = [later - sooner for sooner, later in zip([began, *times], times, strict=False)]
        self.wrong += [f"{gap.total_seconds():g} s behind the one before it" for gap in gaps if gap > APART]
        if len(times) != len(messages) or self.now - began > APART * len(messages):
            self.wrong.append(f"{len(times)} of {len(messages)} in {self.now - began}")


async def send_all(store: Store, count: int, dice: random.Random) -> Queue:
    """Send so many, batch after batch."""
    async with (
        BotApiDouble() as api,
        TelegramPublisher(TOKEN, api=api.base, operators_chat=str(OPERATORS)) as publisher,
        StoreThreads(store) as threads,
    ):
        queue = Queue(api, store, dice)
        api.watcher = queue.watch
        deliverer = Deliverer(
            Delivery(
                store=threads,
                publisher_for=lambda _: publisher,
                clock=lambda: queue.now,
                steady=lambda: 0.0,
                settle=timedelta(0),
                summarise=card_summary,
                pace=Pace(most=1_000_000, apart=APART),
                sleep=queue.sleep,
                jitter=lambda: 0.0,
                bot=lambda: BOT,
            )
        )
        for first in range(0, count, BATCH):
            queue.now += APART
            began, messages = queue.now, queue.put(min(BATCH, count - first), first)
            await deliverer.round(timedelta(seconds=90))
            queue.look(messages, began)
    return queue
