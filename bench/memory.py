"""What the service needs: resident memory of parent and children with the shipped sources against loopback copies.

The shipped ``sources.yaml`` is used as it is but for its addresses, which are those of a server on loopback; it serves
the real captures beside the checkout when they are there, else the demo's sample feeds.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench.corpus import SHARED
from tests.doubles.web import Page, WebDouble

ROOT = Path(__file__).parents[1]
SECONDS = 25
LIMIT_MIB = 150


def resident_mib(pid: int) -> float:
    """What the kernel counts as resident of one process."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


def children_of(pid: int) -> list[int]:
    """The processes that this one started."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(stat.read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(stat.parent.name))
        except OSError:
            continue
    return found


def copied_book(base: str, paths: Sequence[str]) -> str:
    """The shipped file with each source's address on the loopback server; listings become feeds there."""
    text = (ROOT / "sources.yaml").read_text("utf-8")
    count = iter(range(10_000))

    def address(match: re.Match[str]) -> str:
        number = next(count)
        return f"{match[1]}{base}{paths[number % len(paths)]}?n={number}"

    text = re.sub(r"(?m)^(    url: )\S+", address, text)
    return re.sub(r"(?m)^    kind: listing\n(    pattern:.*\n)?", "", text)


def main(argv: Sequence[str]) -> int:
    """Run the service for a while, with every source polled, and print what it holds."""
    del argv
    folder = SHARED / "feeds" if (SHARED / "feeds").is_dir() else ROOT / "bot" / "demo" / "feeds"
    files = sorted(path for path in folder.iterdir() if path.suffix in (".xml", ".rdf", ".atom"))
    with WebDouble() as web, tempfile.TemporaryDirectory() as place:
        for file in files:
            for number in range(60):
                web.pages[f"/{file.name}?n={number}"] = Page(file.read_bytes(), "text/xml")
        (Path(place) / "sources.yaml").write_text(copied_book(web.url, [f"/{file.name}" for file in files]), "utf-8")
        environ = {k: v for k, v in os.environ.items() if not k.startswith("LINTAS_")}
        service = subprocess.Popen(
            [sys.executable, "-c", "from bot.cli import main; main()", "run"],
            cwd=place,
            env={
                **environ,
                "LINTAS_ALLOW_NETWORKS": "127.0.0.0/8",
                "LINTAS_WEB": "127.0.0.1:0",
                "PYTHONPATH": str(ROOT),
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        highest = 0.0
        end = time.monotonic() + SECONDS
        while time.monotonic() < end and service.poll() is None:
            time.sleep(0.5)
            highest = max(highest, resident_mib(service.pid))
        if service.poll() is None:
            now = resident_mib(service.pid)
            readers = [round(resident_mib(child)) for child in children_of(service.pid)]
            service.terminate()
        _, said = service.communicate(timeout=30)
    polled = said.count("] polled ")
    print(
        f"{polled} polls; parent {now:.0f} MiB now, {highest:.0f} MiB at most (limit {LIMIT_MIB}); children {readers}"
    )
    return 0 if highest < LIMIT_MIB and polled else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
