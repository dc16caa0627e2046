"""What the news desk needs of the world, as Protocols whose docstrings state the guarantees.

All datetimes are timezone-aware and UTC, in both directions. The store is synchronous and may be called from any
thread; bot/ runs it in threads of its own.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from newsdesk.articles import Article, Entry, Identity, PageLook, Refusal
from newsdesk.lookback import Listed, LookBack, Told
from newsdesk.messages import Card, ChatState, Message, MessageState, Post
from newsdesk.people import Alert, OwnPost, Person, Received
from newsdesk.search import Found, SearchQuery
from newsdesk.sources import Source, SourceState
from newsdesk.stories import Candidate, Story
from newsdesk.trends import Telling
from newsdesk.verdicts import Verdicts


@dataclass(frozen=True, slots=True, kw_only=True)
class Harvest:
    """What one look at a source gave.

    `unchanged` means that the server said 304 or the body's hash is the known one: entries are empty then and
    nothing has to be done. `retry_after` is a pace the server asked for. `note` is something the operator should
    hear although it worked (a permanent redirect). `moved_to` is where permanent redirects led, "" without any.
    """

    unchanged: bool = False
    entries: tuple[Entry, ...] = ()
    refused: tuple[Refusal, ...] = ()
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    retry_after: timedelta | None = None
    note: str = ""
    moved_to: str = ""
    complete: bool = True
    """False when a validator was sent; True when the whole body was asked for."""


PAGE_KEPT = timedelta(days=30)
"""How long the text of a page is kept: for back-tests, and to show what a verdict was taken on."""


CONTENT_KEPT = timedelta(days=90)
"""How long the rendered content of a message that was sent, or will never be, is kept."""


class Gatherer(Protocol):
    """Looks at a source on the web."""

    async def gather(self, source: Source, state: SourceState, now: datetime) -> Harvest:
        """Fetch and read the source, sending the validators of `state` unless they are a day old.

        Raises SourceError (FetchError, ParseError) for whatever the web may do; never hangs past its total
        deadline; never connects to an address that is not public unless it was allowed.
        """


class Pages(Protocol):
    """Reads articles' own pages, where that is allowed."""

    async def look(self, url: str, now: datetime) -> PageLook:
        """The text of one page. What the web does, and what robots.txt says, is in the answer: nothing is raised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleTrace:
    """All that the store knows of one article: what `explain` shows. Of posts that went to people nothing is told."""

    article: Article
    verdicts: Verdicts
    story: Story | None
    follows: Article | None
    siblings: tuple[Article, ...]
    posts: tuple[tuple[Post, Message | None], ...]
    edits: tuple[Message, ...] = ()
    """The edits of those messages, oldest first."""
    page: PageLook | None = None
    """The last look at its page; the verdicts were taken on it when its status is `read`. None when nobody looked."""


class Reading(Protocol):
    """A consistent view of the store."""

    def source_states(self) -> dict[str, SourceState]:
        """What is remembered, by source id."""

    def source_state(self, source: str) -> SourceState:
        """What is remembered of that source; the state of a new one when it is nothing yet."""

    def recognise(self, identities: Sequence[Identity]) -> list[list[Article]]:
        """For each identity, in order, the kept articles that share its URL, outlet id or fingerprint.

        Those that share the URL come first, then those of the outlet id, then those of the fingerprint.
        """

    def article(self, id_or_url: str) -> Article | None:
        """The article of that number or URL (as given, or canonical)."""

    def trace(self, article_id: int) -> ArticleTrace | None:
        """Everything about one article; None when there is no such article."""

    def page_of(self, article_id: int) -> PageLook | None:
        """The last look at the article's page; None when nobody looked."""

    def story_candidates(self, keys: Collection[str], since: datetime, limit: int = 50) -> list[Candidate]:
        """Articles in stories, whose `at` is not before `since`, that share keys; those that share most come first.

        Keys are kept for 45 days, and a key of more than 500 articles tells nothing: it is not counted.
        """

    def story(self, story_id: int) -> Story | None:
        """The story of that number."""

    def story_of(self, article_id: int) -> int | None:
        """The story that this article tells."""

    def search(self, query: SearchQuery, limit: int, offset: int = 0) -> list[Found]:
        """Articles that satisfy the query, best or newest first; ties by newest, then by id downwards.

        Raises SearchTooSlow, as `count` does, when it takes longer than a person waits.
        """

    def count(self, query: SearchQuery, at_most: int = 1000) -> int:
        """How many articles satisfy the query; counting stops at `at_most`."""

    def latest(self, topics: Collection[str], limit: int, offset: int = 0) -> list[Found]:
        """Newest articles that matched any of the topics (all articles of any topic when empty)."""

    def newest_texts(self, limit: int) -> list[str]:
        """Title and beginning of the text of the newest articles: the words that people may have meant."""

    def following(self, story_id: int, limit: int) -> list[Article]:
        """The articles that opened the stories which follow this one, newest first."""

    def tellings(self, since: datetime) -> list[Telling]:
        """Every story whose opening article is of that time or later and matched a topic, in the order of opening."""

    def judged_since(self, since: datetime) -> Iterator[tuple[Article, Verdicts]]:
        """Every article of that time or later with its verdicts, oldest first, without holding them all in memory.

        Where the text of its page is kept, that is its `body`: what the verdicts were taken on.
        """

    def message(self, message_id: int) -> Message | None:
        """The message of that number."""

    def messages(self, states: Collection[MessageState], limit: int = 100, *, chat: str | None = None) -> list[Message]:
        """Messages in these states, in that chat or in any, oldest first."""

    def busy_chats(self, now: datetime, people: int) -> list[str]:
        """The chats in which something is queued or under way, those that waited longest first.

        Private chats come behind all others, at most that many `people`'s, and only where something may go now.
        """

    def cards(self, post_ids: Sequence[int], unnamed: Collection[str] = ()) -> list[Card]:
        """What each post shows, in the order asked for; posts that no longer exist or were taken back are left out.

        The articles of `unnamed` sources are not named among the further outlets.
        """

    def posts_of(self, story_id: int) -> list[Post]:
        """The posts of a story in all chats, oldest first."""

    def open_edit(self, message_id: int) -> Message | None:
        """The queued edit of that message; None when there is none, or it is on its way already."""

    def standing_at(self, chat: str, telegram_id: int) -> Message | None:
        """The message that has this Telegram number in the chat; None when none of ours was sent under it."""

    def look_backs(self, route: str, chat: str) -> list[LookBack]:
        """The looks back of the route in the chat, the newest slots first; some twenty."""

    def told_between(self, since: datetime, until: datetime, *, seen_since: datetime) -> list[Told]:
        """Every story first told since then and before `until`, and first seen since then, of which an article matched a
        topic. In the order of their numbers, without those that were taken back.
        """

    def oldest_message(self, chat: str) -> datetime | None:
        """When the first message for the chat was made; None when none ever was."""

    def listed(self, message_id: int, unnamed: Collection[str] = ()) -> Listed | None:
        """What a message that looks back shows now, told by other than `unnamed` sources; None for any other message."""

    def listing(self, story_id: int) -> list[int]:
        """The messages that look back at the story and do not leave it out, oldest first."""

    def waiting_posts(self, due_by: datetime) -> list[Post]:
        """Posts in state `waiting` whose time has come, by chat and route, oldest due first."""

    def chat(self, chat: str) -> ChatState:
        """What is remembered of the chat; a fresh state for one never seen."""

    def person(self, person_id: int) -> Person | None:
        """What is kept of that person; None for somebody who never chose or saved anything."""

    def people(self, ids: Collection[int]) -> dict[int, Person]:
        """What is kept of these people, by number."""

    def chosen_languages(self) -> Mapping[int, str]:
        """The language of everybody who chose one, by the person's number."""

    def idle_people(self, before: datetime, limit: int = 100) -> list[Person]:
        """People who were last heard before that time, those longest silent first."""

    def received(self, chat: str) -> list[Received]:
        """The stories that went or are to go to that private chat, oldest first."""

    def alerts_of(self, person_id: int) -> list[Alert]:
        """The alerts of one person, paused ones too, oldest first."""

    def alerts_turn(self) -> int:
        """A number that grows with every change of `alerts_to_match`, 0 while nobody ever saved one."""

    def alerts_to_match(self) -> list[Alert]:
        """Everybody's alerts that are not paused, of people who can be written to, oldest first."""

    def counts(self) -> Mapping[str, int]:
        """Totals: `articles`, `stories`, `posts_<state>` and `messages_<state>` for every state, and `edits`, how many of
        those messages are edits.
        """

    def size(self) -> int:
        """Bytes that the whole store takes on the disk, logs apart."""

    def recent_messages(self, chat: str, limit: int = 50) -> list[Message]:
        """Messages that stand in a chat and were not deleted, as they stand there now, newest first."""

    def remembered(self, name: str) -> str | None:
        """The small fact of that name (see `Writing.remember`); None when there is none."""


