"""Every kind of message, as the desks make it: posts, answers in chat, a person's own, operators' orders and notices.

The desks really answer: from a small store in a folder of its own, made for this and thrown away, at a moment that
stands still. So what is shown here cannot differ from what people get.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from bot import uncertain
from bot.chat import ChatDesk
from bot.chat.codes import Codes
from bot.chat.languages import Chosen
from bot.chat.mine import MineDesk
from bot.chat.privacy import PrivacyDesk
from bot.chat.settings import SettingsDesk
from bot.chat.who import Who
from bot.contents import Form, contents
from bot.orders import OrderDesk
from bot.render import Tree, phrases, plain_tree, retractphrases, to_json
from bot.render import samplephrases as words
from bot.render.catalogues import Phrase, speaking
from bot.render.own import farewell_tree
from bot.render.rows import in_rows
from bot.render.tree import Button, line
from bot.samples import news
from bot.samples.news import CHANNEL, NOW
from bot.standing import stand
from bot.threads import StoreThreads
from bot.trend import Drawing, TrendDesk
from newsdesk.messages import DIGEST, DIGEST_MORE, SEND, Card, MessageState
from newsdesk.people import Person
from newsdesk.ports import Store, Writing
from newsdesk.routes import Route, TopicRule
from newsdesk.sources import Source, SourceBook, SourceState
from newsdesk.standing import Order, Standing

OpenStore = Callable[[str], Store]
"""Opens a new store at a URL."""

PERSON = 7001
_BOT = "lintas_layar_bot"
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Sample:
    """One message. `kind` names it, for people who look for it; `asked` is what a person wrote before; `answers` is the
    first line of the message that it replies to.
    """

    kind: str
    tree: Tree
    asked: str = ""
    answers: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Messages of one room: `name` for addresses, `title` for people."""

    name: str
    title: str
    samples: tuple[Sample, ...]


async def sample_messages(language: str, open_store: OpenStore, summarise: Callable[[Card], str]) -> list[Group]:
    """All kinds, in that language; headlines and summaries stay as their outlets wrote them."""
    with speaking(language):
        async with _newsroom(open_store, summarise) as room:
            return [
                Group("channel", str(words.CHANNEL), tuple(room.posts)),
                Group("chat", str(words.CHAT), tuple(await _chat(room))),
                Group("own", str(words.OWN), tuple(await _own(room))),
                Group("orders", str(words.ORDERS), tuple(await _orders(room))),
                Group("notices", str(words.NOTICES), tuple(await _notices(room))),
            ]


@dataclass(frozen=True, slots=True)
class _Room:
    """A news desk with some news in it; `posts` are what its channel shows."""

    threads: StoreThreads
    folder: Path
    book: SourceBook
    codes: Codes
    posts: list[Sample]
    own: Tree


@asynccontextmanager
async def _newsroom(open_store: OpenStore, summarise: Callable[[Card], str]) -> AsyncIterator[_Room]:
    with TemporaryDirectory(prefix="lintas-samples-") as folder:
        store = await asyncio.to_thread(open_store, f"sqlite:///{folder}/samples.db")
        try:
            async with StoreThreads(store) as threads:
                posts, own = await threads.write(lambda tx: _fill(tx, Form(summarise, _BOT)))
                yield _Room(threads, Path(folder), _book(), Codes(), posts, own)
        finally:
            store.close()


def _fill(tx: Writing, form: Form) -> tuple[list[Sample], Tree]:
    """The news and how their sources are; what comes of it, as `_channel` says."""
    for one in ("warta", "kabar-layar", "sinema-pos"):
        fresh = SourceState(source=one, last_ok=NOW, last_poll=NOW, items=20, newest_item=NOW, status="ok")
        tx.save_source_state(replace(fresh, last_full=NOW))
    late = SourceState(source="harian-nusa", last_poll=NOW, last_ok=NOW - _DAY, failures=4, items=20)
    tx.save_source_state(replace(late, status="timeout", reason="no answer within 20 s"))
    return _channel(tx, form)


