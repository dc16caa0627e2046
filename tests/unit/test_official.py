"""The double refuses what Telegram refuses, and a test that lets such a request out fails: each rule by a planted fault."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.doubles import official, rules, tdlib

GOOD: dict[str, dict[str, Any]] = {
    "getMe": {},
    "sendMessage": {
        "chat_id": -1001234567890,
        "text": '<b>Film &amp; AI</b> <a href="https://news.example/?a=1&amp;b=2">baca</a>',
        "parse_mode": "HTML",
        "link_preview_options": {"url": "https://news.example/", "prefer_small_media": True},
        "reply_markup": {"inline_keyboard": [[{"text": "Lagi", "callback_data": "s|1|2"}]]},
        "reply_parameters": {"message_id": 7, "allow_sending_without_reply": True},
        "message_thread_id": 12,
    },
    "editMessageText": {"chat_id": 1, "message_id": 2, "text": "a < b & c"},
    "sendPhoto": {"chat_id": 1, "photo": b"PNG", "caption": "<i>a</i>", "parse_mode": "HTML"},
    "answerCallbackQuery": {"callback_query_id": "1", "text": "Ya", "show_alert": True},
    "answerInlineQuery": {
        "inline_query_id": "1",
        "results": [{"type": "article", "id": "1", "title": "T", "input_message_content": {"message_text": "x"}}],
        "next_offset": "10",
    },
    "setMyCommands": {"commands": [{"command": "why", "description": "Mengapa"}], "scope": {"type": "default"}},
    "setWebhook": {"url": "https://desk.example/hook", "secret_token": "a-b_C1", "max_connections": 10},
}


def judged(method: str, fields: dict[str, Any]) -> list[str]:
    """What is wrong with a call, by the models and, where those find nothing, by the rules."""
    found = official.faults(method, fields)
    if not found:
        try:
            rules.check(method, fields)
        except rules.Refusal as refusal:
            found = [refusal.description]
    return found


@pytest.mark.parametrize("method", GOOD)
def test_what_telegram_takes_is_taken(method: str) -> None:
    """The proof that the planted faults below are refused for their faults alone."""
    assert judged(method, GOOD[method]) == []


def article(**changes: Any) -> dict[str, Any]:
    return {**GOOD["answerInlineQuery"]["results"][0], **changes}


def button(**fields: Any) -> dict[str, Any]:
    return {"reply_markup": {"inline_keyboard": [[fields]]}}


_FORM = [
    ("sendMesage", {}, "there is no such method"),
    ("sendMessage", {"colour": "red"}, "sendMessage.colour: there is no such field"),
    ("sendMessage", {"text": None}, "sendMessage.text: Input should be a valid string"),
    ("sendMessage", {"text": 12}, "sendMessage.text: Input should be a valid string"),
    ("sendMessage", {"disable_notification": "yes"}, "valid boolean"),
    ("sendMessage", {"reply_parameters": {"message_id": "7"}}, "valid integer"),
    ("sendMessage", {"link_preview_options": {"large": True}}, "link_preview_options.large: there is no such field"),
    ("sendMessage", button(text="x", url="https://a.example/", colour=1), "inline_keyboard[0][0].colour"),
    ("answerInlineQuery", {"results": [article(colour=1)]}, "answerInlineQuery.results[0].colour"),
    ("setMyCommands", {"scope": {"type": "chat", "chat_id": 1, "colour": 1}}, "setMyCommands.scope.colour"),
]
_TEXT = [
    ({"text": "<p>x</p>"}, 'can\'t parse entities: Unsupported start tag "p" at byte offset 0'),
    ({"text": "<b>x"}, "Can't find end tag corresponding to start tag"),
    ({"text": "<b><i>x</b></i>"}, "Unmatched end tag"),
    ({"text": "5 <3"}, "Unclosed start tag"),
    ({"text": '<a href="x>x</a>'}, "can't parse entities"),
    ({"text": "&#xD800;"}, "can't parse entities"),
    ({"text": "<b> </b>\n"}, "message text is empty"),
    ({"text": "\u202e"}, "message text is empty"),
    ({"text": "x" * 4097}, "message is too long"),
    ({"text": f"<b>{'😀' * 4097}</b>"}, "message is too long"),
    ({"text": "<b></b>" * 5000}, "text is too long"),
    ({"text": "<b>x</b>." * 101}, "ENTITIES_TOO_LONG"),
    ({"text": f'<a href="https://a.example/{"x" * 9500}">x</a>'}, "ENTITIES_TOO_LONG"),
    ({"parse_mode": "Html5"}, "unsupported parse_mode"),
    ({"link_preview_options": {"url": "javascript:x"}}, "WEBPAGE_URL_INVALID"),
    (button(text="x", callback_data="é" * 33), "BUTTON_DATA_INVALID"),
    (button(text="x", callback_data=""), "BUTTON_DATA_INVALID"),
    (button(text="x", callback_data="x", url="https://a.example/"), "Text buttons are unallowed"),
    (button(text="x"), "Text buttons are unallowed"),
    (button(text="\u202e ", callback_data="x"), "BUTTON_TEXT_INVALID"),
    (button(text="x", url="https://tanpatitik/"), "is invalid: Wrong HTTP URL"),
    (button(text="x", url="https://a.example:99999/"), "is invalid: Wrong HTTP URL"),
]
_LISTS = [
    ("sendPhoto", {"caption": "x" * 1025}, "message caption is too long"),
    ("answerCallbackQuery", {"text": "x" * 201}, "MESSAGE_TOO_LONG"),
    ("answerInlineQuery", {"results": [article(), article()]}, "RESULT_ID_DUPLICATE"),
    ("answerInlineQuery", {"results": [article(id="x" * 65)]}, "RESULT_ID_INVALID"),
    ("answerInlineQuery", {"results": [article(id=str(n)) for n in range(51)]}, "RESULTS_TOO_MUCH"),
    ("answerInlineQuery", {"results": [article(input_message_content={"message_text": " "})]}, "text is empty"),
    ("answerInlineQuery", {"next_offset": "é" * 33}, "NEXT_OFFSET_INVALID"),
    ("answerInlineQuery", {"button": {"text": "x", "start_parameter": "a b"}}, "START_PARAM_INVALID"),
    ("setMyCommands", {"commands": [{"command": "Why", "description": "x"}]}, "BOT_COMMAND_INVALID"),
    ("setMyCommands", {"commands": [{"command": "why", "description": ""}]}, "BOT_COMMAND_INVALID"),
    ("setWebhook", {"url": "http://desk.example/hook"}, "HTTPS URL must be provided"),
    ("setWebhook", {"secret_token": "a.b"}, "unallowed characters"),
    ("setWebhook", {"max_connections": 101}, "between 1 and 100"),
]
PLANTED = [*_FORM, *(("sendMessage", changes, said) for changes, said in _TEXT), *_LISTS]


@pytest.mark.parametrize(
    ("method", "changes", "said"), PLANTED, ids=[f"{n} {p[2][:30]}" for n, p in enumerate(PLANTED)]
)
def test_a_planted_fault_is_found(method: str, changes: dict[str, Any], said: str) -> None:
    """One thing is changed for the worse in a call that is taken: it is refused, and the words say for what."""
    assert said in " ".join(judged(method, {**GOOD.get(method, {}), **changes}))


def test_a_missing_field_is_found() -> None:
    fields = {name: value for name, value in GOOD["sendMessage"].items() if name != "text"}
    assert judged("sendMessage", fields) == ["sendMessage.text: Field required"]


def test_lengths_are_counted_behind_the_markup() -> None:
    """4,096 code points are left by markup and references of many times that length, and taken."""
    assert judged("sendMessage", {**GOOD["sendMessage"], "text": f"<b>{'&amp;' * 4096}</b>"}) == [
        "Bad Request: ENTITIES_TOO_LONG"
    ]
    assert judged("sendMessage", {**GOOD["sendMessage"], "text": f"<b>{'😀' * 4090}&lt;&lt;{'x' * 4}</b>"}) == []


def test_numbers_written_as_text_stay_text() -> None:
    """A form carries only text: what is a number is told by the method, not by its looks."""
    form = {"chat_id": "-100", "text": "2026", "disable_notification": "true", "reply_markup": '{"inline_keyboard":[]}'}
    read = official.decoded("sendMessage", form)
    assert read == {
        "chat_id": -100,
        "text": "2026",
        "disable_notification": True,
        "reply_markup": {"inline_keyboard": []},
    }


def test_entities_stand_where_telegram_puts_them() -> None:
    """Offsets in UTF-16 units, also behind characters that Telegram takes out."""
    text, entities = tdlib.parse('😀\u202e\u0333 <b>a\u0333b</b> <a href="https://a.example">c</a>')
    assert text == "😀 ab c"
    assert entities == [
        {"type": "bold", "offset": 3, "length": 2},
        {"type": "text_link", "offset": 6, "length": 1, "url": "https://a.example/"},
    ]
    assert json.dumps(entities)
