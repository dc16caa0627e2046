"""What a process wrote and when it was certainly on the disk, from its system calls; and the images a power cut may leave.

The model is harsher than most disks. Content is safe once its file was synchronised, a name once its folder was.
Of everything else any part may be there or not: whole writes, single sectors of 512 bytes of a write, changes of size.
Names that were not synchronised are kept up to some moment, in their order, as journalling file systems do.
"""

from __future__ import annotations

import random
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

SECTOR = 512
_CALLS = (
    "openat,open,creat,write,pwrite64,pwritev,pwritev2,writev,fsync,fdatasync,ftruncate,truncate,unlink,unlinkat,"
    "rename,renameat,renameat2,link,linkat,copy_file_range,sendfile,fallocate,sync_file_range"
)
_LINE = re.compile(rb"^\d+ +(\w+)\((.*)\) += (-?\d+)(<[^>]*>)?(?: .*)?$")
_FD = re.compile(rb"^(\d+|AT_FDCWD)<([^>]*)>(?:\(deleted\))?$")
_STRING = re.compile(rb'^"((?:\\x[0-9a-f]{2})*)"$')


@dataclass(frozen=True, slots=True)
class Event:
    """One step: `kind` is create, write, size, sync, unlink, rename, link, sync folder, or said."""

    kind: str
    path: str = ""
    data: bytes = b""
    at: int = 0
    to: str = ""


def strace() -> str | None:
    """The recorder; None where it is not installed."""
    return shutil.which("strace")


def record(command: Sequence[str], log: Path, *, cwd: Path, timeout: float = 300) -> int:
    """Run the command to its end under the recorder; its exit code."""
    program = strace()
    assert program is not None
    tracing = [program, "-f", "-qq", "-y", "-xx", "-s", "4000000", "--seccomp-bpf", "-e", f"trace={_CALLS}"]
    return subprocess.run(
        [*tracing, "-e", "signal=none", "-o", str(log), *command], cwd=cwd, timeout=timeout, check=False
    ).returncode


def events(log: Path, folder: Path, said: Path, there: Iterable[str] = ()) -> list[Event]:
    """What happened in the folder, and what was written to `said`, in order; `there` are the paths that were in the
    folder before. A call that is not understood is an error.
    """
    inside = str(folder).encode() + b"/"
    hexed = b"".join(b"\\x%02x" % byte for byte in inside[:-1])
    told = b"".join(b"\\x%02x" % byte for byte in str(said).encode())
    found: list[Event] = []
    known = set(there)
    for line in _whole_lines(log):
        if hexed not in line and told not in line and inside not in line:
            continue
        match = _LINE.match(line)
        assert match is not None, f"not understood: {line[:200]!r}"
        name, rest, result = match[1].decode(), match[2], int(match[3])
        if result < 0:
            continue
        for event in _event(name, rest.split(b", "), result, match[4], known, str(folder)):
            if event.path == str(said):
                if event.kind == "write":
                    found.append(Event("said", data=event.data))
            elif event.path.startswith(str(folder)):
                found.append(event)
    return found


def _whole_lines(log: Path) -> Iterator[bytes]:
    """The calls in the order in which they ended; one that was interrupted by another process's is put together."""
    begun: dict[bytes, bytes] = {}
    for line in log.read_bytes().splitlines():
        process, _, call = line.partition(b" ")
        if line.endswith(b"<unfinished ...>"):
            begun[process] = line.removesuffix(b"<unfinished ...>").rstrip()
        elif call.lstrip().startswith(b"<... "):
            yield begun.pop(process) + call.partition(b" resumed>")[2]
        else:
            yield line


def _event(
    name: str, parts: list[bytes], result: int, opened: bytes | None, known: set[str], folder: str
) -> Iterator[Event]:
    match name:
        case "openat" | "open" | "creat":
            flags = b" ".join(parts)
            path = _path(opened[1:-1] if opened else b"")
            if b"O_CREAT" in flags and path not in known:
                known.add(path)
                yield Event("create", path)
            if b"O_TRUNC" in flags:
                yield Event("size", path, at=0)
        case "write" | "pwrite64":
            data = _bytes(parts[1])
            assert len(data) >= result, "the recorder cut a write off"
            at = int(parts[3]) if name == "pwrite64" else -1
            yield Event("write", _fd(parts[0]), data[:result], at)
        case "fsync" | "fdatasync":
            path = _fd(parts[0])
            yield Event("sync folder" if path == folder else "sync", path)
        case "ftruncate":
            yield Event("size", _fd(parts[0]), at=int(parts[1]))
        case "unlink":
            path = _bytes(parts[0]).decode()
            known.discard(path)
            yield Event("unlink", path)
        case "rename" | "link":
            old, new = (_bytes(part).decode() for part in parts[:2])
            known.add(new)
            if name == "rename":
                known.discard(old)
            yield Event(name, old, to=new)
        case _:
            raise AssertionError(f"a call that the replay does not know: {name}")


