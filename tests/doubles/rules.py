"""What Telegram refuses of a request whatever the chat: its texts, buttons, results and lists. See reference in each rule.

Texts are read by Telegram's own parser (tdlib.py); limits are those of the Bot API's documentation and of the official
server's sources.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.doubles import tdlib

ACTIONS = ("url", "callback_data", "web_app", "login_url", "switch_inline_query", "switch_inline_query_current_chat")
ACTIONS += ("switch_inline_query_chosen_chat", "copy_text", "callback_game", "pay")


@dataclass
class Refusal(Exception):
    """An answer with ok: false."""

    code: int
    description: str
    parameters: dict[str, Any] = field(default_factory=dict)


def check(method: str, fields: Mapping[str, Any]) -> None:
    """Raises Refusal for a form that Telegram would refuse in any chat. The fields are those that the method has."""
    rule = _RULES.get(method)
    if rule is not None:
        rule(fields)


def content(fields: Mapping[str, Any]) -> dict[str, Any]:
    """A message's text as Telegram keeps it, with what hangs on it. Raises Refusal."""
    raw = fields["text"]
    text, entities = _read(raw, fields.get("parse_mode"))
    if not text.strip():
        raise Refusal(400, "Bad Request: message text is empty")
    if len(text) > tdlib.MOST_VISIBLE:
        raise Refusal(400, "Bad Request: message is too long")
    preview = fields.get("link_preview_options")
    if preview and preview.get("url") and not tdlib.linkable(preview["url"]):
        raise Refusal(400, "Bad Request: WEBPAGE_URL_INVALID")
    markup = fields.get("reply_markup")
    _keyboard(markup)
    shown = {"text": text, "entities": entities, "raw": raw, "preview": preview}
    return {**shown, "reply_markup": markup} if markup else shown


def caption(fields: Mapping[str, Any]) -> dict[str, Any]:
    """A photo's or a file's caption, which may be empty. Raises Refusal."""
    text, entities = _read(fields.get("caption", ""), fields.get("parse_mode"))
    if len(text) > tdlib.MOST_CAPTION:
        raise Refusal(400, "Bad Request: message caption is too long")
    _keyboard(fields.get("reply_markup"))
    return {"caption": text, "caption_entities": entities}


def _read(raw: str, mode: str | None) -> tuple[str, list[dict[str, Any]]]:
    if mode not in (None, "HTML"):
        raise Refusal(400, "Bad Request: unsupported parse_mode")
    try:
        if len(raw.encode()) > tdlib.MOST_RAW:
            raise Refusal(400, "Bad Request: text is too long")
        text, entities = tdlib.parse(raw) if mode == "HTML" else tdlib.finished(raw, [])
    except UnicodeEncodeError as error:
        raise Refusal(400, "Bad Request: strings must be encoded in UTF-8") from error
    except tdlib.Unparsable as error:
        raise Refusal(400, f"Bad Request: {error}") from error
    if len(entities) > tdlib.MOST_ENTITIES or len(raw) - len(text) > tdlib.MOST_MARKUP:
        raise Refusal(400, "Bad Request: ENTITIES_TOO_LONG")
    return text, entities


def _keyboard(markup: Mapping[str, Any] | None) -> None:
    rows: Sequence[Sequence[Mapping[str, Any]]] = (markup or {}).get("inline_keyboard", ())
    for button in (button for row in rows for button in row):
        if not tdlib.finished(button["text"], [])[0].strip():
            raise Refusal(400, "Bad Request: BUTTON_TEXT_INVALID")
        if sum(action in button for action in ACTIONS) != 1:
            raise Refusal(400, "Bad Request: Text buttons are unallowed in the inline keyboard")
        if not 1 <= len(button.get("callback_data", "x").encode()) <= 64:
            raise Refusal(400, "Bad Request: BUTTON_DATA_INVALID")
        if "url" in button and not tdlib.linkable(button["url"]):
            raise Refusal(400, f"Bad Request: inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL")


def _press(fields: Mapping[str, Any]) -> None:
    if len(fields.get("text", "")) > 200:
        raise Refusal(400, "Bad Request: MESSAGE_TOO_LONG")


def _inline(fields: Mapping[str, Any]) -> None:
    """By the documentation of answerInlineQuery and InlineQueryResult."""
    results = fields["results"]
    if len(results) > 50:
        raise Refusal(400, "Bad Request: RESULTS_TOO_MUCH")
    if len({result["id"] for result in results}) < len(results):
        raise Refusal(400, "Bad Request: RESULT_ID_DUPLICATE")
    if len(fields.get("next_offset", "").encode()) > 64:
        raise Refusal(400, "Bad Request: NEXT_OFFSET_INVALID")
    for result in results:
        if not 1 <= len(result["id"].encode()) <= 64 or not tdlib.finished(result["title"], [])[0].strip():
            raise Refusal(400, "Bad Request: RESULT_ID_INVALID")
        said = result["input_message_content"]
        content({**said, "text": said["message_text"], "reply_markup": result.get("reply_markup")})
    start = fields.get("button", {}).get("start_parameter", "x")
    if not re.fullmatch(r"[\w-]{1,64}", start, re.ASCII):
        raise Refusal(400, "Bad Request: START_PARAM_INVALID")


def _commands(fields: Mapping[str, Any]) -> None:
    for command in fields["commands"]:
        if not re.fullmatch(r"[a-z0-9_]{1,32}", command["command"]) or not 1 <= len(command["description"]) <= 256:
            raise Refusal(400, "Bad Request: BOT_COMMAND_INVALID")
    if len(fields["commands"]) > 100:
        raise Refusal(400, "Bad Request: BOT_COMMANDS_TOO_MUCH")


def _webhook(fields: Mapping[str, Any]) -> None:
    if fields["url"] and not fields["url"].startswith("https://"):
        raise Refusal(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", fields.get("secret_token", "x")):
        raise Refusal(400, "Bad Request: secret token contains unallowed characters")
    if not 1 <= fields.get("max_connections", 40) <= 100:
        raise Refusal(400, "Bad Request: max_connections must be between 1 and 100")


def _at_most(name: str, most: int) -> Callable[[Mapping[str, Any]], None]:
    def rule(fields: Mapping[str, Any]) -> None:
        if len(fields.get(name, "")) > most:
            raise Refusal(400, f"Bad Request: {name} is too long")

    return rule


_RULES: Mapping[str, Callable[[Mapping[str, Any]], object]] = {
    "sendMessage": content,
    "editMessageText": content,
    "sendPhoto": caption,
    "sendDocument": caption,
    "editMessageCaption": caption,
    "editMessageReplyMarkup": lambda fields: _keyboard(fields.get("reply_markup")),
    "answerCallbackQuery": _press,
    "answerInlineQuery": _inline,
    "setMyCommands": _commands,
    "setWebhook": _webhook,
    "setMyDescription": _at_most("description", 512),
    "setMyShortDescription": _at_most("short_description", 120),
    "setMyName": _at_most("name", 64),
}
