"""Rendering: one tree, several printers, limits kept on purpose. Judged by an independent reading of Telegram's HTML."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.render import (
    digest_trees,
    from_json,
    phrases,
    plain_tree,
    post_tree,
    to_console,
    to_html,
    to_json,
    to_telegram,
    weekly_tree,
)
from bot.render.post import MOST_ENTITIES, MOST_MARKUP, MOST_VISIBLE, fits
from bot.render.text import clip, graphemes, tidy, units
from bot.render.tree import Bold, Button, Hashtag, Line, Link, Quote, Text, Tree, line, link, size, visible
from newsdesk.articles import Article, Identity
from newsdesk.messages import Card
from tests.doubles.tdlib import parse

AT = datetime(2026, 2, 7, 10, 55, tzinfo=UTC)
WIB = ZoneInfo("Asia/Jakarta")

HOSTILE = (
    "A & B <3 & co. <b>tebal</b>",
    "</a></b><script>alert(1)</script>",
    "&lt;i&gt; &amp;amp; &#60;",
    "\u202eterbalik\u202c \u200f\u2066isolasi\u2069 \ufeff\u200b",
    "kontrol \x00\x07\x1b[31mmerah\x1b[0m \x9f",
    "👩‍👩‍👧‍👦" * 300,
    "Z" + "\u0301\u0327" * 200 + "algo",
    "🇮🇩🇰🇷" * 200,
    "[bold]rich[/bold] {jinja} {{7*7}} %s \\",
    "kata " * 900,
    "x" * 9000,
    "مرحبا بالعالم שלום 你好 สวัสดี " * 40,
    "\ud800 tanpa pasangan",
    "baris satu\nbaris dua\u2028baris tiga",
    "#film @nama /perintah https://tautan.example",
    "",
)


def article(title: str = "Judul", **changes: object) -> Article:
    whole = Article(
        id=1,
        source="antara",
        outlet="ANTARA",
        title=title,
        url="https://news.example/1?a=1&b=2",
        identity=Identity(url="https://news.example/1"),
        first_seen=AT,
        at=AT,
        published=AT,
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def card(title: str = "Judul", **changes: object) -> Card:
    whole = Card(
        post=1, story=1, article=article(title), topics=("film", "ai", "collaboration"), countries=("CN", "KR")
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def test_a_post_shows_all_that_a_reader_needs() -> None:
    """Headline, summary, outlet and time, countries, other outlets, earlier story, hashtags, in this order."""
    shown = post_tree(
        card(also=(("Detik", "https://d.example/1"),), follows=("Kabar awal", "https://k.example/0")), "Satu. Dua."
    )
    assert visible(shown) == (
        "Judul\n\nSatu. Dua.\n\nANTARA · Sabtu 7 Feb 2026, 17.55 WIB\n🇨🇳 Tiongkok · 🇰🇷 Korea Selatan\n"
        "Juga di: Detik\nTerkait: Kabar awal\n\n#film #AI #kolaborasi"
    )
    assert shown.preview is not None
    assert shown.preview.url == "https://news.example/1?a=1&b=2"
    assert to_telegram(shown).html.startswith('<b><a href="https://news.example/1?a=1&amp;b=2">Judul</a></b>\n\n')


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"language": "en"}, "Judul (EN)"),
        ({"language": "zh-Hans"}, "Judul (ZH)"),
        ({"published": None}, "ANTARA · terlihat Sabtu 7 Feb 2026"),
        ({"outlet": ""}, "antara · Sabtu"),
    ],
)
def test_what_is_not_usual_is_said(changes: dict[str, object], words: str) -> None:
    """Another language is tagged, a time that is only ours is called so, a nameless outlet goes by its source."""
    assert words in visible(post_tree(card(article=article(**changes)), ""))


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(70, "17.55 WIB · diperbarui 19.05 WIB"), (600, "17.55 WIB · diperbarui 8 Feb 03.55 WIB")],
)
def test_a_correction_says_when(minutes: int, words: str) -> None:
    """The time alone on the day of the publication, else with the day."""
    assert words in visible(post_tree(card(corrected=AT + timedelta(minutes=minutes)), ""))


@pytest.mark.parametrize(
    ("number", "words"),
    [(1, "Juga di: M0\n"), (3, "Juga di: M0, M1, M2\n"), (4, "Juga di: M0, M1, M2 (+1)\n"), (9, "M1, M2 (+6)\n")],
)
def test_other_outlets_are_named_and_counted(number: int, words: str) -> None:
    """Three by name, each a link to its own article; the rest by number."""
    also = tuple((f"M{n}", f"https://m{n}.example/1") for n in range(number))
    tree = post_tree(card(also=also, follows=("Kabar awal", "https://k.example/0")), "")
    assert words in visible(tree)
    html = to_telegram(tree).html
    assert [f"m{n}.example" in html for n in range(number)] == [n < 3 for n in range(number)]


@pytest.mark.parametrize("bot", ["", "lintas_bot", "a" * 32, "evil/../?x", "ñandu", "x y"])
def test_buttons_lead_to_the_page_and_into_the_private_chat(bot: str) -> None:
    """One row; deep links carry what Telegram takes, and only where the bot's name is one."""
    [row] = post_tree(card(article=article(id=123)), "", bot=bot).buttons
    assert (row[0].text, row[0].url) == ("Baca", "https://news.example/1?a=1&b=2")
    known = bot in ("lintas_bot", "a" * 32)
    links = [f"https://t.me/{bot}?start=rel_123", f"https://t.me/{bot}?start=why_123"]
    assert [button.url for button in row[1:]] == (links if known else [])
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,64}", url.partition("start=")[2]) for url in links)