def _book() -> SourceBook:
    sources = tuple(Source(id=one, name=name, url=f"https://{one}.example/rss") for one, name in news.OUTLETS.items())
    rule = TopicRule(1, news.TOPICS)
    return SourceBook(sources=sources, routes=(Route(id="highlights", chat=CHANNEL, when=rule),))


# --- the channel --------------------------------------------------------------------------------------------------------


class _Poster:
    """Makes messages in the sample channel and shows them."""

    def __init__(self, tx: Writing, form: Form) -> None:
        self._tx = tx
        self._form = form
        self._sent = 40

    def plan(self, article: int, story: int, chat: str = CHANNEL) -> int:
        """A post of that story; its number."""
        post = self._tx.add_post(story=story, chat=chat, route="highlights", article=article, due=NOW, waiting=False)
        assert post is not None
        return post

    def queue(self, posts: Sequence[int], kind: str = SEND, chat: str = CHANNEL) -> int:
        """A message with these posts; its number."""
        return self._tx.queue_message(chat=chat, kind=kind, posts=posts, now=NOW, not_before=NOW)

    def send(self, message: int) -> int:
        """Let it stand in the channel; its number there."""
        self._sent += 1
        tree = to_json(self.tree(message))
        self._tx.claim_message(chats_busy=(), now=NOW, only=message)
        self._tx.mark_sending(message, content=tree, last_known=None, now=NOW)
        self._tx.mark_sent(message, telegram_id=self._sent, now=NOW)
        return self._sent

    def tree(self, message: int, form: Form | None = None) -> Tree:
        """What it looks like now."""
        found = self._tx.message(message)
        assert found is not None
        return (form or self._form).tree(contents(self._tx, found, NOW))


def _whole(card: Card) -> str:
    return card.article.summary


def _channel(tx: Writing, form: Form) -> tuple[list[Sample], Tree]:
    """The channel's messages, and one that a person's own alert brought."""
    poster = _Poster(tx, form)
    single = [(words.SHORT, news.SHORT), (words.LONG, news.LONG), (words.FOREIGN, news.ENGLISH)]
    shown = [Sample(str(kind), poster.tree(_posted(tx, poster, item)[0])) for kind, item in single]
    quoted, story = _posted(tx, poster, news.QUOTED)
    # The desk quotes two sentences; a quotation that cannot be parted may be longer, and folds.
    shown.append(Sample(str(words.QUOTED), poster.tree(quoted, replace(form, summarise=_whole))))
    poster.send(quoted)
    for item in news.RETOLD:
        news.keep(tx, item, story=story)
    tx.mark_corrected(_posts(tx, quoted), NOW)
    shown.append(Sample(str(words.CORRECTED), poster.tree(quoted)))
    following, _ = _posted(tx, poster, news.FOLLOWING, follows=story)
    shown.append(Sample(str(words.FOLLOW_UP), poster.tree(following), answers=news.QUOTED.title))
    shown.append(Sample(str(words.PLAIN), plain_tree(poster.tree(quoted))))
    shown += _lists(tx, poster)
    return shown, _alerted(tx, poster, story)


def _posted(tx: Writing, poster: _Poster, item: news.Item, follows: int | None = None) -> tuple[int, int]:
    """The article as a message of its own; the numbers of the message and of the story."""
    article, story = news.keep(tx, item, follows=follows)
    return poster.queue([poster.plan(article, story)]), story


def _posts(tx: Writing, message: int) -> tuple[int, ...]:
    found = tx.message(message)
    return () if found is None else found.posts


