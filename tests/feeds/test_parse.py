"""Parsing happens in a process that is bounded, replaceable, knows no secret and dies with its parent."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from feeds.parse import Readers
from feeds.policy import ReadLimits
from feeds.wire import Job, Reading, Task, pack_answer, pack_job, read_head, unpack_answer, unpack_job
from newsdesk.articles import Entry, Refusal
from newsdesk.errors import ParseError
from newsdesk.sources import Listing
from tests.torture.frame import crowd_here

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
JOB = Job(task=Task.FEED, url="https://a.example/", name="A", zone="Asia/Jakarta", language="id", now=NOW)
GOOD = b'<rss version="2.0"><channel><title>c</title><item><title>Judul</title><link>https://a.example/1</link></item></channel></rss>'


def feed(inner: bytes) -> bytes:
    return b'<rss version="2.0"><channel><title>c</title><item><title>J</title>' + inner + b"</item></channel></rss>"


# Inputs over which feedparser or expat take time that grows with the square of their size.
HOSTILE = {
    "author full of dots": feed(b"<author>" + b"a." * 100_000 + b"</author>"),
    "one element with many attributes": feed(b"<x " + b" ".join(b'a%d="1"' % n for n in range(40_000)) + b"/>"),
}


def children() -> set[int]:
    """The process ids of our own children."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(path.read_text().rpartition(")")[2].split()[1]) == os.getpid():
                found.add(int(path.parent.name))
    return found


def about(pid: int, what: str) -> str:
    """A file of the kernel about a process."""
    return Path(f"/proc/{pid}/{what}").read_text()


@pytest.mark.parametrize("name", HOSTILE)
async def test_an_input_that_takes_too_much_computing_is_given_up_and_the_next_feed_is_read(name: str) -> None:
    async with Readers(ReadLimits(cpu_seconds=1, children=1)) as readers:
        start = time.monotonic()
        with pytest.raises(ParseError, match="more than 1 s of computing") as caught:
            await readers.read(JOB, HOSTILE[name])
        assert caught.value.status == "parse-timeout"
        assert time.monotonic() - start < 8 * max(1.0, crowd_here())
        assert len((await readers.read(JOB, GOOD)).entries) == 1


async def test_an_input_that_takes_too_long_is_given_up_and_the_next_feed_is_read() -> None:
    async with Readers(ReadLimits(wall_seconds=2, children=1)) as readers:
        await readers.read(JOB, GOOD)  # the start of the process is not what is measured
        with pytest.raises(ParseError, match="longer than 2 s"):
            await readers.read(JOB, feed(b"<author>" + b"a." * 300_000 + b"</author>"))
    async with Readers(ReadLimits()) as readers:
        assert len((await readers.read(JOB, GOOD)).entries) == 1


async def test_an_input_that_takes_too_much_memory_is_given_up_and_the_next_feed_is_read() -> None:
    huge = feed(b"<link>https://a.example/1</link><description>" + b"kata kata " * 700_000 + b"</description>")
    async with Readers(ReadLimits(memory_bytes=110 * 1024 * 1024, children=1, wall_seconds=60)) as readers:
        with pytest.raises(ParseError) as caught:
            await readers.read(JOB, huge)
        # Where the allocation fails decides whether the parser or the process gives up.
        assert caught.value.status in ("parse-memory", "parse")
        assert len((await readers.read(JOB, GOOD)).entries) == 1
    async with Readers(ReadLimits(memory_bytes=1024 * 1024 * 1024, wall_seconds=60)) as readers:
        assert len((await readers.read(JOB, huge)).entries) == 1, "without the limit the same feed is read"


async def test_a_healthy_feed_is_read_while_a_hostile_one_is_worked_at() -> None:
    async with Readers(ReadLimits(cpu_seconds=2)) as readers:
        hostile = asyncio.create_task(readers.read(JOB, HOSTILE["author full of dots"]))
        await readers.read(JOB, GOOD)
        assert not hostile.done()
        with pytest.raises(ParseError):
            await hostile


@pytest.mark.parametrize(("aside", "waits"), [(2, False), (0, True)])
async def test_a_healthy_feed_does_not_wait_for_slow_ones_that_are_set_aside(aside: int, waits: bool) -> None:
    """More hostile feeds than places; without room aside the healthy one waits until one of them has ended."""
    async with Readers(ReadLimits(cpu_seconds=2, children=2, aside=aside)) as readers:
        bad = [asyncio.create_task(readers.read(JOB, HOSTILE["author full of dots"])) for _ in range(3)]
        await asyncio.wait(bad, timeout=0.2)
        assert len((await readers.read(JOB, GOOD)).entries) == 1
        assert any(task.done() for task in bad) is waits
        for task in bad:
            task.cancel()
        await asyncio.wait(bad)


async def test_a_child_that_is_killed_from_outside_costs_one_reading_only() -> None:
    async with Readers(ReadLimits(children=1)) as readers:
        before = children()
        await readers.read(JOB, GOOD)
        (pid,) = children() - before
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(ParseError, match="died"):
            await readers.read(JOB, GOOD)
        assert len((await readers.read(JOB, GOOD)).entries) == 1