def test_what_has_no_web_address_has_no_button_to_open_it() -> None:
    """No button rather than one that Telegram refuses."""
    assert post_tree(card(article=article(url="javascript:alert(1)")), "").buttons == ()


def test_a_follow_up_carries_what_it_answers() -> None:
    """In the tree and through the database; the plain version is an answer no more. Older contents read as they were."""
    tree = post_tree(card(answers=41), "")
    assert (to_telegram(tree).answers, from_json(to_json(tree))) == (41, tree)
    assert plain_tree(tree).answers is None
    assert "answers" not in to_json(post_tree(card(), ""))


def test_a_post_with_everything_keeps_every_limit() -> None:
    """The longest addresses, names and words at once."""
    also = tuple((f"Media {n} " + "x" * 80, "https://m.example/" + "u" * 590) for n in range(40))
    whole = card(
        "Judul " * 200,
        article=article("Judul " * 200, url="https://news.example/" + "a" * 1900, language="en", outlet="Media " * 40),
        also=also,
        follows=("Kabar " * 100, "https://k.example/" + "b" * 580),
        corrected=AT,
        countries=("CN", "KR", "US", "JP", "FR", "DE", "IN", "MY"),
        answers=1,
    )
    tree = post_tree(whole, "Kata " * 400, bot="lintas_bot")
    _holds(tree)
    text, entities = parse(to_telegram(tree).html)
    assert (units(text) <= 4096, len(entities) <= 100) == (True, True)


def test_a_long_summary_folds_into_an_expandable_quote() -> None:
    """A post still reads in ten seconds."""
    html = to_telegram(post_tree(card(), "Kalimat yang cukup panjang. " * 20)).html
    assert "<blockquote expandable>Kalimat" in html


@pytest.mark.parametrize("title", HOSTILE)
@pytest.mark.parametrize("where", ["title", "summary", "outlet", "also", "follows", "topic"])
def test_hostile_text_is_only_text(title: str, where: str) -> None:
    """Whatever stands in a feed: Telegram parses it back to exactly the visible words, within every limit."""
    cards = {
        "title": card(title),
        "outlet": card(article=article(outlet=title)),
        "also": card(also=((title, "https://a.example/"),) * 9),
        "follows": card(follows=(title, "https://a.example/")),
        "topic": card(topics=(title,)),
    }
    _holds(post_tree(cards.get(where, card()), title if where == "summary" else ""))


