"""`lintas doctor`: what the program stands on, looked at line by line, with what to do where something is wrong.

It changes nothing but what `--telegram` asks for: one silent message in each chat, deleted again.
"""

from __future__ import annotations

import os
import platform
import secrets
import shutil
import sys
import tempfile
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from xml.parsers import expat

from rich.console import Console
from rich.text import Text

from bot.config import Settings, load_book
from bot.inbox import address_under
from bot.logs import redact
from bot.render import phrases
from newsdesk.errors import ConfigError, PublishError, StoreError
from newsdesk.messages import MessageState
from newsdesk.routes import PREVIEW
from newsdesk.sources import SourceBook
from storage import open_store
from storage.checkup import SQLITE_VERSION, look, sqlite_path

if TYPE_CHECKING:
    from bot.telegram.checkup import ChatFacts, Checkup

SQLITE_MENDED = (3, 51, 3)
SQLITE_BROKEN = (3, 7, 0)
"""From 3.7.0 to 3.51.2: https://www.sqlite.org/wal.html#the_wal_reset_bug."""
EXPAT_MENDED = (2, 7, 2)
LEAST_FREE = 200 << 20
LITTLE_FREE = 2 << 30
"""Bytes of free disk: below the first nothing should be written any more, below the second it is worth a word."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was checked: `good`, or wrong (False), or only to be known (None); `remedy` says what to do."""

    what: str
    good: bool | None
    text: str
    remedy: str = ""


async def examine(settings: Settings, sources: Path, *, live: bool) -> AsyncGenerator[Finding, None]:
    """Check everything, one finding after another; `live` also proves in the chats that looking works."""
    for finding in (python(), sqlite(SQLITE_VERSION), parser(expat.version_info)):
        yield finding
    book, problems = _book(sources)
    for finding in problems:
        yield finding
    url = settings.database.get_secret_value()
    for seen in look(url):
        yield Finding("database", seen.good, seen.text, seen.remedy)
    for finding in (*_outbox(url), *_folders(url)):
        yield finding
    chats = list(dict.fromkeys(route.chat for route in book.routes if route.chat != PREVIEW)) if book else []
    async with aclosing(_telegram(settings, chats, live=live)) as findings:
        async for finding in findings:
            yield finding


async def show(settings: Settings, sources: Path, console: Console, *, live: bool) -> int:
    """Print each finding as a line; 0, or 1 when something is wrong."""
    wrong = 0
    async with aclosing(examine(settings, sources, live=live)) as findings:
        async for finding in findings:
            wrong += finding.good is False
            mark, style = {True: ("ok     ", "green"), None: ("note   ", "yellow"), False: ("problem", "bold red")}[
                finding.good
            ]
            remedy = f"; {finding.remedy}" if finding.remedy else ""
            line = redact(f"{finding.what}: {finding.text}{remedy}")
            console.print(Text(mark, style=style), Text(" ".join(line.split())))
    console.print(Text("all is well" if not wrong else f"{wrong} to mend"))
    return 1 if wrong else 0


# -- what the program stands on -------------------------------------------------------------------------------------


def python() -> Finding:
    """The interpreter."""
    return Finding("python", sys.version_info >= (3, 11), platform.python_version(), "")


def sqlite(version: tuple[int, ...]) -> Finding:
    """The SQLite library, and the damage that some of its versions may do."""
    text = ".".join(map(str, version))
    if SQLITE_BROKEN <= version < SQLITE_MENDED:
        return Finding(
            "sqlite",
            None,
            f"{text} may damage a file when two connections commit and checkpoint at once (the WAL-reset bug); here only "
            "one connection makes checkpoints",
            "from 3.51.3 on it is mended: take a newer system when you can, and open the file with no other program "
            "while the service runs",
        )
    return Finding("sqlite", True, text)


def parser(version: tuple[int, ...]) -> Finding:
    """The XML parser library, and what hostile feeds may do to it."""
    text = ".".join(map(str, version))
    if version < EXPAT_MENDED:
        return Finding(
            "expat",
            None,
            f"{text} lets small documents take much memory or time (CVE-2025-59375 and others); feeds are parsed in a "
            "child with limits of its own",
            "from 2.7.2 on it is mended: take a newer Python or system when you can",
        )
    return Finding("expat", True, text)


def _book(sources: Path) -> tuple[SourceBook | None, list[Finding]]:
    try:
        book = load_book(sources)
    except ConfigError as error:
        return None, [Finding("sources", False, line) for line in error.lines()]
    text = f"{sources}: {len(book.enabled())} of {len(book.sources)} sources polled, {len(book.routes)} routes"
    return book, [Finding("sources", True, text)]


def _outbox(url: str) -> Iterator[Finding]:
    file = sqlite_path(url)
    if file is not None and not file.exists():
        return
    try:
        store = open_store(url, migrate=False, beside=True)
    except StoreError:
        return  # the look at the database has said why
    try:
        with store.read() as view:
            held = len(view.messages([MessageState.HELD], 1000))
    finally:
        store.close()
    if held:
        yield Finding("outbox", None, f"{held} messages of unknown fate wait for a decision", "`lintas uncertain`")
    else:
        yield Finding("outbox", True, "no message waits for a decision")


def _folders(url: str) -> Iterator[Finding]:
    """Where is written, whether it can be, and how much room there is."""
    file = sqlite_path(url)
    places = {"temporary files": Path(tempfile.gettempdir())}
    if file is not None:
        places = {"database folder": _nearest(file.parent), **places}
    for what, folder in places.items():
        if not os.access(folder, os.W_OK | os.X_OK):
            yield Finding(what, False, f"{folder} cannot be written by this user", f"give it to uid {os.getuid()}")
            continue
        free = shutil.disk_usage(folder).free
        text = f"{folder} can be written, {free >> 20} MiB free"
        good = False if free < LEAST_FREE else None if free < LITTLE_FREE else True
        yield Finding(what, good, text, "" if good else "make room: a year of news takes a few GiB")


