"""A person who asks for it is forgotten: no row names them any more, and no byte of a SQLite file does."""

from __future__ import annotations

import struct
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from newsdesk.errors import StoreError
from newsdesk.messages import MessageState, PostState
from newsdesk.people import FORGOTTEN, IDLE, IDLE_TOLD, OWN, Fate, Person, Received, fate
from newsdesk.ports import Store
from storage.tables import metadata
from tests.contract.builders import HOUR, NOW, message_of, queued, told
from tests.contract.conftest import Opener

SITI, BUDI = 7_770_123_456_789, 5_000_000_042
SECRET = "kata rahasia siti"
LATER = NOW + HOUR


def _live(store: Store, person: int, secret: str, number: int) -> tuple[int, int]:
    """A person with an alert, a story that went to them, one under way and one that waits; the numbers of the first two
    messages.
    """
    with store.write() as tx:
        tx.keep_person(Person(id=person, seen=NOW, language="en"))
        alert = tx.add_alert(person=person, name=secret.title(), query=secret, now=NOW)
        numbers = []
        for which in range(2):
            post, message = queued(tx, number + which, chat=str(person))
            tx.link_alerts(post, [alert.id])
            assert tx.claim_message(chats_busy=(), now=NOW, only=message) is not None
            tx.mark_sending(message, content=f'{{"says": "{secret}"}}', last_known=which, now=NOW)
            numbers.append(message)
            if which == 0:
                tx.mark_sent(message, telegram_id=41, now=LATER)
        article, story = told(tx, number + 2)
        waits = tx.add_post(story=story, chat=str(person), route=OWN, article=article, due=LATER, waiting=True)
        assert waits is not None
        tx.link_alerts(waits, [alert.id])
    return numbers[0], numbers[1]


def _everything(database: str) -> str:
    """Every value of every table."""
    engine = create_engine(make_url(database.replace("postgresql://", "postgresql+psycopg://")))
    with engine.connect() as connection:
        rows = [row for name in metadata.tables for row in connection.execute(text(f'SELECT * FROM "{name}"'))]
    engine.dispose()
    return "\n".join(map(str, rows))


def test_no_row_names_who_was_forgotten(store: Store, database: str) -> None:
    """Nor what they searched for; what others have is untouched, and so is what everybody reads."""
    _live(store, SITI, SECRET, 1)
    theirs = _live(store, BUDI, "film budi", 11)
    before = _everything(database)
    assert str(SITI) in before
    assert SECRET in before
    with store.write() as tx:
        assert tx.forget_person(SITI, NOW)
        assert not tx.forget_person(SITI, NOW)
    after = _everything(database)
    for trace in (str(SITI), SECRET, SECRET.title()):
        assert trace not in after
    with store.read() as view:
        assert view.person(BUDI) is not None
        assert [alert.query for alert in view.alerts_of(BUDI)] == ["film budi"]
        assert len(view.received(str(BUDI))) == 2
        assert view.article("1") is not None
    assert message_of(store, theirs[0]).content


def test_what_is_under_way_ends_unrecorded_and_its_number_is_not_given_again(store: Store) -> None:
    """Whoever sends it finds that it is nobody's; the next message has another number."""
    sent, flying = _live(store, SITI, SECRET, 1)
    with store.write() as tx:
        tx.forget_person(SITI, NOW)
    for number in (sent, flying):
        message = message_of(store, number)
        assert (message.chat, message.content, message.message_id, message.posts) == (FORGOTTEN, "", None, ())
    assert message_of(store, flying).state is MessageState.FAILED
    with store.write() as tx, pytest.raises(StoreError):
        tx.mark_sent(flying, telegram_id=42, now=NOW)
    with store.write() as tx:
        assert queued(tx, 9)[1] > flying
        assert tx.messages([MessageState.SENDING]) == []


def test_cleaning_may_be_asked_for_at_any_time(store: Store) -> None:
    """Before anything was deleted, and after."""
    assert store.scrub()
    _live(store, SITI, SECRET, 1)
    with store.write() as tx:
        tx.forget_person(SITI, NOW)
    assert store.scrub()
    with store.read() as view:
        assert view.person(SITI) is None


def test_what_went_to_a_person_is_told_to_them(store: Store) -> None:
    """Title, address, state, when, and for which of their alerts."""
    _live(store, SITI, SECRET, 1)
    with store.read() as view:
        received = view.received(str(SITI))
    assert received[-1] == Received(
        title="Judul",
        url="https://www.contoh.id/berita/3?utm_source=rss",
        state=PostState.WAITING.value,
        due=LATER,
        alerts=(SECRET.title(),),
    )
    assert [one.sent for one in received] == [LATER, None]


