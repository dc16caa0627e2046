"""The watchdog: signs of life, and what becomes of those who give none."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest

from bot.watchdog import LOOP, Watchdog, tell_supervisor


async def test_who_gives_no_sign_for_too_long_is_hung():
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    reasons: list[str] = []

    def end(reason: str) -> None:
        reasons.append(reason)
        loop.call_soon_threadsafe(ended.set)

    watchdog = Watchdog(step=0.01, end=end)
    async with watchdog.watching():
        watchdog.expect(LOOP, 5)
        watchdog.expect("tick", 0.2)
        await asyncio.wait_for(ended.wait(), 5)
    assert "tick gave no sign of life" in reasons[0]


async def test_signs_of_life_and_an_end_of_expectations_keep_it_quiet():
    """The lively one beats, the other is forgotten before its limit."""
    reasons: list[str] = []
    watchdog = Watchdog(step=0.01, end=reasons.append)
    async with watchdog.watching():
        watchdog.expect("lively", 0.3)
        watchdog.expect("done", 0.3)
        watchdog.forget("done")
        for _ in range(60):
            watchdog.beat("lively")
            await asyncio.sleep(0.01)
    assert reasons == []


@pytest.mark.parametrize("kind", ["path", "abstract"])
def test_systemd_hears_states(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    name = str(tmp_path / "notify") if kind == "path" else f"\0lintas-test-{tmp_path.name}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(name)
        line.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", name.replace("\0", "@"))
        tell_supervisor("READY=1")
        assert line.recv(100) == b"READY=1"


def test_without_systemd_nothing_is_said(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    tell_supervisor("READY=1")
    monkeypatch.setenv("NOTIFY_SOCKET", "/nowhere/at/all")
    tell_supervisor("READY=1")
