"""The operator's file, half-written, broken, swapped, costly: no source is ever lost without a word."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from bot.config.book import load_book, parse_book
from bot.deliver import Delivery, deliver_round
from bot.intake import Desk
from bot.livebook import BookChange, LiveBook, last_good_fact
from bot.poll import Poller
from bot.threads import StoreThreads
from bot.wiring import card_summary
from newsdesk.bookchange import BookVerdict, judge_change
from newsdesk.errors import ConfigError
from newsdesk.ports import Harvest
from newsdesk.routes import Digest, Route, TopicRule
from newsdesk.sources import Source, SourceState
from storage import open_store
from tests.doubles.botapi import CHANNEL, OPERATORS, BotApiDouble
from tests.doubles.newsroom import NOW, queue, wait
from tests.doubles.web import Page, WebDouble
from tests.needs import lacking
from tests.torture.books_bad import ROWS, check_row, many_mistakes, place_marked, problems_of
from tests.torture.books_made import bombs, hundred_sources
from tests.torture.books_service import LINTAS, command, serving
from tests.torture.frame import Figures, Size


def settled(live: LiveBook, accepted: str | None = None) -> BookChange | None:
    """What the second of two equal looks finds."""
    assert live.look(accepted) is None
    return live.look(accepted)


def ids(live: LiveBook) -> set[str]:
    return {source.id for source in live.book.sources}


# ---- bad files


def test_every_bad_file_is_named_with_place_key_and_remedy(figures: Figures) -> None:
    """Each of at least 150 files with one mistake gives one line with line, column, key and what to write."""
    for row in ROWS:
        check_row(row)
    assert len({row[0] for row in ROWS}) >= 150
    figures.put(bad_files=len(ROWS))


def test_all_mistakes_of_a_file_come_in_one_pass(size: Size, figures: Figures) -> None:
    """Files with up to forty mistakes, drawn at random: every one at its place, nothing more, in the file's order."""
    dice = size.dice("mistakes")
    named = 0
    for _ in range(size.pick(quick=40, full=400)):
        text, places = many_mistakes(dice, dice.randint(2, 40))
        lines = problems_of(text)
        found = [line.split(": ")[:2] for line in lines]
        assert found == [[f"sources.yaml:{line}:{column}", path] for line, column, path in places]
        named += len(lines)
    figures.put(mistakes_in_company=named)


def test_the_command_itself_says_so_and_exits_2(tmp_path: Path, size: Size, figures: Figures) -> None:
    """`lintas check` on a sample of them: exit 2, a line each, no traceback; a file put right passes."""
    rows = size.dice("check").sample(ROWS, size.pick(quick=10, full=100))
    many, places = many_mistakes(size.dice("check"), 30)
    marked = [*(place_marked(row[0]) for row in rows), (many, places[0][0], places[0][1])]
    folders = [tmp_path / str(number) for number in range(len(marked))]
    with ThreadPoolExecutor(2) as side_by_side:
        ran = list(side_by_side.map(check, folders, [text.encode() for text, _, _ in marked]))
    for (_, line, column), (code, out, err) in zip(marked, ran, strict=True):
        assert code == 2
        assert out.startswith(f"sources.yaml:{line}:{column}: ")
        assert "Traceback" not in out + err
    assert len(ran[-1][1].splitlines()) == 30
    assert check(tmp_path, hundred_sources())[0] == 0
    figures.put(checked_by_command=len(rows) + 1)


