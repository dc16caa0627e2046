"""Updates brought by webhook: the real program behind its web server, as Telegram would reach it through a proxy."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.config.settings import load_settings
from bot.inbox import MOST, PATH, Inbox, secret_from
from bot.web.hook import LARGEST
from bot.wiring import inbox_for
from newsdesk.errors import ConfigError
from tests.doubles.botapi import OPERATORS, READER, TOKEN, BotApiDouble
from tests.doubles.web import Page, WebDouble
from tests.newdb import lay_database
from tests.torture.chatroom import write_book

PUBLIC = "https://meja.example"
HEADER = "X-Telegram-Bot-Api-Secret-Token"


@dataclass
class Hook:
    """The running service's door for Telegram."""

    base: str
    secret: str
    client: aiohttp.ClientSession
    process: asyncio.subprocess.Process
    number: int = 500

    async def post(self, body: bytes, *, path: str = PATH, **headers: str) -> int:
        """Send anything; the status that comes back."""
        shown = {HEADER: self.secret, "Host": "meja.example", "Content-Type": "application/json"}
        given = {name: value for name, value in {**shown, **headers}.items() if value}
        async with self.client.post(self.base + path, data=io.BytesIO(body), headers=given) as answer:
            return answer.status

    def update(self, text: str) -> dict[str, Any]:
        """A message of a person, as Telegram words it."""
        self.number += 1
        person = {"id": READER, "is_bot": False, "first_name": "Siti", "language_code": "id"}
        entities = [{"type": "bot_command", "offset": 0, "length": len(text)}] if text.startswith("/") else []
        chat = {"id": READER, "type": "private", "first_name": "Siti"}
        message = {"message_id": self.number, "date": 1_770_000_000, "chat": chat, "from": person}
        return {"update_id": self.number, "message": {**message, "text": text, "entities": entities}}

    async def bring(self, update: dict[str, Any]) -> int:
        return await self.post(json.dumps(update).encode())