def _lists(tx: Writing, poster: _Poster) -> list[Sample]:
    """Round-ups, and the look back at the week."""
    first = poster.queue([poster.plan(*kept) for kept in news.keep_all(tx, news.ROUND_UP)], DIGEST)
    more = poster.queue([poster.plan(*kept) for kept in news.keep_all(tx, news.MORE)], DIGEST_MORE)
    told = tx.told_between(NOW - 7 * _DAY, NOW, seen_since=NOW - 7 * _DAY)
    stories = [one.story for one in sorted(told, key=lambda one: (-one.outlets, -one.score, one.story))[:5]]
    week = tx.queue_look_back(route="week", chat=CHANNEL, slot=NOW, stories=stories, now=NOW)
    assert week is not None
    kinds = ((words.ROUND_UP, first), (words.ROUND_UP_MORE, more), (words.WEEKLY, week))
    return [Sample(str(kind), poster.tree(message)) for kind, message in kinds]


def _alerted(tx: Writing, poster: _Poster, story: int) -> Tree:
    """The story as it arrives in the private chat of a person who saved a search for it."""
    tx.keep_person(Person(id=PERSON, seen=NOW))
    alerts = [tx.add_alert(person=PERSON, name=name, query=name, now=NOW).id for name in ("film jepang", "topic:ai")]
    article = next(post.article for post in tx.posts_of(story))
    post = poster.plan(article, story, str(PERSON))
    tx.link_alerts(post, alerts)
    return poster.tree(poster.queue([post], chat=str(PERSON)))


# --- chat ---------------------------------------------------------------------------------------------------------------


async def _chat(room: _Room) -> list[Sample]:
    desk = ChatDesk(
        store=room.threads,
        book=lambda: room.book,
        topics=lambda: news.TOPICS,
        clock=lambda: NOW,
        codes=room.codes,
        keeps=True,
    )
    asked = (
        ("/start", desk.start()),
        ("/search film", desk.search("film")),
        ("/search film topic:ai 7d", desk.search("film topic:ai 7d")),
        ("/search fillm animassi", desk.search("fillm animassi")),
        ("/search", desk.search("")),
        ("/why 2", desk.why("2")),
        ("/why 999", desk.why("999")),
        ("/latest", desk.latest("")),
        ("/latest olahraga", desk.latest("olahraga")),
        ("/sources", desk.sources()),
        ("/language", desk.language(PERSON)),
    )
    shown = [Sample(text, await answer, text) for text, answer in asked]
    shown.append(Sample("related", await desk.related("4"), str(phrases.RELATED_BUTTON)))
    shown += [
        Sample(f"/{name}", tree, f"/{name}") for name, tree in (("help", desk.help()), ("topics", desk.topics_list()))
    ]
    shown.append(Sample("unknown", desk.unknown(), "/horoskop"))
    shown.append(Sample("/trend 30d", await _trend(room), "/trend 30d"))
    said = (phrases.ASKED_TOO_OFTEN, phrases.ASKED_BY_MANY, phrases.TROUBLE, phrases.NO_LONGER)
    return shown + [_said(text) for text in said]


async def _trend(room: _Room) -> Tree:
    """What stands below the chart."""
    desk = TrendDesk(store=room.threads, topics=lambda: news.TOPICS, clock=lambda: NOW)
    asked = desk.read("30d")
    drawn = asked if isinstance(asked, Tree) else await desk.draw(asked)
    return drawn.caption if isinstance(drawn, Drawing) else drawn


async def _own(room: _Room) -> list[Sample]:
    who = Who(PERSON)
    mine = MineDesk(
        store=room.threads, book=lambda: room.book, topics=lambda: news.TOPICS, clock=lambda: NOW, codes=room.codes
    )
    settings = SettingsDesk(store=room.threads, clock=lambda: NOW, codes=room.codes)
    privacy = PrivacyDesk(
        store=room.threads, clock=lambda: NOW, codes=room.codes, chosen=Chosen(), contact="redaksi@kabar.example"
    )
    asked = (
        ("/alert film animasi", mine.alert(who, "film animasi")),
        ("/alert", mine.alert(who, "")),
        ("/subscribe", mine.subscribe(who, "")),
        ("/subscribe kolaborasi", mine.subscribe(who, "collaboration")),
        ("/mine", mine.mine(who)),
        ("/settings", settings.settings(who)),
        ("/settings nanti", settings.settings(who, "nanti")),
        ("/privacy", privacy.privacy(who)),
        ("/forget", privacy.ask_to_forget(who)),
    )
    answers = [Sample(text, await answer, text) for text, answer in asked]
    return [Sample("alert", room.own), *answers, Sample("farewell", farewell_tree())]