def check(folder: Path, raw: bytes) -> tuple[int, str, str]:
    folder.mkdir(exist_ok=True)
    (folder / "sources.yaml").write_bytes(raw)
    environ = {name: value for name, value in os.environ.items() if not name.startswith("LINTAS_")}
    done = subprocess.run(
        [LINTAS, "check", "sources.yaml"],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


# ---- cut off anywhere


def prefixes(raw: bytes, size: Size, salt: str) -> list[int]:
    """Where the file is cut: everywhere, or a sample over the whole, with its first and last bytes."""
    wanted = size.pick(quick=500, full=len(raw))
    if wanted >= len(raw):
        return list(range(len(raw)))
    edges = [*range(25), *range(len(raw) - 25, len(raw))]
    return sorted({*edges, *size.dice(salt).sample(range(len(raw)), wanted - len(edges))})


def taken_live(path: Path, raw: bytes, live: LiveBook) -> str:
    """What a running service does about these bytes: refuse, hold, keep all sources, or lose some."""
    path.write_bytes(raw)
    change = settled(live)
    if change is None:
        return "unchanged"
    if change.problems:
        return "refused"
    return "held" if change.held is not None else "taken"


def cut_everywhere(path: Path, whole: bytes, cuts: list[int], judge=judge_change) -> Counter[str]:  # type: ignore[no-untyped-def]
    """Each cut found on disk by a running service, and what became of the sources."""
    path.write_bytes(whole)
    live = LiveBook(path, judge=judge)
    everything = ids(live)
    came: Counter[str] = Counter()
    for cut in cuts:
        what = taken_live(path, whole[:cut], live)
        lost = everything - ids(live)
        came["lost" if lost else "kept" if what == "taken" else what] += 1
        if what == "taken":
            path.write_bytes(whole)
            live = LiveBook(path, judge=judge)
    return came


def test_a_file_cut_off_anywhere_loses_no_source(tmp_path: Path, size: Size, figures: Figures) -> None:
    """Every prefix of a file of a hundred sources is refused, held for a person, or keeps all of them in force."""
    whole = hundred_sources()
    cuts = prefixes(whole, size, "prefixes")
    began = time.monotonic()
    came = cut_everywhere(tmp_path / "sources.yaml", whole, cuts)
    assert came["lost"] == 0
    assert came["refused"] + came["held"] + came["kept"] + came["unchanged"] == len(cuts)
    assert came["held"] > len(cuts) / 4
    figures.put(prefixes=len(cuts), **came, prefix_seconds=round(time.monotonic() - began, 1))


def test_without_the_guard_most_of_these_files_lose_sources(tmp_path: Path, size: Size, figures: Figures) -> None:
    """The proof that the test above can fail: the same cuts, taken up as they are read."""
    whole = hundred_sources()
    cuts = size.dice("vacuity").sample(range(len(whole)), 60)

    def careless(old: object, new: object, *, cut_off: bool) -> BookVerdict:
        return BookVerdict((), 0)

    came = cut_everywhere(tmp_path / "sources.yaml", whole, cuts, judge=careless)
    assert came["lost"] > len(cuts) / 4
    figures.put(lost_without_guard=f"{came['lost']} of {len(cuts)}")


def test_the_share_alone_would_not_do(tmp_path: Path, size: Size, figures: Figures) -> None:
    """Cuts in the last fifth lose fewer sources than the share that is asked about: only the cut itself tells them."""
    whole = hundred_sources()
    end = whole.index(b"routes:")
    cuts = size.dice("share").sample(range(int(0.85 * end), end), 30)

    def by_share(old, new, *, cut_off):  # type: ignore[no-untyped-def]
        return judge_change(old, new, cut_off=False)

    assert cut_everywhere(tmp_path / "sources.yaml", whole, cuts, judge=by_share)["lost"] > 10
    assert cut_everywhere(tmp_path / "sources.yaml", whole, cuts)["lost"] == 0


def test_a_start_finds_the_file_cut_off(tmp_path: Path, size: Size, figures: Figures) -> None:
    """The same at a start: by the last good book in the store, each cut is refused (exit 2), held, or loses nothing."""
    whole = hundred_sources()
    former = parse_book(whole)
    fact = last_good_fact(former, whole)
    path = tmp_path / "sources.yaml"
    came: Counter[str] = Counter()
    for cut in prefixes(whole, size, "starts")[:: size.pick(quick=5, full=3)]:
        path.write_bytes(whole[:cut])
        try:
            live = LiveBook(path)
        except ConfigError:
            came["refused"] += 1
            continue
        change = live.begin(fact, None)
        assert ids(live) == {source.id for source in former.sources}
        came["held" if change is not None and change.held else "kept"] += 1
    assert came["held"] > sum(came.values()) / 4
    figures.put(starts=dict(came))


def test_an_edit_that_was_cut_off_is_held_or_names_what_it_takes(tmp_path: Path, size: Size, figures: Figures) -> None:
    """A new version written half way: it is refused, or held, or the operator is told of each source that goes."""
    whole = hundred_sources()
    edited = whole.replace(b"# What is read here.", b"# What is read here, and what is not.")
    path = tmp_path / "sources.yaml"
    told = 0
    for cut in size.dice("edited").sample(range(len(edited)), size.pick(quick=60, full=600)):
        path.write_bytes(whole)
        live = LiveBook(path)
        before = ids(live)
        path.write_bytes(edited[:cut])
        change = settled(live)
        assert change is not None
        assert {source.id for source in change.removed} == before - ids(live)
        assert len(change.removed) <= len(before) / 5
        told += bool(change.removed)
    figures.put(told_of_cut_edits=told)


def test_a_file_padded_with_nothing_is_refused(tmp_path: Path, size: Size) -> None:
    """What a lost power supply leaves of a file on some file systems: its length, and zeros."""
    whole = hundred_sources()
    path = tmp_path / "sources.yaml"
    path.write_bytes(whole)
    live = LiveBook(path)
    for cut in size.dice("zeros").sample(range(len(whole)), 20):
        assert taken_live(path, whole[:cut] + bytes(len(whole) - cut), live) == "refused"
    assert taken_live(path, b"", live) == "refused"
    assert len(ids(live)) == 100


# ---- removing on purpose


def book_of(names: list[str], disabled: tuple[str, ...] = (), extra: str = "") -> bytes:
    rows = [
        f"  - id: {name}\n    name: {name}\n    url: https://{name}.example/rss\n"
        + ("    enabled: false\n" if name in disabled else "")
        for name in names
    ]
    return ("sources:\n" + "".join(rows) + extra).encode()


TEN = [f"s{number}" for number in range(10)]


@pytest.mark.parametrize(
    ("before", "after", "held"),
    [
        (book_of(TEN), book_of(TEN[1:]), False),
        (book_of(TEN), book_of(TEN[2:]), False),
        (book_of(TEN), book_of(TEN[3:]), True),
        (book_of(TEN), book_of(["x", *TEN[3:]]), True),
        (book_of(TEN), book_of([f"x{number}" for number in range(10)]), True),
        (book_of(["a"]), book_of(["b"]), False),
        (book_of(["a", "b"]), book_of(["b"]), False),
        (book_of(["a", "b", "c"]), book_of(["c"]), True),
        (book_of(TEN), book_of(TEN, disabled=tuple(TEN[1:])), False),
        (book_of(TEN, disabled=tuple(TEN[4:])), book_of(TEN[:4], extra="topics:\n  film: {also: [x]}\n"), False),
        (book_of(TEN), book_of(TEN).replace(b"id: s", b"id: t"), False),
        (book_of(TEN), book_of(list(reversed(TEN))), False),
        (book_of(TEN, extra="routes: []\n"), book_of(TEN), True),
        (book_of(TEN, extra="# end\n"), book_of(TEN), False),
    ],
    ids=[
        "one of ten", "a fifth", "more than a fifth", "more than a fifth with a new one", "all others", "the only one",
        "one of two", "two of three", "nine disabled", "those that were not polled", "renamed, same addresses",
        "another order", "cut off: the routes", "cut off: a remark",
    ],
)  # fmt: skip
def test_what_must_be_confirmed(tmp_path: Path, before: bytes, after: bytes, held: bool) -> None:
    """More than a fifth of the polled sources and at least two, or a file that is the beginning of the former."""
    path = tmp_path / "sources.yaml"
    path.write_bytes(before)
    live = LiveBook(path)
    path.write_bytes(after)
    change = settled(live)
    assert change is not None
    assert (change.held is not None) is held
    assert live.raw == (before if held else after)


def test_a_held_file_is_told_once_and_taken_up_when_confirmed_or_mended(tmp_path: Path) -> None:
    """The notice comes once however often it is looked at; a confirmation is for this very content."""
    path = tmp_path / "sources.yaml"
    path.write_bytes(book_of(TEN))
    live = LiveBook(path)
    path.write_bytes(book_of(TEN[:4]))
    change = settled(live)
    assert change is not None
    assert change.held is not None
    assert [source.id for source in change.held.verdict.removed] == TEN[4:]
    assert [live.look(other) for other in (None, "", "0" * 32, live.book.digest)] == [None] * 4
    path.write_bytes(book_of(TEN[:5]))
    assert live.look(change.held.digest) is None
    again = live.look(change.held.digest)
    assert again is not None
    assert again.held is not None
    taken = live.look(again.held.digest)
    assert taken is not None
    assert taken.book is live.book
    assert ids(live) == set(TEN[:5])
    path.write_bytes(book_of(TEN[:5], extra="routes: []\n"))
    assert settled(live) is not None
    assert live.book.routes == ()


# ---- the ways in which a file changes


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may enter."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_a_rename_over_the_file_is_seen(tmp_path: Path) -> None:
    """Editors and configuration managers replace the file: a hundred times, each new content is in force."""
    path = tmp_path / "sources.yaml"
    path.write_bytes(book_of(["a0"]))
    live = LiveBook(path)
    for number in range(1, 101):
        (tmp_path / "new").write_bytes(book_of([f"a{number}"]))
        stamp = path.stat()
        os.utime(tmp_path / "new", ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
        (tmp_path / "new").rename(path)
        assert settled(live) is not None
        assert ids(live) == {f"a{number}"}


def test_a_swapped_symlink_is_seen(tmp_path: Path) -> None:
    """As ConfigMaps do it: the link of a folder moves to another one."""
    for number in range(4):
        (tmp_path / f"v{number}").mkdir()
        (tmp_path / f"v{number}" / "sources.yaml").write_bytes(book_of([f"a{number}"]))
    (tmp_path / "now").symlink_to("v0")
    live = LiveBook(tmp_path / "now" / "sources.yaml")
    for number in (1, 2, 3):
        (tmp_path / "next").symlink_to(f"v{number}")
        (tmp_path / "next").rename(tmp_path / "now")
        assert settled(live) is not None
        assert ids(live) == {f"a{number}"}


BOUND = """
import sys
from pathlib import Path
import subprocess
from bot.livebook import LiveBook
one, folder = Path(sys.argv[1]), Path(sys.argv[2])
book = "sources:\\n  - id: {}\\n    name: A\\n    url: https://a.example/{}\\n"
(one / "seen").mkdir()
(one / "seen.yaml").touch()
(folder / "sources.yaml").write_text(book.format("a", 0))
subprocess.run(["mount", "--bind", folder, one / "seen"], check=True)
subprocess.run(["mount", "--bind", folder / "sources.yaml", one / "seen.yaml"], check=True)
by_folder, by_file = LiveBook(one / "seen" / "sources.yaml"), LiveBook(one / "seen.yaml")
def looks():
    for live in (by_folder, by_file):
        live.look(), live.look()
    print(by_folder.book.sources[0].id, by_file.book.sources[0].id)
(folder / "sources.yaml").write_text(book.format("b", 1))
looks()
(folder / "new").write_text(book.format("c", 2))
(folder / "new").rename(folder / "sources.yaml")
looks()
"""


def test_bind_mounts_show_what_they_can(tmp_path: Path) -> None:
    """A mounted folder shows every change; a single mounted file those in place, and after a rename its last good."""
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        lacking("bind mounts need root and unshare: run the suite as root in a container to prove them")
    (tmp_path / "one").mkdir()
    (tmp_path / "folder").mkdir()
    done = subprocess.run(
        ["unshare", "--mount", sys.executable, "-c", BOUND, tmp_path / "one", tmp_path / "folder"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["b b", "c b"]


@pytest.mark.parametrize("way", ["deleted", "unreadable", "a folder", "a pipe", "a loop", "a zero device"])
def test_a_file_that_is_gone_keeps_the_last_good_and_is_told_once(open_folder: Path, way: str) -> None:
    """Whatever stands in its place: one notice, the book stays, and the file's return is seen."""
    path = open_folder / "sources.yaml"
    path.write_bytes(book_of(TEN))
    live = LiveBook(path)
    book = live.book
    user = os.geteuid()
    path.unlink()
    if way == "unreadable":
        path.write_bytes(book_of(TEN))
        path.chmod(0)
        if user == 0:
            os.seteuid(10001)
    elif way == "a folder":
        path.mkdir()
    elif way == "a pipe":
        os.mkfifo(path)
    elif way == "a loop":
        path.symlink_to("sources.yaml")
    elif way == "a zero device":
        path.symlink_to("/dev/zero")
    try:
        change = settled(live)
        assert change is not None
        assert len(change.problems) == 1
        assert [live.look() for _ in range(5)] == [None] * 5
        assert live.book is book
    finally:
        os.seteuid(user)
    shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    path.write_bytes(book_of(TEN))
    back = settled(live)
    assert back is not None
    assert back.again
    path.write_bytes(book_of(TEN[1:]))
    assert settled(live) is not None
    assert ids(live) == set(TEN[1:])


def test_a_file_that_never_stands_still_is_not_taken_up(tmp_path: Path) -> None:
    """While each look reads something else, the last good book stays."""
    path = tmp_path / "sources.yaml"
    path.write_bytes(book_of(["a0"]))
    live = LiveBook(path)
    for number in range(1, 20):
        path.write_bytes(book_of([f"a{number}"]))
        assert live.look() is None
    assert ids(live) == {"a0"}
    assert live.look() is not None
    assert ids(live) == {"a19"}


# ---- bombs


def test_a_bomb_is_refused_within_a_tenth_of_a_second(tmp_path: Path, figures: Figures) -> None:
    """From the file to the refusal, by the processor's time (the best of three: other work is not its fault)."""
    slowest: tuple[float, str] = (0.0, "")
    for name, raw in bombs().items():
        path = tmp_path / "bomb.yaml"
        path.write_bytes(raw)
        spent = []
        for _ in range(3):
            begun = time.process_time()
            with pytest.raises(ConfigError):
                load_book(path)
            spent.append(time.process_time() - begun)
        slowest = max(slowest, (min(spent), name))
        assert min(spent) < 0.1, name
    figures.put(bombs=len(bombs()), slowest_bomb_ms=round(1000 * slowest[0]), slowest_bomb=slowest[1])


def test_a_bomb_would_hurt_without_the_bounds() -> None:
    """The proof that the bombs are live: the plain loader spends more than the bound on one of them."""
    import yaml

    begun = time.process_time()
    with pytest.raises(yaml.YAMLError):
        yaml.load(bombs()["tag directives"][:200_000], Loader=yaml.CSafeLoader)
    assert time.process_time() - begun > 0.1


# ---- an edit while work is under way


async def test_a_poll_ends_under_the_book_that_it_began_with(tmp_path: Path) -> None:
    """The file is edited while the feed is being read: routes and topics of that poll are the former ones."""

    class Slow:
        def __init__(self) -> None:
            self.asked, self.go = asyncio.Event(), asyncio.Event()

        async def gather(self, source: Source, state: SourceState, now: object) -> Harvest:
            self.asked.set()
            await self.go.wait()
            return Harvest()

    used = []

    class Spy:
        """Stands for a desk; says that it was used."""

        def __init__(self, name: str) -> None:
            self.name = name

        def __getattr__(self, name: str) -> object:
            used.append(self.name)
            raise AttributeError(name)

    store = open_store(f"sqlite:///{tmp_path}/news.db")
    gatherer = Slow()
    async with StoreThreads(store) as threads:
        poller = Poller(threads, gatherer, None, Spy("old"), lambda: NOW)  # type: ignore[arg-type]
        task = asyncio.create_task(poller.poll(Source(id="a", name="A", url="https://a.example")))
        await gatherer.asked.wait()
        desks: list[Desk] = []
        from bot import poll as room

        original = room.take_in

        def watched(tx, desk, *rest):  # type: ignore[no-untyped-def]
            desks.append(desk)
            return original(tx, desk, *rest)

        room.take_in = watched  # type: ignore[assignment]
        try:
            poller.desk = Spy("new")  # type: ignore[assignment]
            gatherer.go.set()
            await task
        finally:
            room.take_in = original
    store.close()
    assert [desk.name for desk in desks] == ["old"]  # type: ignore[attr-defined]


async def test_what_was_read_of_a_removed_source_is_still_sent(tmp_path: Path) -> None:
    """Removing stops reading. A queued message and a post that waits for the round-up go out; nothing is dropped."""

    class Chat:
        def __init__(self) -> None:
            self.contents: list[str] = []

        async def send(self, chat: str, content: str, *_: object) -> int:
            self.contents.append(content)
            return len(self.contents)

    chat = Chat()
    store = open_store(f"sqlite:///{tmp_path}/news.db")
    queue(store, "Film animasi dari sumber yang dihapus", source="gone", outlet="Media Lama")
    wait(store, "Festival film dari sumber yang dihapus", source="gone", outlet="Media Lama")
    routes = (Route(id="roundup", chat=str(CHANNEL), when=TopicRule(1, ("film",)), digest=Digest((), 12)),)

    async def no_wait(_: float) -> None:
        """Time is the clock's."""

    async with StoreThreads(store) as threads:
        delivery = Delivery(
            store=threads,
            publisher_for=lambda _: chat,  # type: ignore[arg-type,return-value]
            clock=lambda: NOW,
            settle=timedelta(0),
            summarise=card_summary,
            routes=lambda: routes,
            sleep=no_wait,
        )
        report = await deliver_round(delivery)
    store.close()
    assert report.sent == 2
    sent = "".join(json.dumps(json.loads(content), ensure_ascii=False) for content in chat.contents)
    assert "Film animasi dari sumber" in sent
    assert "Festival film dari sumber" in sent


# ---- the running program


async def test_the_service_holds_a_half_written_file_over_a_restart_until_it_is_confirmed(
    tmp_path: Path, figures: Figures
) -> None:
    """Held live, told once; held at the next start; taken up by `lintas check --accept`; the file is never written."""
    began = time.monotonic()
    rss = b'<?xml version="1.0"?><rss version="2.0"><channel><title>x</title></channel></rss>'
    with WebDouble({f"/{name}": Page(rss) for name in TEN}) as web:
        whole = "sources:\n" + "".join(f"  - id: {n}\n    name: {n}\n    url: {web.url}/{n}\n" for n in TEN)
        half = whole[: whole.index("  - id: s5")]
        path = tmp_path / "sources.yaml"
        path.write_text(whole)
        async with BotApiDouble() as api:
            async with serving(tmp_path, api) as service:
                await service.until("source=s9")
                path.write_text(half)
                await service.until("lintas check --accept")
                await api.until(lambda: any("belum dipakai" in text for text in api.texts(OPERATORS)))
                assert await service.end() == 0
            told = [text for text in api.texts(OPERATORS) if "belum dipakai" in text]
            assert len(told) == 1
            assert "s5, s6, s7, s8, s9" in told[0]
            async with serving(tmp_path, api) as service:
                await service.until("sources=10")
                assert "not taken up" in service.log
                code, out, _ = await command(tmp_path, api, "check", "--accept")
                assert code == 0
                assert "confirmed (5 of 10 sources are no longer listed: s5, s6, s7, s8, s9)" in out
                await service.until("sources.yaml taken up")
                await service.until("no longer listed")
                assert await service.end() == 0
            code, out, _ = await command(tmp_path, api, "check", "--accept")
            assert (code, "nothing to confirm" in out) == (0, True)
        assert path.read_text() == half
    figures.put(service_seconds=round(time.monotonic() - began, 1))
