"""`lintas run --once`: feeds in, articles stored, posts out, and nothing new the second time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.acceptance.conftest import Program
from tests.doubles.web import Page, WebDouble

NOW = "2026-02-07T12:00:00Z"


def shown(preview: str) -> str:
    """What the preview printed, without its frame and its line breaks."""
    return " ".join(preview.replace("│", " ").split())


def feed(*items: tuple[str, str, str], date: str = "Sat, 07 Feb 2026 17:55:00 +0700") -> Page:
    """An RSS feed of (path, title, description)."""
    rows = "".join(
        f"<item><title>{title}</title><link>https://outlet.example{path}</link>"
        f"<description>{text}</description><pubDate>{date}</pubDate></item>"
        for path, title, text in items
    )
    return Page(f'<?xml version="1.0"?><rss version="2.0"><channel><title>x</title>{rows}</channel></rss>'.encode())


CROSSING = (
    "/film-ai",
    "Rumah produksi Indonesia dan studio Tiongkok teken MoU film animasi berbasis AI",
    "Rumah produksi asal Jakarta menandatangani nota kesepahaman dengan studio di Beijing untuk memproduksi film "
    "animasi dengan kecerdasan buatan. Kerja sama kedua negara itu dimulai tahun ini.",
)
FILM = (
    "/film",
    "Film horor terbaru sutradara muda tayang di bioskop mulai pekan depan",
    "Film produksi rumah produksi Bandung itu akan tayang di bioskop seluruh Indonesia. Sutradara berharap penonton "
    "datang ke bioskop.",
)
OTHER = ("/cabai", "Harga cabai di Pasar Minggu naik", "Pedagang mengeluhkan harga cabai yang naik sejak Senin pagi.")


def test_one_round_stores_posts_and_explains(newcomer: Program, web: WebDouble):
    """From nothing. A crossing is posted at once, a single topic waits for the round-up, the rest is only searchable."""
    web.pages["/rss"] = feed(CROSSING, FILM, OTHER)
    newcomer.write_book({"outlet": f"{web.url}/rss"})
    ran = newcomer.run("run", "--once", "--now", NOW, "--json")
    assert ran.code == 0, ran.err
    poll, total = ran.lines
    assert poll == {
        "source": "outlet",
        "status": "ok",
        "items": 3,
        "stored": 3,
        "changed": 0,
        "known": 0,
        "refused": [],
        "gap": False,
    }
    assert total == {"queued": 1, "sent": 1, "held": 0, "failed": 0}
    assert CROSSING[1] in shown(ran.err)
    assert FILM[1] not in shown(ran.err)
    found = newcomer.run("search", "cabai", "--json").lines
    assert [hit["title"] for hit in found] == [OTHER[1]]
    trace = json.loads(newcomer.run("explain", "https://outlet.example/film", "--json").out)
    assert trace["verdicts"]["film"]["matched"]
    assert [(post["route"], post["state"], post["message_id"]) for post in trace["posts"]] == [
        ("roundup", "waiting", None)
    ]


PAGE = (
    "<html><body><nav><a href=/>Beranda</a></nav><article><h1>Film animasi Si Kancil tayang di bioskop</h1>"
    "<p>Film animasi Si Kancil produksi rumah produksi Bandung tayang di bioskop mulai pekan depan di seluruh kota.</p>"
    "<p>Film itu hasil kerja sama produksi rumah produksi Indonesia dengan studio asal Korea Selatan, yang ditandatangani "
    "di Busan tahun lalu.</p><p>Kedua pihak menyiapkan tiga film lagi untuk penonton di Indonesia dan Korea Selatan.</p>"
    "</article><aside><ul><li>Pasar saham hari ini</li></ul></aside></body></html>"
)


@pytest.mark.parametrize(
    ("rights", "robots", "sent", "status"),
    [
        ("judge", "User-agent: *\nAllow: /", 1, "read"),
        ("judge", "User-agent: *\nDisallow: /", 0, "robots"),
        ("never", "User-agent: *\nAllow: /", 0, "not allowed"),
    ],
)
def test_a_page_decides_where_rights_and_robots_allow_it(program, web, rights, robots, sent, status):
    """The feed's two lines tell of a film only; its page tells of a co-production. The post quotes the feed."""
    item = (
        "/kancil",
        "Film animasi Si Kancil tayang di bioskop",
        "Film animasi Si Kancil tayang di bioskop pekan depan.",
    )
    web.pages["/rss"] = Page(feed(item).body.replace(b"https://outlet.example", web.url.encode()))
    web.pages["/robots.txt"] = Page(robots.encode(), "text/plain")
    web.pages["/kancil"] = Page(PAGE.encode(), "text/html; charset=utf-8")
    program.write_book({"outlet": f"{web.url}/rss"}, lines=("rights:", f"  page_text: {rights}"))
    ran = program.run("run", "--once", "--now", NOW, "--json")
    assert ran.lines[-1]["sent"] == sent, ran.err
    assert web.asked["/kancil"] == (1 if status == "read" else 0)
    trace = json.loads(program.run("explain", f"{web.url}/kancil", "--json").out)
    assert trace["fetch"]["page"]["status"] == status
    assert trace["verdicts"]["collaboration"]["matched"] is bool(sent)
    assert trace["article"]["summary"] == item[2]
    assert "Busan" not in shown(ran.err)
    assert program.run("search", "busan", "--json").lines == []
    if sent:
        told = shown(program.run("explain", f"{web.url}/kancil").out)
        assert "“kerja sama”" in told
        assert "ditandatangani" not in told, "of the page's sentences only the deciding words are shown"