def _fd(part: bytes) -> str:
    match = _FD.match(part)
    assert match is not None, part[:80]
    return _path(match[2])


def _path(text: bytes) -> str:
    return _unhex(text).decode() if text.startswith(b"\\x") else text.decode()


def _bytes(part: bytes) -> bytes:
    match = _STRING.match(part)
    assert match is not None, part[:80]
    return _unhex(match[1])


def _unhex(text: bytes) -> bytes:
    return bytes.fromhex(text.replace(b"\\x", b"").decode())


@dataclass(slots=True)
class _Node:
    """A file: what is on the disk for certain, what is to come, and how long it is as the process sees it."""

    safe: bytearray = field(default_factory=bytearray)
    coming: list[Event] = field(default_factory=list)
    length: int = 0

    def take(self, event: Event) -> None:
        """A write or a change of size, which is not on the disk yet; a write without a place goes to the end."""
        if event.kind == "write":
            at = self.length if event.at < 0 else event.at
            self.length = max(self.length, at + len(event.data))
            event = Event("write", event.path, event.data, at)
        else:
            self.length = event.at
        self.coming.append(event)


class Disk:
    """The state of the disk while the log is played; `image` is what a cut at this moment may leave.

    `files` are on it from the start. With `deaf` the disk says that it synchronised and did nothing: what the protection
    rests on is gone.
    """

    def __init__(self, files: Mapping[str, bytes] | None = None, *, deaf: bool = False) -> None:
        self._deaf = deaf
        self._names = {path: _Node(bytearray(content), [], len(content)) for path, content in (files or {}).items()}
        self._safe_names = dict(self._names)
        self._coming: list[Event] = []
        self._nodes_made: dict[int, _Node] = {}

    def play(self, event: Event) -> None:
        """Take one step."""
        match event.kind:
            case "create" | "unlink" | "rename" | "link":
                if event.kind == "create":
                    self._nodes_made[id(event)] = _Node()
                self._change(self._names, event)
                self._coming.append(event)
            case "write" | "size":
                self._names[event.path].take(event)
            case "sync" | "sync folder":
                if not self._deaf:
                    self._synchronise(event)
            case _:
                raise AssertionError(event.kind)

    def _synchronise(self, event: Event) -> None:
        if event.kind == "sync":
            node = self._names[event.path]
            for one in node.coming:
                _apply(node.safe, one)
            node.coming.clear()
            return
        for one in self._coming:
            self._change(self._safe_names, one)
        self._coming.clear()

    def _change(self, names: dict[str, _Node], event: Event) -> None:
        match event.kind:
            case "create":
                names[event.path] = self._nodes_made[id(event)]
            case "unlink":
                names.pop(event.path, None)
            case "rename":
                names[event.to] = names.pop(event.path)
            case "link":
                names[event.to] = names[event.path]

    def image(self, dice: random.Random, *, keep: float) -> dict[str, bytes]:
        """Files by name. `keep` is how likely a step that was not synchronised is there; of 0, nothing of it is."""
        names = dict(self._safe_names)
        for event in self._coming[: dice.randint(0, len(self._coming)) if keep else 0]:
            self._change(names, event)
        images: dict[int, bytes] = {}
        for node in names.values():
            if id(node) not in images:
                content = bytearray(node.safe)
                for one in node.coming:
                    if keep and dice.random() < keep:
                        _apply(content, one, dice if dice.random() < 0.5 else None)
                images[id(node)] = bytes(content)
        return {name: images[id(node)] for name, node in names.items()}


def _apply(content: bytearray, event: Event, torn: random.Random | None = None) -> None:
    """Make the change; with `torn`, only some of the sectors of a write."""
    if event.kind == "size":
        if event.at < len(content):
            del content[event.at :]
        else:
            content.extend(bytes(event.at - len(content)))
        return
    for start, piece in _sectors(event.at, event.data):
        if torn is None or torn.random() < 0.5:
            if start > len(content):
                content.extend(bytes(start - len(content)))
            content[start : start + len(piece)] = piece


def _sectors(at: int, data: bytes) -> Iterator[tuple[int, bytes]]:
    place = 0
    while place < len(data):
        size = SECTOR - (at + place) % SECTOR
        yield at + place, data[place : place + size]
        place += size
