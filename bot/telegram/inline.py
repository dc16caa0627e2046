"""Results to pick while typing in any chat: from our values to the library's."""

from __future__ import annotations

from telegram import InlineQueryResultArticle, InlineQueryResultsButton, InputTextMessageContent

from bot.chat.searching import Suggested
from bot.render import to_telegram
from bot.telegram.wire import text_fields

KEPT_BY_TELEGRAM = 60
"""Seconds that the same typed words are answered by Telegram itself: news are no older for it."""
_LABEL = 64


def article_result(suggested: Suggested) -> InlineQueryResultArticle:
    """A result to pick. Its picture, where there is one, is only linked: Telegram fetches it."""
    fields = text_fields(to_telegram(suggested.message))
    content = InputTextMessageContent(
        fields["text"], parse_mode=fields["parse_mode"], link_preview_options=fields["link_preview_options"]
    )
    return InlineQueryResultArticle(
        suggested.id,
        suggested.title,
        content,
        description=suggested.description,
        url=suggested.url or None,
        thumbnail_url=suggested.image or None,
    )


def to_bot(label: str, payload: str) -> InlineQueryResultsButton:
    """The line above the results that opens the private chat with the bot by a deep link."""
    return InlineQueryResultsButton(label[:_LABEL], start_parameter=payload)
