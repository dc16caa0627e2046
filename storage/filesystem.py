"""What lies under a SQLite file: the kind of file system, and directory entries that outlive a power cut."""

from __future__ import annotations

import os
import re
from pathlib import Path

_REMOTE = frozenset(
    [
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "afs",
        "davfs",
        "ceph",
        "lustre",
        "beegfs",
        "gpfs",
        "gfs2",
        "ocfs2",
        "fuse.sshfs",
        "fuse.s3fs",
        "fuse.rclone",
        "fuse.davfs2",
        "fuse.glusterfs",
        "fuse.ceph",
        "fuse.gcsfuse",
        "fuse.juicefs",
        "fuse.curlftpfs",
    ]
)
"""Kinds whose files other machines may open: SQLite's write-ahead log needs memory that all of them share."""
_ESCAPED = re.compile(r"\\([0-7]{3})")


def remote_kind(folder: Path, mounts: Path = Path("/proc/self/mountinfo")) -> str | None:
    """The kind of network file system that the folder lies on; None for a local one, or where that is not known."""
    kind = kind_below(folder, mounts)
    return kind if kind in _REMOTE else None


def kind_below(folder: Path, mounts: Path = Path("/proc/self/mountinfo")) -> str:
    """The file system's kind of the longest mount point above the folder; the last mount there counts. "" if unknown."""
    folder = folder.resolve()
    try:
        lines = mounts.read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return ""
    best, kind = -1, ""
    for line in lines:
        before, _, after = line.partition(" - ")
        fields = before.split(" ")
        if len(fields) < 5 or not after:
            continue
        point = Path(_ESCAPED.sub(lambda octal: chr(int(octal[1], 8)), fields[4]))
        if folder.is_relative_to(point) and len(point.parts) >= best:
            best, kind = len(point.parts), after.split(" ")[0]
    return kind


def sync_folder(folder: Path) -> None:
    """Have the folder's entries (new, renamed and removed files) on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_file(file: Path) -> None:
    """Have the file's content on the disk."""
    descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
