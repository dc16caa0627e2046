"""Every kind of message that we have, made of hostile news in a real store by the product's own code, as requests."""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.chat import ChatDesk
from bot.chat.mine import MineDesk
from bot.chat.who import Who
from bot.orders import OrderDesk
from bot.render import Tree, digest_tree, digest_trees, phrases, plain_tree, post_tree, to_telegram, weekly_tree
from bot.render.catalogues import LANGUAGES, speaking
from bot.render.own import own_tree
from bot.render.text import units
from bot.render.tree import Link, inlines, lines_of, visible, words_of
from bot.telegram.inline import article_result, to_bot
from bot.telegram.wire import answering, text_fields
from bot.threads import StoreThreads
from bot.wiring import card_summary
from feeds.entries import MOST_BODY, MOST_NAME, MOST_SUMMARY, MOST_TITLE
from newsdesk.articles import Article, Identity
from newsdesk.messages import Card
from newsdesk.ports import Reading, Store
from newsdesk.routes import Route, TopicRule
from newsdesk.sources import Source, SourceBook
from newsdesk.verdicts import Evidence, Verdict, Verdicts
from storage import open_store
from tests.doubles import official, rules
from tests.doubles.botapi import CHANNEL, READER
from tests.doubles.newsroom import NOW, TOPICS
from tests.torture import naughty

BOT = "lintas_layar_bot"
LONGEST = 4096
_SENTENCES = ("", ". ", "! ", "? ", "\n", " ")
_NUMBERS = ("9" * 400, "-0", "1e999", "Rp" + "1" * 60, "۱۲۳", "²³", "0x" + "f" * 80, "½" * 50)


@dataclass(frozen=True)
class Made:
    """One message as its request; `tree` is what it was printed from."""

    kind: str
    method: str
    fields: dict[str, Any]
    tree: Tree | None = None


@dataclass
class Tally:
    """What came of many messages."""

    kinds: Counter[str] = field(default_factory=Counter)
    longest: int = 0
    wrong: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.kinds += other.kinds
        self.longest = max(self.longest, other.longest)
        self.wrong += other.wrong


def hostile(dice: random.Random) -> str:
    """A text as a feed could bring it into the store: without halves of characters, which no database takes."""
    words = naughty.text(dice)
    if dice.random() < 0.1:
        words = dice.choice(_SENTENCES).join((words, dice.choice(_NUMBERS), "panjang" * dice.choice((1, 90, 900))))
    return words.encode("utf-8", "replace").decode().replace("\0", " ")


def body(dice: random.Random) -> str:
    """A few sentences of such texts."""
    return dice.choice(_SENTENCES).join(hostile(dice) for _ in range(dice.choice((0, 1, 3, 8))))


def hostile_article(dice: random.Random, number: int) -> Article:
    """An article with hostile words in every field that comes from outside, each as long as a feed's may be."""
    url = dice.choice((*naughty.LINKS, f"https://news.example/{number}")).encode("utf-8", "replace").decode()
    at = NOW - timedelta(minutes=dice.randrange(9_000))
    return Article(
        id=0,
        source=dice.choice(("antara", "a-b")),
        outlet=hostile(dice)[:MOST_NAME],
        title=hostile(dice)[:MOST_TITLE],
        url=url,
        identity=Identity(url=f"https://news.example/{number}"),
        first_seen=NOW,
        at=at,
        summary=body(dice)[:MOST_SUMMARY],
        body=body(dice)[:MOST_BODY],
        image=dice.choice(("", url)),
        published=dice.choice((at, None)),
        language=dice.choice(("id", "en", "", "zh-Hans")),
    )


def fill(store: Store, number: int, dice: random.Random) -> list[int]:
    """Keep so many of them, in stories that follow each other; their numbers."""
    kept, stories = [], [0]
    with store.write() as tx:
        for n in range(number):
            article = hostile_article(dice, n)
            kept.append(tx.add_article(article, _verdicts(dice, article.title), []))
            if n % 4 == 1:
                tx.join_story(stories[-1], kept[-1], article.at)
            else:
                stories.append(tx.open_story(kept[-1], article.at, stories[-1] or None))
            _post(tx, stories[-1], kept[-1], dice)
    return kept


def _verdicts(dice: random.Random, title: str) -> Verdicts:
    def verdict(topic: str) -> Verdict:
        word = title[:200]
        proof = Evidence(dice.choice(("film.any", "<b>")), "title", 0, len(word), word, 6.0)
        return Verdict(
            topic=topic, score=6.0, threshold=4.0, matched=dice.random() < 0.6, evidence=(proof,) * 3, ignored=(proof,)
        )

    return Verdicts(by_topic={topic: verdict(topic) for topic in TOPICS}, countries=dice.choice(((), ("KR", "CN"))))


