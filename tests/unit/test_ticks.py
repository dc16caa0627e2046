"""Ticks: how they end."""

from __future__ import annotations

import asyncio

import pytest

from bot.ticks import ticking


async def test_an_end_at_any_moment_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    """Calls that have just begun are waited for, too: none is cut off, none logged with a traceback."""
    begun = ended = 0

    async def tick() -> None:
        nonlocal begun, ended
        begun += 1
        for _ in range(4):
            await asyncio.sleep(0.0007)
        ended += 1

    for number in range(60):
        async with ticking({str(one): (0.001 + one * 0.0003, tick) for one in range(5)}):
            await asyncio.sleep(0.004 + number % 7 * 0.001)
    assert begun == ended > 60
    assert caplog.records == []
