"""`lintas search`, `explain`, `sources` and `uncertain`: what the store knows, as JSON or as a person reads it.

Reading works while the service runs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.offline import verdict_json
from bot.render.text import shorten
from newsdesk.articles import Article
from newsdesk.health import health
from newsdesk.language.sentences import sentences
from newsdesk.messages import Message
from newsdesk.ports import ArticleTrace
from newsdesk.search import Found, SearchQuery, snippet
from newsdesk.sources import PageText, Source, SourceBook, SourceState
from newsdesk.verdicts import Evidence, Verdict


def zone() -> tzinfo:
    """The zone in which people read times."""
    return ZoneInfo("Asia/Jakarta")


def local(moment: datetime | None) -> str:
    """A time as people in Jakarta write it; a dash for none."""
    return "–" if moment is None else moment.astimezone(zone()).strftime("%Y-%m-%d %H:%M WIB")


def iso(moment: datetime | None) -> str | None:
    """A time for machines, in UTC."""
    return None if moment is None else moment.isoformat()


# -- search ---------------------------------------------------------------------------------------------------------


def hit_json(hit: Found, query: SearchQuery) -> str:
    """One hit as one line of JSON."""
    article = hit.article
    line = {
        "id": article.id,
        "title": article.title,
        "url": article.url,
        "source": article.source,
        "published": iso(article.at),
        "topics": list(hit.topics),
        "snippet": _snippet(article, query).text,
        "score": round(hit.score, 4),
    }
    return json.dumps(line, ensure_ascii=False)


def show_hits(console: Console, hits: list[Found], query: SearchQuery) -> None:
    """Hits for people: headline, outlet and time, snippet with the words marked, link."""
    for number, hit in enumerate(hits, start=1):
        article = hit.article
        console.print(Text(f"{number}. ", style="dim") + Text(article.title, style="bold"))
        tags = " ".join(f"#{topic}" for topic in hit.topics)
        console.print(Text(f"   {article.outlet} · {local(article.at)} {tags}", style="dim"))
        cut = _snippet(article, query)
        line = Text(cut.text)
        for start, end in cut.marks:
            line.stylize("bold yellow", start, end)
        if cut.text:
            console.print(Text("   ") + line)
        console.print(Text(f"   {article.url}  (lintas explain {article.id})", style="dim"))


def _snippet(article: Article, query: SearchQuery) -> Any:
    return snippet(article.title, article.summary or article.body, query)


# -- explain --------------------------------------------------------------------------------------------------------


def trace_json(trace: ArticleTrace, source: Source | None, state: SourceState | None) -> str:
    """The whole trace of one article as one JSON object."""
    article, story = trace.article, trace.story
    whole = {
        "article": {
            "id": article.id,
            "title": article.title,
            "summary": article.summary,
            "url": article.url,
            "source": article.source,
            "outlet": article.outlet,
            "language": article.language,
            "published": iso(article.published),
            "first_seen": iso(article.first_seen),
            "revised": iso(article.revised),
        },
        "fetch": None
        if state is None
        else {
            "source": article.source,
            "url": source.url if source else None,
            "status": state.status,
            "last_ok": iso(state.last_ok),
            "next_check": iso(state.next_check),
            "page": _page_json(trace, source),
        },
        "identity": {
            "url": article.identity.url,
            "outlet_id": article.identity.outlet_id or None,
            "fingerprint": article.identity.fingerprint or None,
            "guid": article.guid,
        },
        "verdicts": {
            topic: {**verdict_json(verdict), "ignored": _ignored_json(verdict)}
            for topic, verdict in trace.verdicts.by_topic.items()
        },
        "countries": list(trace.verdicts.countries),
        "story": None
        if story is None
        else {
            "id": story.id,
            "follows": story.follows,
            "opened": iso(story.opened),
            "articles": [{"id": a.id, "outlet": a.outlet, "title": a.title, "url": a.url} for a in trace.siblings],
        },
        "posts": [
            {
                "chat": post.chat,
                "route": post.route,
                "state": post.state.value,
                "message_id": message.message_id if message else None,
                "due": iso(post.due),
                "reason": post.reason or (message.reason if message else "") or None,
                "corrected": iso(post.corrected),
                "retracted": iso(post.retracted),
                "edits": [
                    {"state": edit.state.value, "at": iso(edit.changed or edit.created), "reason": edit.reason or None}
                    for edit in _edits_of(trace, message)
                ],
            }
            for post, message in trace.posts
        ],
    }
    return json.dumps(whole, ensure_ascii=False)


def _edits_of(trace: ArticleTrace, message: Message | None) -> list[Message]:
    return [edit for edit in trace.edits if message is not None and edit.edits == message.id]


def _page_json(trace: ArticleTrace, source: Source | None) -> dict[str, Any]:
    """What became of the article's own page."""
    if trace.page is not None:
        return {"status": trace.page.status, "reason": trace.page.reason or None, "at": iso(trace.page.at)}
    allowed = source is not None and source.page_text is PageText.JUDGE
    return {"status": "not asked" if allowed else "not allowed", "reason": None, "at": None}


