"""Hostile headlines and texts, put into every place of a message; and what must hold of what is sent."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.render import digest_trees, from_json, plain_tree, post_tree, to_json, to_telegram
from bot.render.post import MOST_ENTITIES
from bot.render.text import units
from bot.render.tree import Tree, visible
from newsdesk.articles import Article, Identity
from newsdesk.messages import Card
from tests.doubles.tdlib import Unparsable, parse

AT = datetime(2026, 2, 7, 10, 55, tzinfo=UTC)
MOST_UNITS = 4_096


def _split(pieces: str) -> list[str]:
    return pieces.split("|")


MARKUP = _split(
    "<b>tebal</b>|</a></b></i>|<script>alert(1)</script>|<a href='tg://user?id=1'>x</a>|<tg-spoiler>|<|>|&|&lt;|&amp;amp;"
    '|&#60;b&#62;|&#x3C;|"|\'|<!--|]]>|<![CDATA[x]]>|<pre><code class="language-x">|<blockquote expandable>|</blockquote>'
    "|*tebal*|_miring_|[teks](tg://resolve?domain=x)|`kode`|~coret~|||rahasia|||\\|[bold]rich[/bold]|{{7*7}}|${jndi:x}|%s%n"
    "|javascript:alert(1)|tg://resolve?domain=x|@nama|/start|/perintah@bot|#tagar|#1|$USD|+62812345678|surel@a.example"
)
INVISIBLE = [
    *"\0\x07\x08\t\n\r\x0b\x0c\x1b\x7f\x80\x85\x9f\xa0\xad",
    *"\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069",
    *"\ufeff\ufff9\uffff\U000e0041\U000e007f\ue000\U0010ffff",
    "\x1b[31mmerah\x1b[0m",
    *("\u0333", "x\u033f", "x\u030a", "A\u030a", "\u2800", "\u3164", "\ufffc"),
]
HALVES = ["\ud800", "\udfff", "\udc00\ud800", "\ud83d", "\ude00"]
SCRIPTS = _split(
    "مرحبا بالعالم|שלום|你好世界|สวัสดี|नमस्ते|Здравствуй|한국 영화|日本語テスト|ǅenana|ﷺ|İIıi|ß|ﬁ|½|Å|Ａ"
    "|👩‍👩‍👧‍👦|👨🏿‍🚀|🏴󠁧󠁢󠁥󠁮󠁧󠁿|🇮🇩🇰🇷|🇮|❤️|😀|☕︎|👍🏻|🧑‍🤝‍🧑|Z̶͑a̴̍l̸͝g̷̀o̵̾|e\u0301|\u0301|\u20e3|1️⃣"
)
ENDLESS = [
    "a",
    "W",
    "\u0301",
    "😀",
    "👩‍👩‍👧‍👦",
    "🇮🇩",
    "<b>",
    "&",
    "\u202e",
    "\u200b",
    " ",
    "kata ",
    "你",
    "\u200d",
    "ﷺ",
    "x\u0301" * 4,
]
LINKS = [
    *(
        "https://news.example/1?a=1&b=2",
        "http://a.example/",
        "https://a.example/\"onclick='x'",
        "https://a.example/<b>",
    ),
    *(
        "javascript:alert(1)",
        "tg://user?id=1",
        "tg:resolve",
        "data:text/html,x",
        "ftp://a.example/",
        "",
        "/relatif",
        "x",
    ),
    *(
        "https://a.example/" + "p" * 1_900,
        "https://a.example/" + "p" * 5_000,
        "https://a.example/\u202e",
        "https://\ud800/",
    ),
    *(
        "https://a.example/&quot;&gt;",
        "https://a.example/a b",
        "https://a.example/\n",
        "HTTPS://A.EXAMPLE/",
        "https://你好.example/",
    ),
    *(
        "https://a.example/%00",
        "https://a.example/'",
        "https://a.example/\\",
        "https://a.example/😀",
        "javascript://a/%0ahttps://",
    ),
]
_WORDS = _split(
    "film kerja sama Indonesia Korea rilis AI menteri sutradara bioskop 2026 produksi dan dengan".replace(" ", "|")
)


def text(dice: random.Random) -> str:
    """A hostile text: a few pieces of any kind, or one of them over and over."""
    kind = dice.random()
    if kind < 0.03:
        return dice.choice(ENDLESS) * dice.choice((1, 60, 700, 3_000))
    if kind < 0.06:
        return ""
    pieces = []
    for _ in range(dice.choice((1, 2, 5, 12))):
        source = dice.choice((MARKUP, INVISIBLE, HALVES, SCRIPTS, _WORDS, _WORDS, _WORDS))
        pieces.append(dice.choice(source))
    if dice.random() < 0.2:
        pieces.append("".join(chr(dice.randrange(0x110000)) for _ in range(20)))
    return dice.choice(("", " ", " ")).join(pieces)


def card(dice: random.Random, number: int) -> Card:
    """A card with hostile text in every field that comes from outside."""
    article = Article(
        id=number,
        source=dice.choice(("antara", "a-b", text(dice))),
        outlet=text(dice),
        title=text(dice),
        url=dice.choice(LINKS),
        identity=Identity(url="https://news.example/1"),
        first_seen=AT,
        at=AT - timedelta(minutes=dice.randrange(10_000)),
        published=dice.choice((AT, None)),
        language=dice.choice(("id", "en", "", "zh-Hans", text(dice)[:9])),
    )
    return Card(
        post=number,
        story=number,
        article=article,
        topics=dice.choice(
            (("film",), ("ai", "collaboration"), (), (text(dice)[:40],), ("film", "ai", "collaboration"))
        ),
        countries=dice.choice(((), ("KR",), ("CN", "KR", "US", "XX", "", "<b>"))),
        also=tuple((text(dice), dice.choice(LINKS)) for _ in range(dice.choice((0, 0, 2, 9)))),
        follows=dice.choice((None, (text(dice), dice.choice(LINKS)))),
    )


def trees(dice: random.Random) -> list[Tree]:
    """The messages that a sender could make of hostile news: a post and its plain form, or a round-up."""
    if dice.random() < 0.95:
        tree = post_tree(card(dice, 1), text(dice))
        return [tree, plain_tree(tree)] if dice.random() < 0.2 else [tree]
    cards = [card(dice, number) for number in range(dice.choice((1, 3, 12)))]
    return [tree for tree, _ in digest_trees(cards, at=AT)]


# --- what must hold ---------------------------------------------------------------------------------------------------

_CONTROLS = re.compile(
    "[\0-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_BARRED = re.compile(r"""<a href=["'](?!https?://)""", re.IGNORECASE)


