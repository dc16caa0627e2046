"""The container's contract, without an engine: pinned, plain user, read-only, one writable place.

Read from its files, and proved by the program in a mount namespace that is like it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from bot.config import Settings, load_book, load_settings
from bot.config.document import read_document
from tests.doubles.web import Page, WebDouble
from tests.needs import lacking

ROOT = Path(__file__).parents[2]


def steps() -> list[tuple[str, str]]:
    """The Dockerfile's instructions in their order, continuation lines joined."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in joined.splitlines() if line)]


def stage(number: int) -> list[tuple[str, str]]:
    """The instructions of one stage, its FROM first; -1 is what ships."""
    starts = [place for place, (word, _) in enumerate(steps()) if word == "FROM"]
    ends = [*starts[1:], len(steps())]
    return steps()[starts[number] : ends[number]]


def arguments(word: str, number: int = -1) -> list[str]:
    """What stands behind each instruction of this name in a stage."""
    return [rest for name, rest in stage(number) if name == word]


def environment() -> dict[str, str]:
    """The environment that the image sets."""
    return dict(re.findall(r"([A-Z_]+)=(\S+)", " ".join(arguments("ENV"))))


def service() -> dict[str, Any]:
    """The one service of compose.yaml, as text and structure."""
    document = read_document((ROOT / "compose.yaml").read_bytes())
    assert not document.problems
    (found,) = document.data["services"].values()
    assert isinstance(found, dict)
    return found


# ---- the image


def test_the_base_is_a_slim_python_that_the_project_supports() -> None:
    """Both stages use one base, with a version that is named."""
    bases = {rest.split()[0] for word, rest in steps() if word == "FROM"}
    assert len(bases) == 1
    assert re.fullmatch(r"python:3\.1[1-9]-slim(-[a-z]+)?", bases.pop())


def test_everything_that_is_installed_is_pinned_by_hash() -> None:
    """Each pip install checks hashes and takes wheels only, but for our own wheel, which comes from no index."""
    installs = [command for command in re.findall(r"pip install[^&]*", " ".join(arguments("RUN", 0)))]
    assert len(installs) == 3
    pinned = [one for one in installs if "--require-hashes" in one and "--only-binary :all:" in one]
    own = [one for one in installs if "--no-index --no-deps dist/" in one]
    assert len(pinned) == 2
    assert len(own) == 1
    assert "-r requirements.lock" in pinned[0]
    assert "pip wheel --no-deps --no-build-isolation" in " ".join(arguments("RUN", 0))
    assert not re.search(r"\b(pip|curl|wget|apt-get)\b", " ".join(arguments("RUN")))


def test_the_build_backend_is_cut_out_of_the_lock_whole() -> None:
    """The expression in the Dockerfile selects hatchling and all it needs, each with its hashes."""
    awk = shutil.which("awk")
    if awk is None:
        lacking("awk is not installed here; the image's base has it")
    (expression,) = re.findall(r"awk '([^']+)' requirements-dev\.lock", " ".join(arguments("RUN", 0)))
    lock = ROOT / "requirements-dev.lock"
    picked = subprocess.run([awk, expression, lock], capture_output=True, text=True, check=True).stdout
    names = re.findall(r"^([a-z0-9-]+)==", picked, re.MULTILINE)
    assert "hatchling" in names
    blocks = re.split(r"^(?=[a-z0-9-]+==)", lock.read_text(encoding="utf-8"), flags=re.MULTILINE)
    needed = {
        block.partition("==")[0] for block in blocks if re.search(r"#(?: via)?\s+hatchling$", block, re.MULTILINE)
    }
    assert len(needed) >= 4
    assert needed <= set(names)
    assert picked.count("--hash=sha256:") >= 2 * len(names) - 1