def test_a_second_round_stores_nothing_and_queues_nothing(program: Program, web: WebDouble):
    """Whether the server speaks of changes or not."""
    web.pages["/a"] = feed(CROSSING, FILM, OTHER)
    web.pages["/b"] = Page(feed(CROSSING, FILM, OTHER).body, validators=False)
    program.write_book({"a": f"{web.url}/a", "b": f"{web.url}/b"})
    first = program.run("run", "--once", "--now", NOW, "--json").lines
    assert sum(line["stored"] for line in first[:-1]) == 3
    second = program.run("run", "--once", "--now", "2026-02-07T12:20:00Z", "--json")
    assert second.code == 0
    assert [(line["status"], line["stored"], line["changed"]) for line in second.lines[:-1]] == [
        ("unchanged", 0, 0)
    ] * 2
    assert second.lines[-1] == {"queued": 0, "sent": 0, "held": 0, "failed": 0}


def test_the_round_up_goes_out_when_its_time_has_come(program: Program, web: WebDouble):
    """What waited at noon UTC is bundled in the round that comes after 07:00 in Jakarta."""
    second = ("/film-2", "Festival film pendek di Yogyakarta menerima seribu karya", "Festival film pendek itu dibuka.")
    web.pages["/rss"] = feed(FILM, second)
    program.write_book({"outlet": f"{web.url}/rss"})
    assert program.run("run", "--once", "--now", NOW, "--json").lines[-1]["sent"] == 0
    ran = program.run("run", "--once", "--now", "2026-02-08T00:05:00Z", "--json")
    assert ran.lines[-1] == {"queued": 1, "sent": 1, "held": 0, "failed": 0}
    assert FILM[1] in shown(ran.err)
    assert second[1] in shown(ran.err)


def test_an_edited_title_updates_the_article(program: Program, web: WebDouble):
    web.pages["/rss"] = feed(FILM)
    program.write_book({"outlet": f"{web.url}/rss"})
    program.run("run", "--once", "--now", NOW, "--json")
    web.pages["/rss"] = feed((FILM[0], "Film horor sutradara muda tayang di bioskop pekan ini", FILM[2]))
    poll = program.run("run", "--once", "--now", "2026-02-07T12:20:00Z", "--json").lines[0]
    assert (poll["stored"], poll["changed"], poll["known"]) == (0, 1, 0)
    hits = program.run("search", "film horor", "--json").lines
    assert [hit["title"] for hit in hits] == ["Film horor sutradara muda tayang di bioskop pekan ini"]