async def test_a_cancelled_reading_leaves_no_answer_behind_for_the_next() -> None:
    async with Readers(ReadLimits(children=1)) as readers:
        task = asyncio.create_task(readers.read(JOB, HOSTILE["author full of dots"]))
        await asyncio.wait([task], timeout=0.3)  # let it get to work
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert [entry.title for entry in (await readers.read(JOB, GOOD)).entries] == ["Judul"]


async def test_children_are_replaced_after_so_many_feeds_and_ended_at_the_end() -> None:
    before = children()
    seen = set()
    async with Readers(ReadLimits(feeds_per_child=2, children=1)) as readers:
        for _ in range(5):
            await readers.read(JOB, GOOD)
            seen |= children() - before
    assert len(seen) == 3
    assert children() == before


async def test_one_child_is_enough_while_feeds_come_one_by_one() -> None:
    before = children()
    async with Readers(ReadLimits(children=4)) as readers:
        for _ in range(6):
            await readers.read(JOB, GOOD)
        assert len(children() - before) == 1


async def test_the_child_gets_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINTAS_TELEGRAM_TOKEN", "123:SECRET")
    before = children()
    async with Readers(ReadLimits()) as readers:
        await readers.read(JOB, GOOD)
        (pid,) = children() - before
        environment, limits = about(pid, "environ"), about(pid, "limits")
    assert "SECRET" not in environment
    assert "LINTAS" not in environment
    assert str(256 * 1024 * 1024) in limits


PARENT = """
import asyncio, sys
from feeds.parse import Readers
from feeds.policy import ReadLimits
from tests.feeds.test_parse import HOSTILE, JOB, children
from tests.torture.hostile_desk import cpu_seconds
async def main():
    sys.executable = sys.argv[1]
    reading = asyncio.create_task(Readers(ReadLimits(cpu_seconds=60, wall_seconds=60)).read(JOB, HOSTILE["author full of dots"]))
    while not any(cpu_seconds(pid) > 0.5 for pid in children()):
        await asyncio.sleep(0.05)
    print(*children(), flush=True)
    await reading
asyncio.run(main())
"""
ORPHAN = """#!/bin/sh
shift 4
exec {python} -X utf8 -c 'import sys; from feeds import child; child.die_with = print; child.main(sys.argv[1:])' "$@"
"""
"""In the interpreter's place: the same child, that nobody told to die with its parent."""


@pytest.mark.parametrize("told", [True, False])
def test_a_child_at_work_dies_with_its_parent(tmp_path: Path, told: bool) -> None:
    """One that waits would hear that its input has ended; one that computes must be ended by the kernel."""
    python = tmp_path / "python"
    python.write_text(ORPHAN.format(python=sys.executable))
    python.chmod(0o700)
    command = [sys.executable, "-c", PARENT, sys.executable if told else str(python)]
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert parent.stdout is not None
        number = int(parent.stdout.readline())
        child = os.pidfd_open(number)
    finally:
        parent.kill()
        parent.communicate()
    try:
        ended, _, _ = select.select([child], [], [], 10 if told else 1)
        assert ended == ([child] if told else [])
        if not told:
            signal.pidfd_send_signal(child, signal.SIGKILL)
    finally:
        os.close(child)


def test_the_parent_knows_no_parser() -> None:
    """The service's own process stays small and takes no hostile markup into its hands."""
    code = "import sys, feeds.gateway; print(sorted({m.split('.')[0] for m in sys.modules} & {'feedparser','bs4','selectolax','lxml'}))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


# --- the wire --------------------------------------------------------------------------------------------------------

ENTRY = Entry(
    title="Judul “kutip”",
    url="https://a.example/1",
    summary="r\nb",
    body="isi",
    published=NOW,
    guid="1",
    outlet="O",
    author="P",
    image="https://a.example/i.jpg",
)


@pytest.mark.parametrize(
    "reading",
    [
        Reading(),
        Reading(
            entries=(ENTRY, Entry(title="\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"), url="u")),
            refused=(Refusal("no link", "T"),),
            note="n",
        ),
    ],
)
def test_a_reading_survives_the_wire(reading: Reading) -> None:
    assert unpack_answer(pack_answer(reading)) == reading


@pytest.mark.parametrize("listing", [None, Listing(pattern="/{slug}")])
def test_a_job_survives_the_wire(listing: Listing | None) -> None:
    job = Job(task=Task.LISTING, url="u", name="n", zone="UTC", language="en", now=NOW, listing=listing)
    assert unpack_job(pack_job(job, 17)) == (job, 17)


def test_an_error_survives_the_wire() -> None:
    with pytest.raises(ParseError, match="html: a page"):
        unpack_answer(pack_answer(ParseError("html", "a page")))


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"[]",
        b"{}",
        b"null",
        b"\x80\x04.",
        b'{"entries": [1], "refused": [], "note": ""}',
        b'{"entries": 7}',
        b"[" * 9999,
    ],
)
def test_nonsense_from_the_child_is_an_error_of_the_source(answer: bytes) -> None:
    with pytest.raises(ParseError, match="makes no sense"):
        unpack_answer(answer)


def test_a_broken_head_is_an_error_of_the_source() -> None:
    assert read_head(b"12 last\n") == (12, True)
    with pytest.raises(ParseError):
        read_head(b"-3\n")
