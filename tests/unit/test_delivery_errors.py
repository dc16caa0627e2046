"""Every error class of the Telegram library has its reaction, with the wordings of the official server."""

from __future__ import annotations

import inspect
from datetime import timedelta

import httpx
import pytest
from telegram import error as tg

from bot.telegram.errors import translate
from newsdesk.errors import DestinationGone, OutcomeUnknown, PublishError, Rejected, RetryLater, TokenRefused

URL = httpx.Request("POST", "http://127.0.0.1/bot1:a/sendMessage")


def caused(error: tg.TelegramError, cause: Exception) -> tg.TelegramError:
    error.__cause__ = cause
    return error


@pytest.fixture(autouse=True)
def _durations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "true")


BY_CLASS: dict[type[tg.TelegramError], type[PublishError]] = {
    tg.TelegramError: OutcomeUnknown,
    tg.Forbidden: DestinationGone,
    tg.InvalidToken: TokenRefused,
    tg.EndPointNotFound: Rejected,
    tg.NetworkError: OutcomeUnknown,
    tg.BadRequest: Rejected,
    tg.TimedOut: OutcomeUnknown,
    tg.ChatMigrated: DestinationGone,
    tg.RetryAfter: RetryLater,
    tg.Conflict: RetryLater,
    tg.PassportDecryptionError: OutcomeUnknown,
}


def _make(kind: type[tg.TelegramError]) -> tg.TelegramError:
    if kind is tg.ChatMigrated:
        return tg.ChatMigrated(-1009)
    return tg.RetryAfter(5) if kind is tg.RetryAfter else kind("something")


@pytest.mark.parametrize(
    "kind", [kind for _, kind in inspect.getmembers(tg, inspect.isclass) if issubclass(kind, tg.TelegramError)]
)
def test_every_class_of_the_library_is_mapped(kind: type[tg.TelegramError]) -> None:
    """A class that a new version brings has no row here, and fails."""
    assert type(translate(_make(kind))) is BY_CLASS[kind]


@pytest.mark.parametrize(
    ("cause", "reaction"),
    [
        (httpx.ConnectError("refused"), RetryLater),
        (httpx.ConnectTimeout("no answer"), RetryLater),
        (httpx.PoolTimeout("full"), RetryLater),
        (httpx.ProxyError("proxy"), RetryLater),
        (httpx.ReadTimeout("late"), OutcomeUnknown),
        (httpx.WriteTimeout("late"), OutcomeUnknown),
        (httpx.ReadError("reset"), OutcomeUnknown),
        (httpx.WriteError("reset"), OutcomeUnknown),
        (httpx.RemoteProtocolError("hung up"), OutcomeUnknown),
        (httpx.DecodingError("bad gzip"), OutcomeUnknown),
    ],
)
def test_the_cause_says_whether_the_request_left(cause: Exception, reaction: type[PublishError]) -> None:
    """Certain before the request left, unknown after; timeouts are judged by their cause, not by their class."""
    for error in (tg.NetworkError("x"), tg.TimedOut()):
        assert type(translate(caused(error, cause))) is reaction


@pytest.mark.parametrize(
    ("wording", "reaction", "plain"),
    [
        ("Chat not found", DestinationGone, None),
        ("Need administrator rights in the channel chat", DestinationGone, None),
        ("Not enough rights to send text messages to the chat", DestinationGone, None),
        ("Chat_write_forbidden", DestinationGone, None),
        ('Can\'t parse entities: unsupported start tag "p" at byte offset 0', Rejected, True),
        ("Entities_too_long", Rejected, True),
        ("Message is too long", Rejected, False),
        ("Message text is empty", Rejected, False),
        ("Text is too long", Rejected, False),
        ("Something that nobody has seen yet", Rejected, True),
    ],
)
def test_bad_requests_are_told_apart_by_wording(wording: str, reaction: type[PublishError], plain: bool | None) -> None:
    """Rights are the chat's matter, markup the message's."""
    meaning = translate(tg.BadRequest(wording))
    assert type(meaning) is reaction
    if isinstance(meaning, Rejected):
        assert meaning.plain_may_pass == plain


def test_flood_waits_are_taken_over_exactly() -> None:
    """Seconds as Telegram says; a 429 without a number is still a refusal."""
    meaning = translate(tg.RetryAfter(43838))
    assert isinstance(meaning, RetryLater)
    assert meaning.after == timedelta(seconds=43838)
    assert type(translate(tg.NetworkError("Too Many Requests: retry after 0"))) is RetryLater


def test_a_migrated_group_names_its_new_number() -> None:
    """For the operator to write into sources.yaml."""
    meaning = translate(tg.ChatMigrated(-1009))
    assert isinstance(meaning, DestinationGone)
    assert meaning.moved_to == "-1009"


@pytest.mark.parametrize("kind", [tg.BadRequest, tg.Forbidden, tg.InvalidToken, tg.Conflict, tg.NetworkError])
def test_an_answer_that_is_not_telegrams_proves_nothing(kind: type[tg.TelegramError]) -> None:
    """A gateway's HTML page, whatever its status."""
    assert type(translate(caused(kind("x"), tg.TelegramError("Invalid server response")))) is OutcomeUnknown


def test_a_reason_never_holds_the_token() -> None:
    """Reasons are stored and logged."""
    token = "1234567:AAExxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
    assert token not in str(translate(tg.NetworkError(f"httpx.ConnectError: http://x/bot{token}/sendMessage")))
