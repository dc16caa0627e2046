"""The Bot API double fails the test whose program sends what Telegram would refuse."""

from __future__ import annotations

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, Message
from telegram.error import BadRequest

from tests.doubles.botapi import CHANNEL, TOKEN, BotApiDouble


async def _call(api: BotApiDouble, **fields: object) -> Message:
    async with Bot(TOKEN, base_url=f"{api.base}/bot") as bot:
        return await bot.send_message(CHANNEL, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"text": "<p>x</p>", "parse_mode": "HTML"}, "Can't parse entities: unsupported start tag"),
        ({"text": "x" * 4097}, "Message is too long"),
        ({"text": "x", "reply_markup": InlineKeyboardMarkup([[InlineKeyboardButton("x", url="https://x/")]])}, "wrong"),
    ],
)
async def test_a_test_that_lets_a_bad_request_out_fails(fields: dict[str, object], said: str) -> None:
    """The library sends it, the double refuses it as Telegram does, and its end is an AssertionError."""
    api = BotApiDouble()
    await api.start()
    with pytest.raises(BadRequest, match=said):
        await _call(api, **fields)
    with pytest.raises(AssertionError, match="requests that Telegram would refuse"):
        await api.stop()


async def test_a_stray_field_fails_though_it_is_carried_out() -> None:
    """Telegram ignores a field that it does not know, and so does the double; the test fails all the same."""
    api = BotApiDouble()
    await api.start()
    assert (await _call(api, text="x", api_kwargs={"colour": "red"})).text == "x"
    with pytest.raises(AssertionError, match=r"sendMessage\.colour"):
        await api.stop()


async def test_a_bad_request_fails_also_where_a_fault_was_scripted() -> None:
    """A call that is never carried out is judged all the same."""
    api = BotApiDouble()
    await api.start()
    api.fault("sendMessage", "error", code=400, description="Bad Request: chat not found")
    with pytest.raises(BadRequest, match="Chat not found"):
        await _call(api, text=" ")
    with pytest.raises(AssertionError, match="message text is empty"):
        await api.stop()


async def test_good_requests_leave_nothing() -> None:
    async with BotApiDouble() as api:
        await _call(api, text="<b>Film</b> &amp; AI", parse_mode="HTML")
        assert api.texts() == ["Film & AI"]
