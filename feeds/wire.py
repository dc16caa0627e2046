"""What the parent and the parsing child say to each other: one JSON header line, then bytes. Never pickle.

The child reads hostile bytes; a pickle from it would hand its hijacker the parent. JSON can only carry the text of
entries, which is rebuilt here field by field.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from newsdesk.articles import Entry, Refusal
from newsdesk.errors import ParseError
from newsdesk.sources import Listing, Source


class Task(StrEnum):
    """What a body is to be read as: one of the kinds of source, or an article's own page."""

    FEED = "feed"
    SITEMAP = "sitemap"
    LISTING = "listing"
    PAGE = "page"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What the child has to know of a body: the source's settings, where it came from, and the time."""

    task: Task
    url: str
    name: str
    zone: str
    language: str
    now: datetime
    content_type: str = ""
    listing: Listing | None = None

    @classmethod
    def of(cls, source: Source, url: str, content_type: str, now: datetime) -> Job:
        """The job for a source's body that was fetched from `url`."""
        return cls(
            task=Task(source.kind.value),
            url=url,
            name=source.name,
            zone=source.timezone,
            language=source.language,
            now=now,
            content_type=content_type,
            listing=source.listing,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a body held: entries in the order of the feed, refused items, and a remark for the operator.

    `text` is that of a page.
    """

    entries: tuple[Entry, ...] = ()
    refused: tuple[Refusal, ...] = ()
    note: str = ""
    text: str = ""


def pack_job(job: Job, size: int) -> bytes:
    """The header line that goes before a body of `size` bytes."""
    plain = asdict(job) | {"now": job.now.isoformat(), "size": size}
    return json.dumps(plain).encode("ascii") + b"\n"


def unpack_job(line: bytes) -> tuple[Job, int]:
    """The job and the size of the body that follows."""
    plain = json.loads(line)
    size = int(plain.pop("size"))
    listing = plain.pop("listing")
    job = Job(
        task=Task(plain.pop("task")),
        now=datetime.fromisoformat(plain.pop("now")),
        listing=Listing(**listing) if listing else None,
        **plain,
    )
    return job, size


def pack_answer(answer: Reading | ParseError) -> bytes:
    """The child's answer as JSON, to be sent behind its `answer_head`."""
    plain: dict[str, Any]
    if isinstance(answer, ParseError):
        plain = {"status": answer.status, "reason": answer.reason}
    else:
        entries = [
            asdict(entry) | {"published": entry.published.isoformat() if entry.published else None}
            for entry in answer.entries
        ]
        refused = [[refusal.reason, refusal.title] for refusal in answer.refused]
        plain = {"entries": entries, "refused": refused, "note": answer.note, "text": answer.text}
    # Lone surrogates, should any come this far, are replaced: what is stored must be valid UTF-8.
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def answer_head(size: int, *, last: bool) -> bytes:
    """The line before an answer: its size, and whether the child leaves after it."""
    return f"{size} last\n".encode("ascii") if last else f"{size}\n".encode("ascii")


def read_head(line: bytes) -> tuple[int, bool]:
    """Size and farewell of an answer. Raises ParseError for a line that is none."""
    size, _, farewell = line.strip().partition(b" ")
    if not size.isdigit():
        raise ParseError("parse", "the reading process gave an answer that makes no sense")
    return int(size), bool(farewell)


def unpack_answer(data: bytes) -> Reading:
    """The reading in a child's answer. Raises ParseError when the child reports one or speaks nonsense."""
    try:
        plain = json.loads(data)
        if "status" in plain:
            raise ParseError(str(plain["status"]), str(plain["reason"]))
        return Reading(
            entries=tuple(_entry(fields) for fields in plain["entries"]),
            refused=tuple(Refusal(str(reason), str(title)) for reason, title in plain["refused"]),
            note=str(plain["note"]),
            text=str(plain["text"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ParseError("parse", "the reading process gave an answer that makes no sense") from error


def _entry(fields: dict[str, Any]) -> Entry:
    """An entry from its fields; every field is made the type that it has to be."""
    published = fields["published"]
    return Entry(
        title=str(fields["title"]),
        url=str(fields["url"]),
        summary=str(fields["summary"]),
        body=str(fields["body"]),
        published=datetime.fromisoformat(published) if published else None,
        guid=None if fields["guid"] is None else str(fields["guid"]),
        language=str(fields["language"]),
        outlet=str(fields["outlet"]),
        author=str(fields["author"]),
        image=str(fields["image"]),
    )