class Writing(Reading, Protocol):
    """One transaction: everything in it is kept, or nothing."""

    def save_source_state(self, state: SourceState) -> None:
        """Remember this in place of what was remembered."""

    def add_article(self, article: Article, verdicts: Verdicts, keys: Collection[str]) -> int:
        """Keep a new article with its verdicts, search words and story keys; returns its number.

        Raises StoreError when its identity URL is already kept (the caller should have recognised it).
        """

    def revise_article(self, article: Article, verdicts: Verdicts, keys: Collection[str]) -> None:
        """Replace title, text, verdicts, search words and keys of a kept article; identity URL and first_seen stay."""

    def save_page(self, article_id: int, look: PageLook) -> None:
        """Keep what a look at the article's page gave, in place of the look before."""

    def forget_pages(self, before: datetime) -> None:
        """Let go of the texts of looks before that time; that somebody looked, and when, stays known."""

    def open_story(self, article_id: int, at: datetime, follows: int | None = None) -> int:
        """A new story opened by this article; returns its number."""

    def join_story(self, story_id: int, article_id: int, at: datetime) -> None:
        """Let this article tell that story too."""

    def add_post(self, *, story: int, chat: str, route: str, article: int, due: datetime, waiting: bool) -> int | None:
        """Plan a story for a chat; None when that chat already has it (sent, queued or waiting), or it was taken back there.

        One that was dropped or failed is planned anew under its old number.

        `waiting` posts become messages when their time comes; others are to be queued in this transaction.
        """

    def promote_post(self, *, story: int, chat: str, route: str, article: int, due: datetime) -> int | None:
        """Move a *waiting* post of this story to a more urgent route and the article that took it there.

        None when there is none waiting. The caller queues its message in the same transaction.
        """

    def drop_posts(self, post_ids: Sequence[int], reason: str) -> None:
        """Give waiting posts up, with the reason."""

    def queue_message(self, *, chat: str, kind: str, posts: Sequence[int], now: datetime, not_before: datetime) -> int:
        """Queue one message carrying these posts, which become `queued`; returns its number."""

    def queue_look_back(
        self, *, route: str, chat: str, slot: datetime, stories: Sequence[int], now: datetime
    ) -> int | None:
        """Write down that the route looked back at this slot, once, and queue the message that lists these stories.

        Without stories none is queued; returns the message's number. That the same slot was written down before is an
        error of the database: the caller has looked.
        """

    def strike_story(self, story_id: int) -> None:
        """`listed` shows the story in no message any more: it was taken back."""

    def queue_edit(self, message_id: int, *, now: datetime, not_before: datetime) -> int:
        """Queue an edit of that message, carrying the same posts; returns its number.

        An edit of it that is queued already takes this one in and waits as long as both ask. Raises StoreError unless
        the message was sent or may have been.
        """

    def queue_deletion(self, message_id: int, *, now: datetime) -> int:
        """Queue the taking back of that message, carrying the same posts, once; returns its number.

        A queued edit of it is withdrawn. Raises StoreError unless the message was sent or may have been.
        """

    def retract_posts(self, post_ids: Sequence[int], *, by: int, at: datetime) -> None:
        """Take posts back: `cards` shows them no more, and `add_post` does not plan them again.

        Those that were not sent are dropped at once, the others when a deletion or an edit of their message was made.
        `by` is the person's number.
        """

    def allow_posts(self, post_ids: Sequence[int]) -> None:
        """Let posts that were taken back, and are over, be planned again."""

    def mark_corrected(self, post_ids: Sequence[int], at: datetime) -> None:
        """The outlet changed the words that these posts show."""

    def claim_message(self, *, chats_busy: Collection[str], now: datetime, only: int | None = None) -> Message | None:
        """Take the oldest queued message that may go now, in a chat not named and with none in flight, as `claimed`.

        With `only`, that message or none: the caller chose among the queued ones, and a rival may have been quicker.
        """

    def mark_sending(self, message_id: int, *, content: str, last_known: int | None, now: datetime) -> None:
        """Write down what is about to be sent, before the call. Raises StoreError unless it was `claimed`."""

    def mark_sent(self, message_id: int, *, telegram_id: int | None, now: datetime) -> None:
        """It was taken; its posts are sent, and the chat's newest known id grows (None: a person says so, unnumbered).

        Of an edit: the message that it edits has its content now. Of a deletion: the message stands no more. The posts
        carried that were taken back are dropped then; an edited message does not carry them any more.
        """

    def release_message(self, message_id: int, *, not_before: datetime, reason: str) -> None:
        """Certainly not sent: back to `queued`, to be tried again from then on; counts an attempt."""

    def fail_message(self, message_id: int, *, reason: str, now: datetime) -> None:
        """It will never be taken; its posts are failed."""

    def hold_message(self, message_id: int, *, reason: str, now: datetime) -> None:
        """A person must look; nothing is sent until they did."""

    def withdraw_message(self, message_id: int, *, reason: str, now: datetime) -> None:
        """Take a queued message back: it is never sent, its posts stay queued and may be carried by another."""

    def retime_posts(self, chat: str, due: datetime) -> None:
        """What waits in a private chat for the person's own alerts is due then."""

    def give_up_chat(self, chat: str, *, reason: str, now: datetime) -> None:
        """Nothing of what waits or is queued for the chat is sent any more, with the reason."""

    def hurry_chat(self, chat: str, now: datetime) -> None:
        """What was tried in the chat and put off may go now; what was never tried keeps its time."""

    def move_chat(self, old: str, new: str) -> bool:
        """The chat has a new number: its posts and messages are the new chat's, and so is whatever is planned for `old`.

        What the new chat already has is not sent to it again, and what stands in the old one has no number any more:
        the new one counts anew. False, and nothing changes, where that would lead back to where it came from.
        """

    def save_chat(self, state: ChatState) -> None:
        """Remember this about the chat in place of what was remembered."""

    def pull_back(self, now: datetime) -> int:
        """The clock was set back: what it stamped too far ahead is brought back to now; returns how many rows.

        Of messages not yet sent, when they were made, changed and may go; of waiting posts, when they are due; of
        chats, their sends and rests. Half a minute is left to clocks that differ. What was read keeps its times.
        """

    def tidy(self, now: datetime) -> int:
        """Let go of what nobody needs any more, some hundred rows at a time; returns how many, 0 when nothing is left.

        The contents of messages that came to an end CONTENT_KEPT ago; who got what, and when, stays known. Articles
        are kept for good: they are what a search finds.
        """

    def keep_person(self, person: Person) -> None:
        """Keep this in place of what was kept of the person, if anything was."""

    def forget_person(self, person_id: int, now: datetime) -> bool:
        """Let go of everything that names the person, alerts and what they brought included; False when nothing did.

        What is queued or under way for them ends unrecorded. The files still hold it until `Store.scrub`.
        """

    def add_alert(self, *, person: int, name: str, query: str, now: datetime) -> Alert:
        """Save a search of that person (who must be kept); the one of the same query when that is there already.

        Numbers grow and are never given twice.
        """

    def change_alert(self, alert: Alert) -> bool:
        """Give the alert of that number and person this name and rest; False when there is none (any more)."""

    def delete_alerts(self, person: int, alert_ids: Sequence[int]) -> int:
        """Delete those of the alerts that are the person's; returns how many. What waits for them alone is dropped."""

    def add_own_posts(self, *, story: int, article: int, posts: Sequence[OwnPost], now: datetime) -> int:
        """Plan a story for people, and queue a message for each who does not wait; returns how many were queued.

        Who has it, or is to get it, keeps that; the card names the further alerts, too, if it has not gone. What had
        failed or was dropped is planned anew. A story that was taken back from any chat goes to nobody. For many people
        it is far quicker than `add_post` and `queue_message` for each.
        """

    def link_alerts(self, post_id: int, alert_ids: Collection[int]) -> None:
        """The post is for these alerts, too; its card names them."""

    def remember(self, name: str, value: str) -> None:
        """Remember a small fact of the process under a name, in place of what was remembered."""


