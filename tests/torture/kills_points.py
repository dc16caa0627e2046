"""Where a process can be killed: named places in the program, at the Bot API and at the feeds, and what leads there.

The program knows nothing of this. A place in it is a function or method and a side of it; `arm` wraps that one in the
victim. A place that no longer exists fails to arm, loudly, so that a renamed function cannot quietly go untested.
"""

from __future__ import annotations

import importlib
import inspect
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

CLOCK = "clock"
"""The file in a victim's folder that says how many seconds its clock is ahead of ours."""

INSTANT = "instant"
"""Instead of a place: killed after so many milliseconds, wherever it is."""

ONCE = "SIGTERM"
"""No kill: told to end while a send is under way."""

TWICE = "SIGTERM twice"
"""Instead of a place: told to end, and told again before it has ended."""


@dataclass(frozen=True, slots=True)
class Point:
    """One place. `stage` is the job that comes by (see kills_stage.py), `most` how many passings are surely made.

    `nth` is the first passing that counts: an earlier one belongs to the start.
    """

    name: str
    stage: str
    most: int = 1
    nth: int = 1


def _sides(stage: str, where: str, functions: str, most: int = 1, nth: int = 1) -> list[Point]:
    """Both sides of each function. `where` is module:Class, module: or module."""
    glue = "" if where.endswith(":") else "."
    return [
        Point(f"{where}{glue}{function} {side}", stage, most, nth)
        for function in functions.split()
        for side in ("before", "after")
    ]


def _commits(stage: str, kinds: str, most: int = 1, nth: int = 1) -> list[Point]:
    return [Point(f"commit {kind} {side}", stage, most, nth) for kind in kinds.split() for side in ("before", "after")]


def _calls(stage: str, who: str, stages: str, most: int = 1) -> list[Point]:
    return [Point(f"{who} {when}", stage, most) for when in stages.split()]


_WRITING = "storage.writing:StoreWriting"
_DELIVERER = "bot.deliver:Deliverer"
_TELEGRAM = "bot.telegram.publisher:TelegramPublisher"
_WIRE = ("received", "accepted", "replying")

