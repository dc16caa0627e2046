"""The words of the operators' commands in chat, in Indonesian (see phrases.py)."""

from __future__ import annotations

from datetime import timedelta

COMMANDS: tuple[tuple[str, str], ...] = (
    ("status", "Keadaan mesin, antrean, dan kiriman"),
    ("pause", "Tahan semua kiriman: /pause atau /pause 2h"),
    ("resume", "Lanjutkan kiriman"),
    ("mute", "Jangan kirim dari satu sumber: /mute antara-terkini 1d"),
    ("unmute", "Kirim lagi dari sumber itu"),
    ("post", "Kirim sebuah berita sekarang: /post nomor atau tautan"),
    ("retract", "Tarik kembali kiriman: /retract nomor atau tautan, atau balas kirimannya"),
    ("uncertain", "Kiriman yang menunggu keputusan"),
    ("reload", "Periksa sources.yaml dan pakai sekarang"),
)
"""Command names with what Telegram's menu says of each to operators."""

STATUS = "Keadaan"
SOURCES_GOOD = "Semua sumber sehat"
NOTHING_PLANNED = "Antrean kosong"
PAUSED = "⏸ Kiriman ditahan"
MUTED = "🔇 Dibisukan"
PAUSE_ASK = "Tahan semua kiriman"
PAUSE_WHAT = "Berita tetap dibaca dan disimpan; yang menunggu dikirim setelah /resume. Pencarian tetap jalan."
PAUSE_HOW = "Tulis berapa lama, atau kosongkan sampai /resume:"
PAUSE_EXAMPLES = ("/pause", "/pause 30m", "/pause 2h", "/pause 1d")
RESUME_ASK = "Lanjutkan semua kiriman?"
NOT_PAUSED = "Kiriman tidak sedang ditahan."
MUTE_HOW = "Sumber mana? Tulis id-nya dari sources.yaml, dan kalau perlu berapa lama:"
MUTE_EXAMPLES = ("/mute antara-terkini", "/mute antara-terkini 2d")
UNMUTE_HOW = "Tidak ada yang dibisukan dengan nama itu."
POST_HOW = "Berita mana? Tulis nomornya atau tautannya, dan kalau perlu id rutenya:"
POST_EXAMPLES = ("/post 123", "/post 123 highlights")
POST_NONE = "Berita itu tidak ada dalam arsip."
POST_NO_ROUTE = "Tidak ada rute dengan nama itu."
POST_NO_STORY = "Berita itu tidak punya cerita yang bisa dikirim."
POST_THERE = "Cerita itu sudah ada di kanal itu, atau sedang menunggu dikirim."
NOTHING_HELD = "Tidak ada kiriman yang menunggu keputusan."
MORE_HELD = "Masih ada lagi; sisanya muncul setelah ini diputuskan."
RELOAD_SAME = "sources.yaml tidak berubah: berkas inilah yang berlaku."
RELOAD_WRONG = "sources.yaml ini belum bisa dipakai; berkas terakhir yang baik tetap berlaku."
RELOAD_SOON = "sources.yaml dibaca ulang dan berlaku dalam beberapa detik."
RELOAD_HELD = "sources.yaml ini menunggu persetujuan"
RELOAD_GONE = "Yang akan hilang"
YES = "Ya"
NO = "Batal"
YES_ACCEPT = "Setujui"
EXPIRES = "Tombol berlaku 10 menit, hanya untuk Anda."
CANCELLED = "Dibatalkan."
EXPIRED = "Tombol ini sudah kedaluwarsa. Ulangi perintahnya."
STRANGER = "Tombol ini hanya untuk operator yang memintanya."
DONE_RESUME = "▶️ Kiriman dilanjutkan."
DONE_POST = "📨 Masuk antrean."
DONE_ACCEPT = "✅ Disetujui; berlaku dalam beberapa detik."

_UNITS = ((86400, "hari"), (3600, "jam"), (60, "menit"))


def lasting(span: timedelta) -> str:
    """``2 hari 3 jam``: the two largest units; less than a minute is ``kurang dari semenit``."""
    seconds, parts = int(span.total_seconds()), []
    for unit, name in _UNITS:
        count, seconds = divmod(seconds, unit)
        if count:
            parts.append(f"{count} {name}")
    return " ".join(parts[:2]) or "kurang dari semenit"


def running(span: timedelta, version: str) -> str:
    """Since when, and what."""
    return f"Berjalan {lasting(span)} · versi {version}"


def sources_troubled(number: int, of: int) -> str:
    """How many sources fail."""
    return f"{number} dari {of} sumber bermasalah"


def articles(kept: str, stories: str) -> str:
    """How much is kept."""
    return f"Arsip: {kept} berita dalam {stories} cerita"


def queue(queued: int, sending: int, waiting: int, held: int, failed: int) -> list[str]:
    """What waits to be sent, by what it waits for; only what there is."""
    counted = (
        (queued, "antre"),
        (sending, "sedang dikirim"),
        (waiting, "menunggu rangkuman"),
        (held, "menunggu keputusan (/uncertain)"),
        (failed, "gagal"),
    )
    return [f"{number} {what}" for number, what in counted if number]


def last_post(when: str) -> str:
    """The newest post of a chat."""
    return f"kiriman terakhir {when}"


def rests(when: str, why: str) -> str:
    """A chat to which nothing is sent for a while."""
    return f"istirahat sampai {when} ({why})"


def size(mib: float) -> str:
    """How large the database is."""
    return f"Basis data: {mib:.0f} MiB" if mib >= 1 else "Basis data: kurang dari 1 MiB"


def held_until(when: str | None) -> str:
    """Until when an order holds."""
    return f"sampai {when}" if when else "sampai dicabut"


def mute_ask(name: str) -> str:
    """Before a source is muted."""
    return f"Bisukan {name}"


MUTE_WHAT = "Beritanya tetap dibaca dan bisa dicari, tetapi tidak dikirim."


def muted(name: str, until: str) -> str:
    """After a source was muted."""
    return f"🔇 {name} dibisukan {until}."


def unmuted(name: str) -> str:
    """After a source may be posted from again."""
    return f"🔊 {name} dikirim lagi."


def paused(until: str) -> str:
    """After posting was paused."""
    return f"⏸ Kiriman ditahan {until}."


def unknown_source(name: str, near: list[str]) -> str:
    """No such source; the nearest names."""
    return f"Tidak ada sumber “{name}”." + (f" Mungkin: {', '.join(near)}" if near else "")


def post_ask(route: str, chat: str) -> str:
    """Before an article is posted by hand."""
    return f"Kirim sekarang lewat rute {route} ke {chat}?"


def in_force(sources: int, routes: int) -> str:
    """What a file says."""
    return f"{sources} sumber, {routes} rute"


def held_message(number: int, chat: str, since: str) -> str:
    """One message that waits for a decision."""
    return f"Kiriman {number} ke {chat}, sejak {since}"