def _ignored_json(verdict: Verdict) -> list[dict[str, Any]]:
    return [{"rule": e.rule, "field": e.field, "start": e.start, "end": e.end, "text": e.text} for e in verdict.ignored]


def show_trace(console: Console, trace: ArticleTrace, source: Source | None, state: SourceState | None) -> None:
    """The trace for people: the sentences that decided, with the deciding words marked."""
    article = trace.article
    console.print(Text(article.title, style="bold"))
    console.print(Text(f"{article.outlet} · {local(article.at)} · {article.url}", style="dim"))
    console.print()
    _row(console, "fetch", _fetch_line(article, source, state))
    number = f", outlet's number {article.identity.outlet_id}" if article.identity.outlet_id else ""
    _row(console, "identity", f"{article.identity.url}{number}")
    if trace.page is not None:
        _row(console, "page", f"{trace.page.status}, {trace.page.reason or local(trace.page.at)}")
    of_page = trace.page is not None and trace.page.status == "read"
    for verdict in trace.verdicts.by_topic.values():
        _show_verdict(console, article, verdict, of_page=of_page)
    _row(console, "countries", ", ".join(trace.verdicts.countries) or "no foreign party")
    _row(console, "story", _story_line(trace))
    for post, message in trace.posts:
        sent = f", message {message.message_id}" if message and message.message_id else ""
        why = f" ({post.reason})" if post.reason else ""
        _row(console, "post", f"chat {post.chat}, route {post.route}: {post.state}{sent}, due {local(post.due)}{why}")
        for edit in _edits_of(trace, message):
            why = f" ({edit.reason})" if edit.reason else ""
            _row(
                console,
                "deletion" if edit.is_deletion else "edit",
                f"{edit.state}, {local(edit.changed or edit.created)}{why}",
            )
    if not trace.posts:
        _row(console, "post", "none: no route took it, it was too old when it was first seen, or its source was new")


def _row(console: Console, name: str, value: str | Text) -> None:
    console.print(Text(f"{name:<12}", style="cyan") + value)


def _fetch_line(article: Article, source: Source | None, state: SourceState | None) -> str:
    seen = f"first seen {local(article.first_seen)} in {article.source}"
    if source is None or state is None:
        return f"{seen} (no longer listed)"
    return f"{seen}, which is {state.status}, last read {local(state.last_ok)}"


def _story_line(trace: ArticleTrace) -> str:
    if trace.story is None:
        return "none"
    also = ", ".join(sibling.outlet for sibling in trace.siblings if sibling.id != trace.article.id)
    follows = f", follows “{trace.follows.title}”" if trace.follows else ""
    return f"{trace.story.id}{', also told by ' + also if also else ''}{follows}"


