"""Importing does nothing: no module reads the environment, opens a file or creates a loop when imported."""

import json
import pkgutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("newsdesk", "classifiers", "feeds", "storage", "bot")

# Hooks see what the interpreter does on behalf of a module of ours while that module is imported. Reading Python files
# is importing itself; a vendor's own start-up is the vendor's.
WITNESS = """
import json, os, sys
rooms, name = sys.argv[1].split(","), sys.argv[2]
seen = []
def ours():
    frame = sys._getframe(2)
    while frame:
        file = frame.f_code.co_filename
        if "importlib" not in file and not file.startswith("<frozen"):
            return any(f"/{room}/" in file for room in rooms) and "site-packages" not in file
        frame = frame.f_back
    return False
def hook(event, args):
    watched = event in ("open", "socket.connect", "socket.bind", "subprocess.Popen", "os.mkdir", "sqlite3.connect")
    if watched and ours() and not (event == "open" and str(args[0]).endswith((".py", ".pyc"))):
        seen.append([event, str(args[:1])])
sys.addaudithook(hook)
class Watched(dict):
    pass
__import__(name)
import asyncio
if asyncio._get_running_loop() is not None:
    seen.append(["loop", name])
print(json.dumps(seen))
"""


def modules() -> list[str]:
    found = []
    for room in ROOMS:
        found.append(room)
        for module in pkgutil.walk_packages([str(ROOT / room)], f"{room}."):
            if ".migrations" not in module.name and not module.name.endswith("__main__"):
                found.append(module.name)
    return found


def test_importing_any_module_does_nothing():
    """Every module is imported in one bare process, whose witness writes down files, sockets and processes."""
    names = modules()
    assert len(names) > 40
    script = WITNESS.replace(
        "__import__(name)", "import importlib\nfor each in name.split(','):\n    importlib.import_module(each)"
    )
    done = subprocess.run(
        [sys.executable, "-B", "-c", script, ",".join(ROOMS), ",".join(names)],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == []


def test_the_witness_sees_a_module_that_opens_a_file(tmp_path):
    """The check above can fail: a module of a room that reads a file while it is imported is caught."""
    room = tmp_path / "newsdesk"
    room.mkdir()
    (room / "__init__.py").write_text("")
    (room / "guilty.py").write_text("TEXT = open('/etc/hostname').read()\n")
    script = WITNESS
    done = subprocess.run(
        [sys.executable, "-B", "-c", script, ",".join(ROOMS), "newsdesk.guilty"],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path), "PATH": "/usr/bin"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [["open", "('/etc/hostname',)"]]


def test_the_command_line_starts_without_the_heavy_libraries():
    """`lintas --help` is quick because nothing heavy is imported before a command needs it."""
    script = "import sys, bot.cli; print([m for m in ('telegram', 'sqlmodel', 'aiohttp', 'feedparser', 'pydantic') if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, cwd=ROOT, check=True
    )
    assert done.stdout.strip() == "[]"
