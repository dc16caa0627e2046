"""What a person's own alerts look like: the post or the round-up, and above it the alerts that it is for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.render import ownphrases as words
from bot.render.text import shorten
from bot.render.tree import Button, Paragraph, Tree, line
from newsdesk.messages import Card
from newsdesk.people import IDLE, IDLE_TOLD

STAY = "stay"
"""The data of the button by which a person who was not heard for long says that they are here: hearing it is enough."""
_MOST = 5
_NAME = 40
"""Names shown, and letters of one: a post is measured without this line, and keeps some hundred letters free for it."""


def own_tree(tree: Tree, cards: Sequence[Card]) -> Tree:
    """The tree with a line on top that names the alerts; as it is where there are none."""
    names = list(dict.fromkeys(name for card in cards for name in card.alerts))
    if not names:
        return tree
    shown = [shorten(name, _NAME) for name in names[:_MOST]]
    return replace(tree, blocks=(line(words.for_alerts(shown, len(names) - len(shown))), *tree.blocks))


def farewell_tree() -> Tree:
    """What a person is told before everything of theirs is deleted because they were not heard for long."""
    said = (line(words.farewell(IDLE.days, IDLE_TOLD.days)), Paragraph((line(str(words.FAREWELL_HOW)),)))
    return Tree(said, buttons=((Button(str(words.STAY), data=STAY),),))
