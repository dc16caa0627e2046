"""What ships is pinned by hash, listed, and looked up among the known vulnerabilities."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "requirements.lock"
DEV_LOCK = ROOT / "requirements-dev.lock"
_PIN = re.compile(r"^([a-z0-9-]+)(?:\[[a-z0-9,-]+\])?==([^ ;\\]+)", re.MULTILINE)


def pins(lock: Path) -> dict[str, str]:
    """The packages of a lock with their versions."""
    return dict(_PIN.findall(lock.read_text("utf-8")))


def test_every_package_is_pinned_and_hashed() -> None:
    """No line without a version, no version without a hash of it."""
    for lock in (LOCK, DEV_LOCK):
        blocks = re.split(r"^(?=[a-zA-Z])", lock.read_text("utf-8"), flags=re.MULTILINE)[1:]
        assert len(blocks) > 50
        for block in blocks:
            assert _PIN.match(block), block[:80]
            assert re.search(r"--hash=sha256:[0-9a-f]{64}\b", block), block[:80]


def test_what_is_tested_is_what_ships() -> None:
    """Every package of the runtime lock stands in the development lock with the same version."""
    assert pins(LOCK).items() <= pins(DEV_LOCK).items()


# ---- known vulnerabilities


@contextlib.contextmanager
def advisories(
    vulnerable: str = "", *, silent: bool = False, breaks_after: int = 10_000
) -> Iterator[tuple[str, list[str]]]:
    """An advisory database that knows of one vulnerable package; yields its address and what was asked."""
    asked: list[str] = []
    ended = threading.Event()

    class Database(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if silent:
                ended.wait(30)
            self.send_error(405)

        def do_POST(self) -> None:
            question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            name, version = question["package"]["name"], question["version"]
            asked.append(name)
            if len(asked) > breaks_after:
                self.connection.close()
                return
            found = {"vulns": [_advisory(name, version)]} if name == vulnerable else {}
            body = json.dumps(found).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Database) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v1/query", asked
        ended.set()
        server.shutdown()


def _advisory(name: str, version: str) -> dict[str, object]:
    return {
        "id": "PYSEC-2026-1",
        "summary": "x",
        "details": "x",
        "published": "2026-01-01T00:00:00Z",
        "affected": [
            {
                "package": {"name": name, "ecosystem": "PyPI"},
                "versions": [version],
                "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "99.0"}]}],
            }
        ],
    }


def audit(url: str, lock: Path = LOCK) -> tuple[int, str, float]:
    """Run the audit; its exit code, what it said, and how many seconds it took."""
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, ROOT / ".ci" / "audit.py", lock, "--advisories", url],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr, time.monotonic() - begun


def test_a_known_vulnerability_fails_the_audit() -> None:
    """The package, its version, the advisory and the version that mends it are named; every pin is asked about."""
    with advisories("jinja2") as (url, asked):
        code, said, _ = audit(url)
    assert code == 1
    assert f"jinja2 {pins(LOCK)['jinja2']}: PYSEC-2026-1; mended in 99.0" in said
    assert {"jinja2", "aiohttp", "feedparser", "python-telegram-bot"} <= set(asked)
    assert len(set(asked)) >= 0.9 * len(pins(LOCK))  # some are for other systems or versions of Python


def test_nothing_known_passes_and_says_how_much_was_looked_at() -> None:
    """The proof that the test above fails for its advisory alone."""
    with advisories() as (url, _):
        code, said, _ = audit(url)
    assert code == 0
    assert re.search(r"audit: \d\d+ packages of requirements\.lock, no known vulnerability", said)


def test_no_database_is_said_plainly_and_quickly() -> None:
    """Nobody listens, nobody answers, or it breaks off on the way: not done, said, exit 0, within seconds."""
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        deserted = f"http://127.0.0.1:{server.server_port}/v1/query"
    with advisories(silent=True) as (silent, _), advisories(breaks_after=3) as (broken, _):
        for url in (deserted, silent, broken, "http://no-such-host.invalid/v1/query"):
            code, said, seconds = audit(url)
            assert code == 0, said
            assert "NOT DONE: no advisory database can be reached" in said
            assert seconds < 30


def test_an_audit_that_cannot_read_the_lock_fails(tmp_path: Path) -> None:
    """A broken lock is no reason to pass: only the database may be missing."""
    broken = tmp_path / "requirements.lock"
    broken.write_text("jinja2>=3\n")
    with advisories() as (url, _):
        code, said, _ = audit(url, broken)
    assert code == 1
    assert "NOT DONE" not in said


def test_lint_runs_the_audit() -> None:
    """`make lint`, and with it `make test`, asks each time."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    recipe = makefile[makefile.index("\nlint:") : makefile.index("\ntest:")]
    assert "$(BIN)/python .ci/audit.py\n" in recipe


# ---- the bill of materials


def test_the_bill_of_materials_names_all_that_ships(tmp_path: Path) -> None:
    """`make sbom`'s command, without any network: CycloneDX, one component with version and hashes for each pin."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    recipe = re.sub(r"\\\n\s*", "", makefile[makefile.index("\nsbom:") : makefile.index("\nbench:")])
    (command,) = re.findall(r"\$\(BIN\)/python (.*cyclonedx_py .*)", recipe)
    offline = {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}
    made = []
    for name, more in (("first.json", []), ("second.json", ["--no-validate"])):  # validating takes its time
        words = [str(tmp_path / name) if word == "var/sbom.json" else word for word in command.split()] + more
        subprocess.run([sys.executable, *words], cwd=ROOT, env=offline, capture_output=True, timeout=60, check=True)
        made.append((tmp_path / name).read_text("utf-8"))
    assert made[0] == made[1]
    bill = json.loads(made[0])
    assert bill["bomFormat"] == "CycloneDX"
    assert bill["metadata"]["component"]["name"] == "lintas-layar"
    assert {one["name"]: one["version"] for one in bill["components"]} == pins(LOCK)
    for one in bill["components"]:
        hashes = [found for place in one["externalReferences"] for found in place.get("hashes", ())]
        assert any(found["alg"] == "SHA-256" for found in hashes), one["name"]
        assert one["purl"] == f"pkg:pypi/{one['name']}@{one['version']}"