def _show_verdict(console: Console, article: Article, verdict: Verdict, *, of_page: bool) -> None:
    sign = "≥" if verdict.matched else "<" if verdict.score < verdict.threshold else "not matched at"
    style = "bold green" if verdict.matched else "dim"
    line = Text(f"{verdict.topic}: {verdict.score:.2f} {sign} {verdict.threshold:.2f}", style=style)
    _row(console, "verdict", line)
    shown = tuple(e for e in verdict.evidence if not (of_page and e.field == "body"))
    for passage in _passages(article, shown):
        console.print(Text(" " * 14) + passage)
    # A page was read for the verdict only: of its text nothing is shown but the words that decided.
    words = ", ".join(
        dict.fromkeys(f"“{e.text}” [{e.rule} {e.weight:+.2g}]" for e in verdict.evidence if e not in shown)
    )
    if words:
        console.print(Text(f"{' ' * 14}on its page: {words}"))
    for evidence in verdict.ignored[:5]:
        console.print(Text(f"{' ' * 14}not counted: “{evidence.text}” ({evidence.rule})", style="dim"))


def _passages(article: Article, evidence: tuple[Evidence, ...], at_most: int = 4) -> list[Text]:
    """The sentences in which evidence stands, in order, with the evidence marked."""
    fields = {"title": article.title, "summary": article.summary, "body": article.body}
    passages = []
    for name, text in fields.items():
        places = [e for e in evidence if e.field == name]
        for start, end in sentences(text):
            inside = [e for e in places if start <= e.start and e.end <= end]
            if inside:
                passage = Text(text[start:end])
                for e in inside:
                    passage.stylize("bold yellow", e.start - start, e.end - start)
                rules = ", ".join(dict.fromkeys(f"{e.rule} {e.weight:+.2g}" for e in inside))
                passages.append(passage + Text(f"  [{rules}]", style="dim"))
    return passages[:at_most]


# -- sources --------------------------------------------------------------------------------------------------------


def sources_json(book: SourceBook, states: Mapping[str, SourceState], now: datetime) -> list[str]:
    """One line of JSON for each source of the book."""
    lines = []
    for source in book.sources:
        state = states.get(source.id, SourceState(source=source.id))
        found = health(source, states.get(source.id), now)
        lines.append(
            json.dumps(
                {
                    "id": source.id,
                    "status": found.status,
                    "reason": found.reason or None,
                    "last_ok": iso(state.last_ok),
                    "newest_item": iso(state.newest_item),
                    "next_check": iso(state.next_check),
                    "failures": state.failures,
                    "gaps": state.gaps,
                },
                ensure_ascii=False,
            )
        )
    return lines


def show_sources(console: Console, book: SourceBook, states: Mapping[str, SourceState], now: datetime) -> None:
    """The health of all sources as a table."""
    table = Table("source", "status", "last read", "newest item", "next look", "gaps", "what to know", box=None)
    for source in book.sources:
        state = states.get(source.id, SourceState(source=source.id))
        found = health(source, states.get(source.id), now)
        style = {"ok": "green", "new": "dim", "disabled": "dim"}.get(found.status, "bold yellow")
        table.add_row(
            source.id,
            Text(found.status, style=style),
            local(state.last_ok),
            local(state.newest_item),
            local(state.next_check) if source.enabled else "–",
            str(state.gaps),
            Text(found.reason),
        )
    console.print(table)


# -- held messages --------------------------------------------------------------------------------------------------


def held_json(message: Message, title: str) -> str:
    """One message that waits for a person as one line of JSON."""
    line = {
        "id": message.id,
        "chat": message.chat,
        "title": title,
        "since": iso(message.changed),
        "reason": message.reason,
    }
    return json.dumps(line, ensure_ascii=False)


def show_held(console: Console, waiting: Sequence[tuple[Message, str]]) -> None:
    """The messages that wait for a person, and how to decide about them."""
    if not waiting:
        console.print("no message waits for a decision", markup=False)
        return
    table = Table(box=None, header_style="bold")
    for heading in ("id", "chat", "held since", "message", "why"):
        table.add_column(heading)
    for message, title in waiting:
        row = (str(message.id), message.chat, local(message.changed), shorten(title, 80), shorten(message.reason, 120))
        table.add_row(*(Text(cell) for cell in row))
    console.print(table)
    console.print(
        "look into the chat, then: lintas uncertain --sent ID (it is there), --resend ID (it is not), --drop ID",
        markup=False,
    )
