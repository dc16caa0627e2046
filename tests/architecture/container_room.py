"""A room like the container's, made of a mount namespace: run by `unshare --mount`, as root; becomes the command.

    python container_room.py DATA CONFIG COMMAND …

The whole tree is read-only, /tmp is empty and takes no programs, /mnt/data is the DATA folder and the only other place
that can be written to, /mnt/config is CONFIG. The command runs as 10001:10001 without any capability, and can get none.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

USER = 10001
CHECKOUT = Path(__file__).resolve().parents[2]


def mount(*words: object) -> None:
    subprocess.run(["mount", *map(str, words)], check=True)


def closed_above(path: Path) -> Path | None:
    """The topmost folder on the way that a plain user may not enter."""
    return next((one for one in [*reversed(path.parents), path] if not one.stat().st_mode & 0o001), None)


def open_ways(paths: list[Path]) -> None:
    """Let a plain user reach these, wherever they lie: a closed folder is covered by one that holds nothing else."""
    keep = Path("/mnt/keep")
    closed: dict[Path, list[tuple[Path, Path]]] = {}
    for number, path in enumerate(paths):
        door = closed_above(path)
        if door is not None:
            place = keep / str(number)
            place.mkdir(parents=True)
            mount("--rbind", path, place)
            closed.setdefault(door, []).append((place, path))
    for door, inside in closed.items():
        mount("-t", "tmpfs", "-o", "mode=0755", "room", door)
        for place, path in inside:
            path.mkdir(parents=True, exist_ok=True)
            mount("--rbind", place, path)
        mount("-o", "remount,bind,ro", door)


def empty_tmp() -> None:
    """An empty /tmp that takes no programs; a checkout that lies below it stays where it was."""
    kept = Path("/mnt/checkout")
    if CHECKOUT.is_relative_to("/tmp"):
        kept.mkdir()
        mount("--rbind", CHECKOUT, kept)
    mount("-t", "tmpfs", "-o", "rw,noexec,nosuid,nodev,size=64m,mode=1777", "room", "/tmp")
    if kept.is_dir():
        CHECKOUT.mkdir(parents=True)
        mount("--rbind", kept, CHECKOUT)


def main(data: str, config: str, *command: str) -> None:
    """Furnish the room and become the command."""
    mount("-t", "tmpfs", "-o", "mode=0755", "room", "/mnt")
    for name, folder in (("data", data), ("config", config)):
        Path("/mnt", name).mkdir()
        mount("--bind", folder, f"/mnt/{name}")
    mount("-o", "remount,bind,ro", "/mnt/config")
    open_ways([Path(sys.base_prefix).resolve(), CHECKOUT])
    empty_tmp()
    for target in _writable():
        mount("-o", "remount,bind,ro", target)
    os.chdir("/mnt/data")
    drop = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "--no-new-privs"]
    drop += ["--bounding-set=-all", "--inh-caps=-all"]
    os.execvp(drop[0], [*drop, *command])


def _writable() -> list[str]:
    """Mounts of real file systems that can be written to, but for the folder for data; what /tmp now hides is none."""
    found = []
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, target, _, options = line.split()[:4]
        keep = target in ("/tmp", "/mnt/data") or target.startswith(("/proc", "/dev", "/sys"))
        place = target.encode().decode("unicode_escape")
        if not keep and "rw" in options.split(",") and os.path.ismount(place):
            found.append(place)
    return found


if __name__ == "__main__":
    main(*sys.argv[1:])
