"""`lintas doctor`: a line for each thing that is looked at, a remedy where it is wrong, and no secret anywhere."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from pydantic import SecretStr
from rich.console import Console

from bot.config import Settings
from bot.doctor import parser, show, sqlite
from newsdesk.messages import MessageState
from storage import open_store
from tests.acceptance.conftest import Program
from tests.doubles.botapi import CHANNEL, OPERATORS, TOKEN, BotApiDouble
from tests.doubles.newsroom import NOW, queue

BOOK = f"""\
sources:
  - id: uji
    name: Media Uji
    url: https://uji.example/rss
routes:
  - id: highlights
    chat: {CHANNEL}
    when: at least 2 of [film, ai, collaboration]
"""


class Clinic:
    """A folder with everything in it, and the examination."""

    def __init__(self, folder: Path, api: BotApiDouble) -> None:
        self.folder = folder
        self.url = f"sqlite:///{folder}/desk.db"
        self.api = api
        (folder / "sources.yaml").write_text(BOOK)
        open_store(self.url).close()

    async def lines(self, *, live: bool = False, **changed: object) -> tuple[int, list[str]]:
        values: dict[str, object] = {
            "telegram_token": SecretStr(TOKEN),
            "telegram_api": self.api.base,
            "operators_chat": str(OPERATORS),
            "admins": (1001,),
            "database": SecretStr(self.url),
        }
        settings = Settings(**{**values, **changed})  # type: ignore[arg-type]
        out = io.StringIO()
        console = Console(file=out, width=2000, highlight=False)
        code = await show(settings, self.folder / "sources.yaml", console, live=live)
        assert TOKEN not in out.getvalue()
        return code, [line.rstrip() for line in out.getvalue().splitlines()]


@pytest.fixture
def clinic(tmp_path: Path, api: BotApiDouble) -> Clinic:
    return Clinic(tmp_path, api)


def about(lines: list[str], what: str) -> str:
    """The one line about that."""
    [found] = [line for line in lines if line[8:].startswith(f"{what}:")]
    return found


async def test_a_healthy_desk(clinic: Clinic, api: BotApiDouble) -> None:
    """Each thing has its line, nothing is to be mended, and nothing was said in any chat."""
    code, lines = await clinic.lines()
    assert code == 0, lines
    assert lines[-1] == "all is well"
    for what in ("python", "sources", "database", "outbox", "token", "updates", "operators' chat", f"chat {CHANNEL}"):
        assert about(lines, what).startswith("ok"), what
    assert re.search(r"desk\.db on [\w.]+: quick_check ok, schema up to date", about(lines, "database"))
    assert about(lines, "token").endswith("@lintas_layar_bot")
    assert api.accepted == []


async def test_looking_is_proved_in_the_live_chat(clinic: Clinic, api: BotApiDouble) -> None:
    """A silent message is sent, found by forwarding, and both copies are gone again."""
    code, lines = await clinic.lines(live=True)
    assert code == 0, lines
    assert about(lines, f"looking in {CHANNEL}").startswith("ok")
    [sent] = api.called("sendMessage")
    assert sent["disable_notification"] is True
    assert len(api.called("forwardMessage")) == 1
    assert api.texts() == []
    assert api.texts(OPERATORS) == []


async def test_a_channel_that_protects_its_content_is_named(clinic: Clinic, api: BotApiDouble) -> None:
    """Posting works, looking does not: said plainly, and proved with --telegram."""
    api.chats[CHANNEL].readable = False
    code, lines = await clinic.lines()
    assert code == 0
    assert "protects its content" in about(lines, f"chat {CHANNEL}")
    code, lines = await clinic.lines(live=True)
    assert code == 1
    assert "protected content" in about(lines, f"looking in {CHANNEL}")
    assert api.texts() == []


@pytest.mark.parametrize(
    ("fault", "what", "says"),
    [
        ("kicked", f"chat {CHANNEL}", "kicked"),
        ("no right", f"chat {CHANNEL}", "without the right to post"),
        ("gone", f"chat {CHANNEL}", "make the bot an admin"),
        ("operators gone", "operators' chat", "write to the bot there first"),
        ("operators public", "operators' chat", "also a route's chat"),
        ("token", "token", "LINTAS_TELEGRAM_TOKEN"),
        ("token shape", "token", "LINTAS_TELEGRAM_TOKEN"),
        ("unreachable", "token", "is Telegram reached"),
        ("book", "sources", "sources.yaml:"),
        ("damaged", "database", "damaged"),
    ],
)
async def test_each_trouble_has_its_line_and_remedy(
    clinic: Clinic, api: BotApiDouble, fault: str, what: str, says: str
) -> None:
    """Exit 1, and the line that names it says what to do."""
    if fault == "unreachable":
        await api.stop()
    code, lines = await clinic.lines(live=True, **trouble(clinic, api, fault))
    assert code == 1
    found = [line for line in lines if line.startswith("problem") and line[8:].startswith(f"{what}:")]
    assert found, lines
    assert says in found[0]
    assert "AAEanother" not in "\n".join(lines)


def trouble(clinic: Clinic, api: BotApiDouble, fault: str) -> dict[str, object]:
    """Bring it about; the settings that it changes."""
    match fault:
        case "kicked":
            api.chats[CHANNEL].writable = False
        case "no right":
            api.chats[CHANNEL].posts = False
        case "gone" | "operators gone":
            del api.chats[CHANNEL if fault == "gone" else OPERATORS]
        case "operators public":
            return {"operators_chat": str(CHANNEL)}
        case "token":
            return {"telegram_token": SecretStr("7654321:AAEanother-token-that-is-not-known-0000")}
        case "token shape":
            api.fault("getMe", "error", code=404, description="Not Found")
        case "book":
            (clinic.folder / "sources.yaml").write_text(BOOK.replace("when:", "wenn:"))
        case "damaged":
            file = clinic.folder / "desk.db"
            whole = bytearray(file.read_bytes())
            whole[4096:40960] = bytes(36864)
            file.write_bytes(whole)
    return {}


async def test_how_questions_reach_the_program(clinic: Clinic, api: BotApiDouble) -> None:
    """By long polling or its own webhook, unless another's takes them or Telegram cannot bring them."""
    _, lines = await clinic.lines()
    assert "asked for by long polling" in about(lines, "updates")
    on = {"webhook": True, "public_url": "https://meja.example"}
    code, lines = await clinic.lines(**on)
    assert code == 0
    assert "sets its own webhook when it starts" in about(lines, "updates")
    api.webhook = "https://meja.example/telegram/updates"
    code, lines = await clinic.lines(**on)
    assert code == 0
    assert "brought to meja.example" in about(lines, "updates")
    await api.message("/help")
    api.webhook_error = "Connection timed out"
    code, lines = await clinic.lines(**on)
    assert code == 1
    assert "Connection timed out; 1 wait" in about(lines, "updates")
    assert "LINTAS_PUBLIC_URL" in about(lines, "updates")
    api.webhook = "https://other.example/secret-path"
    code, lines = await clinic.lines()
    assert code == 1
    assert "a webhook at other.example takes them" in about(lines, "updates")
    assert "secret-path" not in "\n".join(lines)


