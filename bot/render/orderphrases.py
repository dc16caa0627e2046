"""The words of the operators' commands in chat (see phrases.py)."""

from __future__ import annotations

from datetime import timedelta

from bot.render.catalogues import Phrase, counted, say

COMMANDS: tuple[tuple[str, Phrase], ...] = (
    ("status", Phrase("Keadaan mesin, antrean, dan kiriman")),
    ("pause", Phrase("Tahan semua kiriman: /pause atau /pause 2h")),
    ("resume", Phrase("Lanjutkan kiriman")),
    ("mute", Phrase("Jangan kirim dari satu sumber: /mute antara-terkini 1d")),
    ("unmute", Phrase("Kirim lagi dari sumber itu")),
    ("post", Phrase("Kirim sebuah berita sekarang: /post nomor atau tautan")),
    ("retract", Phrase("Tarik kembali kiriman: /retract nomor atau tautan, atau balas kirimannya")),
    ("uncertain", Phrase("Kiriman yang menunggu keputusan")),
    ("reload", Phrase("Periksa sources.yaml dan pakai sekarang")),
)
"""Command names with what Telegram's menu says of each to operators."""

STATUS = Phrase("Keadaan")
SOURCES_GOOD = Phrase("Semua sumber sehat")
NOTHING_PLANNED = Phrase("Antrean kosong")
PAUSED = Phrase("⏸ Kiriman ditahan")
MUTED = Phrase("🔇 Dibisukan")
PAUSE_ASK = Phrase("Tahan semua kiriman")
PAUSE_WHAT = Phrase("Berita tetap dibaca dan disimpan; yang menunggu dikirim setelah /resume. Pencarian tetap jalan.")
PAUSE_HOW = Phrase("Tulis berapa lama, atau kosongkan sampai /resume:")
PAUSE_EXAMPLES = ("/pause", "/pause 30m", "/pause 2h", "/pause 1d")
RESUME_ASK = Phrase("Lanjutkan semua kiriman?")
NOT_PAUSED = Phrase("Kiriman tidak sedang ditahan.")
MUTE_HOW = Phrase("Sumber mana? Tulis id-nya dari sources.yaml, dan kalau perlu berapa lama:")
MUTE_EXAMPLES = ("/mute antara-terkini", "/mute antara-terkini 2d")
UNMUTE_HOW = Phrase("Tidak ada yang dibisukan dengan nama itu.")
POST_HOW = Phrase("Berita mana? Tulis nomornya atau tautannya, dan kalau perlu id rutenya:")
POST_EXAMPLES = ("/post 123", "/post 123 highlights")
POST_NONE = Phrase("Berita itu tidak ada dalam arsip.")
POST_NO_ROUTE = Phrase("Tidak ada rute dengan nama itu.")
POST_NO_STORY = Phrase("Berita itu tidak punya cerita yang bisa dikirim.")
POST_THERE = Phrase("Cerita itu sudah ada di kanal itu, atau sedang menunggu dikirim.")
NOTHING_HELD = Phrase("Tidak ada kiriman yang menunggu keputusan.")
MORE_HELD = Phrase("Masih ada lagi; sisanya muncul setelah ini diputuskan.")
RELOAD_SAME = Phrase("sources.yaml tidak berubah: berkas inilah yang berlaku.")
RELOAD_WRONG = Phrase("sources.yaml ini belum bisa dipakai; berkas terakhir yang baik tetap berlaku.")
RELOAD_SOON = Phrase("sources.yaml dibaca ulang dan berlaku dalam beberapa detik.")
RELOAD_HELD = Phrase("sources.yaml ini menunggu persetujuan")
RELOAD_GONE = Phrase("Yang akan hilang")
YES = Phrase("Ya")
NO = Phrase("Batal")
YES_ACCEPT = Phrase("Setujui")
EXPIRES = Phrase("Tombol berlaku 10 menit, hanya untuk Anda.")
CANCELLED = Phrase("Dibatalkan.")
EXPIRED = Phrase("Tombol ini sudah kedaluwarsa. Ulangi perintahnya.")
STRANGER = Phrase("Tombol ini hanya untuk operator yang memintanya.")
DONE_RESUME = Phrase("▶️ Kiriman dilanjutkan.")
DONE_POST = Phrase("📨 Masuk antrean.")
DONE_ACCEPT = Phrase("✅ Disetujui; berlaku dalam beberapa detik.")


