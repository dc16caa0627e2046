"""The words about topics of a forum, in Indonesian (see phrases.py)."""

from __future__ import annotations

from bot.render.catalogues import say


def topic_gone(chat: str, topic: int) -> str:
    """To operators: a route's topic is not there any more, so its messages go where everybody looks."""
    return say(
        "⚠️ Topik {topic} di {chat} tidak ada lagi. Kiriman masuk ke topik umum sampai sources.yaml diperbaiki.",
        topic=topic,
        chat=chat,
    )