def test_all_that_is_copied_in_exists_and_reaches_the_builder() -> None:
    """No COPY names a file that is missing, or that .dockerignore keeps away."""
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = [rest.split() for word, rest in steps() if word == "COPY" and "--from" not in rest]
    sources = {name for parts in copied for name in parts[:-1]}
    assert all((ROOT / name).exists() for name in sources)
    assert sources == allowed


def test_nothing_secret_or_needless_reaches_the_builder() -> None:
    """.dockerignore begins by leaving everything out; history, data and .env files stay outside."""
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert lines[0] == "*"
    assert "**/.env" in lines
    assert not {"!.git", "!.env", "!var", "!tests", "!.venv"} & set(lines)


def test_no_secret_stands_in_the_files() -> None:
    """Tokens come from the environment at run time, never from the image."""
    for name in ("Dockerfile", "compose.yaml"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert not re.search(r"[0-9]{6,12}:[A-Za-z0-9_-]{30,}", text)
        assert not re.search(r"^\s*(ENV|ARG)?.*(TOKEN|PASSWORD|SECRET)\s*[:=]\s*[\"']?\w", text, re.MULTILINE)


def test_it_runs_as_a_plain_user() -> None:
    """Numeric, so that a supervisor can check it, not root, and set before the program starts."""
    assert arguments("USER") == ["10001:10001"]
    words = [word for word, _ in stage(-1)]
    assert words.index("USER") < words.index("ENTRYPOINT")
    assert "--uid 10001" in " ".join(arguments("RUN"))


def test_one_directory_is_writable_and_the_database_is_in_it() -> None:
    """/data belongs to that user, is the volume, the working directory and home; the program's files are root's."""
    assert arguments("VOLUME") == ["/data"]
    assert arguments("WORKDIR") == ["/data"]
    assert "install --directory --owner=10001 --group=10001 --mode=0700 /data" in " ".join(arguments("RUN"))
    assert environment()["LINTAS_DATABASE"] == "sqlite:////data/lintas.db"
    assert environment()["PYTHONDONTWRITEBYTECODE"] == "1"
    assert not any("chown" in rest for word, rest in stage(-1) if word == "COPY")


def test_its_environment_is_a_valid_configuration() -> None:
    """The settings that the image brings are known and right, and listen on loopback only."""
    ours = {name: value for name, value in environment().items() if name.startswith("LINTAS_")}
    settings = load_settings(ours)
    assert isinstance(settings, Settings)
    assert settings.web is not None
    assert settings.web.host == "127.0.0.1"
    assert str(settings.sources) == "/config/sources.yaml"
    assert f"sources.yaml {settings.sources}" in arguments("COPY")
    assert load_book(ROOT / "sources.yaml").enabled()


def test_signals_reach_the_program() -> None:
    """Entry point and command in exec form (no shell between), so that SIGTERM ends it cleanly."""
    assert [json.loads(rest) for rest in arguments("ENTRYPOINT")] == [["lintas"]]
    assert [json.loads(rest) for rest in arguments("CMD")] == [["run"]]
    assert arguments("STOPSIGNAL") == ["SIGTERM"]


# ---- the health check, which is run for real


def health(address: str) -> int:
    """The exit code of the image's health check when the console is said to be at this address."""
    (rest,) = arguments("HEALTHCHECK")
    command = json.loads(rest.partition(" CMD ")[2])
    assert command[:2] == ["python", "-c"]
    environ = {
        **os.environ,
        "LINTAS_WEB": address,
        "http_proxy": "http://127.0.0.1:9",
        "HTTP_PROXY": "http://127.0.0.1:9",
    }
    done = subprocess.run([sys.executable, *command[1:]], env=environ, capture_output=True, timeout=30, check=False)
    return done.returncode


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1), (404, 1)])
def test_the_health_check_believes_the_console(status: int, code: int) -> None:
    """200 on /healthz is health, anything else is not; proxy variables are ignored."""
    asked = []

    class Console(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Console) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        assert health(f"0.0.0.0:{server.server_port}") == code
        thread.join()
    assert asked == ["/healthz"]


