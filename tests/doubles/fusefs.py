"""A file system of another kind, for real: mounted through /dev/fuse, answered by this process out of a plain folder.

    unshare --mount python -m tests.doubles.fusefs KIND FOLDER PLACE [--unshared] -- COMMAND …

The kernel shows KIND (fuse.sshfs, say) for what is mounted at PLACE and holds what FOLDER holds. With `--unshared` its
files cannot be mapped into memory that processes share, as on file systems that keep no cache. COMMAND runs in the same mount namespace,
with which the mount ends; its exit code is handed on.
"""

from __future__ import annotations

import argparse
import ctypes
import errno
import os
import struct
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

_ROOT = 1
_IN, _OUT = struct.Struct("<IIQQIIIHH"), struct.Struct("<IiQ")
_ATTRIBUTES, _OPENED = struct.Struct("<6Q10I"), struct.Struct("<QII")
_ENTRY, _STATS = struct.Struct("<4Q2I"), struct.Struct("<5Q10I")
_INIT = struct.Struct("<4I2H2I2H2I24x")
_SETTING = struct.Struct("<2I6Q8I")
_DIRECT = 1
_MODE, _SIZE = 1, 8
_MOST = 128 << 10


class FolderServer:
    """Answers the kernel's requests (linux/fuse.h) for as long as there is something mounted."""

    def __init__(self, device: int, folder: Path, *, unshared: bool) -> None:
        self._device, self._unshared = device, unshared
        self._paths = {_ROOT: folder}
        self._answers: dict[int, Callable[[int, bytes], bytes]] = {
            1: lambda node, body: self._entry(self._below(node, body)),
            3: lambda node, _: struct.pack("<QII", 0, 0, 0) + self._attributes(self._paths[node]),
            4: self._set_attributes,
            9: self._make_folder,
            10: lambda node, body: self._unlink(self._below(node, body)),
            12: lambda node, body: self._rename(node, body, 8),
            14: lambda node, body: self._open(self._paths[node], struct.unpack_from("<I", body)[0]),
            15: self._read,
            16: self._write,
            17: lambda *_: _STATS.pack(*5 * [1 << 20], 4096, 255, 4096, *7 * [0]),
            18: self._release,
            20: self._sync,
            25: lambda *_: b"",
            26: lambda *_: _INIT.pack(7, 31, 65536, 0, 12, 9, _MOST, 1, 0, 0, 0, 0),
            27: lambda *_: _OPENED.pack(0, 0, 0),
            28: lambda *_: b"",
            29: lambda *_: b"",
            30: lambda *_: b"",
            35: self._create,
            45: lambda node, body: self._rename(node, body, 16),
        }

    def serve(self) -> None:
        """Until the mount is gone."""
        while True:
            try:
                request = os.read(self._device, _MOST + 4096)
            except OSError as error:
                if error.errno == errno.ENODEV:
                    return
                raise
            _, code, unique, node, *_ = _IN.unpack_from(request)
            if code in (2, 36, 42):  # to forget, or to interrupt: not answered
                continue
            failed, body = 0, b""
            try:
                body = self._answers[code](node, request[_IN.size :])
            except KeyError:
                failed = -errno.ENOSYS
            except OSError as error:
                failed = -(error.errno or errno.EIO)
            os.write(self._device, _OUT.pack(_OUT.size + len(body), failed, unique) + body)

    def _below(self, node: int, name: bytes) -> Path:
        return self._paths[node] / os.fsdecode(name.partition(b"\0")[0])

    def _attributes(self, path: Path) -> bytes:
        at = path.lstat()
        times = (int(at.st_atime), int(at.st_mtime), int(at.st_ctime))
        return _ATTRIBUTES.pack(
            *(at.st_ino, at.st_size, at.st_blocks, *times),
            *(0, 0, 0, at.st_mode, at.st_nlink, at.st_uid, at.st_gid, 0, 4096, 0),
        )

    def _entry(self, path: Path) -> bytes:
        attributes = self._attributes(path)
        node = path.lstat().st_ino + 2
        self._paths[node] = path
        return _ENTRY.pack(node, 0, 0, 0, 0, 0) + attributes

    def _opened(self, handle: int) -> bytes:
        return _OPENED.pack(handle, _DIRECT if self._unshared else 0, 0)

    def _open(self, path: Path, flags: int) -> bytes:
        return self._opened(os.open(path, flags & ~(os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_NOFOLLOW)))

    def _create(self, node: int, body: bytes) -> bytes:
        flags, mode = struct.unpack_from("<II", body)
        path = self._below(node, body[16:])
        handle = os.open(path, flags, mode)
        return self._entry(path) + self._opened(handle)

    def _make_folder(self, node: int, body: bytes) -> bytes:
        path = self._below(node, body[8:])
        path.mkdir(struct.unpack_from("<I", body)[0])
        return self._entry(path)

    def _set_attributes(self, node: int, body: bytes) -> bytes:
        valid, _, _, size, *_, mode, _, _, _, _ = _SETTING.unpack_from(body)
        path = self._paths[node]
        if valid & _MODE:
            path.chmod(mode & 0o7777)
        if valid & _SIZE:
            os.truncate(path, size)
        return struct.pack("<QII", 0, 0, 0) + self._attributes(path)

    def _unlink(self, path: Path) -> bytes:
        path.unlink()
        return b""

    def _rename(self, node: int, body: bytes, names_at: int) -> bytes:
        old, new, _ = body[names_at:].split(b"\0", 2)
        target = self._below(struct.unpack_from("<Q", body)[0], new)
        self._below(node, old).rename(target)
        self._paths[target.lstat().st_ino + 2] = target
        return b""

    def _read(self, _: int, body: bytes) -> bytes:
        handle, place, size = struct.unpack_from("<QQI", body)
        return os.pread(handle, size, place)

    def _write(self, _: int, body: bytes) -> bytes:
        handle, place, size = struct.unpack_from("<QQI", body)
        return struct.pack("<II", os.pwrite(handle, body[40 : 40 + size], place), 0)

    def _release(self, _: int, body: bytes) -> bytes:
        os.close(struct.unpack_from("<Q", body)[0])
        return b""

    def _sync(self, _: int, body: bytes) -> bytes:
        os.fsync(struct.unpack_from("<Q", body)[0])
        return b""


def main() -> int:
    """Mount, answer, and run the command."""
    parser = argparse.ArgumentParser()
    parser.add_argument("kind")
    parser.add_argument("folder", type=Path)
    parser.add_argument("place", type=Path)
    parser.add_argument("--unshared", action="store_true")
    parser.add_argument("command", nargs="+")
    asked = parser.parse_args()
    device = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
    how = f"fd={device},rootmode=40000,user_id=0,group_id=0,allow_other".encode()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"server:/", os.fsencode(asked.place), asked.kind.encode(), 0, how):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    server = FolderServer(device, asked.folder.resolve(), unshared=asked.unshared)
    threading.Thread(target=server.serve, daemon=True).start()
    return subprocess.run(asked.command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