def test_idle_people_are_found_longest_silent_first(store: Store) -> None:
    """To the limit."""
    with store.write() as tx:
        for number, days in ((1, 100), (2, 10), (3, 200), (4, 95)):
            tx.keep_person(Person(id=number, seen=NOW - timedelta(days=days)))
    with store.read() as view:
        assert [person.id for person in view.idle_people(NOW - IDLE)] == [3, 1, 4]
        assert [person.id for person in view.idle_people(NOW - IDLE, 1)] == [3]


DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("silent", "warned", "left", "expected"),
    [
        (82 * DAY, None, None, Fate.STAYS),
        (83 * DAY, None, None, Fate.IS_TOLD),
        (84 * DAY, DAY, None, Fate.STAYS),
        (90 * DAY, IDLE_TOLD, None, Fate.IS_FORGOTTEN),
        (200 * DAY, None, None, Fate.IS_TOLD),
        (200 * DAY, 6 * DAY, None, Fate.STAYS),
        (89 * DAY, None, DAY, Fate.STAYS),
        (90 * DAY, None, DAY, Fate.IS_FORGOTTEN),
    ],
)
def test_nobody_is_forgotten_before_they_could_answer(
    silent: timedelta, warned: timedelta | None, left: timedelta | None, expected: Fate
) -> None:
    """Told a week before; who cannot be written to is let go of when the time is over."""
    person = Person(
        id=1,
        seen=NOW - silent,
        warned=None if warned is None else NOW - warned,
        left=None if left is None else NOW - left,
    )
    assert fate(person, NOW) is expected


# The files of SQLite


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the database lies."""
    return tmp_path / "var"


@pytest.fixture
def kept(folder: Path, opened: Opener) -> Store:
    """A store in a SQLite file."""
    return opened(f"sqlite:///{folder}/lintas.db")


def _traces(folder: Path, person: int, secret: str) -> list[str]:
    """Where in the files the person's number (as digits, or as SQLite keeps whole numbers) or their words stand."""
    found = []
    as_number = struct.pack(">q", person)[-6:]
    for path in sorted(folder.iterdir()):
        content = path.read_bytes()
        for name, trace in (
            ("digits", str(person).encode()),
            ("number", as_number),
            ("words", secret.encode()),
            ("title", secret.title().encode()),
        ):
            if trace in content:
                found.append(f"{path.name}: {name}")
    return found


def test_no_byte_of_the_files_tells_of_who_was_forgotten(kept: Store, folder: Path) -> None:
    """Among many others, whose rows share its pages: neither database nor log, while the store is open."""
    for number in range(40):
        _live(kept, SITI + 1 + number, f"orang lain {number}", 100 + number * 3)
    _live(kept, SITI, SECRET * 40, 1)
    for number in range(40, 80):
        _live(kept, SITI + 1 + number, f"orang lain {number}", 100 + number * 3)
    assert {trace.split(": ")[1] for trace in _traces(folder, SITI, SECRET)} == {"digits", "number", "words", "title"}
    with kept.write() as tx:
        tx.forget_person(SITI, NOW)
    assert _traces(folder, SITI, SECRET), "the log still holds it"
    assert kept.scrub()
    assert _traces(folder, SITI, SECRET) == []
    assert _traces(folder, SITI + 1, "orang lain 0") != []
    with kept.read() as view:
        assert len(view.alerts_of(SITI + 1)) == 1


def test_somebody_who_reads_keeps_the_log_for_now(kept: Store, folder: Path) -> None:
    """It says so, and cleans when asked again."""
    _live(kept, SITI, SECRET, 1)
    with ExitStack() as stack:
        view = stack.enter_context(kept.read())
        assert view.person(SITI) is not None
        with kept.write() as tx:
            tx.forget_person(SITI, NOW)
        assert not kept.scrub()
    assert kept.scrub()
    assert _traces(folder, SITI, SECRET) == []
    with kept.write() as tx:
        queued(tx, 50)
    assert kept.scrub(), "as often as one likes"


def test_a_log_that_was_cut_is_not_taken_for_a_lost_one(kept: Store, folder: Path) -> None:
    """It is never empty."""
    _live(kept, SITI, SECRET, 1)
    assert kept.scrub()
    assert 0 < (folder / "lintas.db-wal").stat().st_size < 1 << 20


def test_choices_taken_back_leave_no_bytes_either(kept: Store, folder: Path) -> None:
    """A deleted alert is gone with the next cleaning, like a person."""
    with kept.write() as tx:
        tx.keep_person(Person(id=SITI, seen=NOW))
        alert = tx.add_alert(person=SITI, name="Nama", query=SECRET, now=NOW)
    with kept.write() as tx:
        tx.delete_alerts(SITI, [alert.id])
    assert kept.scrub()
    assert all("words" not in trace for trace in _traces(folder, SITI, SECRET))