@given(st.text(max_size=600), st.text(max_size=1500))
@settings(max_examples=150, deadline=None)
def test_any_text_is_only_text(title: str, summary: str) -> None:
    """The same for whatever hypothesis thinks of."""
    _holds(post_tree(card(title), summary))


def _holds(tree: Tree) -> None:
    printed = to_telegram(tree)
    text, entities = parse(printed.html)
    assert text == printed.plain
    assert units(text) <= MOST_VISIBLE
    assert len(entities) <= MOST_ENTITIES
    assert len(printed.html) - len(text) <= MOST_MARKUP + 500
    assert fits(tree)
    assert not any(char in text for char in "\u202e\u202d\u2066\u2067\u200f\x00\x1b")
    assert from_json(to_json(tree)) == tree
    assert "\x1b" not in to_console(tree)
    _balanced(to_html(tree))


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in {"p", "br", "strong", "em", "a", "span", "blockquote", "details", "summary", "div"}
        assert all(name in {"class", "href", "rel"} for name, _ in attrs)
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def _balanced(html: str) -> None:
    tags = _Tags()
    tags.feed(html)
    assert tags.open == []


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "tg://resolve?domain=x",
        "ftp://a",
        "/relatif",
        "",
        "https://a b",
        'https://a"b',
        "x" * 3000,
    ],
)
def test_only_web_addresses_become_links(url: str) -> None:
    """Everything else stays plain words, and no preview is asked for."""
    tree = post_tree(card(article=article(url=url)), "")
    assert "<a" not in to_telegram(tree).html
    assert tree.preview is None
    with pytest.raises(ValueError, match="not an http"):
        Link((Text("x"),), url)


@pytest.mark.parametrize(
    ("code", "shown"),
    [("CN", "🇨🇳 Tiongkok"), ("HK", "🇭🇰 Hong Kong"), ("US", "🇺🇸 Amerika Serikat"), ("ZZ9", "ZZ9"), ("qq", "qq")],
)
def test_countries_have_flag_and_indonesian_name(code: str, shown: str) -> None:
    """By CLDR, shorter where a desk writes it shorter; an unknown code stays a code."""
    assert phrases.country(code) == shown


@pytest.mark.parametrize(
    ("zone", "shown"),
    [("Asia/Jakarta", "17.55 WIB"), ("Asia/Makassar", "18.55 WITA"), ("Asia/Jayapura", "19.55 WIT")],
)
def test_times_carry_the_zone_that_indonesians_write(zone: str, shown: str) -> None:
    """WIB, WITA, WIT, with a full stop in the time."""
    assert phrases.moment(AT, ZoneInfo(zone)) == f"Sabtu 7 Feb 2026, {shown}"


def test_a_digest_is_grouped_and_counts() -> None:
    """Crossings first, then each topic with its number, one line a story."""
    cards = [
        card("Satu", post=1, topics=("film",), countries=()),
        card("Dua", post=2, topics=("ai",), also=(("Detik", "https://d.example"),)),
        card("Tiga", post=3, topics=("film",), countries=()),
        card("Empat", post=4, topics=("film", "ai"), countries=()),
    ]
    [(tree, carried)] = digest_trees(cards, at=AT)
    assert visible(tree) == (
        "📰 Rangkuman · Sabtu 7 Feb 2026, 17.55 WIB · 4 berita\n\n✨ Beberapa topik (1)\n• Empat — ANTARA\n\n"
        "🎬 Film (2)\n• Satu — ANTARA\n• Tiga — ANTARA\n\n🤖 AI (1)\n• Dua — ANTARA +1 🇨🇳🇰🇷\n\n#film #AI"
    )
    assert [one.post for one in carried] == [4, 1, 3, 2]
    assert tree.preview is None