def lasting(span: timedelta) -> str:
    """``2 hari 3 jam``: the two largest units; less than a minute is ``kurang dari semenit``."""
    minutes = int(span.total_seconds()) // 60
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [
        *([counted("{n} hari", days)] if days else []),
        *([counted("{n} jam", hours)] if hours else []),
        *([counted("{n} menit", minutes)] if minutes else []),
    ]
    return " ".join(parts[:2]) or say("kurang dari semenit")


def running(span: timedelta, version: str) -> str:
    """Since when, and what."""
    return say("Berjalan {span} · versi {version}", span=lasting(span), version=version)


def file_in_force(name: str, digest: str, since: str | None) -> str:
    """Which content of the operator's file is in force: the beginning of its digest, as logs have it."""
    if since is None:
        return f"{name} {digest}"
    return say("{name} {digest} · berlaku sejak {since}", name=name, digest=digest, since=since)


FILE_DIFFERS = Phrase("⚠️ Berkas di disk lain dari yang berlaku: /reload")


def sources_troubled(number: int, of: int) -> str:
    """How many sources fail."""
    return counted("{n} dari {of} sumber bermasalah", number, of=of)


def articles(kept: str, stories: str) -> str:
    """How much is kept."""
    return say("Arsip: {kept} berita dalam {stories} cerita", kept=kept, stories=stories)


def queue(queued: int, sending: int, waiting: int, held: int, failed: int) -> list[str]:
    """What waits to be sent, by what it waits for; only what there is."""
    said = (
        (queued, say("{n} antre", n=queued)),
        (sending, say("{n} sedang dikirim", n=sending)),
        (waiting, say("{n} menunggu rangkuman", n=waiting)),
        (held, say("{n} menunggu keputusan (/uncertain)", n=held)),
        (failed, say("{n} gagal", n=failed)),
    )
    return [words for number, words in said if number]


def last_post(when: str) -> str:
    """The newest post of a chat."""
    return say("kiriman terakhir {when}", when=when)


def rests(when: str, why: str) -> str:
    """A chat to which nothing is sent for a while."""
    return say("istirahat sampai {when} ({why})", when=when, why=why)


def size(mib: float) -> str:
    """How large the database is."""
    return say("Basis data: {size} MiB", size=round(mib)) if mib >= 1 else say("Basis data: kurang dari 1 MiB")


def held_until(when: str | None) -> str:
    """Until when an order holds."""
    return say("sampai {when}", when=when) if when else say("sampai dicabut")


def mute_ask(name: str) -> str:
    """Before a source is muted."""
    return say("Bisukan {name}", name=name)


MUTE_WHAT = Phrase("Beritanya tetap dibaca dan bisa dicari, tetapi tidak dikirim.")


def muted(name: str, until: str) -> str:
    """After a source was muted."""
    return say("🔇 {name} dibisukan {until}.", name=name, until=until)


def unmuted(name: str) -> str:
    """After a source may be posted from again."""
    return say("🔊 {name} dikirim lagi.", name=name)


def paused(until: str) -> str:
    """After posting was paused."""
    return say("⏸ Kiriman ditahan {until}.", until=until)


def unknown_source(name: str, near: list[str]) -> str:
    """No such source; the nearest names."""
    said = [say("Tidak ada sumber “{name}”.", name=name)]
    return " ".join([*said, *([say("Mungkin: {names}", names=", ".join(near))] if near else [])])


def post_ask(route: str, chat: str) -> str:
    """Before an article is posted by hand."""
    return say("Kirim sekarang lewat rute {route} ke {chat}?", route=route, chat=chat)


def in_force(sources: int, routes: int) -> str:
    """What a file says."""
    return ", ".join((counted("{n} sumber", sources), counted("{n} rute", routes)))


def held_message(number: int, chat: str, since: str) -> str:
    """One message that waits for a decision."""
    return say("Kiriman {number} ke {chat}, sejak {since}", number=number, chat=chat, since=since)
