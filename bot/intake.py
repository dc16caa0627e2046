"""Take in what a source gave: recognise, judge, group, place. One transaction for all of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence, Sized
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.alerts import AlertReader
from bot.standing import standing
from classifiers.grouping import choose_story, story_keys
from classifiers.judge import Judge
from classifiers.summary import summarise
from newsdesk.articles import Article, ArticleText, Entry, Identity, PageLook
from newsdesk.candidates import PAGES_PER_POLL, page_to_judge, worth_a_page
from newsdesk.delivery import edit_due, not_editable, worth_an_edit
from newsdesk.identity import Kind, identify, recognise, revise, same_words, shown_url
from newsdesk.identitychange import (
    STEADY_POLLS,
    TWINS_SOUGHT,
    Break,
    Unknown,
    find_break,
    is_first_sight,
    is_many,
    is_withheld,
    joined,
    seeks_twins,
)
from newsdesk.messages import SEND, Message
from newsdesk.moves import STAYED, Move, after_poll
from newsdesk.people import OWN, Alert, OwnPost
from newsdesk.ports import PAGE_KEPT, Harvest, Reading, Writing
from newsdesk.reports import PollReport
from newsdesk.routes import Route
from newsdesk.routing import Placement, placements, too_old
from newsdesk.schedule import after_success
from newsdesk.search import index_text
from newsdesk.sources import PageText, Source, SourceState
from newsdesk.stories import StoryMove
from newsdesk.verdicts import Verdicts
from newsdesk.watching import Watch, own_placement, sight

STORY_WINDOW = timedelta(days=30)
"""How far back an article may look for the story that it tells or follows."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What taking in needs to decide: the judge, the routes with the chats that are really posted to, and how people's
    alerts are read (None where nobody's are served).
    """

    judge: Judge
    routes: tuple[Route, ...]
    alerts: AlertReader | None = None


@dataclass(frozen=True, slots=True)
class _Read:
    """One entry, recognised and judged. `article.id` is 0 when it is new; `before` is what a known one was."""

    article: Article
    before: Article | None
    verdicts: Verdicts
    keys: frozenset[str]
    places: tuple[Placement, ...]
    page: PageLook | None
    alerts: tuple[Alert, ...] = ()


@dataclass(frozen=True, slots=True)
class Intake:
    """What is to be taken in: the source with its state and what it gave, and the looks at pages by address."""

    source: Source
    state: SourceState
    harvest: Harvest
    pages: Mapping[str, PageLook] = field(default_factory=dict)


def promising(view: Reading, desk: Desk, intake: Intake, now: datetime) -> list[str]:
    """The addresses of the articles whose own pages are worth a look, the likeliest first (see newsdesk/candidates.py).

    Only what is new or edited and not too old to be posted is asked about.
    """
    if intake.source.page_text is PageText.NEVER:
        return []
    sight = _read_all(view, desk, intake, now)
    worths = [
        (worth_a_page(intake.source, read.article, read.verdicts), read.article.url)
        for read in sight.fresh
        if not too_old(read.article.at, intake.source.max_age, now) and not is_withheld(sight.broken, read.article)
    ]
    likely = sorted((one for one in worths if one[0] > 0), reverse=True)
    return [url for _, url in likely[:PAGES_PER_POLL]]


def take_in(tx: Writing, desk: Desk, intake: Intake, now: datetime, jitter: float = 0.5) -> PollReport:
    """Keep what is new, revise what changed, plan the posts, remember the source's state; says what it did."""
    source, state, harvest = intake.source, intake.state, intake.harvest
    sight = _read_all(tx, desk, intake, now)
    fresh, known = sight.fresh, sight.known
    withheld = {number for number, read in enumerate(fresh) if is_withheld(sight.broken, read.article)}
    first_time = is_first_sight(state, now)
    welcome = _welcome([read.places for read in fresh], fresh, source, first_time=first_time) - withheld
    wanted = _welcome([read.alerts for read in fresh], fresh, source, first_time=first_time) - withheld
    # For a muted source no post is edited, but what it takes back of its own is corrected all the same.
    joins = not standing(tx).mutes(source.id, now)
    queued = sum(
        _keep(
            tx,
            read,
            now,
            post=number in welcome,
            alert=number in wanted,
            edit=number not in withheld and (joins or read.before is not None),
        )
        for number, read in enumerate(fresh)
    )
    changed = sum(read.article.id != 0 for read in fresh)
    gap = bool(harvest.entries) and state.items > 0 and known + changed == 0 and not sight.new_break
    notice = _remember_identities(tx, intake, sight, now)
    moved = _remember_move(tx, source, harvest.moved_to)
    note = harvest.note or ("items that came again under new addresses are kept, not posted" if withheld else "")
    tx.forget_pages(now - PAGE_KEPT)
    tx.save_source_state(after_success(source, state, replace(harvest, note=note), now, gap=gap, jitter=jitter))
    return PollReport(
        source=source.id,
        status="unchanged" if harvest.unchanged else "ok",
        reason=note,
        items=len(harvest.entries) + len(harvest.refused),
        stored=len(fresh) - changed,
        changed=changed,
        known=known,
        refused=harvest.refused,
        gap=gap,
        queued=queued,
        withheld=len(withheld),
        notice=notice,
        moved_to=harvest.moved_to if moved else "",
    )


@dataclass(frozen=True, slots=True)
class _Sight:
    """What the entries are to us: new or edited ones, oldest first, and how many were known as they are.

    `broken` is the source's last mass change of identities, `new_break` says that it is one of this very look.
    """

    fresh: list[_Read]
    known: int
    broken: Break | None = None
    new_break: bool = False


def _read_all(view: Reading, desk: Desk, intake: Intake, now: datetime) -> _Sight:
    source = intake.source
    entries = sorted(intake.harvest.entries, key=lambda entry: entry.published or now)
    if not entries:
        return _Sight([], 0)
    if standing(view).mutes(source.id, now):
        desk = replace(desk, routes=(), alerts=None)
    watch = None if desk.alerts is None else desk.alerts.watch(view)
    identities = [identify(entry.url, entry.title, entry.summary) for entry in entries]
    kept = view.recognise(identities)
    unknown = [
        number
        for number, (entry, identity) in enumerate(zip(entries, identities, strict=True))
        if recognise(entry, identity, kept[number], source=source.id).kind is Kind.NEW
    ]
    before = _break_of(view, source)
    suspicious = is_many(len(entries), len(unknown)) and not is_first_sight(intake.state, now)
    twins: set[int] = set()
    found = None
    if suspicious or seeks_twins(before, now):
        twins = {number for number in unknown if _has_twin(view, source, entries[number], now)}
    if suspicious:
        strangers = [Unknown(entries[number].published, number in twins) for number in unknown]
        overlaps = int(view.remembered(_OVERLAPS + source.id) or 0)
        found = find_break(source, intake.state, strangers, items=len(entries), overlaps=overlaps, now=now)
    fresh: list[_Read] = []
    for number, (entry, identity) in enumerate(zip(entries, identities, strict=True)):
        if number in twins:
            continue
        read = _read(view, desk, intake, entry, identity, [*kept[number], *_mates(fresh, identity)], now)
        if read is not None:
            fresh.append(_watched(read, watch, source, now))
    broken = before if found is None else joined(before, found)[0]
    return _Sight(fresh, len(entries) - len(fresh), broken, new_break=found is not None)


# --- a source whose identities changed as a whole: see newsdesk/identitychange.py -------------------------------------

_BREAK = "identities.break."
_MOVE = "move."
_OVERLAPS = "identities.overlaps."
"""Small facts by source: its last mass change of identities; looks at which items without dates were known."""


def _break_of(view: Reading, source: Source) -> Break | None:
    kept = view.remembered(_BREAK + source.id)
    if not kept:
        return None
    since, until, by_words, reason = json.loads(kept)
    return Break(datetime.fromisoformat(since), datetime.fromisoformat(until), by_words, reason)


def _has_twin(view: Reading, source: Source, entry: Entry, now: datetime) -> bool:
    """Whether the source's own article of the same words is kept already, under whatever address."""
    keys = story_keys(ArticleText(title=entry.title, summary=entry.summary, body=entry.body))
    for candidate in view.story_candidates(keys, now - TWINS_SOUGHT):
        article = view.article(str(candidate.article))
        if article is not None and article.source == source.id and same_words(entry, article):
            return True
    return False


def _remember_identities(tx: Writing, intake: Intake, sight: _Sight, now: datetime) -> str:
    """Keep what the next look is judged by; returns what an operator is told, "" for nothing."""
    source, entries = intake.source, intake.harvest.entries
    if entries and sight.known and all(entry.published is None for entry in entries):
        overlaps = int(tx.remembered(_OVERLAPS + source.id) or 0)
        if overlaps < STEADY_POLLS:
            tx.remember(_OVERLAPS + source.id, str(overlaps + 1))
    if not sight.new_break or sight.broken is None:
        return ""
    kept, told = joined(_break_of(tx, source), sight.broken)
    values = [kept.since.isoformat(), kept.until.isoformat(), kept.by_words, kept.reason]
    tx.remember(_BREAK + source.id, json.dumps(values))
    return sight.broken.reason if told else ""


def _remember_move(tx: Writing, source: Source, target: str) -> bool:
    """Keep where this poll was led; whether an operator is to be told of it now."""
    name = _MOVE + source.id
    kept = tx.remembered(name)
    before = Move(*json.loads(kept)) if kept else STAYED
    move, tell = after_poll(before, target)
    if move != before:
        tx.remember(name, json.dumps([move.target, move.polls]))
    return tell


def article_text(article: Article) -> ArticleText:
    """The article as the classifiers read it."""
    return ArticleText(
        title=article.title,
        summary=article.summary,
        body=article.body,
        language=article.language,
        outlet=article.outlet,
        url=article.url,
        published=article.published,
    )


def _mates(fresh: Sequence[_Read], identity: Identity) -> list[Article]:
    """Articles of this very batch that share the identity: feeds list an item twice now and then."""
    return [
        read.article
        for read in fresh
        if read.article.identity.url == identity.url
        or (identity.outlet_id and read.article.identity.outlet_id == identity.outlet_id)
        or (identity.fingerprint and read.article.identity.fingerprint == identity.fingerprint)
    ]


def _read(
    view: Reading,
    desk: Desk,
    intake: Intake,
    entry: Entry,
    identity: Identity,
    kept: Sequence[Article],
    now: datetime,
) -> _Read | None:
    """The entry as a new or revised article with its verdicts; None when it is known as it is.

    Where its page was read, now or before, the verdict is taken on that text. The article itself keeps to the feed's
    words, and so do its story keys: other outlets' articles are compared with them.
    """
    source = intake.source
    recognition = recognise(entry, identity, kept, source=source.id)
    before = recognition.article
    if recognition.kind is Kind.SAME or (before is not None and before.id == 0):
        return None
    article = _new(source, entry, identity, now) if before is None else revise(before, entry, now)
    text = article_text(article)
    page = page_to_judge(source, intake.pages.get(article.url), view.page_of(before.id) if before else None)
    verdicts = desk.judge.judge(replace(text, body=page.text) if page is not None and page.read else text)
    old = too_old(article.at, source.max_age, now)
    places = () if old else tuple(placements(desk.routes, verdicts.matched, now))
    return _Read(article, before, verdicts, story_keys(text), places, page)


def _watched(read: _Read, watch: Watch | None, source: Source, now: datetime) -> _Read:
    """With the alerts that the article satisfies, unless it is too old to be sent to anybody."""
    if watch is None or not watch.alerts or too_old(read.article.at, source.max_age, now):
        return read
    return replace(read, alerts=tuple(watch.matching(sight(read.article, read.verdicts, index_text))))


def _new(source: Source, entry: Entry, identity: Identity, now: datetime) -> Article:
    published = min(entry.published, now) if entry.published is not None else None
    return Article(
        id=0,
        source=source.id,
        outlet=entry.outlet or source.name,
        title=entry.title,
        url=shown_url(entry.url),
        identity=identity,
        first_seen=now,
        at=published or now,
        summary=entry.summary,
        body=entry.body,
        published=published,
        language=entry.language or source.language,
        guid=entry.guid,
        author=entry.author,
        image=entry.image,
    )


def _welcome(going: Sequence[Sized], fresh: Sequence[_Read], source: Source, *, first_time: bool) -> set[int]:
    """Which of the batch may be posted: all that go anywhere, but of a source seen for the first time only its `first`
    newest of them.
    """
    placed = [number for number, where in enumerate(going) if len(where)]
    if not first_time:
        return set(placed)
    placed.sort(key=lambda number: fresh[number].article.at)
    return set(placed[len(placed) - min(source.first, len(placed)) :])


def _keep(tx: Writing, read: _Read, now: datetime, *, post: bool, alert: bool, edit: bool) -> int:
    """Keep one article with its story, its posts and the edits that it asks for; returns how many messages were queued."""
    article = read.article
    if article.id:
        tx.revise_article(article, read.verdicts, read.keys)
        story, told_before = tx.story_of(article.id), True
    else:
        number = tx.add_article(article, read.verdicts, read.keys)
        article = replace(article, id=number)
        story, told_before = _tell(tx, article, read.keys)
    if read.page is not None:
        tx.save_page(article.id, read.page)
    if story is None:
        return 0
    queued = _edit(tx, story, article, read.before, now) if edit and told_before else 0
    if post:
        queued += sum(_place(tx, story, article.id, place, now) for place in read.places)
    return queued + (_alert(tx, story, article.id, read.alerts, now) if alert else 0)


def _tell(tx: Writing, article: Article, keys: frozenset[str]) -> tuple[int, bool]:
    """Let the article open, join or follow a story; returns the story that it tells, and whether others told it before."""
    choice = choose_story(article_text(article), article.at, tx.story_candidates(keys, article.at - STORY_WINDOW))
    if choice.move is StoryMove.JOIN and choice.story is not None:
        tx.join_story(choice.story, article.id, article.at)
        return choice.story, True
    return tx.open_story(article.id, article.at, choice.story if choice.move is StoryMove.FOLLOW else None), False


def _edit(tx: Writing, story: int, article: Article, before: Article | None, now: datetime) -> int:
    """Have the messages edited in which the story stands and that show more, or other words, since this article.

    `before` is the article as it was known; None when it is new. Returns how many edits were queued: a message that is
    to be edited anyhow takes a further reason in.
    """
    queued = 0
    for post in tx.posts_of(story):
        if before is None and post.route == OWN:
            continue  # there may be very many of them, and a person was told: that others tell it, too, can be asked for
        message = None if post.message is None else tx.message(post.message)
        if message is None or post.retracted is not None or not_editable(message, now):
            continue
        title = summary = joined = False
        if before is None:
            joined = message.kind == SEND and _is_shown(tx, post.id, article, now)
        elif post.article == article.id:
            title = article.title != before.title
            summary = summarise(article_text(article)) != summarise(article_text(before))
        if not worth_an_edit(message, joined=joined, title=title, summary=summary):
            continue
        if not joined:
            tx.mark_corrected([post.id], now)
        queued += _queue_edit(tx, message, now)
    if before is not None and article.title != before.title:
        queued += sum(_edit_list(tx, number, article, now) for number in tx.listing(story))
    return queued


def _edit_list(tx: Writing, number: int, article: Article, now: datetime) -> int:
    """Have a look back edited that shows the headline which the outlet changed."""
    message, listed = tx.message(number), tx.listed(number)
    shown = () if listed is None else (card.article.id for card in listed.cards)
    if message is None or not_editable(message, now) or article.id not in shown:
        return 0
    return _queue_edit(tx, message, now)


def _queue_edit(tx: Writing, message: Message, now: datetime) -> int:
    """How many edits that adds: none where one waits already."""
    waiting = tx.open_edit(message.id)
    first = now if waiting is None else waiting.created
    tx.queue_edit(message.id, now=now, not_before=edit_due(first, now))
    return int(waiting is None)


def _is_shown(tx: Writing, post: int, article: Article, now: datetime) -> bool:
    """Whether the article is what a further outlet is named with in the post: its first one of this story."""
    return any((article.outlet, article.url) in card.also for card in tx.cards([post], standing(tx).silent(now)))


def _alert(tx: Writing, story: int, article: int, alerts: Sequence[Alert], now: datetime) -> int:
    """Plan the story for the people whose alerts the article satisfies: once a person, naming all of these.

    Returns how many messages were queued.
    """
    theirs: dict[int, list[Alert]] = {}
    for alert in alerts:
        theirs.setdefault(alert.person, []).append(alert)
    posts = []
    for number, person in tx.people(theirs).items():
        place = own_placement(person, theirs[number], now)
        if place is not None:
            ids = tuple(alert.id for alert in theirs[number])
            posts.append(OwnPost(chat=place.chat, due=place.due, waits=place.waits, alerts=ids))
    return tx.add_own_posts(story=story, article=article, posts=posts, now=now) if posts else 0


def _place(tx: Writing, story: int, article: int, place: Placement, now: datetime) -> int:
    """Plan the story for one chat; a chat that has it keeps it. Returns how many messages were queued (0 or 1)."""
    post = tx.add_post(
        story=story, chat=place.chat, route=place.route, article=article, due=place.due, waiting=place.waits
    )
    if post is None and not place.waits:
        post = tx.promote_post(story=story, chat=place.chat, route=place.route, article=article, due=place.due)
    if post is None or place.waits:
        return 0
    tx.queue_message(chat=place.chat, kind=SEND, posts=[post], now=now, not_before=place.due)
    return 1
