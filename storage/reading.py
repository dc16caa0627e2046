"""Reading of the store: thin methods over the statements of this room."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select

from newsdesk.articles import Article, Identity, PageLook
from newsdesk.lookback import Listed, LookBack, Told
from newsdesk.messages import Card, ChatState, Message, MessageState, Post
from newsdesk.people import Alert, Person, Received
from newsdesk.ports import ArticleTrace
from newsdesk.search import Found, SearchQuery
from newsdesk.sources import SourceState
from newsdesk.stories import Candidate, Story
from newsdesk.trends import Telling
from newsdesk.verdicts import Verdicts
from storage import articles, cards, forgetting, lookbacks, outbox, pages, people, searching, stories, trends
from storage import tables as t
from storage.index import KeyIndex, SearchIndex
from storage.rows import source_of

SEARCH_SECONDS = 2.0
"""What a person waits for; a search is much quicker unless the machine is in trouble."""


class StoreReading:
    """newsdesk.ports.Reading over one connection."""

    def __init__(self, connection: Connection, index: SearchIndex, keys: KeyIndex) -> None:
        self._connection = connection
        self._index = index
        self._keys = keys

    def source_states(self) -> dict[str, SourceState]:
        """What is remembered, by source id."""
        rows = self._connection.execute(select(t.sources).order_by(t.sources.c.source)).mappings()
        return {row["source"]: source_of(row) for row in rows}

    def source_state(self, source: str) -> SourceState:
        """What is remembered of that source; the state of a new one when it is nothing yet."""
        row = self._connection.execute(select(t.sources).where(t.sources.c.source == source)).mappings().one_or_none()
        return SourceState(source=source) if row is None else source_of(row)

    def recognise(self, identities: Sequence[Identity]) -> list[list[Article]]:
        """For each identity the kept articles that share its URL, outlet id or fingerprint."""
        return articles.recognise(self._connection, identities)

    def article(self, id_or_url: str) -> Article | None:
        """The article of that number or URL."""
        return articles.find_article(self._connection, id_or_url)

    def trace(self, article_id: int) -> ArticleTrace | None:
        """Everything about one article."""
        return cards.trace(self._connection, article_id)

    def page_of(self, article_id: int) -> PageLook | None:
        """The last look at the article's page."""
        return pages.pages_of(self._connection, [article_id]).get(article_id)

    def story_candidates(self, keys: Collection[str], since: datetime, limit: int = 50) -> list[Candidate]:
        """Articles in stories that share keys; those that share most come first."""
        return stories.candidates(self._connection, self._keys, keys, since, limit)

    def story(self, story_id: int) -> Story | None:
        """The story of that number."""
        return stories.story(self._connection, story_id)

    def story_of(self, article_id: int) -> int | None:
        """The story that this article tells."""
        return stories.story_told_by(self._connection, article_id)

    def search(self, query: SearchQuery, limit: int, offset: int = 0) -> list[Found]:
        """Articles that satisfy the query, best or newest first."""
        with self._index.limited(self._connection, SEARCH_SECONDS):
            return searching.search(self._connection, self._index, query, limit, offset)

    def count(self, query: SearchQuery, at_most: int = 1000) -> int:
        """How many articles satisfy the query; counting stops at `at_most`."""
        with self._index.limited(self._connection, SEARCH_SECONDS):
            return searching.count(self._connection, self._index, query, at_most)

    def latest(self, topics: Collection[str], limit: int, offset: int = 0) -> list[Found]:
        """Newest articles that matched any of the topics."""
        return searching.latest(self._connection, self._index, topics, limit, offset)

    def newest_texts(self, limit: int) -> list[str]:
        """Title and beginning of the text of the newest articles."""
        return articles.newest_texts(self._connection, limit)

    def following(self, story_id: int, limit: int) -> list[Article]:
        """The articles that opened the stories which follow this one, newest first."""
        return articles.opening(self._connection, stories.following(self._connection, story_id, limit))

    def tellings(self, since: datetime) -> list[Telling]:
        """Every story that was first told since then."""
        return trends.tellings(self._connection, since)

    def judged_since(self, since: datetime) -> Iterator[tuple[Article, Verdicts]]:
        """Every article of that time or later with its verdicts, oldest first."""
        return articles.judged_since(self._connection, since)

    def message(self, message_id: int) -> Message | None:
        """The message of that number."""
        return outbox.message(self._connection, message_id)

    def messages(self, states: Collection[MessageState], limit: int = 100, *, chat: str | None = None) -> list[Message]:
        """Messages in these states, in that chat or in any, oldest first."""
        return outbox.messages(self._connection, states, limit, chat)

    def busy_chats(self, now: datetime, people: int) -> list[str]:
        """The chats in which something is to be done, private ones last."""
        return outbox.busy_chats(self._connection, now, people)

    def cards(self, post_ids: Sequence[int], unnamed: Collection[str] = ()) -> list[Card]:
        """What each post shows, in the order asked for."""
        return cards.cards(self._connection, post_ids, unnamed)

    def posts_of(self, story_id: int) -> list[Post]:
        """The posts of a story in all chats, oldest first."""
        return outbox.posts_of_story(self._connection, story_id)

    def open_edit(self, message_id: int) -> Message | None:
        """The queued edit of that message."""
        return outbox.open_edit(self._connection, message_id)

    def standing_at(self, chat: str, telegram_id: int) -> Message | None:
        """The message of that Telegram number in the chat."""
        return outbox.standing_at(self._connection, chat, telegram_id)

    def look_backs(self, route: str, chat: str) -> list[LookBack]:
        """The newest looks back of the route in the chat."""
        return lookbacks.made(self._connection, route, chat)

    def told_between(self, since: datetime, until: datetime, *, seen_since: datetime) -> list[Told]:
        """Every story first told in that time of which an article matched a topic."""
        return lookbacks.told_between(self._connection, since, until, max(since, seen_since))

    def oldest_message(self, chat: str) -> datetime | None:
        """When the first message for the chat was made."""
        return lookbacks.oldest_message(self._connection, chat)

    def listed(self, message_id: int, unnamed: Collection[str] = ()) -> Listed | None:
        """What a message that looks back shows."""
        return lookbacks.listed(self._connection, message_id, unnamed)

    def listing(self, story_id: int) -> list[int]:
        """The messages that look back at the story."""
        return lookbacks.listing(self._connection, story_id)

    def waiting_posts(self, due_by: datetime) -> list[Post]:
        """Waiting posts whose time has come."""
        return outbox.waiting_posts(self._connection, due_by)

    def chat(self, chat: str) -> ChatState:
        """What is remembered of the chat."""
        return outbox.chat(self._connection, chat)

    def person(self, person_id: int) -> Person | None:
        """What is kept of that person."""
        return people.person(self._connection, person_id)

    def people(self, ids: Collection[int]) -> dict[int, Person]:
        """What is kept of these people, by number."""
        return people.people(self._connection, ids)

    def chosen_languages(self) -> Mapping[int, str]:
        """The language of everybody who chose one."""
        return people.chosen_languages(self._connection)

    def idle_people(self, before: datetime, limit: int = 100) -> list[Person]:
        """People who were last heard before that time, those longest silent first."""
        return forgetting.idle(self._connection, before, limit)

    def received(self, chat: str) -> list[Received]:
        """The stories that went or are to go to a private chat."""
        return forgetting.received(self._connection, chat)

    def alerts_of(self, person_id: int) -> list[Alert]:
        """The alerts of one person, oldest first."""
        return people.alerts_of(self._connection, person_id)

    def alerts_turn(self) -> int:
        """A number that grows with every change of `alerts_to_match`."""
        return people.turn(self._connection)

    def alerts_to_match(self) -> list[Alert]:
        """Everybody's alerts that are not paused, of people who can be written to."""
        return people.all_alerts(self._connection)

    def counts(self) -> Mapping[str, int]:
        """Totals: articles, stories, posts_<state>, messages_<state>."""
        totals = {
            table.name: int(self._connection.execute(select(func.count()).select_from(table)).scalar_one())
            for table in (t.articles, t.stories)
        }
        return totals | outbox.states(self._connection)

    def size(self) -> int:
        """Bytes that the whole store takes on the disk."""
        if self._connection.dialect.name == "sqlite":
            statement = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
        else:
            statement = "SELECT pg_database_size(current_database())"
        return int(self._connection.exec_driver_sql(statement).scalar_one())

    def recent_messages(self, chat: str, limit: int = 50) -> list[Message]:
        """Messages that stand in a chat, newest first."""
        return outbox.recent_messages(self._connection, chat, limit)

    def remembered(self, name: str) -> str | None:
        """The small fact of that name; None when it was never remembered."""
        return self._connection.execute(select(t.meta.c.value).where(t.meta.c.name == name)).scalar()
