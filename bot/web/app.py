"""The pages of the console: read from the store, shown by templates, nothing changed by any of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from bot.contents import Form, contents
from bot.inbox import PATH, Inbox
from bot.render import Tree, digest_tree, from_json, phrases, samplephrases, to_html
from bot.render.catalogues import HOME, LANGUAGES, speaking
from bot.threads import StoreThreads
from bot.web.guard import COOKIE, Guard, session_of
from bot.web.hook import hook
from bot.web.metrics import metrics_text
from newsdesk.errors import StoreError
from newsdesk.health import health
from newsdesk.messages import Card, Message, MessageState
from newsdesk.ports import Reading
from newsdesk.routes import PREVIEW
from newsdesk.sources import SourceBook, SourceState

if TYPE_CHECKING:
    from bot.samples import Group

HERE = Path(__file__).parent
OLD = timedelta(minutes=2)
"""A tick that has not come through for so long is stuck."""
STORE_TIMEOUT = 5.0
SHOWN = 40
FORESIGHT = timedelta(days=3)
_UNDER_WAY = (MessageState.QUEUED, MessageState.CLAIMED, MessageState.SENDING, MessageState.HELD)
_STATES = {
    MessageState.QUEUED: "dalam antrean",
    MessageState.CLAIMED: "dalam antrean",
    MessageState.SENDING: "sedang dikirim",
    MessageState.HELD: "menunggu diperiksa",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """What the console shows and needs.

    `beats` tells when each tick last came through, `expected` which of them ought to, `lag` for how many seconds the
    event loop was blocked at worst lately, `overruns` how many turns each source lost to a poll under way; `token` locks all pages but /healthz, None leaves them open to this machine
    alone (see bot/web/server.py).
    """

    store: StoreThreads
    book: Callable[[], SourceBook]
    clock: Callable[[], datetime]
    beats: Callable[[], Mapping[str, datetime]] = dict
    lag: Callable[[], float] = float
    overruns: Callable[[], Mapping[str, int]] = dict
    expected: Sequence[str] = ()
    summarise: Callable[[Card], str] = lambda card: card.article.summary
    token: str | None = None
    zone: ZoneInfo = field(default_factory=phrases.home_zone)
    version: str = ""
    inbox: Inbox | None = None
    """Where updates go that Telegram brings; None where it is asked for them."""
    samples: Callable[[str], Awaitable[Sequence[Group]]] | None = None
    """Samples of every kind of message in a language; None where there are none to show."""


@dataclass(frozen=True, slots=True)
class Bubble:
    """One message as the page shows it. `state` is empty for a sent one."""

    body: Markup
    number: str
    when: str
    state: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One source as the page shows it."""

    id: str
    name: str
    url: str
    good: bool
    status: str
    reason: str
    last_ok: str
    newest: str
    next_check: str
    gaps: int


def build_app(console: Console) -> Starlette:
    """The console as an ASGI application. Reads its templates now; every request reads the store."""
    pages = _Pages(console)
    app = Starlette(
        routes=[
            Route("/", pages.channel),
            Route("/sources", pages.sources),
            Route("/samples", pages.samples),
            Route("/login", pages.login, methods=["GET", "POST"]),
            Route("/healthz", pages.healthz),
            Route("/metrics", pages.metrics),
            Mount("/static", StaticFiles(directory=HERE / "static")),
        ],
        exception_handlers={StoreError: pages.store_failed},
    )
    if console.inbox is not None:
        app.routes.insert(0, hook(console.inbox))
    app.add_middleware(Guard, token=console.token, passes="" if console.inbox is None else PATH)
    return app