POINTS: tuple[Point, ...] = (
    # the start, and the web
    *_sides("feeds", _TELEGRAM, "check"),
    *_sides("feeds", "bot.service:", "recover"),
    *_sides("feeds", "bot.poll:Poller", "poll", 2),
    *_sides("feeds", "feeds.gateway:Gateway", "gather", 2),
    *_sides("feeds", "feeds.fetch:Fetcher", "fetch _hop _socket _answer _body", 2),
    *_calls("feeds", "feed", "received half", 2),
    # the parsing child
    *_sides("feeds", "feeds.parse:_Child", "start"),
    *_sides("feeds", "feeds.parse:_Child", "ask", 2),
    *_sides("feeds", "feeds.parse:", "unpack_answer", 2),
    Point("child busy", "feeds"),
    Point("child killed", "feeds"),
    # the transaction that stores what was read
    *_sides("feeds", "bot.poll:", "take_in", 2),
    *_sides("feeds", _WRITING, "recognise save_source_state forget_pages", 2),
    *_sides("feeds", _WRITING, "add_article story_candidates open_story add_post queue_message", 5),
    *_sides("feeds", _WRITING, "_write_words", 2),
    *_commits("feeds", "intake", 2),
    *_sides("news", _WRITING, "revise_article promote_post join_story mark_corrected"),
    *_sides("news", _WRITING, "queue_edit open_edit", 2),
    # taking the lead, bundling, claiming, sending
    *_sides("desk", "storage.holding:", "look_before_opening"),
    *_sides("desk", "bot.deliver:", "take_lead"),
    *_commits("desk", "note", 2),
    *_sides("desk", _DELIVERER, "round _bundle"),
    *_sides("desk", _WRITING, "drop_posts"),
    *_commits("desk", "bundle"),
    *_sides("desk", _DELIVERER, "_step _send", 3),
    *_sides("desk", _WRITING, "claim_message mark_sending save_chat mark_sent", 5),
    *_commits("desk", "sending sent", 5),
    *_sides("desk", "storage.outbox:", "_grow", 5),
    *_sides("desk", _TELEGRAM, "send", 4),
    *_sides("desk", "http", "sendMessage", 4),
    *_sides("desk", _DELIVERER, "_settle_sent", 5),
    *_calls("desk", "api sendMessage", " ".join(_WIRE), 4),
    *_calls("desk", "api getMe", " ".join(_WIRE)),
    # new versions of what stands, and an answer to it, which goes first
    *_sides("edit", "bot.deliver:", "_begin_edit _new_version", 2),
    *_sides("edit", _TELEGRAM, "edit", 2),
    *_sides("edit", "http", "editMessageText", 2),
    *_calls("edit", "api editMessageText", "received accepted", 2),
    *_calls("edit", "api editMessageText", "replying"),
    *_sides("edit", _WRITING, "claim_message mark_sending mark_sent", 2, nth=2),
    *_commits("edit", "sending sent", 2, nth=2),
    *_sides("edit", _TELEGRAM, "send"),
    *_calls("edit", "api sendMessage", " ".join(_WIRE)),
    # what an operator took back: a post, a line of a round-up; and a follow-up, which goes in between
    *_sides("retract", "bot.deliver:", "_begin_deletion"),
    *_sides("retract", _TELEGRAM, "delete"),
    *_sides("retract", "http", "deleteMessage"),
    *_calls("retract", "api deleteMessage", " ".join(_WIRE)),
    *_sides("retract", _WRITING, "claim_message mark_sending mark_sent", 3),
    *_commits("retract", "sending sent", 3),
    *_sides("retract", "bot.deliver:", "_begin_edit"),
    *_calls("retract", "api editMessageText", " ".join(_WIRE)),
    # the look back at a week
    *_sides("weekly", "bot.lookbacks:", "look_back is_due"),
    *_sides("weekly", _WRITING, "queue_look_back"),
    *_sides("weekly", "storage.lookbacks:", "keep list_stories listed"),
    *_commits("weekly", "look-back"),
    *_commits("weekly", "sending sent", 2),
    *_sides("weekly", _TELEGRAM, "send", 2),
    *_calls("weekly", "api sendMessage", " ".join(_WIRE), 2),
    # people's alerts: found as the news come in, sent in private, and looked for there among other words
    *_sides("alerts", "bot.intake:", "_alert own_placement", 5),
    *_sides("alerts", "bot.alerts:AlertReader", "watch", 2),
    *_sides("alerts", _WRITING, "add_own_posts", 5),
    *_sides("alerts", "storage.own:", "add_posts queue", 5),
    *_commits("alerts", "intake", 2),
    *_sides("own", "bot.deliver:", "_begin_claimed", 5),
    *_sides("own", "bot.contents:", "own_tree", 5),
    *_sides("own", "bot.contents:", "farewell_tree"),
    *_sides("own", _WRITING, "claim_message mark_sending mark_sent", 5),
    *_commits("own", "bundle"),
    *_commits("own", "sending sent", 5),
    *_sides("own", _TELEGRAM, "send", 5),
    *_calls("own", "api sendMessage", " ".join(_WIRE), 5),
    *_sides("own look", _DELIVERER, "_look"),
    *_sides("own look", _TELEGRAM, "find _find_in_private _newest"),
    *_sides("own look", _TELEGRAM, "_copy", 3),
    *_sides("own look", "http", "forwardMessage deleteMessage", 3),
    *_calls("own look", "api forwardMessage", " ".join(_WIRE), 3),
    *_calls("own look", "api deleteMessage", " ".join(_WIRE), 3),
    *_sides("own first", _TELEGRAM, "_find_in_private _newest"),
    *_calls("own first", "api forwardMessage", " ".join(_WIRE), 2),
    *_calls("own first", "api deleteMessage", " ".join(_WIRE), 2),
    # refused, failed, held
    *_sides("refused", _DELIVERER, "_decide _apply"),
    *_sides("refused", _WRITING, "release_message"),
    *_commits("refused", "release"),
    *_sides("hopeless", _WRITING, "fail_message"),
    *_commits("hopeless", "fail"),
    *_sides("hopeless", _DELIVERER, "_say"),
    *_sides("hopeless", _TELEGRAM, "notify"),
    *_sides("hopeless", "bot.notices:", "said"),
    *_sides("blind", _WRITING, "hold_message"),
    *_commits("blind", "hold"),
    # looking for a message of unknown fate
    *_sides("look", _DELIVERER, "_look"),
    *_sides("look", _TELEGRAM, "find _scan _read"),
    *_sides("look", _TELEGRAM, "_remove_copies", nth=2),
    *_sides("look", "http", "forwardMessage deleteMessage"),
    *_calls("look", "api forwardMessage", " ".join(_WIRE)),
    *_calls("look", "api deleteMessage", " ".join(_WIRE)),
    *_sides("first", _TELEGRAM, "_newest"),
    Point("bot.telegram.publisher:TelegramPublisher._remove_copies before", "first", nth=2),
    Point("http.deleteMessage before", "first"),
    Point("api deleteMessage received", "first"),
    # migration, a changed sources.yaml
    *_sides("migrate", "storage.schema:", "migrate"),
    *_sides("migrate", "alembic.op:", "create_table create_index drop_index"),
    *_commits("migrate", "migrate"),
    *_sides("reload", "bot.service:Service", "book_tick", 3, nth=2),
    *_sides("reload", "bot.livebook:LiveBook", "look", 3, nth=2),
    *_sides("reload", "bot.livebook:", "parse_book", nth=2),
    *_sides("reload", "bot.livebook:LiveBook", "_take"),
    *_sides("reload", "bot.service:", "desk_for", nth=2),
    # copies of the database, and putting one back
    *_sides("backup", "storage.backup:", "_copy sync_file _refuse_damaged _name"),
    *_sides("restore", "storage.backup:", "_copy _refuse_foreign _log_taken_in _put _rename"),
    # ending
    Point(TWICE, "term"),
    *_sides("term", "bot.service:Service", "close"),
    *_sides("term", _DELIVERER, "close"),
    *_sides("term", _TELEGRAM, "__aexit__"),
    *_sides("term", "bot.threads:StoreThreads", "__aexit__"),
    *_sides("term", "storage.store:DatabaseStore", "close"),
)