def _post(tx: Any, story: int, article: int, dice: random.Random) -> None:
    post = tx.add_post(story=story, chat=str(CHANNEL), route="<b>", article=article, due=NOW, waiting=False)
    if post is not None and dice.random() < 0.7:
        message = tx.queue_message(chat=str(CHANNEL), kind="send", posts=[post], now=NOW, not_before=NOW)
        tx.fail_message(message, reason=hostile(dice)[:900], now=NOW)


# --- the kinds --------------------------------------------------------------------------------------------------------


def shown_as(kind: str, tree: Tree, chat: int = READER) -> Made:
    """The tree as a send to a chat."""
    text = to_telegram(tree)
    fields = {"chat_id": chat, "disable_notification": text.silent, "reply_parameters": answering(text)}
    return Made(kind, "sendMessage", {**fields, **text_fields(text)}, tree)


def posts(cards: Sequence[Card], dice: random.Random) -> Iterator[Made]:
    """What goes to channels: posts, follow-ups that answer one, their plain form, edits, and round-ups."""
    for card in cards:
        summary = card_summary(card)
        tree = post_tree(card, summary, bot=BOT, silent=dice.random() < 0.5)
        yield shown_as("follow-up" if card.follows else "post", tree, CHANNEL)
        yield shown_as("plain post", plain_tree(tree), CHANNEL)
        edited = to_telegram(post_tree(card, summary, bot=BOT))
        yield Made("edit", "editMessageText", {"chat_id": CHANNEL, "message_id": 7, **text_fields(edited)}, tree)
    for tree, _ in digest_trees(cards, at=NOW):
        yield shown_as("round-up", tree, CHANNEL)
        yield shown_as("plain round-up", plain_tree(tree), CHANNEL)
    alerted = [replace(card, alerts=tuple(hostile(dice) for _ in range(dice.choice((1, 9))))) for card in cards]
    yield shown_as("own alert", own_tree(post_tree(alerted[0], card_summary(alerted[0])), alerted[:1]))
    for tree, told in digest_trees(alerted, at=NOW):
        yield shown_as("own round-up", own_tree(tree, told))
    standing = [replace(card, stands=dice.choice((None, 7, 10**9))) for card in cards]
    yield shown_as("week", weekly_tree(standing, slot=NOW, chat=str(CHANNEL)), CHANNEL)
    yield shown_as("grown round-up", digest_tree(cards, at=NOW, more=True), CHANNEL)


async def answers(desk: ChatDesk, article: Article, dice: random.Random) -> AsyncIterator[Made]:
    """What people are told in chat about an article, when they ask by its words, and when they only hurl them."""
    words = article.title
    for kind, tree in (
        ("search", await desk.search(words[: dice.choice((20, 250, 5000))])),
        ("search with a filter", await desk.search(f"film {words[:40]} source:{words[:9]} topic:{words[-9:]}")),
        ("why", await desk.why(str(article.id))),
        ("why of nonsense", await desk.why(words)),
        ("related", await desk.related(str(article.id))),
        ("latest", await desk.latest("", dice.randrange(40))),
        ("latest of nonsense", await desk.latest(words[:300])),
        ("start of nonsense", await desk.start(words[:64])),
    ):
        yield shown_as(kind, tree)
    typed = await desk.typed(words[: dice.choice((0, 9, 250))], dice.choice((0, 0, 10)))
    results = [article_result(one).to_dict() for one in typed.results]
    button = to_bot(typed.note, typed.link).to_dict() if typed.note else None
    yield Made("inline", "answerInlineQuery", {"inline_query_id": "1", "results": results, "button": button})
    for one in typed.results:
        yield shown_as("inline result", one.message)


async def own(desk: MineDesk, article: Article, dice: random.Random) -> AsyncIterator[Made]:
    """What a person sees of their own alerts, which are named by whatever they wrote."""
    who = Who(dice.randrange(1_000, 1_060))
    for kind, tree in (
        ("alert", await desk.alert(who, article.title[: dice.choice((30, 400))])),
        ("alert by a word", await desk.alert(who, f"film {article.title[:60]}")),
        ("subscription to nonsense", await desk.subscribe(who, article.title[:60])),
        ("end of a subscription", await desk.unsubscribe(who, article.title[:60])),
        ("own list", await desk.mine(who)),
    ):
        yield shown_as(kind, tree)