def test_the_health_check_fails_when_nobody_answers_and_passes_when_the_console_is_off() -> None:
    """A port that nobody listens at is ill; a console that was switched off is not."""
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        port = server.server_port
    assert health(f"127.0.0.1:{port}") == 1
    assert health("off") == 0


# ---- compose


def test_compose_takes_away_what_the_program_does_not_need() -> None:
    """Read-only root, no capabilities, no new privileges, a bounded number of processes, a plain user."""
    found = service()
    assert found["read_only"] == "true"
    assert found["cap_drop"] == ["ALL"]
    assert "cap_add" not in found
    assert "privileged" not in found
    assert "no-new-privileges:true" in found["security_opt"]
    assert found["user"] == "10001:10001"
    assert int(found["pids_limit"]) <= 256
    assert any(re.fullmatch(r"/tmp:\S*noexec\S*", mount) for mount in found["tmpfs"])


def test_compose_mounts_the_folder_of_sources_yaml_and_keeps_the_data() -> None:
    """A single mounted file would go on showing its old content after an editor replaced it."""
    config, data = service()["volumes"]
    assert re.fullmatch(r"\$\{[A-Z_]+:-\.\}:/config:ro", config)
    assert data == "data:/data"
    assert not any("sources.yaml" in mount for mount in (config, data))


def test_compose_starts_it_again_and_gives_it_time_to_end() -> None:
    """After a crash or a reboot it comes back; a send in hand may be finished."""
    found = service()
    assert found["restart"] == "unless-stopped"
    assert int(found["stop_grace_period"].removesuffix("s")) >= 15
    assert found["env_file"] == [{"path": ".env", "required": "false"}]


def test_compose_publishes_nothing_by_itself() -> None:
    """The console is for the operator's own machine unless he says otherwise."""
    assert "ports" not in service()
    assert "network_mode" not in service()


def test_names_for_compose_are_not_taken_for_settings() -> None:
    """A variable in .env that only compose reads must not begin with our prefix: it would be an unknown setting."""
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    assert not re.findall(r"\$\{?LINTAS_", text)


# ---- the program in a room like the container's

NO_ROOM = (
    "NOT PROVED HERE: the container's contract needs root, unshare and setpriv to make a mount namespace; "
    "run the suite as root on Linux (as .ci/run does)"
)
LINTAS = Path(sys.executable).parent / "lintas"
NEWS = (
    '<?xml version="1.0"?><rss version="2.0"><channel><title>x</title><item><title>Film baru tayang</title>'
    "<link>https://a.example/film-baru-tayang</link><description>Film itu tayang.</description></item></channel></rss>"
)


@dataclass
class Room:
    """The mount namespace of container_room.py: where its data and its sources.yaml are, seen from outside."""

    data: Path
    config: Path

    def start(self, *command: str, **settings: str) -> subprocess.Popen[str]:
        """Run a command of the image in it, with the image's own environment, moved to the room's places."""
        image = {name: value.replace("/data/", "/mnt/data/", 1) for name, value in environment().items()}
        image |= {"LINTAS_SOURCES": "/mnt/config/sources.yaml", "PATH": f"{LINTAS.parent}:/usr/bin:/bin"}
        furnish = [sys.executable, str(Path(__file__).with_name("container_room.py"))]
        return subprocess.Popen(
            ["unshare", "--mount", *furnish, str(self.data), str(self.config), *command],
            env={**image, "LINTAS_ALLOW_NETWORKS": "127.0.0.0/8", "HOME": "/mnt/data", **settings},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *command: str, **settings: str) -> tuple[int, str, str]:
        """The same to its end: exit code, stdout, stderr."""
        process = self.start(*command, **settings)
        try:
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
        return process.returncode, out, err