class Escape(Exception):
    """Something in a message that must not be there."""


def check(tree: Tree) -> None:
    """The message is accepted, says what its tree says, and keeps all limits. Raises Escape."""
    printed = to_telegram(tree)
    try:
        printed.html.encode("utf-8")
        seen, entities = parse(printed.html)
    except (Unparsable, UnicodeError) as error:
        raise Escape(f"not accepted: {error}") from error
    if seen != printed.plain or not seen.strip():
        raise Escape(f"shows {seen[:80]!a} and not {printed.plain[:80]!a}")
    if units(seen) > MOST_UNITS or len(entities) > MOST_ENTITIES:
        raise Escape(f"{units(seen)} units, {len(entities)} entities")
    if _CONTROLS.search(seen):
        raise Escape(f"shows {_CONTROLS.findall(seen)[:5]!a}")
    if _BARRED.search(printed.html) or any(not _web(entity) for entity in entities):
        raise Escape("a link that is none")
    if printed.preview is not None and not printed.preview.url.lower().startswith(("http://", "https://")):
        raise Escape("previews something else")
    if visible(from_json(to_json(tree))) != visible(tree):
        raise Escape("comes back from the database as another message")


def _web(entity: dict[str, object]) -> bool:
    return entity["type"] != "text_link" or str(entity["url"]).lower().startswith(("http://", "https://"))


@dataclass(slots=True)
class Tally:
    """What came of many messages."""

    messages: int = 0
    longest: int = 0
    escapes: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.messages += other.messages
        self.longest = max(self.longest, other.longest)
        self.escapes += other.escapes


def run(seed: str, count: int, examine: Callable[[Tree], None] = check) -> Tally:
    """Render and check at least so many messages of this seed."""
    tally, dice = Tally(), random.Random(seed)
    while tally.messages < count:
        try:
            made: Sequence[Tree] = trees(dice)
        except Exception as error:  # noqa: BLE001 (whatever comes out is what is looked for)
            tally.escapes.append(f"{seed} {tally.messages}: {error!r}")
            made = ()
        tally.messages += max(1, len(made))
        for tree in made:
            tally.longest = max(tally.longest, units(visible(tree)))
            try:
                examine(tree)
            except Exception as error:  # noqa: BLE001
                tally.escapes.append(f"{seed} {tally.messages}: {error!r}: {visible(tree)[:200]!a}")
    return tally