# --- operators ----------------------------------------------------------------------------------------------------------


async def _orders(room: _Room) -> list[Sample]:
    path = room.folder / "sources.yaml"
    path.write_text("sources:\n  - id: Warta\n    name: Warta Kota\n    url: warta.example\n", "utf-8")
    desk = OrderDesk(
        store=room.threads,
        book=lambda: room.book,
        path=path,
        admins=(PERSON,),
        clock=lambda: NOW,
        began=NOW - 3 * _DAY,
        version="1.0",
    )
    standing = Standing(None, {"sinema-pos": Order(NOW, PERSON, NOW + _DAY)})
    await room.threads.write(lambda tx: stand(tx, standing))
    await room.threads.write(_hold)
    asked = (
        ("/status", desk.status()),
        ("/pause 2h", desk.pause(PERSON, "2h")),
        ("/pause besok", desk.pause(PERSON, "besok")),
        ("/resume", desk.resume(PERSON)),
        ("/mute warta 1d", desk.mute(PERSON, "warta 1d")),
        ("/mute wartta", desk.mute(PERSON, "wartta")),
        ("/unmute sinema-pos", desk.unmute("sinema-pos")),
        ("/post 1", desk.post(PERSON, "1")),
        ("/retract 4", desk.retract(PERSON, "4")),
        ("/retract", desk.retract(PERSON, "")),
        ("/uncertain", desk.uncertain()),
        ("/reload", desk.reload(PERSON)),
    )
    return [Sample(text, await answer, text) for text, answer in asked]


def _hold(tx: Writing) -> None:
    """One message is of unknown fate."""
    [message] = tx.messages([MessageState.QUEUED], 1)
    tx.hold_message(message.id, reason="the connection broke; cannot be looked up", now=NOW)


async def _notices(room: _Room) -> list[Sample]:
    """What operators are told by itself: plain texts, that of a held message with its buttons."""
    title, reason = news.QUOTED.title, "Forbidden: bot was kicked from the channel chat"
    labels = [Button(str(label), data=f"{uncertain.PREFIX}{name}") for name, label in phrases.RESOLUTIONS.items()]
    held = _said(phrases.message_held(12, CHANNEL, "the connection broke", title, buttons=True), tuple(labels))
    said = (
        phrases.message_failed(12, CHANNEL, "message is too long"),
        phrases.chat_gone(CHANNEL, reason),
        phrases.chat_opened(CHANNEL),
        phrases.chat_offered("Kabar Layar", "-1009876543210"),
        phrases.chat_moved("-4242", "-1004242"),
        retractphrases.left_standing(CHANNEL, 41, title, "message can't be deleted", whole=True, old=True),
        retractphrases.left_standing(CHANNEL, 43, title, "not enough rights", whole=False, old=False),
        phrases.book_held("3 of 12 sources vanish", "warta, sinema-pos, kabar-layar"),
        phrases.book_wrong(["sources.yaml:12:9: sources[2].url: is not a web address; write it in full"]),
        phrases.book_removed("warta"),
        phrases.source_moved("warta", "https://warta.example/rss", "https://warta-kota.example/feed"),
        phrases.source_gone("warta", "https://warta.example/rss"),
        phrases.identities_changed("warta", 38, "38 of 40 items were seen before"),
        phrases.poll_overruns("warta", 12),
        str(phrases.LISTENED_ELSEWHERE),
        phrases.webhook_elsewhere("lama.example"),
    )
    return [held, *map(_said, said)]


def _said(text: Phrase | str, buttons: tuple[Button, ...] = ()) -> Sample:
    """A message of plain words; its first ones name it."""
    rows = [line(row) for row in str(text).split("\n")]
    return Sample(" ".join(str(text).split()[:4]), Tree(tuple(rows), buttons=in_rows(buttons)))