@pytest.fixture
def room() -> Iterator[Room]:
    if os.geteuid() != 0 or not shutil.which("unshare") or not shutil.which("setpriv"):
        lacking(NO_ROOM)
    if subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode:
        pytest.skip(f"{NO_ROOM}; this kernel allows no mount namespace, which nothing that can be installed would mend")
    with tempfile.TemporaryDirectory() as name:
        made = Room(Path(name, "data"), Path(name, "config"))
        made.data.mkdir(mode=0o700)
        made.config.mkdir(mode=0o755)
        os.chown(made.data, 10001, 10001)
        yield made


def test_the_room_is_what_compose_makes(room: Room) -> None:
    """The plain user, no capability and none to be had, a read-only tree, no programs in /tmp: so the tests below count."""
    witness = (
        "id -u; id -g; grep -E '^(CapPrm|CapEff|CapBnd|CapAmb|NoNewPrivs)' /proc/self/status | cut -f2;"
        f"for at in / /usr /etc /var/tmp /mnt /mnt/config {ROOT}; do touch $at/witness 2>&1; done;"
        "touch /mnt/data/witness && echo data; cp /bin/true /tmp && /tmp/true 2>&1"
    )
    code, out, _ = room.run("sh", "-c", witness)
    lines = out.splitlines()
    assert lines[:7] == ["10001", "10001", *["0" * 16] * 4, "1"]
    assert [line for line in lines if line.endswith("Read-only file system")] == lines[7:14]
    assert lines[14] == "data"
    assert lines[15].endswith("Permission denied")
    assert code != 0


def test_the_program_runs_in_it_and_writes_to_data_alone(room: Room) -> None:
    """It polls, is healthy, keeps its data, hears SIGTERM; and only files of the database are left."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    with WebDouble({"/rss": Page(NEWS.encode())}) as web:
        book = f"sources:\n  - id: a\n    name: A\n    url: {web.url}/rss\n"
        (room.config / "sources.yaml").write_text(book)
        process = room.start("lintas", "run", LINTAS_WEB=address)
        try:
            deadline = time.monotonic() + 40
            while process.poll() is None and not room.run("lintas", "search", "film", "--json")[1]:
                assert time.monotonic() < deadline
            assert health(address) == 0
            status = Path(f"/proc/{process.pid}/status").read_text()
            process.terminate()
            _, err = process.communicate(timeout=40)
        finally:
            process.kill()
    assert process.returncode == 0, err
    assert "Traceback" not in err
    assert re.search(r"^Uid:\s+10001\s+10001\s+10001\s+10001$", status, re.MULTILINE)
    assert re.search(r"^CapEff:\s+0+$", status, re.MULTILINE)
    left = sorted(path.relative_to(room.data).as_posix() for path in room.data.rglob("*"))
    assert "lintas.db" in left
    assert all(name.startswith("lintas.db") for name in left)
    assert (room.config / "sources.yaml").read_text() == book


def test_where_it_may_not_write_it_says_so(room: Room) -> None:
    """The usual first failure: the volume belongs to somebody else. One sentence that names the place, no traceback."""
    (room.config / "sources.yaml").write_text("sources:\n  - id: a\n    name: A\n    url: https://a.example/rss\n")
    os.chown(room.data, 0, 0)
    room.data.chmod(0o755)
    code, out, err = room.run("lintas", "run", LINTAS_WEB="off")
    assert code == 1
    assert "/mnt/data/lintas.db" in err
    assert "this user" in err
    assert "Traceback" not in out + err


# ---- the build machine


def test_ci_runs_what_people_run() -> None:
    """.ci/run is executable, stops at the first fault, and ends with exactly `make test`."""
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    lines = [line for line in script.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    assert lines[0] == "set -euo pipefail"
    assert lines[-1] == "make test"
    assert [line for line in lines if line.strip().startswith("make")] == ["make test"]
    assert subprocess.run(["bash", "-n", script], check=False).returncode == 0