@given(st.lists(st.tuples(st.text(max_size=250), st.integers(0, 1500), st.integers(0, 2)), min_size=1, max_size=60))
@settings(max_examples=40, deadline=None)
def test_a_digest_loses_nothing_and_keeps_every_limit(stories: list[tuple[str, int, int]]) -> None:
    """However many and however long: every story is carried once, every message within all limits."""
    cards = [
        card(
            title,
            post=number,
            article=article(title, url="https://n.example/" + "u" * length),
            topics=(phrases_topic(kind),),
        )
        for number, (title, length, kind) in enumerate(stories)
    ]
    messages = digest_trees(cards, at=AT)
    assert sorted(one.post for _, carried in messages for one in carried) == list(range(len(stories)))
    for tree, _ in messages:
        assert fits(tree)
        text, entities = parse(to_telegram(tree).html)
        assert text == to_telegram(tree).plain
        assert len(entities) <= MOST_ENTITIES


def phrases_topic(kind: int) -> str:
    return ("film", "ai", "collaboration")[kind]


def test_plain_words_need_no_parsing() -> None:
    """What is sent when markup is refused has none, and says the address."""
    plain = plain_tree(post_tree(card("A <3 B"), "Ringkas."))
    printed = to_telegram(plain)
    assert not printed.marked
    assert printed.plain.startswith("A <3 B\n\nRingkas.")
    assert printed.plain.endswith("https://news.example/1?a=1&b=2")


@pytest.mark.parametrize(
    ("text", "most", "cut"),
    [
        ("pendek", 10, "pendek"),
        ("kata kata kata", 11, "kata kata…"),
        ("kata kata kata", 10, "kata kata…"),
        ("tanpaspasisamasekali", 6, "tanpa…"),
        ("👨‍👩‍👧👨‍👩‍👧", 10, "👨‍👩‍👧…"),
        ("🇮🇩🇰🇷", 6, "🇮🇩…"),
        ("e\u0301e\u0301e\u0301", 4, "e\u0301…"),
    ],
)
def test_text_is_cut_between_words_or_graphemes(text: str, most: int, cut: str) -> None:
    """Never inside a character that a reader sees as one, never over the limit."""
    assert clip(text, most) == cut
    assert units(cut) <= most


@given(st.text(max_size=200), st.integers(1, 50))
def test_a_cut_is_never_longer_than_asked(text: str, most: int) -> None:
    """In UTF-16 units, the ellipsis included; graphemes together make the text again."""
    assert units(clip(text, most)) <= most
    assert "".join(graphemes(text)) == text


def test_units_count_as_telegram_does() -> None:
    """Characters beyond the basic plane count two."""
    assert units("aé你") == 3
    assert units("😀🇮🇩") == 6


@pytest.mark.parametrize(
    ("word", "tag"), [("film", "film"), ("a-b c", "a_b_c"), ("2024", "t2024"), ("", "t"), ("kerja sama!", "kerja_sama")]
)
def test_hashtags_are_what_telegram_recognises(word: str, tag: str) -> None:
    """Letters, digits, underscores; not digits alone."""
    assert Hashtag(word).word == tag


def test_tidy_text_keeps_joined_emoji_and_drops_the_rest() -> None:
    """Joiners stay, marks are limited, white space becomes single spaces."""
    assert tidy("👩‍👧 \n\t x\u00ad\u200by") == "👩‍👧 xy"
    assert tidy("a" + "\u0301" * 50) == "á" + "\u0301" * 3 or len(tidy("a" + "\u0301" * 50)) <= 5


def test_size_counts_the_tree_before_tags() -> None:
    """Visible units, entities, and what the markup will take at most."""
    tree = Tree((Line((Bold((link("judul", "https://a.example/"),)),)), Quote((line("kutip 😀"),), expandable=True)))
    measured = size(tree)
    assert measured.visible == len("judul\nkutip ") + 2
    assert measured.entities == 3
    assert measured.markup >= len(to_telegram(tree).html) - len(visible(tree))