async def orders(desk: OrderDesk, article: Article, reason: str) -> AsyncIterator[Made]:
    """What operators are told."""
    person = desk.admins[0]
    for kind, tree in (
        ("order to post", await desk.post(person, str(article.id))),
        ("order to post nonsense", await desk.post(person, article.title[:200])),
        ("order to retract", await desk.retract(person, str(article.id))),
        ("order to mute nonsense", await desk.mute(person, article.title[:200])),
        ("status", await desk.status()),
    ):
        yield shown_as(kind, tree)
    told = phrases.message_held(1, str(CHANNEL), reason, to_telegram(post_tree(_card(article), "")).plain[:300])
    yield Made("notice", "sendMessage", {"chat_id": READER, "text": told[:4000]})


def _card(article: Article) -> Card:
    return Card(post=1, story=1, article=article, topics=("film",), countries=())


# --- what must hold ---------------------------------------------------------------------------------------------------


def faults(made: Made) -> list[str]:
    """What Telegram would refuse, and where the chat would show other words, other links or too much."""
    fields = {name: _wire(value) for name, value in made.fields.items() if value is not None}
    found = official.faults(made.method, fields)
    if found:
        return found
    try:
        rules.check(made.method, fields)
        if "text" not in fields:
            return []
        shown = rules.content(fields)
    except rules.Refusal as refusal:
        return [refusal.description]
    text = shown["text"]
    if units(text) > LONGEST:
        found.append(f"{units(text)} units")
    if made.tree is None:
        return found
    if text != visible(made.tree):
        found.append(f"shows {text[:60]!a}… and not {visible(made.tree)[:60]!a}…")
    links = [_span(text, one) for one in shown["entities"] if one["type"] == "text_link"]
    if links != _links(made.tree):
        found.append(f"links {links!a} and not {_links(made.tree)!a}")
    return found


def _wire(value: Any) -> Any:
    return value.to_dict() if hasattr(value, "to_dict") else value


def _span(text: str, entity: dict[str, Any]) -> str:
    wide = text.encode("utf-16-le")
    return wide[2 * entity["offset"] : 2 * (entity["offset"] + entity["length"])].decode("utf-16-le").strip()


def _links(tree: Tree) -> list[str]:
    parts = [part for block in tree.blocks for row in lines_of(block) for part in inlines(row.children)]
    return [words for part in parts if isinstance(part, Link) and (words := words_of(part.children).strip())]


# --- all of it --------------------------------------------------------------------------------------------------------


BOOK = SourceBook(
    sources=(Source(id="antara", name="A<N>T&ARA", url="https://antara.example/rss"),),
    routes=(Route(id="highlights", chat=str(CHANNEL), when=TopicRule(2, TOPICS)),),
)


async def judge(store: Store, numbers: Sequence[int], dice: random.Random) -> Tally:
    """Make and judge every kind of message about these articles."""
    tally = Tally()
    async with StoreThreads(store) as threads:
        desk = ChatDesk(store=threads, book=lambda: BOOK, topics=lambda: TOPICS, clock=lambda: NOW)
        order = OrderDesk(
            store=threads,
            book=lambda: BOOK,
            path=Path("sources.yaml"),
            admins=(READER,),
            clock=lambda: NOW,
            began=NOW,
            version="1",
        )
        with store.read() as view:
            cards = _cards(view)
            articles = [article for number in numbers if (article := view.article(str(number))) is not None]
        for start in range(0, len(cards), 12):
            for made in posts(cards[start : start + 12], dice):
                _count(tally, made)
        mine = MineDesk(store=threads, book=lambda: BOOK, topics=lambda: TOPICS, clock=lambda: NOW, codes=desk.codes)
        for article in articles:
            with speaking(dice.choice(tuple(LANGUAGES))):
                async for made in answers(desk, article, dice):
                    _count(tally, made)
                async for made in own(mine, article, dice):
                    _count(tally, made)
            async for made in orders(order, article, hostile(dice)[:900]):
                _count(tally, made)
    return tally


def portion(seed: str, number: int) -> Tally:
    """Every kind of message about so many articles, in a store of their own."""
    dice = random.Random(seed)
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:
        store = open_store(f"sqlite:///{folder}/desk.db")
        tally = asyncio.run(judge(store, fill(store, number, dice), dice))
        store.close()
    return tally


def _cards(view: Reading) -> list[Card]:
    kept = view.counts()["articles"]
    return view.cards(range(1, kept + 1))


def _count(tally: Tally, made: Made) -> None:
    tally.kinds[made.kind] += 1
    tally.longest = max(tally.longest, units(visible(made.tree)) if made.tree is not None else 0)
    tally.wrong += [f"{made.kind}: {fault}" for fault in faults(made)]