class _Pages:
    def __init__(self, console: Console) -> None:
        self._needs = console
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    async def channel(self, request: Request) -> Response:
        """The channel as its readers see it, newest at the bottom, and what is still to come below."""
        needs = self._needs
        asked = request.query_params.get("chat", "")
        now = needs.clock()
        chats = list(dict.fromkeys([*(route.chat for route in needs.book().routes), PREVIEW]))

        def read(view: Reading) -> tuple[str, list[Bubble], list[Bubble]]:
            chat = asked if asked in chats else _liveliest(view, chats)
            sent = [self._sent(view, message, now) for message in reversed(view.recent_messages(chat, SHOWN))]
            under_way = view.messages(_UNDER_WAY, 1000, chat=chat)
            queued = [one for one in under_way if not one.is_edit][:SHOWN]
            coming = [self._queued(view, message, now) for message in queued]
            return chat, sent, coming + self._round_ups(view, chat, now)

        chat, sent, queued = await needs.store.read(read)
        return self._page("channel.html", request, chat=chat, chats=chats, sent=sent, queued=queued)

    async def sources(self, request: Request) -> Response:
        """How each source is doing, those in trouble first."""
        needs = self._needs
        states = await needs.store.read(lambda view: view.source_states())
        now = needs.clock()
        rows = [self._row(source.id, states.get(source.id), now) for source in needs.book().sources]
        rows.sort(key=lambda row: row.good)
        good = sum(row.good for row in rows)
        return self._page("sources.html", request, rows=rows, good=good)

    async def samples(self, request: Request) -> Response:
        """Every kind of message, in each language, by day and by night."""
        needs = self._needs
        asked = request.query_params.get("language", HOME)
        language = asked if asked in LANGUAGES else HOME
        wanted = request.query_params.get("theme", "")
        theme = wanted if wanted in samplephrases.THEMES else ""
        if needs.samples is None:
            return PlainTextResponse("There are no samples here.\n", status_code=404)
        groups = await needs.samples(language)
        shown = [(group, [(sample, _shown(sample.tree)) for sample in group.samples]) for group in groups]
        with speaking(language):
            return self._page(
                "samples.html",
                request,
                groups=shown,
                words=samplephrases,
                language=language,
                languages=LANGUAGES,
                theme=theme,
                themes=samplephrases.THEMES,
            )

    async def login(self, request: Request) -> Response:
        """Exchange the token for a cookie that this browser keeps until it is closed."""
        needs = self._needs
        wrong = False
        if request.method == "POST":
            body = parse_qs((await _body(request)).decode("utf-8", "replace"))
            given = body.get("token", [""])[0]
            if needs.token is not None and session_of(given) == session_of(needs.token):
                answer = RedirectResponse("/", status_code=303)
                secure = request.url.scheme == "https"
                answer.set_cookie(COOKIE, session_of(given), httponly=True, samesite="strict", secure=secure)
                return answer
            wrong = True
        return self._page("login.html", request, status=403 if wrong else 200, wrong=wrong)

    async def healthz(self, _: Request) -> Response:
        """For supervisors: 200 and ok, or 503 and red with the reasons."""
        needs = self._needs
        now = needs.clock()
        beats = needs.beats()
        ages = {name: max(0.0, round((now - at).total_seconds(), 1)) for name, at in beats.items()}
        reasons = [f"{name}: no tick yet" for name in needs.expected if name not in beats]
        # Others come too seldom to be judged so (one is hourly); of those that hang the watchdog makes an end.
        late = [name for name in needs.expected if name in beats and now - beats[name] > OLD]
        reasons += [f"{name}: last tick {ages[name]:g} s ago" for name in late]
        trouble = needs.store.health.trouble
        if trouble is not None:
            reasons.append(f"store: {trouble}")
        try:
            async with asyncio.timeout(STORE_TIMEOUT):
                await needs.store.read(lambda view: view.chat(PREVIEW))
        except (StoreError, TimeoutError) as error:
            if trouble is None:
                reasons.append(f"store: {str(error) or 'no answer in time'}")
        body = {"status": "red" if reasons else "ok", "reasons": reasons, "ticks": ages, "version": needs.version}
        return JSONResponse(body, status_code=503 if reasons else 200)

    async def metrics(self, _: Request) -> Response:
        """For Prometheus."""
        needs = self._needs
        counts, states, size = await needs.store.read(lambda view: (view.counts(), view.source_states(), view.size()))
        own = needs.beats(), needs.clock(), needs.lag(), needs.overruns()
        text = metrics_text({**counts, "bytes": size}, needs.book(), states, *own)
        return PlainTextResponse(text, media_type="text/plain; version=0.0.4")

    async def store_failed(self, request: Request, error: Exception) -> Response:
        """The store's trouble as a page rather than a traceback."""
        return self._page("trouble.html", request, status=503, reason=str(error))

    def _page(self, template: str, request: Request, *, status: int = 200, **values: object) -> HTMLResponse:
        html = self._templates.get_template(template).render(
            product=phrases.PRODUCT,
            path=request.url.path,
            locked=self._needs.token is not None,
            samples="" if self._needs.samples is None else str(samplephrases.TITLE),
            **{"language": HOME, "theme": "", **values},
        )
        return HTMLResponse(html, status_code=status)

    def _sent(self, view: Reading, message: Message, now: datetime) -> Bubble:
        when = phrases.moment(message.changed or message.created, self._needs.zone)
        # After some months the very words are let go of; what the articles say now comes near.
        body = _body_of(message) if message.content else self._foreseen(view, message, now)
        return Bubble(body=body, number=f"#{message.message_id}", when=when)

    def _queued(self, view: Reading, message: Message, now: datetime) -> Bubble:
        zone = self._needs.zone
        state = _STATES[message.state]
        if message.state is MessageState.QUEUED and message.not_before > now:
            state = f"tidak sebelum {phrases.moment(message.not_before, zone)}"
        body = _body_of(message) if message.content else self._foreseen(view, message, now)
        return Bubble(body, f"kiriman {message.id}", phrases.moment(message.created, zone), state, message.reason)

    def _round_ups(self, view: Reading, chat: str, now: datetime) -> list[Bubble]:
        """What waits for a round-up, as it would look if it went out now."""
        waiting: dict[datetime, list[int]] = {}
        for post in view.waiting_posts(now + FORESIGHT):
            if post.chat == chat:
                waiting.setdefault(post.due, []).append(post.id)
        zone = self._needs.zone
        return [
            Bubble(
                body=_shown(digest_tree(cards, at=due)),
                number=phrases.stories(len(posts)),
                when=phrases.moment(due, zone),
                state=f"rangkuman {phrases.moment(due, zone)}",
            )
            for due, posts in sorted(waiting.items())
            if (cards := view.cards(posts[:SHOWN]))
        ]

    def _foreseen(self, view: Reading, message: Message, now: datetime) -> Markup:
        """What the message will say, as far as is known now."""
        shown = contents(view, message, now)
        return _shown(Form(self._needs.summarise).tree(shown)) if shown.cards else Markup("")

    def _row(self, source_id: str, state: SourceState | None, now: datetime) -> SourceRow:
        source = self._needs.book().source(source_id)
        assert source is not None
        found = health(source, state, now)
        return SourceRow(
            id=source.id,
            name=source.name,
            url=source.url,
            good=found.status in ("ok", "new", "disabled"),
            status=found.status,
            reason=found.reason,
            last_ok=self._moment(state.last_ok if state else None, now),
            newest=self._moment(state.newest_item if state else None, now),
            next_check=self._moment(state.next_check if state and source.enabled else None, now),
            gaps=state.gaps if state else 0,
        )

    def _moment(self, at: datetime | None, now: datetime) -> str:
        return "–" if at is None else phrases.short_moment(at, self._needs.zone, now)


def _liveliest(view: Reading, chats: Sequence[str]) -> str:
    """The first chat in which anything was sent or is under way, else the first."""
    alive = (chat for chat in chats if view.messages(_UNDER_WAY, 1, chat=chat) or view.recent_messages(chat, 1))
    return next(alive, chats[0])


def _body_of(message: Message) -> Markup:
    """The message as it was sent."""
    try:
        return _shown(from_json(message.content))
    except ValueError:
        return Markup('<p class="muted">isi tidak terbaca</p>')


def _shown(tree: Tree) -> Markup:
    """The tree as a part of a page: the printer has escaped everything in it."""
    return Markup(to_html(tree))  # noqa: S704


async def _body(request: Request, most: int = 4096) -> bytes:
    """The request's body, at most so long."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            return b""
    return body
