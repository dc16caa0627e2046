"""A route may name a topic of a forum: what it brings goes there, once in the whole group, and is edited and found there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import Any

import pytest

from bot.deliver import Delivery, deliver_round
from bot.telegram.publisher import TelegramPublisher
from bot.threads import StoreThreads
from newsdesk.messages import MessageState
from newsdesk.ports import Store
from newsdesk.routes import Digest, Route, TopicRule
from newsdesk.routing import placements
from tests.doubles.botapi import OPERATORS, TOKEN, BotApiDouble
from tests.doubles.newsroom import NOW, queue, wait

FORUM = -1009876543210
FILM, DIGESTS = 12, 34
ROUTES = (
    Route(id="highlights", chat=str(FORUM), topic=FILM, when=TopicRule(2, ("film", "ai"))),
    Route(id="roundup", chat=str(FORUM), topic=DIGESTS, when=TopicRule(1, ("film",)), digest=Digest((time(18),))),
)


@dataclass
class Desk:
    """Delivery to a forum."""

    threads: StoreThreads
    store: Store
    publisher: TelegramPublisher
    routes: tuple[Route, ...] = ROUTES
    now: datetime = NOW
    told: list[str] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    async def tell(self, notice: str, buttons: object = ()) -> None:
        self.told.append(notice)

    async def round(self) -> None:
        delivery = Delivery(
            store=self.threads,
            publisher_for=lambda _: self.publisher,
            clock=lambda: self.now,
            settle=timedelta(seconds=45),
            summarise=lambda card: card.article.summary,
            routes=lambda: self.routes,
            tell=self.tell,
            sleep=self.sleep,
            jitter=lambda: 0.0,
        )
        await deliver_round(delivery, timedelta(seconds=90))

    def state(self, number: int) -> MessageState:
        with self.store.read() as view:
            message = view.message(number)
        assert message is not None
        return message.state


@pytest.fixture
async def desk(store: Store, api: BotApiDouble) -> AsyncIterator[Desk]:
    api.chat(FORUM, "supergroup", title="Forum", topics={FILM: True, DIGESTS: True})
    publisher = TelegramPublisher(TOKEN, api=api.base, operators_chat=str(OPERATORS))
    async with StoreThreads(store) as threads, publisher:
        yield Desk(threads, store, publisher)


def stand(api: BotApiDouble) -> list[tuple[int | None, str]]:
    """Where in the forum what stands: topic and first line."""
    messages: list[dict[str, Any]] = list(api.chats[FORUM].messages.values())
    return [(one.get("message_thread_id"), one["text"].split("\n", 1)[0]) for one in messages]


async def test_posts_and_round_ups_go_to_their_topics(desk: Desk, api: BotApiDouble) -> None:
    """One story at once into one topic, two bundled into another; an edit and the plain form know theirs, too."""
    api.fault("sendMessage", "error", code=400, description="Bad Request: can't parse entities: whatever")
    first = queue(desk.store, "Kabar film", chat=str(FORUM))
    for title in ("Satu", "Dua"):
        wait(desk.store, title, chat=str(FORUM))
    await desk.round()
    assert [topic for topic, _ in stand(api)] == [FILM, DIGESTS]
    assert stand(api)[0] == (FILM, "Kabar film")
    with desk.store.write() as tx:
        article = tx.article("1")
        assert article is not None
        tx.revise_article(replace(article, title="Kabar film yang benar"), *_judged(tx))
        tx.queue_edit(first, now=desk.now, not_before=desk.now)
    await desk.round()
    assert stand(api)[0] == (FILM, "Kabar film yang benar")


def _judged(tx: Any) -> tuple[Any, list[str]]:
    trace = tx.trace(1)
    return trace.verdicts, []


async def test_a_story_appears_in_a_forum_once(desk: Desk) -> None:
    """Whichever topic its routes name: the first route of the file that takes it wins it for the group."""
    assert [place.route for place in placements(ROUTES, ("film", "ai"), NOW)] == ["highlights"]
    assert [place.route for place in placements(ROUTES, ("film",), NOW)] == ["roundup"]


async def test_a_deleted_topic_loses_no_story(desk: Desk, api: BotApiDouble) -> None:
    """What was for it stands where everybody looks, once, and the operators hear of it once."""
    del api.chats[FORUM].topics[FILM]
    numbers = [queue(desk.store, title, chat=str(FORUM)) for title in ("Kabar film", "Kabar lain")]
    await desk.round()
    assert stand(api) == [(None, "Kabar film"), (None, "Kabar lain")]
    assert [desk.state(number) for number in numbers] == [MessageState.SENT] * 2
    assert len([text for text in api.texts(OPERATORS) if f"Topik {FILM} di {FORUM} tidak ada lagi" in text]) == 1


async def test_a_closed_topic_is_waited_for(desk: Desk, api: BotApiDouble) -> None:
    """It is rights that are missing: the story is kept, an operator told once, and it goes out when it may."""
    api.chats[FORUM].topics[FILM] = False
    number = queue(desk.store, "Kabar film", chat=str(FORUM))
    await desk.round()
    assert desk.state(number) is MessageState.QUEUED
    assert len(desk.told) == 1
    api.chats[FORUM].topics[FILM] = True
    desk.now += timedelta(minutes=16)
    await desk.round()
    assert stand(api) == [(FILM, "Kabar film")]
    assert len(desk.told) == 1


async def test_a_lost_answer_is_found_in_the_topic(desk: Desk, api: BotApiDouble) -> None:
    """Numbers run through the whole group, so looking needs no topic; nothing is doubled."""
    api.fault("sendMessage", "drop")
    number = queue(desk.store, "Kabar film", chat=str(FORUM))
    await desk.round()
    desk.now += timedelta(minutes=2)
    await desk.round()
    assert desk.state(number) is MessageState.SENT
    assert stand(api) == [(FILM, "Kabar film")]


async def test_without_a_topic_nothing_names_one(desk: Desk, api: BotApiDouble) -> None:
    desk.routes = (replace(ROUTES[0], topic=None),)
    queue(desk.store, "Kabar film", chat=str(FORUM))
    await desk.round()
    assert stand(api) == [(None, "Kabar film")]
    assert "message_thread_id" not in api.called("sendMessage")[0]
