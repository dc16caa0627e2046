"""How people's alerts come: at once or in round-ups, never within their quiet hours; chosen by buttons and in words."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, time, timedelta

import pytest

from classifiers.judge import Judge
from newsdesk.ports import Store
from newsdesk.routes import Digest, QuietHours
from tests.acceptance.own_room import OwnRoom, own_room
from tests.doubles.botapi import BotApiDouble

MIDNIGHT = datetime(2026, 2, 7, 17, 0, tzinfo=UTC)
"""In Jakarta."""
HORROR = ("Film horor baru tayang di bioskop", "Sutradara Joko Anwar menggarap film itu di Jakarta.")
DRAMA = ("Drama keluarga memenangi festival film Bandung", "Juri memuji film itu.")
COMEDY = ("Film komedi tentang warung kopi mulai syuting", "Syuting film berlangsung di Medan.")


@pytest.fixture
async def room(store: Store, api: BotApiDouble, judge: Judge) -> AsyncIterator[OwnRoom]:
    async with own_room(store, api, judge) as made:
        await made.ask("/alert film")
        yield made


async def test_choices_are_shown_and_changed_by_buttons(room: OwnRoom) -> None:
    """Each press is kept and shown with its tick; the same press twice changes nothing more."""
    shown = await room.ask("/settings")
    assert "Pengiriman: langsung" in shown["text"]
    assert "Jam tenang: tidak ada" in shown["text"]
    assert await room.press(shown, "📰 07.00 dan 17.00") == "Tersimpan."
    assert await room.press(shown, "🌙 22.00–06.00") == "Tersimpan."
    assert await room.press(shown, "WITA") == "Tersimpan."
    assert "Pengiriman: rangkuman pukul 07.00 dan 17.00" in shown["text"]
    labels = [button["text"] for row in shown["reply_markup"]["inline_keyboard"] for button in row]
    assert {label for label in labels if label.startswith("✓")} == {
        "✓ 📰 07.00 dan 17.00",
        "✓ 🌙 22.00–06.00",
        "✓ WITA",
    }
    person = room.person()
    assert person is not None
    assert person.digest == Digest((time(7), time(17)))
    assert person.quiet == QuietHours(time(22), time(6))
    assert person.timezone == "Asia/Makassar"


async def test_other_times_are_chosen_in_words(room: OwnRoom) -> None:
    """Sorted, in either way of writing; what cannot be read is answered with examples and changes nothing."""
    await room.ask("/settings rangkuman 18.30 08:05")
    await room.ask("/settings quiet 22:30 05:45")
    person = room.person()
    assert person is not None
    assert person.digest == Digest((time(8, 5), time(18, 30)))
    assert person.quiet == QuietHours(time(22, 30), time(5, 45))
    for odd in (
        "digest",
        "quiet 22:00",
        "digest 25:00",
        "warna biru",
        "digest " + "08:00 " * 3 + "1:00 2:00 3:00 4:00",
    ):
        assert "tidak mengerti" in (await room.ask(f"/settings {odd}"))["text"], odd
    assert room.person() == person


async def test_quiet_hours_hold_and_then_bundle(room: OwnRoom) -> None:
    """What comes at night arrives as one message in the morning; a single story as itself; by day all is at once."""
    room.change(quiet=QuietHours(time(22), time(6)))
    room.now = MIDNIGHT
    assert await room.news(HORROR, DRAMA) == []
    room.now += timedelta(hours=5, minutes=59)
    assert await room.news(COMEDY, source="tempo") == []
    room.now += timedelta(minutes=1)
    await room.round()
    [text] = room.texts()
    assert text.splitlines()[0] == "🔔 Untuk peringatan Anda: film"
    assert all(title in text for title, _ in (HORROR, DRAMA, COMEDY))
    assert len(await room.news(("Film laga tayang di bioskop Medan", "Penonton Medan senang."))) == 1
    room.now = MIDNIGHT + timedelta(days=1)
    assert await room.news(("Film dokumenter laut dibuat di Ambon", "Film itu tentang nelayan.")) == []
    room.now += timedelta(hours=6)
    await room.round()
    assert "📰" not in room.texts()[-1], "one story goes as itself"
    assert len(room.texts()) == 3


async def test_a_round_up_comes_at_its_times(room: OwnRoom) -> None:
    """Everything since the last one in one message, naming all alerts."""
    room.change(digest=Digest((time(7), time(17))))
    await room.ask("/alert Bandung = bandung")
    room.now = MIDNIGHT
    assert await room.news(HORROR, DRAMA) == []
    room.now += timedelta(hours=7)
    await room.round()
    [text] = room.texts()
    assert text.splitlines()[0] == "🔔 Untuk peringatan Anda: film, Bandung"
    assert text.count("• ") == 2
    await room.round()
    assert len(room.texts()) == 1


async def test_a_round_up_within_quiet_hours_waits_for_their_end(room: OwnRoom) -> None:
    """Quiet is quiet."""
    room.change(digest=Digest((time(5),)), quiet=QuietHours(time(22), time(6)))
    room.now = MIDNIGHT
    await room.news(HORROR)
    room.now += timedelta(hours=5, minutes=30)
    await room.round()
    assert room.texts() == []
    room.now += timedelta(minutes=30)
    await room.round()
    assert len(room.texts()) == 1


async def test_what_is_queued_when_quiet_begins_waits_for_its_end(room: OwnRoom, api: BotApiDouble) -> None:
    """Telegram was away in the evening; when it is back at night, the person sleeps."""
    room.change(quiet=QuietHours(time(22), time(6)))
    room.now = MIDNIGHT - timedelta(hours=2, minutes=1)
    api.fault(
        "sendMessage",
        "error",
        code=429,
        description="Too Many Requests: retry after 600",
        parameters={"retry_after": 600},
    )
    assert await room.news(HORROR) == []
    room.now += timedelta(hours=1)
    await room.round()
    assert room.texts() == []
    room.now = MIDNIGHT + timedelta(hours=6)
    await room.round()
    assert len(room.texts()) == 1


async def test_a_new_choice_counts_for_what_waits(room: OwnRoom) -> None:
    """Who takes round-ups no more gets what waited for the next one now."""
    room.change(digest=Digest((time(7),)))
    assert await room.news(HORROR, DRAMA) == []
    shown = await room.ask("/settings")
    await room.press(shown, "⚡ Langsung")
    await room.round()
    assert len(room.texts()) == 1


@pytest.mark.parametrize(
    ("chosen", "client", "head"),
    [
        ("en", None, "🔔 For your alerts: film"),
        ("zh", "en", "🔔"),
        (None, "en", "🔔 For your alerts: film"),
        (None, None, "🔔 Untuk peringatan Anda: film"),
    ],
)
async def test_what_comes_unasked_is_in_the_persons_language(
    room: OwnRoom, api: BotApiDouble, chosen: str | None, client: str | None, head: str
) -> None:
    """The one that was chosen, else that of their Telegram as it was heard last; Indonesian otherwise."""
    room.change(language=chosen, client=client)
    room.read("antara", HORROR)
    await room.round()
    text = api.accepted[-1]["text"]
    assert text.splitlines()[0].startswith(head)
    assert ("Untuk" in text) == (chosen is None and client is None)
    assert HORROR[0] in text