_KINDS = (
    ("mark_sent", "sent"),
    ("mark_sending", "sending"),
    ("release_message", "release"),
    ("fail_message", "fail"),
    ("hold_message", "hold"),
    ("save_source_state", "intake"),
    ("queue_look_back", "look-back"),
    ("queue_message", "bundle"),
    ("migrate", "migrate"),
    ("remember", "note"),
)
"""By which of its calls a transaction is known; the first that was made counts."""


def arm(name: str, nth: int, fired: Path) -> None:
    """Let this process kill itself at the `nth` passing of the place; the handshake is written to `fired` first."""
    passed = 0

    def hit() -> None:
        nonlocal passed
        passed += 1
        if passed == nth:
            shake_hands(fired, name)
            os.kill(os.getpid(), signal.SIGKILL)

    kind, _, side = name.rpartition(" ")
    if kind.startswith("commit "):
        _arm_commit(kind.removeprefix("commit "), side, hit)
    elif kind.startswith("http."):
        _arm_http(kind.removeprefix("http."), side, hit)
    elif name == "child busy":
        _arm_child(hit)
    elif name == "child killed":
        _arm_child(None, nth, fired)
    else:
        _patch(kind, lambda function: _wrapped(function, side, hit))


def shake_hands(fired: Path, name: str) -> None:
    """Write down that it happened here. What the kernel has survives the process."""
    descriptor = os.open(fired, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(descriptor, f"{name}\n".encode())
    os.close(descriptor)


def _patch(target: str, change: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    """Replace module:function or module:Class.method by what `change` makes of it. Raises where there is none."""
    module, _, path = target.partition(":")
    owner: Any = importlib.import_module(module)
    *classes, name = path.split(".")
    for part in classes:
        owner = getattr(owner, part)
    found = inspect.getattr_static(owner, name)
    if isinstance(found, classmethod):
        setattr(owner, name, classmethod(change(found.__func__)))
    else:
        setattr(owner, name, change(found))


def _wrapped(function: Callable[..., Any], side: str, hit: Callable[[], None]) -> Callable[..., Any]:
    if inspect.iscoroutinefunction(function):

        @wraps(function)
        async def awaited(*args: Any, **more: Any) -> Any:
            if side == "before":
                hit()
            result = await function(*args, **more)
            if side == "after":
                hit()
            return result

        return awaited

    @wraps(function)
    def called(*args: Any, **more: Any) -> Any:
        if side == "before":
            hit()
        result = function(*args, **more)
        if side == "after":
            hit()
        return result

    return called


def _arm_commit(kind: str, side: str, hit: Callable[[], None]) -> None:
    """Hit before or after the commit of transactions of this kind."""
    seen: set[str] = set()
    for name, _ in _KINDS:
        target = f"storage.schema:{name}" if name == "migrate" else f"{_WRITING}.{name}"
        _patch(target, lambda function, name=name: _wrapped(function, "before", lambda: seen.add(name)))

    def is_it() -> bool:
        return next((kind for name, kind in _KINDS if name in seen), "other") == kind

    def change(writing: Callable[..., Any]) -> Callable[..., Any]:
        @contextmanager
        def watched(database: Any) -> Iterator[Any]:
            seen.clear()
            with writing(database) as connection:
                yield connection
                if side == "before" and is_it():
                    hit()
            if side == "after" and is_it():
                hit()

        return watched

    _patch("storage.sqlite:SqliteDatabase.writing", change)


def _arm_http(method: str, side: str, hit: Callable[[], None]) -> None:
    """Hit before or after the HTTP exchange of one method of the Bot API."""

    def change(do_request: Callable[..., Any]) -> Callable[..., Any]:
        async def watched(request: Any, url: str, *args: Any, **more: Any) -> Any:
            if side == "before" and url.endswith(method):
                hit()
            result = await do_request(request, url, *args, **more)
            if side == "after" and url.endswith(method):
                hit()
            return result

        return watched

    _patch("telegram.request:HTTPXRequest.do_request", change)


def _arm_child(hit: Callable[[], None] | None, nth: int = 1, fired: Path | None = None) -> None:
    """Hit while the parsing child has a job and no answer was read; without `hit` the child itself is killed then."""
    import asyncio

    asked = 0

    def change(exchange: Callable[..., Any]) -> Callable[..., Any]:
        async def watched(child: Any, *args: Any) -> Any:
            nonlocal asked
            asked += 1
            mine = asked
            task = asyncio.ensure_future(exchange(child, *args))
            await asyncio.sleep(0.02)
            if not task.done():
                if hit is not None:
                    hit()
                elif mine == nth and fired is not None:
                    shake_hands(fired, "child killed")
                    child._process.kill()
            return await task

        return watched

    _patch("feeds.parse:_Child._exchange", change)
