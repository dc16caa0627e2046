"""What tests of several folders stand on."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.doubles.botapi import BotApiDouble


@pytest.fixture
async def api() -> AsyncIterator[BotApiDouble]:
    """A Bot API of our own over HTTP."""
    async with BotApiDouble() as double:
        yield double