class Store(Protocol):
    """Where everything is kept.

    Writers take turns; a reader sees the state of its beginning. Database faults surface as StoreError, programming
    errors as themselves.
    """

    def read(self) -> AbstractContextManager[Reading]:
        """A consistent view; works while another process writes."""

    def write(self) -> AbstractContextManager[Writing]:
        """One transaction: kept when the block ends, undone when it raises."""

    def scrub(self) -> bool:
        """Leave nothing in the files of what was deleted before; False when readers keep it for now: ask again later."""

    def close(self) -> None:
        """Let go of files and connections."""


Confirm = Callable[[], Awaitable[None]]
"""A last look before something that cannot be taken back; raises what speaks against it."""


class Publisher(Protocol):
    """Puts one message into one chat. `content` is the rendered message tree as JSON (see bot/render)."""

    async def send(self, chat: str, content: str, confirm: Confirm | None = None) -> int:
        """Send it once; returns the message's number in that chat. Raises PublishError, one class per reaction.

        `confirm` is awaited when the request is about to leave; what it raises keeps it from leaving, and is raised.
        """

    async def find(self, chat: str, content: str, after: int | None) -> int | None:
        """Look whether this very content stands in the chat behind message `after`; its number, or None.

        Raises OutcomeUnknown where looking is impossible.
        """

    async def edit(self, chat: str, number: int, content: str, confirm: Confirm | None = None) -> None:
        """Let message `number` show this content, without a sound; that it does already is as good.

        Raises PublishError. It may be repeated: whatever became of it, the message shows the content afterwards.
        """

    async def delete(self, chat: str, number: int, confirm: Confirm | None = None) -> None:
        """Take message `number` of our own back; that it is gone already is as good.

        Raises PublishError, Rejected or DestinationGone where it is not ours to delete (too old, no right). It may be
        repeated.
        """