@pytest.mark.parametrize(
    ("date", "reason"),
    [("Sat, 01 Nov 2025 10:00:00 +0700", "older than max_age"), ("Sat, 07 Feb 2026 17:55:00 +0700", "first")],
)
def test_old_news_and_all_but_the_first_of_a_new_source_are_kept_but_not_posted(program, web, date, reason):
    """`max_age` and `first` of the design."""
    many = [
        (f"{CROSSING[0]}-{n}", f"{CROSSING[1]} bagian {n} {w}", f"{w}. {CROSSING[2]}") for n, w in enumerate("abcd")
    ]
    web.pages["/rss"] = feed(*many, date=date)
    program.write_book({"outlet": f"{web.url}/rss"}, lines=("first: 1",))
    ran = program.run("run", "--once", "--now", NOW, "--json")
    assert ran.lines[0]["stored"] == 4
    assert ran.lines[-1]["sent"] == (0 if "Nov" in date else 1)


def test_bad_sources_get_one_clear_line_each_and_the_rest_goes_on(program: Program, web: WebDouble):
    """Unreachable, missing, HTML, private and huge ones beside one that is well."""
    web.pages["/good"] = feed(OTHER)
    web.pages["/html"] = Page(b"<!DOCTYPE html><html><body>Selamat datang</body></html>", "text/html")
    web.pages["/huge"] = Page(b"<rss><channel>" + b"<!-- x -->" * 1_200_000, validators=False)
    program.write_book(
        {
            "good": f"{web.url}/good",
            "html": f"{web.url}/html",
            "gone": f"{web.url}/nowhere",
            "huge": f"{web.url}/huge",
            "closed": "http://127.0.0.1:1/rss",
            "nobody": "https://nobody.invalid/rss",
        }
    )
    ran = program.run("run", "--once", "--now", NOW, "--json")
    assert ran.code == 0
    assert "Traceback" not in ran.err
    status = {line["source"]: line["status"] for line in ran.lines[:-1]}
    assert status["good"] == "ok"
    for name, word in {
        "html": "HTML",
        "gone": "404",
        "huge": "large",
        "closed": "does not take the connection",
        "nobody": "dns",
    }.items():
        assert word.casefold() in status[name].casefold(), status[name]


def test_a_loopback_source_is_refused_unless_its_network_is_allowed(program: Program, web: WebDouble):
    web.pages["/rss"] = feed(OTHER)
    program.write_book({"outlet": f"{web.url}/rss"})
    ran = program.run("run", "--once", "--now", NOW, "--json", LINTAS_ALLOW_NETWORKS="")
    assert ran.code == 1
    assert ran.lines[0]["status"] == "blocked: not public"
    assert not web.asked


def test_real_feeds_are_stored_whole_and_only_once(program: Program, web: WebDouble, shared: Path):
    """Every capture in one round: at least 99 % of the items with title and link are stored, then nothing more."""
    names = sorted(path.name for path in (shared / "feeds").glob("*.xml"))
    for name in names:
        web.pages[f"/{name}"] = Page((shared / "feeds" / name).read_bytes(), "text/xml", validators=False)
    program.write_book({name.removesuffix(".xml"): f"{web.url}/{name}" for name in names})
    first = program.run("run", "--once", "--now", "2026-06-08T00:00:00Z", "--json")
    assert first.code == 0, first.err
    assert "Traceback" not in first.err
    polls = first.lines[:-1]
    items = sum(line["items"] for line in polls)
    taken = sum(line["stored"] + line["known"] + line["changed"] for line in polls)
    assert items > 600
    assert taken + sum(len(line["refused"]) for line in polls) == items
    assert taken >= 0.99 * items
    second = program.run("run", "--once", "--now", "2026-06-08T00:20:00Z", "--json")
    assert sum(line["stored"] for line in second.lines[:-1]) == 0
    assert second.lines[-1]["queued"] == 0


def test_reading_needs_no_file_once_something_is_kept(program: Program, web: WebDouble):
    """Who polled with `--sources FILE` may search, explain and look at the sources without naming it again."""
    web.pages["/rss"] = feed(FILM)
    program.write_book({"outlet": f"{web.url}/rss"}).rename(program.folder / "elsewhere.yaml")
    assert program.run("run", "--once", "--now", NOW, "--sources", "elsewhere.yaml", "--json").code == 0
    assert [hit["title"] for hit in program.run("search", "film", "--json").lines] == [FILM[1]]
    assert json.loads(program.run("explain", "1", "--json").out)["article"]["title"] == FILM[1]
    assert [line["id"] for line in program.run("sources", "--json").lines] == ["outlet"]
    assert [line["id"] for line in program.run("sources", "--sources", "elsewhere.yaml", "--json").lines] == ["outlet"]
