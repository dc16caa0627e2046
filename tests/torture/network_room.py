"""A machine of its own with a name server that lies silent: run by `unshare --map-root-user --net --mount`.

    python -m tests.torture.network_room FOLDER SILENT SECONDS OPTION …

The real program polls feeds by name: SILENT of them whose names are never answered, one that there is not, one without
an address, and a healthy one, last in the file. Once each was polled it is told to end. What happened goes to stdout as
one JSON object. SECONDS is how long the system waits for the name server; OPTIONs are those of tests/torture/launch.py.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from tests.doubles.web import Page, WebDouble
from tests.newdb import lay_database
from tests.torture.newsmaker import feed

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
NOBODY, NO_ADDRESS, HEALTHY = "nobody", "empty", "healthy"
_SOURCE = "  - id: {name}\n    name: {name}\n    url: http://{name}.uji.example:{port}/feed\n    every: 10m\n"
_A, _NXDOMAIN = 1, 3


def name_server() -> None:
    """Answer on port 53 for as long as the process lives; to what it does not know it says nothing."""
    line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    line.bind(("127.0.0.1", 53))

    def serve() -> None:
        while True:
            asked, whom = line.recvfrom(512)
            said = answer_to(asked)
            if said:
                line.sendto(said, whom)

    threading.Thread(target=serve, daemon=True).start()


def answer_to(asked: bytes) -> bytes:
    """The answer to a question (RFC 1035); empty for silence."""
    end = asked.index(b"\0", 12) + 5
    name, kind = asked[13 : 13 + asked[12]].decode("ascii"), int.from_bytes(asked[end - 4 : end - 2], "big")
    if name not in (NOBODY, NO_ADDRESS, HEALTHY):
        return b""
    found = name == HEALTHY and kind == _A
    flags = 0x8180 | (_NXDOMAIN if name == NOBODY else 0)
    head = asked[:2] + b"".join(number.to_bytes(2, "big") for number in (flags, 1, int(found), 0, 0))
    record = b"\xc0\x0c\0\1\0\1\0\0\0\1\0\4" + socket.inet_aton("127.0.0.1")
    return head + asked[12:end] + (record if found else b"")


def furnish(folder: Path, seconds: int) -> None:
    """A loopback interface that is up, and the name server as the only one."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    (folder / "resolv.conf").write_text(f"nameserver 127.0.0.1\noptions timeout:{seconds} attempts:1\n")
    subprocess.run(["mount", "--bind", folder / "resolv.conf", "/etc/resolv.conf"], check=True)
    name_server()


def polled(log: Path) -> dict[str, dict[str, Any]]:
    """What the program said of each source's first poll."""
    found: dict[str, dict[str, Any]] = {}
    for line in log.read_text("utf-8").splitlines():
        event = json.loads(line) if line.startswith("{") else {}
        if event.get("event") == "polled":
            found.setdefault(event["source"], event)
    return found


def main(folder: Path, silent: int, seconds: int, *options: str) -> None:
    """Run the program in this room and tell of it."""
    furnish(folder, seconds)
    names = [*(f"silent{number}" for number in range(silent)), NOBODY, NO_ADDRESS, HEALTHY]
    log = folder / "log"
    with WebDouble({"/feed": Page(feed([]))}) as web:
        port = web.url.rpartition(":")[2]
        (folder / "sources.yaml").write_text("sources:\n" + "".join(_SOURCE.format(name=n, port=port) for n in names))
        lay_database(folder)
        env = {name: value for name, value in os.environ.items() if not name.startswith("LINTAS_")}
        env |= {"LINTAS_ALLOW_NETWORKS": "127.0.0.0/8", "LINTAS_LOG": "json", "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "tests.torture.launch", *options, "--", "run", "--roles", "poll"]
        with log.open("wb") as out, subprocess.Popen(command, cwd=folder, env=env, stdout=out, stderr=out) as program:
            patience = time.monotonic() + PATIENCE
            while len(polled(log)) < len(names) and program.poll() is None and time.monotonic() < patience:
                time.sleep(0.05)
            told = time.monotonic()
            program.send_signal(signal.SIGTERM)
            code = program.wait(PATIENCE)
    sys.stdout.write(json.dumps({"polled": polled(log), "code": code, "ended": round(time.monotonic() - told, 1)}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), *sys.argv[4:])