async def test_what_only_needs_to_be_known_is_no_failure(clinic: Clinic) -> None:
    """Missing settings and waiting decisions are notes; so is a database that is not there yet."""
    store = open_store(clinic.url)
    number = queue(store, "Kabar")
    with store.write() as tx:
        tx.hold_message(number, reason="look", now=NOW)
        assert tx.message(number).state is MessageState.HELD  # type: ignore[union-attr]
    store.close()
    code, lines = await clinic.lines(operators_chat=None, admins=())
    assert code == 0
    assert "lintas uncertain" in about(lines, "outbox")
    assert "cannot be looked up" in about(lines, "operators' chat")
    assert about(lines, "admins").startswith("note")
    code, lines = await clinic.lines(telegram_token=None, database=SecretStr(f"sqlite:///{clinic.folder}/new/x.db"))
    assert code == 0
    assert "is not there yet" in about(lines, "database")
    assert about(lines, "telegram").startswith("note")
    assert not (clinic.folder / "new").exists()


@pytest.mark.parametrize(
    ("version", "good"),
    [((3, 6, 23), True), ((3, 7, 0), None), ((3, 40, 1), None), ((3, 51, 2), None), ((3, 51, 3), True)],
)
def test_weak_versions_of_sqlite_are_named(version: tuple[int, ...], good: bool | None) -> None:
    """3.7.0 to 3.51.2 have the WAL-reset bug."""
    assert sqlite(version).good is good


@pytest.mark.parametrize(
    ("version", "good"), [((2, 5, 0), None), ((2, 7, 1), None), ((2, 7, 2), True), ((2, 10, 0), True)]
)
def test_weak_versions_of_expat_are_named(version: tuple[int, ...], good: bool | None) -> None:
    """Before 2.7.2 small documents may take much memory."""
    assert parser(version).good is good


def test_the_command_ends_with_its_verdict(program: Program) -> None:
    """As a person runs it: 0, and 1 for a file that is wrong, without a traceback."""
    program.write_book({"uji": "https://uji.example/rss"})
    ran = program.run("doctor", LINTAS_DATABASE=f"sqlite:///{program.folder}/var/desk.db")
    assert (ran.code, ran.out.splitlines()[-1]) == (0, "all is well")
    assert ran.err == ""
    (program.folder / "sources.yaml").write_text("sources: []\n")
    ran = program.run("doctor")
    assert ran.code == 1
    assert "problem" in ran.out
    assert "Traceback" not in ran.err
