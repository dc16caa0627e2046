"""What the demo polls, when it takes place, and what it looks for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.config.book import default_routes
from newsdesk.sources import Listing, Source, SourceBook, SourceKind

NOW = datetime(2026, 2, 7, 12, 0, tzinfo=UTC)
"""Saturday, 7 February 2026, 19.00 WIB: all dates in the sample feeds are set around it."""

NEXT_MORNING = datetime(2026, 2, 8, 0, 5, tzinfo=UTC)
"""07.05 WIB on Sunday: the round-up's time has come."""

SEARCHES = ("film korea", "kecerdasan buatan", '"drama pendek"')
"""What the demo searches for: across languages and spellings, a synonym, a phrase."""

EXPLAINED = (
    "https://wartasejagat.example/ekonomi/861204/"
    "gandeng-migu-dari-tiongkok-imperial-pictures-bawa-teknologi-baru-ke-film-nasional"
)
"""The article that the demo explains: one event in three outlets, and the sequel of one ten days older."""

ALLOW_NETWORKS = ("127.0.0.0/8",)
"""The demo's server is no public address."""


def demo_book(base: str) -> SourceBook:
    """The sample outlets under the base URL of `demo_server`.

    To be polled in this order: the first outlet holds the story that others continue ten days later. Each may post all
    it has at first sight, and pages are never fetched.
    """
    sources = (
        _source(base, "jendela-timur", "Jendela Timur", "jendela-timur.atom"),
        _source(base, "warta-sejagat", "Warta Sejagat", "warta-sejagat.xml"),
        _source(base, "rana-harian", "Rana Harian", "rana-harian.xml"),
        replace(_source(base, "jakarta-reel", "Jakarta Reel", "jakarta-reel.xml"), language="en"),
        replace(_source(base, "suara-mahakam", "Suara Mahakam", "suara-mahakam.xml"), timezone="Asia/Makassar"),
        _source(base, "pusat-gawai", "Pusat Gawai", "pusat-gawai.atom"),
        _source(base, "kota-kita", "Kota Kita", "kota-kita.rdf"),
        replace(
            _source(base, "balik-tabir", "Balik Tabir", "balik-tabir.html"),
            kind=SourceKind.LISTING,
            listing=Listing(pattern="/{author}/{MMYY}/{slug}"),
        ),
    )
    return SourceBook(sources=sources, routes=default_routes(), digest="demo")


def _source(base: str, source_id: str, name: str, file: str) -> Source:
    return Source(id=source_id, name=name, url=f"{base}/{file}", every=timedelta(minutes=15), first=20)
