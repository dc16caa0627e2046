"""The keys of sources.yaml: which there are, how each is read, and what to write where one is missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.config import fields
from newsdesk.routes import PREVIEW
from newsdesk.sources import SourceKind

_MINUTE, _DAY = timedelta(minutes=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Key:
    """How one key of a section is read: text by `read`, or a section of its own by `section`."""

    read: Callable[[str], Any] | None = None
    section: Mapping[str, Key] | None = None
    many: bool = False
    required: str = ""
    """What to write when the key is missing; "" where it may be."""


RIGHTS = {"page_text": Key(fields.choice("never", "judge"))}
COMMON = {
    "every": Key(fields.duration(_MINUTE, 30 * _DAY)),
    "timezone": Key(fields.time_zone),
    "language": Key(fields.language),
    "max_age": Key(fields.duration(_MINUTE, 3650 * _DAY)),
    "first": Key(fields.whole(0, 20)),
    "rights": Key(section=RIGHTS),
}
LISTING = {
    "item": Key(fields.text(200)),
    "title": Key(fields.text(200)),
    "link": Key(fields.text(200)),
    "date": Key(fields.text(200)),
    "pattern": Key(fields.article_pattern),
}
SOURCE = {
    "id": Key(fields.identifier, required="write for example id: antara-terkini"),
    "name": Key(fields.text(100), required="write the outlet's name as readers know it, such as name: ANTARA"),
    "url": Key(fields.web_address, required="write the feed's address, such as url: https://host/feed"),
    "kind": Key(fields.choice(*SourceKind)),
    **COMMON,
    "enabled": Key(fields.switch),
    "verified": Key(fields.switch),
    "note": Key(fields.text(500)),
    **LISTING,
}
ROUTE = {
    "id": Key(fields.identifier, required="write for example id: highlights"),
    "chat": Key(fields.chat, required=f"write the numeric chat id, or chat: {PREVIEW}"),
    "topic": Key(fields.whole(1, 999_999_999)),
    "when": Key(fields.topic_rule, required="write for example when: at least 2 of [film, ai, collaboration]"),
    "quiet": Key(
        section={
            "from": Key(fields.clock, required='write for example from: "22:00"'),
            "to": Key(fields.clock, required='write for example to: "06:00"'),
        }
    ),
    "digest": Key(
        section={
            "at": Key(fields.clock, many=True, required='write for example at: ["07:00", "17:00"]'),
            "top": Key(fields.whole(1, 50)),
        }
    ),
    "weekly": Key(
        section={
            "on": Key(fields.weekday, required="write a day, for example on: sunday"),
            "at": Key(fields.clock, required='write for example at: "18:00"'),
            "top": Key(fields.whole(1, 20)),
        }
    ),
    "timezone": Key(fields.time_zone),
}
FILE = ("defaults", "sources", "topics", "routes")

# Words from other programs' files, and the key that they mean here.
MEANT = {
    **dict.fromkeys(("interval", "pace", "refresh", "schedule", "frequency", "poll"), "every"),
    **dict.fromkeys(("tz", "zone"), "timezone"),
    **dict.fromkeys(("feed", "uri", "href", "address", "link_url"), "url"),
    **dict.fromkeys(("label", "outlet"), "name"),
    **dict.fromkeys(("type", "format"), "kind"),
    **dict.fromkeys(("disabled", "active"), "enabled"),
    **dict.fromkeys(("comment", "notes", "remark"), "note"),
    **dict.fromkeys(("channel", "chat_id", "target", "destination"), "chat"),
    **dict.fromkeys(("thread", "topic_id", "message_thread_id"), "topic"),
    **dict.fromkeys(("if", "rule", "match", "filter"), "when"),
    **dict.fromkeys(("limit", "max"), "top"),
    **dict.fromkeys(("day", "weekday"), "on"),
    **dict.fromkeys(("time",), "at"),
    **dict.fromkeys(("start", "begin"), "from"),
    **dict.fromkeys(("end", "until"), "to"),
    **dict.fromkeys(("feeds", "outlets"), "sources"),
}
