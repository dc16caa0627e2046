"""Writing to the store: one transaction.

New rows are gathered and written in bulk, at the latest before the next statement that could see them; search words
go in once, at the end, in the order of their places (storage/fts5.py says why). Numbers are given here: there is one
writer at a time, so the next number is the highest known plus one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, Table, delete, func, insert, select, update

from newsdesk.articles import Article, Identity, PageLook
from newsdesk.errors import StoreError
from newsdesk.lookback import LookBack
from newsdesk.messages import DELETE, EDIT, WEEKLY, ChatState, Message, MessageState, PostState
from newsdesk.people import Alert, OwnPost, Person
from newsdesk.ports import CONTENT_KEPT
from newsdesk.sources import SourceState
from newsdesk.stories import Candidate
from newsdesk.verdicts import Verdicts
from storage import forgetting, lookbacks, outbox, own, pages, people, stories
from storage import tables as t
from storage.bulk import insert_rows
from storage.gathered import Gathered
from storage.index import Indexed, KeyIndex, SearchIndex
from storage.reading import StoreReading
from storage.rows import Values, article_values, clean, lookup_key, source_values, verdict_values
from storage.wording import marks_of, usable_keys, words_of

IndexText = Callable[[str, str, str], tuple[str, str]]
"""newsdesk.search.index_text: title, summary and body to the search words of title and text."""

_MAY_STAND = (MessageState.SENDING, MessageState.HELD, MessageState.SENT)
_ORDER = (t.articles, t.verdicts, t.article_countries, t.stories, t.story_articles)


class StoreWriting(StoreReading):
    """newsdesk.ports.Writing over one connection in a transaction."""

    def __init__(self, connection: Connection, index: SearchIndex, keys: KeyIndex, index_text: IndexText) -> None:
        self._raw = connection
        self._words = index
        self._keys = keys
        self._index_text = index_text
        self._rows: dict[str, list[Values]] = defaultdict(list)
        self._unindexed: list[Indexed] = []
        self._last: dict[str, int] = {}
        self._unkept: set[str] = set()
        """Identity URLs that were looked up in this transaction and are not kept."""
        self._gathered = Gathered()
        self.added = 0
        """How many articles this transaction added."""
        self._newest: datetime | None = None

    # What the methods of StoreReading look through: nothing gathered stays invisible to them.

    @property
    def _connection(self) -> Connection:  # type: ignore[override]
        self._write_rows()
        return self._raw

    @property
    def _index(self) -> SearchIndex:  # type: ignore[override]
        self._write_words()
        return self._words

    def _write_rows(self) -> None:
        if not self._rows:
            return
        rows, gathered = self._rows, self._gathered
        self._rows, self._gathered = defaultdict(list), Gathered()
        for table in _ORDER:
            if rows[table.name]:
                insert_rows(self._raw, table, rows[table.name])
        if gathered.keys:
            self._keys.add(self._raw, list(gathered.keys.items()))

    def _write_words(self) -> None:
        if self._unindexed:
            gathered, self._unindexed = self._unindexed, []
            self._words.add(self._raw, gathered)

    def finish(self) -> None:
        """Write all that was gathered; the store calls it before it commits."""
        self._write_rows()
        self._write_words()
        if self._newest is not None:
            stories.prune_keys(self._raw, self._keys, self._newest)

    def _next(self, table: Table) -> int:
        if table.name not in self._last:
            self._last[table.name] = self._raw.execute(select(func.max(table.c.id))).scalar() or 0
        self._last[table.name] += 1
        return self._last[table.name]

    # Sources

    def save_source_state(self, state: SourceState) -> None:
        """Remember this in place of what was remembered."""
        values = source_values(state)
        changed = self._raw.execute(update(t.sources).where(t.sources.c.source == values["source"]).values(values))
        if not changed.rowcount:
            self._raw.execute(insert(t.sources), values)

    # Articles

    def recognise(self, identities: Sequence[Identity]) -> list[list[Article]]:
        """As Reading.recognise; what is not kept is remembered, so that `add_article` need not look again."""
        found = super().recognise(identities)
        kept = {article.identity.url for articles in found for article in articles}
        self._unkept |= {lookup_key(identity.url) for identity in identities} - kept
        return found

    def add_article(self, article: Article, verdicts: Verdicts, keys: Collection[str]) -> int:
        """Keep a new article; returns its number."""
        number = self._next(t.articles)
        values = article_values(article, number)
        self._claim_url(values["identity_url"], article.title)
        self._rows["articles"].append(values)
        self._add_judgement(number, verdicts, keys)
        self._unindexed.append(self._indexed(article, verdicts, values["place"]))
        self._gathered.articles[number] = values
        self.added += 1
        self._newest = max(article.first_seen, self._newest or article.first_seen)
        return number

    def _claim_url(self, url: str, title: str) -> None:
        if url not in self._unkept and self._kept(url):
            raise StoreError(f"an article with the identity {url} is already kept; {title!r} was not added again")
        self._unkept.discard(url)

    def _kept(self, url: str) -> bool:
        found = select(t.articles.c.id).where(t.articles.c.identity_url == url)
        return self._connection.execute(found).first() is not None

    def _add_judgement(self, number: int, verdicts: Verdicts, keys: Collection[str]) -> None:
        self._rows["verdicts"] += verdict_values(number, verdicts)
        countries = sorted({clean(country) for country in verdicts.countries})
        self._rows["article_countries"] += [{"article": number, "country": country} for country in countries]
        self._gathered.keys[number] = usable_keys(keys)

    def _indexed(self, article: Article, verdicts: Verdicts, place: int) -> Indexed:
        title, text = self._index_text(article.title, article.summary, article.body)
        marks = marks_of(article.source, verdicts.matched, verdicts.countries)
        return Indexed(place, words_of(title), words_of(text), marks)

    def revise_article(self, article: Article, verdicts: Verdicts, keys: Collection[str]) -> None:
        """Replace title, text, verdicts, search words and keys; identity URL and first_seen stay."""
        old = self._connection.execute(
            select(t.articles.c.place, t.articles.c.identity_url, t.articles.c.first_seen).where(
                t.articles.c.id == article.id
            )
        ).first()
        if old is None:
            raise StoreError(f"article {article.id} cannot be revised: there is no such article")
        values = article_values(article, article.id) | {"identity_url": old.identity_url, "first_seen": old.first_seen}
        self._raw.execute(update(t.articles).where(t.articles.c.id == article.id).values(values))
        for table in (t.verdicts, t.article_countries):
            self._raw.execute(delete(table).where(table.c.article == article.id))
        self._keys.remove(self._raw, article.id)
        self._add_judgement(article.id, verdicts, keys)
        self._write_rows()
        self._index.remove(self._raw, old.place)
        self._unindexed.append(self._indexed(article, verdicts, values["place"]))

    def save_page(self, article_id: int, look: PageLook) -> None:
        """Keep what a look at the article's page gave."""
        pages.save(self._connection, article_id, look)

    def forget_pages(self, before: datetime) -> None:
        """Let go of the texts of looks before that time."""
        pages.forget(self._raw, before)

    # Stories

    def story_candidates(self, keys: Collection[str], since: datetime, limit: int = 50) -> list[Candidate]:
        """As Reading.story_candidates, with those that were gathered and not yet written."""
        return stories.candidates(self._raw, self._keys, keys, since, limit, self._gathered)

    def open_story(self, article_id: int, at: datetime, follows: int | None = None) -> int:
        """A new story opened by this article; returns its number."""
        number = self._next(t.stories)
        self._rows["stories"].append(
            {"id": number, "first_article": article_id, "opened": at, "latest": at, "follows": follows}
        )
        self._tell(article_id, number)
        return number

    def join_story(self, story_id: int, article_id: int, at: datetime) -> None:
        """Let this article tell that story too."""
        story = self.story(story_id)
        if story is None:
            raise StoreError(f"article {article_id} cannot join story {story_id}: there is no such story")
        if at > story.latest:
            self._raw.execute(update(t.stories).where(t.stories.c.id == story_id).values(latest=at))
        self._tell(article_id, story_id)

    def _tell(self, article_id: int, story_id: int) -> None:
        """An article tells one story: the one named last."""
        new = article_id in self._gathered.articles and article_id not in self._gathered.stories
        if new:
            self._gathered.stories[article_id] = story_id
        else:
            self._connection.execute(delete(t.story_articles).where(t.story_articles.c.article == article_id))
        self._rows["story_articles"].append({"article": article_id, "story": story_id})

    # Posts

    def add_post(self, *, story: int, chat: str, route: str, article: int, due: datetime, waiting: bool) -> int | None:
        """Plan a story for a chat; None when that chat already has it."""
        values = {
            "route": clean(route),
            "article": article,
            "state": (PostState.WAITING if waiting else PostState.QUEUED).value,
            "due": due,
            "reason": "",
        }
        chat = outbox.chat_now(self._connection, chat)
        there = outbox.post_in_chat(self._connection, story, chat)
        if there is not None and there.retracted is not None:
            return None
        if there is not None:  # given up before it was sent: it may be planned anew, and stays the only one
            again = outbox.change_posts(self._raw, [there.id], only=(PostState.FAILED, PostState.DROPPED), **values)
            return there.id if again else None
        number = self._next(t.posts)
        self._raw.execute(insert(t.posts), {"id": number, "story": story, "chat": clean(chat), **values})
        return number

    def promote_post(self, *, story: int, chat: str, route: str, article: int, due: datetime) -> int | None:
        """Move a waiting post to a more urgent route and the article that took it there."""
        there = outbox.post_in_chat(self._connection, story, outbox.chat_now(self._connection, chat))
        if there is None:
            return None
        changed = outbox.change_posts(
            self._raw,
            [there.id],
            only=(PostState.WAITING,),
            route=clean(route),
            article=article,
            due=due,
            state=PostState.QUEUED.value,
        )
        return there.id if changed else None

    def drop_posts(self, post_ids: Sequence[int], reason: str) -> None:
        """Give waiting posts up, with the reason."""
        outbox.change_posts(
            self._connection,
            post_ids,
            only=(PostState.WAITING,),
            state=PostState.DROPPED.value,
            reason=clean(reason),
        )

    # Messages

    def queue_message(self, *, chat: str, kind: str, posts: Sequence[int], now: datetime, not_before: datetime) -> int:
        """Queue one message carrying these posts; returns its number."""
        outbox.carriable(self._connection, posts)
        number = self._add_message(outbox.chat_now(self._connection, chat), kind, posts, now, not_before)
        if posts:
            outbox.change_posts(self._raw, posts, only=(PostState.WAITING,), state=PostState.QUEUED.value)
        return number

    def queue_look_back(
        self, *, route: str, chat: str, slot: datetime, stories: Sequence[int], now: datetime
    ) -> int | None:
        """Write a look back down and queue its message; None without stories."""
        number = self._add_message(outbox.chat_now(self._connection, chat), WEEKLY, (), now, now) if stories else None
        lookbacks.keep(self._connection, route, chat, LookBack(slot, now, number))
        if number is not None:
            lookbacks.list_stories(self._connection, number, stories)
        return number

    def strike_story(self, story_id: int) -> None:
        """No look back lists the story from now on."""
        lookbacks.strike(self._connection, story_id)

    def queue_edit(self, message_id: int, *, now: datetime, not_before: datetime) -> int:
        """Queue an edit of that message, or let the one that is queued already wait as long; returns its number."""
        target = self._may_stand(message_id, "edited")
        waiting = self.open_edit(message_id)
        if waiting is not None:
            outbox.wait_longer(self._raw, waiting.id, not_before)
            return waiting.id
        return self._add_change(target, EDIT, now, not_before)

    def queue_deletion(self, message_id: int, *, now: datetime) -> int:
        """Queue the taking back of that message, and withdraw its queued edit; returns its number."""
        target = self._may_stand(message_id, "deleted")
        going = outbox.open_deletion(self._connection, message_id)
        if going is not None:
            return going.id
        waiting = self.open_edit(message_id)
        if waiting is not None:
            outbox.withdraw(self._raw, waiting.id, "what it edits is taken back", now)
        return self._add_change(target, DELETE, now, now)

    def _may_stand(self, message_id: int, what: str) -> Message:
        """The message, which was sent or may have been; StoreError for any other."""
        target = self.message(message_id)
        if target is None or target.is_edit or target.state not in _MAY_STAND:
            why = "there is no such message" if target is None else f"it is {target.state.value}"
            raise StoreError(f"message {message_id} cannot be {what}: {why}")
        return target

    def _add_change(self, target: Message, kind: str, now: datetime, not_before: datetime) -> int:
        number = self._add_message(target.chat, kind, target.posts, now, not_before)
        self._raw.execute(insert(t.edits), {"message": number, "target": target.id})
        return number

    def retract_posts(self, post_ids: Sequence[int], *, by: int, at: datetime) -> None:
        """Take posts back: no message shows them from now on, and they do not come again."""
        outbox.retract(self._connection, post_ids, by, at)

    def allow_posts(self, post_ids: Sequence[int]) -> None:
        """Let posts that were taken back come again."""
        outbox.allow_again(self._connection, post_ids)

    def mark_corrected(self, post_ids: Sequence[int], at: datetime) -> None:
        """The outlet changed the words that these posts show."""
        outbox.mark_corrected(self._connection, post_ids, at)

    def _add_message(self, chat: str, kind: str, posts: Sequence[int], now: datetime, not_before: datetime) -> int:
        number = self._next(t.messages)
        self._raw.execute(
            insert(t.messages),
            {
                "id": number,
                "chat": clean(chat),
                "kind": clean(kind),
                "state": MessageState.QUEUED.value,
                "created": now,
                "not_before": not_before,
                "attempts": 0,
                "content": "",
                "reason": "",
            },
        )
        if posts:
            carried = [{"message": number, "position": place, "post": post} for place, post in enumerate(posts)]
            self._raw.execute(insert(t.message_posts), carried)
        return number

    def claim_message(self, *, chats_busy: Collection[str], now: datetime, only: int | None = None) -> Message | None:
        """Take the oldest queued message that may go now, as claimed."""
        return outbox.claim(self._connection, chats_busy, now, only)

    def mark_sending(self, message_id: int, *, content: str, last_known: int | None, now: datetime) -> None:
        """Write down what is about to be sent."""
        outbox.mark_sending(self._connection, message_id, content, last_known, now)

    def mark_sent(self, message_id: int, *, telegram_id: int | None, now: datetime) -> None:
        """It was taken."""
        outbox.mark_sent(self._connection, message_id, telegram_id, now)

    def release_message(self, message_id: int, *, not_before: datetime, reason: str) -> None:
        """Certainly not sent: back to the queue."""
        outbox.release(self._connection, message_id, not_before, reason)

    def fail_message(self, message_id: int, *, reason: str, now: datetime) -> None:
        """It will never be taken."""
        outbox.fail(self._connection, message_id, reason, now)

    def hold_message(self, message_id: int, *, reason: str, now: datetime) -> None:
        """A person must look."""
        outbox.hold(self._connection, message_id, reason, now)

    def pull_back(self, now: datetime) -> int:
        """Bring back to now what a clock that was ahead has stamped; returns how many rows."""
        return outbox.pull_back(self._connection, now)

    def tidy(self, now: datetime) -> int:
        """Let go of what nobody needs any more; returns how many rows."""
        return outbox.forget_contents(self._connection, now - CONTENT_KEPT)

    def withdraw_message(self, message_id: int, *, reason: str, now: datetime) -> None:
        """Take a queued message back; its posts stay queued."""
        outbox.withdraw(self._connection, message_id, reason, now)

    def retime_posts(self, chat: str, due: datetime) -> None:
        """What waits in a private chat for the person's own alerts is due then."""
        outbox.retime_posts(self._connection, chat, due)

    def give_up_chat(self, chat: str, *, reason: str, now: datetime) -> None:
        """Nothing of what waits or is queued for the chat is sent any more."""
        outbox.give_up_chat(self._connection, chat, reason, now)

    def hurry_chat(self, chat: str, now: datetime) -> None:
        """What was tried in the chat and put off may go now."""
        outbox.hurry_chat(self._connection, chat, now)

    def move_chat(self, old: str, new: str) -> bool:
        """The chat has a new number."""
        return outbox.move_chat(self._connection, old, new)

    def save_chat(self, state: ChatState) -> None:
        """Remember this about the chat in place of what was remembered."""
        outbox.save_chat(self._connection, state)

    # People

    def keep_person(self, person: Person) -> None:
        """Keep this in place of what was kept of the person."""
        people.keep_person(self._connection, person)

    def forget_person(self, person_id: int, now: datetime) -> bool:
        """Let go of everything that names the person."""
        return forgetting.forget(self._connection, person_id, now)

    def add_alert(self, *, person: int, name: str, query: str, now: datetime) -> Alert:
        """Save a search of that person; the one that is there already when it is."""
        return people.add_alert(self._connection, person, name, query, now)

    def change_alert(self, alert: Alert) -> bool:
        """Give the person's alert of that number this name and rest; False when there is none."""
        return people.change_alert(self._connection, alert)

    def delete_alerts(self, person: int, alert_ids: Sequence[int]) -> int:
        """Delete those of the alerts that are the person's; returns how many."""
        return people.delete_alerts(self._connection, person, alert_ids)

    def add_own_posts(self, *, story: int, article: int, posts: Sequence[OwnPost], now: datetime) -> int:
        """Plan a story for people, and queue a message for each who does not wait; returns how many were queued."""
        there = {post.chat: post for post in outbox.posts_of_story(self._connection, story)}
        if any(post.retracted is not None for post in there.values()):
            return 0
        fresh = {self._next(t.posts): post for post in posts if post.chat not in there}
        own.add_posts(self._raw, story, article, fresh)
        going = dict(fresh)
        for post in posts:
            known = there.get(post.chat)
            if known is None or known.state is PostState.SENT:
                continue
            if known.state in (PostState.FAILED, PostState.DROPPED):
                own.plan_again(self._raw, known.id, article, post)
                going[known.id] = post
            people.link_alerts(self._raw, known.id, post.alerts)
        at_once = {self._next(t.messages): (number, post) for number, post in going.items() if not post.waits}
        own.queue(self._raw, at_once, now)
        return len(at_once)

    def link_alerts(self, post_id: int, alert_ids: Collection[int]) -> None:
        """The post is for these alerts, too."""
        people.link_alerts(self._connection, post_id, alert_ids)

    def remember(self, name: str, value: str) -> None:
        """Remember a small fact."""
        changed = self._raw.execute(update(t.meta).where(t.meta.c.name == name).values(value=clean(value)))
        if not changed.rowcount:
            self._raw.execute(insert(t.meta), {"name": name, "value": clean(value)})