@pytest.mark.parametrize(
    "bad", ["", "[]", "{}", '{"v":2,"blocks":[],"preview":null,"buttons":[],"silent":false}', '{"v":1}']
)
def test_what_is_no_tree_is_refused(bad: str) -> None:
    """A content that this program did not write is a ValueError, nothing else."""
    with pytest.raises(ValueError, match=r"tree|Expecting"):
        from_json(bad)


def test_a_button_has_one_purpose_within_telegrams_limit() -> None:
    """An address or data of at most 64 bytes."""
    for wrong in ({"url": "https://a", "data": "x"}, {}, {"url": "javascript:x"}, {"data": "é" * 33}):
        with pytest.raises(ValueError, match=r"button|address|bytes"):
            Button("x", **wrong)


# --- the look back at a week ----------------------------------------------------------------------------------------------


def weekly_text(cards: list[Card], chat: str = "-1001234567890") -> str:
    return visible(weekly_tree(cards, slot=AT, chat=chat, zone=WIB))


def test_a_look_back_is_a_list_by_rank() -> None:
    """Headline, topics, the outlet that is quoted, how many there are, flags; in the order given."""
    many = replace(
        card("Judul satu", countries=("KR", "CN")), also=(("RMOL", "https://rmol.example/1"),), topics=("film", "ai")
    )
    assert weekly_text([many, replace(card("Judul dua"), topics=("ai",), countries=())]) == (
        "📅 Sepekan · 1–7 Feb 2026 · 2 berita\nYang paling banyak diberitakan:\n\n"
        "1. Judul satu\n🎬🤖 ANTARA · 2 media · 🇰🇷🇨🇳\n\n2. Judul dua\n🤖 ANTARA\n\n#film #AI"
    )


@pytest.mark.parametrize(
    ("chat", "stands", "first", "links"),
    [
        ("-1001234567890", 55, "https://t.me/c/1234567890/55", 2),
        ("-1001234567890", None, "https://news.example/1", 1),
        ("preview", 55, "https://news.example/1", 1),
        ("-4242", 55, "https://news.example/1", 1),
    ],
)
def test_a_headline_leads_to_the_channels_own_post(chat: str, stands: int | None, first: str, links: int) -> None:
    """Where its address is known; the outlet's name leads to its page then."""
    told = replace(card("Judul"), stands=stands)
    told = replace(told, article=replace(told.article, url="https://news.example/1"))
    html = to_telegram(weekly_tree([told], slot=AT, chat=chat, zone=WIB)).html
    assert re.findall(r'href="([^"]+)"', html)[0] == first
    assert html.count("<a ") == links


@given(st.lists(st.sampled_from(HOSTILE), min_size=1, max_size=20))
@settings(max_examples=25, deadline=None)
def test_a_look_back_keeps_every_limit(titles: list[str]) -> None:
    """Whatever twenty stories are called, nothing is left out and Telegram can read it."""
    cards = [replace(card(title, countries=("KR", "CN", "JP", "US")), stands=7) for title in titles]
    tree = weekly_tree(cards, slot=AT, chat="-1001234567890", zone=WIB)
    assert fits(tree)
    text, _ = parse(to_telegram(tree).html)
    assert text.count("\n\n") >= len(cards)
    assert from_json(to_json(tree)) == tree


@pytest.mark.parametrize("title", [60, 90, 140, 200])
def test_no_headline_of_a_list_is_cut_within_a_word(title: int) -> None:
    """Long words of officialese included; only what has no spaces is cut between two characters."""
    words = "Pertanggungjawaban penyelenggaraan pascaproduksi berkesinambungan mempertanggungjawabkan ketidakseimbangan"
    text = " ".join([words] * 4)
    for start in range(40):
        head = clip(text[start:], title)
        assert head.endswith("…")
        assert text[start:].startswith(head.removesuffix("…"))
        assert text[start + len(head) - 1] == " "
    assert units(clip("字" * 300, title)) == title
