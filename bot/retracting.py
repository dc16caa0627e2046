"""Taking a story back from the chats that have it: found by what an operator names, asked back, done in one transaction."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.contents import contents
from bot.render import phrases
from bot.render import retractphrases as words
from bot.render.catalogues import Phrase
from bot.render.text import shorten
from newsdesk import retraction
from newsdesk.articles import Article
from newsdesk.messages import Message, MessageState, NotSent, PostState
from newsdesk.people import is_private
from newsdesk.ports import Reading, Writing
from newsdesk.retraction import Retraction, Step

_MOST_NAMED = 12
_POST_ADDRESS = re.compile(
    r"https?://t\.me/(?:c/(?P<chat>\d{1,15})|(?P<name>[a-z]\w{3,31}))(?:/\d{1,15})?/(?P<post>\d{1,15})(?:\?\S*)?",
    re.ASCII | re.IGNORECASE,
)
"""Of a post in a private or a public chat, in a forum behind its topic."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message stands: chat and number."""

    chat: str
    number: int


@dataclass(frozen=True, slots=True)
class Found:
    """The story that an operator means and what would be done; or an `advice` with `examples` where there is nothing."""

    article: Article | None = None
    story: int | None = None
    steps: tuple[Retraction, ...] = ()
    advice: Phrase = words.HOW
    examples: tuple[str, ...] = words.EXAMPLES


def find(view: Reading, asked: str, pointed: Place | None, now: datetime, chats: Sequence[str] = ()) -> Found:
    """The story of the article named by number or address, or of the post at an address or a place.

    An address that names a public chat says nothing of its number: the post is looked for in these `chats`.
    """
    address = _POST_ADDRESS.fullmatch(asked)
    if pointed is not None or address is not None:
        places = [pointed] if pointed is not None else _places(address, chats)
        told = list({article.id: article for place in places for article in _told_at(view, place, now)}.values())
        if len(told) > 1:
            return Found(advice=words.SEVERAL, examples=tuple(_example(article) for article in told[:_MOST_NAMED]))
        if not told and (not asked or (address is not None and view.article(asked) is None)):
            return Found(advice=words.STRANGE)
        asked = str(told[0].id) if told else asked
    if not asked:
        return Found()
    article = view.article(asked.removeprefix("#"))
    story = None if article is None else view.story_of(article.id)
    if article is None or story is None:
        return Found(advice=words.NONE)
    steps = tuple(_steps(view, story, now))
    return Found(article, story, steps, words.NOWHERE, ())


def _places(address: re.Match[str] | None, chats: Sequence[str]) -> list[Place]:
    if address is None:
        return []
    named = [f"-100{address['chat']}"] if address["chat"] else [chat for chat in chats if chat.startswith("-100")]
    return [Place(chat, int(address["post"])) for chat in named]


def _told_at(view: Reading, place: Place, now: datetime) -> list[Article]:
    """The articles that the message there shows."""
    message = view.standing_at(place.chat, place.number)
    return [] if message is None else [card.article for card in contents(view, message, now).cards]


def _example(article: Article) -> str:
    return f"/retract {article.id} · {shorten(article.title, 80)}"


def _steps(view: Reading, story: int, now: datetime) -> list[Retraction]:
    steps = []
    for post in view.posts_of(story):
        message = None if post.message is None else view.message(post.message)
        step = retraction.take_back(post, message, _others(view, story, message, now), now)
        if step is not None:
            steps.append(step)
    for number in view.listing(story):
        message = view.message(number)
        if message is not None and message.state is not MessageState.FAILED:
            steps.append(retraction.take_out(message, _others(view, story, message, now), now))
    return steps


def _others(view: Reading, story: int, message: Message | None, now: datetime) -> list[int]:
    """The stories that the message shows besides this one."""
    shown = [] if message is None else contents(view, message, now).cards
    return [card.story for card in shown if card.story != story]


def foretold(steps: Sequence[Retraction], zone: ZoneInfo) -> list[str]:
    """What will be done, in each chat, for the person who is asked."""
    rows = [_foretold(step, zone) for step in steps if not is_private(step.chat)]
    people = sum(is_private(step.chat) for step in steps)
    if people:
        rows.append(words.from_people(people))
    return [*(f"• {row}" for row in rows), str(words.FOR_GOOD)]


def _foretold(step: Retraction, zone: ZoneInfo) -> str:
    chat, message = step.chat, step.message
    if step.step is Step.DROP or message is None:
        return words.dropped(chat)
    if step.step is Step.BY_HAND:
        return words.by_hand(chat)
    when = phrases.moment(message.changed or message.created, zone)
    if step.step is Step.EDIT:
        return words.struck(chat, when)
    return words.deleted(chat, when) + (f" ({words.MAY_REFUSE})" if step.old else "")


def take_back(tx: Writing, story: int, by: int, now: datetime) -> list[Retraction]:
    """Take the story back from every chat that has it, or is to get it; what is done, in each."""
    steps = _steps(tx, story, now)
    if steps:
        tx.retract_posts([post.id for post in tx.posts_of(story)], by=by, at=now)
        tx.strike_story(story)
    for step in steps:
        _do(tx, step, now)
    return steps


def said(steps: Sequence[Retraction]) -> str:
    """What the person hears who ordered it."""
    if not steps:
        return str(words.NOWHERE)
    by_hand = [step.chat for step in steps if step.step is Step.BY_HAND]
    rows = [words.by_hand(chat) for chat in by_hand if not is_private(chat)]
    return "\n".join([str(words.DONE), *rows])


def _do(tx: Writing, step: Retraction, now: datetime) -> None:
    message = step.message
    if message is None:
        return
    if step.step is Step.DROP and message.state is MessageState.QUEUED:
        tx.withdraw_message(message.id, reason=NotSent.TAKEN_BACK, now=now)
    elif step.step is Step.DELETE:
        tx.queue_deletion(message.id, now=now)
    elif step.step is Step.EDIT:
        tx.queue_edit(message.id, now=now, not_before=now)


def allow(tx: Writing, story: int, chat: str) -> None:
    """Let a story that was taken back from the chat, and is gone there, be posted again: a person asks for it."""
    gone = [
        post.id
        for post in tx.posts_of(story)
        if post.chat == chat and post.retracted is not None and post.state is PostState.DROPPED
    ]
    tx.allow_posts(gone)