def _port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.asynccontextmanager
async def service(folder: Path, api: BotApiDouble, **settings: str) -> AsyncIterator[tuple[Any, str]]:
    """`lintas run`, and the address of its console."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LINTAS_")}
    port = _port()
    environment |= {
        "LINTAS_TELEGRAM_TOKEN": TOKEN,
        "LINTAS_TELEGRAM_API": api.base,
        "LINTAS_OPERATORS_CHAT": str(OPERATORS),
        "LINTAS_ALLOW_NETWORKS": "127.0.0.0/8",
        "LINTAS_WEB": f"127.0.0.1:{port}",
        **{f"LINTAS_{name}": value for name, value in settings.items()},
    }
    log = folder / "said.log"
    with log.open("ab") as said:
        program = Path(sys.executable).with_name("lintas")
        process = await asyncio.create_subprocess_exec(
            program, "run", cwd=folder, env=environment, stdout=said, stderr=said
        )
    try:
        yield process, f"http://127.0.0.1:{port}"
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 20) == 0
        said_so_far = log.read_text("utf-8")
        assert TOKEN not in said_so_far
        assert secret_from(TOKEN) not in said_so_far
        assert "Traceback" not in said_so_far


@pytest.fixture
def folder(tmp_path: Path) -> AsyncIterator[Path]:
    empty = b'<?xml version="1.0"?><rss version="2.0"><channel><title>Uji</title></channel></rss>'
    with WebDouble({"/feed": Page(empty)}) as web:
        write_book(tmp_path, f"{web.url}/feed")
        lay_database(tmp_path)
        yield tmp_path


@pytest.fixture
async def hook(folder: Path, api: BotApiDouble) -> AsyncIterator[Hook]:
    async with (
        service(folder, api, WEBHOOK="on", PUBLIC_URL=PUBLIC) as (process, base),
        aiohttp.ClientSession() as client,
    ):
        await api.until(lambda: bool(api.webhook), timeout=30)
        yield Hook(base, api.called("setWebhook")[0]["secret_token"], client, process)


@pytest.mark.timeout(60)
async def test_updates_are_brought_answered_at_once_and_taken_up_once(hook: Hook, api: BotApiDouble) -> None:
    """Only who shows the secret is heard, only of an update, and of each once; all else is turned away and harms nothing."""
    [call] = api.called("setWebhook")
    assert call["url"] == f"{PUBLIC}{PATH}"
    assert TOKEN not in call["url"]
    assert call["secret_token"] == secret_from(TOKEN)
    assert call["max_connections"] == 1
    assert "callback_query" in call["allowed_updates"]
    first = hook.update("/topics")
    assert await hook.bring(first) == 200
    assert "Topik" in (await api.said(1))[0]["text"]
    assert await hook.bring(first) == 200
    await _strangers(hook)
    for body, status in ODD:
        assert await hook.post(body) == status, body[:40]
    await _doors(hook)
    assert await hook.bring(hook.update("/help")) == 200
    assert "/search" in (await api.said(2))[1]["text"]
    assert await hook.bring(first) == 200
    assert await hook.bring(hook.update("/topics")) == 200
    await api.said(3)
    assert len(api.accepted) == 3
    assert not api.called("getUpdates")


async def _strangers(hook: Hook) -> None:
    """A missing, wrong, shortened or foreign secret is 403, whatever the body."""
    body = json.dumps(hook.update("/topics")).encode()
    for shown in ("", "x", hook.secret[:-1], hook.secret + "0", TOKEN, hook.secret.upper(), "ä" * 64):
        assert await hook.post(body, **{HEADER: shown}) == 403


ODD = (
    (b"", 400),
    (b"no json", 400),
    (b"[]", 400),
    (b'"x"', 400),
    (b"{}", 400),
    (b'{"update_id": "7"}', 400),
    (b'{"update_id": true}', 400),
    (b"\xff\xfe", 400),
    (b"[" * 100_000, 400),
    (b'{"update_id": 7, "x": "' + b"y" * LARGEST + b'"}', 413),
    (b'{"update_id": 7}', 200),
    (b'{"update_id": 8, "unheard_of": [1, 2]}', 200),
)


async def _doors(hook: Hook) -> None:
    """Other methods are 405, and the console keeps its own door for every other path."""
    for method in ("GET", "PUT", "DELETE", "OPTIONS"):
        async with hook.client.request(method, hook.base + PATH, headers={HEADER: hook.secret}) as answer:
            assert answer.status == 405
    for path in ("/", PATH + "/", "/telegram", "/sources"):
        assert await hook.post(b"{}", path=path) in (404, 421)
    async with hook.client.get(f"{hook.base}/healthz") as answer:
        assert answer.status == 200


async def test_back_to_polling_takes_our_own_webhook_back(folder: Path, api: BotApiDouble) -> None:
    """And what came meanwhile is fetched, but not what was brought and answered before; a webhook of somebody else would be left alone (see the polling row)."""
    secret = "rahasia-yang-panjang-1"
    async with (
        service(folder, api, WEBHOOK="on", PUBLIC_URL=PUBLIC, WEBHOOK_SECRET=secret) as (process, base),
        aiohttp.ClientSession() as client,
    ):
        await api.until(lambda: bool(api.webhook), timeout=30)
        assert api.called("setWebhook")[0]["secret_token"] == secret
        hook = Hook(base, secret, client, process)
        heard = hook.update("/help")
        assert await hook.bring(heard) == 200
        await api.said(1)
    await api.again(heard)
    await api.message("/topics")
    async with service(folder, api):
        await api.until(lambda: len(api.accepted) > 1, timeout=30)
    assert len(api.accepted) == 2
    assert "Topik" in api.accepted[1]["text"]
    assert len(api.called("deleteWebhook")) == 1
    assert api.webhook == ""


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "set LINTAS_PUBLIC_URL to the https://"),
        ({"LINTAS_PUBLIC_URL": "http://meja.example"}, "an https address only"),
        ({"LINTAS_PUBLIC_URL": PUBLIC, "LINTAS_WEB": "off"}, "set LINTAS_WEB to host:port"),
        ({"LINTAS_PUBLIC_URL": PUBLIC, "LINTAS_WEBHOOK": "ja"}, "LINTAS_WEBHOOK"),
        ({"LINTAS_PUBLIC_URL": PUBLIC, "LINTAS_WEBHOOK_SECRET": "pendek"}, "16 to 256 letters"),
    ],
)
def test_a_webhook_without_what_it_needs_is_refused(settings: dict[str, str], said: str) -> None:
    """With one line that says what to write, and never a secret."""
    with pytest.raises(ConfigError) as caught:
        load_settings({"LINTAS_WEBHOOK": "on", **settings})
    [line] = caught.value.lines()
    assert said in line
    assert "pendek" not in line


def test_the_web_server_must_be_in_the_process_that_answers() -> None:
    """Another process could not hand over what comes."""
    settings = load_settings({"LINTAS_WEBHOOK": "on", "LINTAS_PUBLIC_URL": PUBLIC, "LINTAS_TELEGRAM_TOKEN": TOKEN})
    assert inbox_for(settings, ("poll", "deliver", "web")) is None
    with pytest.raises(ConfigError, match="LINTAS_WEBHOOK"):
        inbox_for(settings, ("commands",))
    found = inbox_for(settings, ("commands", "web"))
    assert found is not None
    assert found.secret in settings.secrets()


async def test_an_inbox_that_is_full_lets_telegram_bring_it_again() -> None:
    """Nothing is thrown away that was acknowledged; taking it empties the box."""
    inbox = Inbox(PUBLIC, "x")
    assert all(inbox.put({"update_id": number}) for number in range(MOST))
    assert not inbox.put({"update_id": MOST})
    assert len(await inbox.take(1)) == MOST
    assert await inbox.take(0) == []
    assert inbox.put({"update_id": MOST})
    assert await inbox.take(1) == [{"update_id": MOST}]
