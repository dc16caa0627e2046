"""What a message shows now: its stories, and how they look as a message of its kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.render import Tree, digest_tree, plain_tree, post_tree, to_json, weekly_tree
from bot.render.own import farewell_tree, own_tree
from bot.standing import standing
from newsdesk.messages import DIGEST, DIGEST_MORE, FAREWELL, WEEKLY, Card, Message
from newsdesk.ports import Reading
from newsdesk.routes import Route


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """The stories that a message shows, and as what: a `kind` in a `chat`; `at` is the moment that it tells of.

    `less` means that a story of it was taken back.
    """

    kind: str
    chat: str
    at: datetime
    cards: Sequence[Card]
    less: bool = False

    def unremarked(self) -> Contents:
        """The same without remarks about when words were corrected."""
        return replace(self, cards=[replace(card, corrected=None) for card in self.cards])


def contents(view: Reading, message: Message, now: datetime) -> Contents:
    """What the message shows; of an edit or a deletion, what the message shows that it changes."""
    silent = standing(view).silent(now)
    shown = message if message.edits is None else view.message(message.edits) or message
    if shown.kind == WEEKLY:
        listed = view.listed(shown.id, silent)
        cards, at, less = ((), shown.created, False) if listed is None else (listed.cards, listed.slot, listed.struck)
        return Contents(kind=shown.kind, chat=shown.chat, at=at, cards=cards, less=less)
    told = view.cards(message.posts, silent)
    less = len(told) < len(message.posts)
    return Contents(kind=shown.kind, chat=shown.chat, at=shown.created, cards=told, less=less)


def topic_of(view: Reading, message: Message, shown: Contents, routes: Sequence[Route]) -> int | None:
    """The topic of the route by which the message goes to its chat, where that is a forum and the route names one."""
    named = {route.id: route.topic for route in routes if route.chat == message.chat and route.topic is not None}
    if not named:
        return None
    if shown.kind == WEEKLY:
        slots = {name: view.look_backs(name, message.chat) for name in named}
        return next(
            (named[name] for name, made in slots.items() if any(one.message == message.id for one in made)), None
        )
    first = shown.cards[0]
    return next((named.get(post.route) for post in view.posts_of(first.story) if post.id == first.post), None)


@dataclass(frozen=True, slots=True)
class Form:
    """How a message is rendered. `summarise` chooses what a post quotes of its feed, `bot` is the bot's user name or "";
    `plain` is for the words alone. `routes` are those in force.
    """

    summarise: Callable[[Card], str]
    bot: str = ""
    plain: bool = False
    routes: Sequence[Route] = ()

    def tree(self, shown: Contents) -> Tree:
        """What the contents look like."""
        if shown.kind == FAREWELL:
            return farewell_tree()
        if shown.kind in (DIGEST, DIGEST_MORE):
            return own_tree(digest_tree(shown.cards, at=shown.at, more=shown.kind == DIGEST_MORE), shown.cards)
        if shown.kind == WEEKLY:
            return weekly_tree(shown.cards, slot=shown.at, chat=shown.chat)
        return own_tree(post_tree(shown.cards[0], self.summarise(shown.cards[0]), bot=self.bot), shown.cards)

    def content(self, tree: Tree) -> str:
        """What is written down and sent of it."""
        return to_json(replace(plain_tree(tree), topic=tree.topic) if self.plain else tree)