def _nearest(folder: Path) -> Path:
    """The folder, or the one in which it would be made."""
    return folder if folder.exists() or folder == folder.parent else _nearest(folder.parent)


# -- Telegram -------------------------------------------------------------------------------------------------------


async def _telegram(settings: Settings, chats: Sequence[str], *, live: bool) -> AsyncGenerator[Finding, None]:
    if settings.telegram_token is None:
        yield Finding(
            "telegram", None, "no LINTAS_TELEGRAM_TOKEN", "posts go to the preview; get a token from BotFather"
        )
        return
    from bot.telegram.checkup import Checkup

    token, operators = settings.telegram_token.get_secret_value(), settings.operators_chat
    async with Checkup(token, api=settings.telegram_api, operators_chat=operators) as checkup:
        try:
            yield Finding("token", True, f"@{await checkup.check()}")
        except PublishError as error:
            yield Finding(
                "token", False, str(error), "copy the token from BotFather again; is Telegram reached at all?"
            )
            return
        yield await _updates(checkup, address_under(settings.public_url or "") if settings.webhook else None)
        reached = await _facts(checkup, operators) if operators else None
        yield _operators(operators, reached, chats)
        if not settings.admins:
            yield Finding("admins", None, "no LINTAS_ADMINS", "with numeric ids there, held messages get buttons")
        can_look = reached is not None and not isinstance(reached, str) and not reached.obstacle
        for chat in chats:
            facts = await _facts(checkup, chat)
            finding = _chat(chat, facts, can_look=can_look)
            yield finding
            if live and finding.good is not False and can_look:
                yield await _prove(checkup, chat)
    if live and not chats:
        yield Finding("looking", None, "no route names a chat of Telegram", "write its numeric id into sources.yaml")


async def _updates(checkup: Checkup, ours: str | None) -> Finding:
    """How questions and presses reach the program; `ours` is the webhook's address, None where it asks for them."""
    try:
        found = await checkup.updates()
    except PublishError as error:
        return Finding("updates", False, str(error), "try again")
    host, waiting = urlsplit(found.address).hostname or "?", f"{found.waiting} wait"
    if found.address == (ours or ""):
        if found.address and found.trouble and found.waiting:
            text = f"Telegram cannot bring them to {host}: {found.trouble}; {waiting}"
            return Finding("updates", False, text, "LINTAS_PUBLIC_URL must be reached from the internet over https")
        return Finding("updates", True, f"{f'brought to {host}' if ours else 'asked for by long polling'}, {waiting}")
    if ours is not None:
        now = f"a webhook at {host}" if found.address else "long polling"
        return Finding("updates", None, f"{now}, {waiting}", "the service sets its own webhook when it starts")
    return Finding(
        "updates",
        False,
        f"a webhook at {host} takes them: nothing that people ask reaches this program; {waiting}",
        "end the other program that uses this bot, or get a new token from BotFather; after LINTAS_WEBHOOK=on the service "
        "takes its own webhook back when it starts",
    )


async def _facts(checkup: Checkup, chat: str) -> ChatFacts | str:
    """What the chat is, or why that is not known."""
    try:
        return await checkup.facts(chat)
    except PublishError as error:
        return str(error)


def _operators(chat: str | None, facts: ChatFacts | str | None, chats: Sequence[str]) -> Finding:
    if chat is None or facts is None:
        return Finding(
            "operators' chat",
            None,
            "no LINTAS_OPERATORS_CHAT: sends of unknown outcome cannot be looked up, they wait for `lintas uncertain`",
            "write to the bot in private and set your own numeric id",
        )
    if isinstance(facts, str):
        return Finding("operators' chat", False, f"{chat}: {facts}", "write to the bot there first, or let it in")
    if chat in chats:
        return Finding(
            "operators' chat", False, f"{chat} is also a route's chat", "name a private one: copies go there"
        )
    return Finding(
        "operators' chat", not facts.obstacle, f"{chat} {facts.title} ({facts.kind}) {facts.obstacle}".strip()
    )


def _chat(chat: str, facts: ChatFacts | str, *, can_look: bool) -> Finding:
    what = f"chat {chat}"
    if isinstance(facts, str):
        return Finding(what, False, facts, "make the bot an admin of the channel, and check the number in sources.yaml")
    known = f"{facts.title} ({facts.kind})"
    if facts.obstacle:
        return Finding(what, False, f"{known}: {facts.obstacle}", "give the bot the right to post messages")
    if facts.protected:
        text = f"{known} protects its content: a send of unknown outcome cannot be looked up and waits for a person"
        return Finding(what, None, text, "allow saving content in the channel's settings, or use the buttons")
    return Finding(what, True, f"{known}, the bot may post" + ("" if can_look else "; nothing can be looked up"))


async def _prove(checkup: Checkup, chat: str) -> Finding:
    words = phrases.checking_myself(secrets.token_hex(8))
    try:
        wrong = await checkup.prove_looking(chat, words)
    except PublishError as error:
        wrong = str(error)
    if wrong:
        remedy = "sends of unknown outcome will be held for a person; check the bot's rights to post and delete"
        return Finding(f"looking in {chat}", False, wrong, remedy)
    return Finding(f"looking in {chat}", True, "a message was sent, found by forwarding it, and both were deleted")
