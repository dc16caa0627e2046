"""The parsing process: reads jobs on stdin, answers on stdout, and cannot do harm for long.

Started by feeds/parse.py as ``python -m feeds.child PARENT_PID MEMORY_BYTES CPU_SECONDS``. It dies with its parent,
gets so much CPU time for each job, and so much memory altogether. It is a plain new process, not a fork, so it holds
no socket, no database and no secret of the parent.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
from math import ceil
from typing import BinaryIO

from feeds.wire import Job, Reading, Task, answer_head, pack_answer, unpack_job
from newsdesk.errors import ParseError

_PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> int:
    """Serve jobs until stdin ends."""
    parent, memory, cpu = (int(text) for text in arguments)
    die_with(parent)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    jobs, answers = sys.stdin.buffer, sys.stdout.buffer
    while line := jobs.readline():
        job, size = unpack_job(line)
        body = jobs.read(size)
        if len(body) < size:
            return 1
        _grant_cpu(cpu)
        spent = _answer(answers, job, body, memory)
        del body, job
        if spent:
            break
    return 0


def die_with(parent: int) -> None:
    """Ask the kernel to kill this process when its parent ends, and leave at once when that has already happened."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        raise SystemExit(1)


def read(job: Job, body: bytes) -> Reading:
    """The reading of one body. Raises ParseError for what the source did wrong."""
    # Imported here, because a service without listings and pages should not pay for their libraries.
    if job.task is Task.LISTING:
        from feeds.listing import read_listing

        return read_listing(body, job)
    if job.task is Task.SITEMAP:
        from feeds.sitemap import read_sitemap

        return read_sitemap(body, job)
    if job.task is Task.PAGE:
        from feeds.pagetext import read_page

        return read_page(body, job)
    from feeds.rss import read_feed

    return read_feed(body, job)


def _answer(answers: BinaryIO, job: Job, body: bytes, memory: int) -> bool:
    """Read one body and send what came of it; a reader that stumbles over hostile input is the source's fault.

    True when this process has used so much of its memory that it had better be the last job; the parent is told.
    """
    short, what = False, "page" if job.task is Task.PAGE else "feed"
    try:
        packed = pack_answer(read(job, body))
    except ParseError as error:
        packed = pack_answer(error)
    except MemoryError:
        short = True
        packed = pack_answer(ParseError("parse-memory", f"reading it took more memory than a {what} may cost"))
    except Exception as error:  # noqa: BLE001 (whatever the parsers raise, the service goes on and says what it was)
        words = f"{type(error).__name__}: {error}"[:200]
        packed = pack_answer(ParseError("parse", f"the {what} cannot be read ({words})"))
    last = short or _peak_bytes() > memory // 2
    answers.write(answer_head(len(packed), last=last) + packed)
    answers.flush()
    return last


def _peak_bytes() -> int:
    """The most memory that was resident at once in this process.

    Not getrusage's ru_maxrss, which begins with what the parent held when it started us: a child of a large parent
    would think itself used up after its first feed. Where the kernel does not tell, the child is replaced by count.
    """
    try:
        with open("/proc/self/status", encoding="ascii") as status:
            line = next(line for line in status if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        return 0
    return int(line.split()[1]) * 1024


def _grant_cpu(seconds: int) -> None:
    """So many seconds from now; the kernel counts the whole life of the process, so the limit moves on."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    resource.setrlimit(resource.RLIMIT_CPU, (ceil(used.ru_utime + used.ru_stime) + seconds, resource.RLIM_INFINITY))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
