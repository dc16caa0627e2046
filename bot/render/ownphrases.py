"""The words of what is a person's own: alerts, settings, privacy. In Indonesian (see phrases.py)."""

from __future__ import annotations

from collections.abc import Sequence

from bot.render.catalogues import Phrase, counted, say

COMMANDS: tuple[tuple[str, Phrase], ...] = (
    ("alert", Phrase("Simpan pencarian sebagai peringatan: /alert film korea")),
    ("subscribe", Phrase("Langganan topik, sumber, atau negara")),
    ("mine", Phrase("Peringatan dan langganan Anda")),
    ("settings", Phrase("Kapan dan bagaimana peringatan dikirim")),
    ("privacy", Phrase("Data Anda: apa yang disimpan, /export, /forget")),
)
"""Command names with what Telegram's menu says of each."""

FILTER_WORDS = {
    "topic": "topic",
    "topik": "topic",
    "话题": "topic",
    "source": "source",
    "sumber": "source",
    "来源": "source",
    "country": "country",
    "negara": "country",
    "国家": "country",
}
"""By what people call a kind of filter, in any of our languages."""

CHOICE_WORDS = {
    "digest": "digest",
    "rangkuman": "digest",
    "汇总": "digest",
    "quiet": "quiet",
    "tenang": "quiet",
    "免打扰": "quiet",
}
"""By what people call what they set in words, in any of our languages."""

SETTINGS_EXAMPLES = ("/settings digest 08:00 12:30 18:00", "/settings quiet 22:30 05:45")
SETTINGS_TITLE = Phrase("⚙️ Pengaturan")
LANGUAGE = Phrase("Bahasa")
PACE = Phrase("Pengiriman")
QUIET = Phrase("Jam tenang")
ZONE = Phrase("Zona waktu")
AT_ONCE = Phrase("langsung")
NO_QUIET = Phrase("tidak ada")
OTHER_TIMES = Phrase("Jam lain dapat ditulis:")
CHOSEN = Phrase("Tersimpan.")

ALERT_EXAMPLES = ("/alert film korea", '/alert "rumah produksi" country:JP', "/alert Drama = drama OR serial")
SUBSCRIBE_EXAMPLES = ("/subscribe topic film", "/subscribe country KR", "/subscribe source antara-terkini")

ALERT_HOW = Phrase("Tulis pencarian di belakang perintah; berita baru yang cocok akan dikirim ke sini. Contoh:")
SUBSCRIBE_HOW = Phrase("Pilih topik, atau tulis topik, sumber, atau negara di belakang perintah:")
SAVED_HOW = Phrase("Kapan dan bagaimana dikirim: /settings. Semua milik Anda: /mine")
NOTHING_SAVED = Phrase("Anda belum menyimpan apa pun. Pilih topik, atau simpan sebuah pencarian:")
MY_ALERTS = Phrase("🔔 Peringatan saya")
KEEP_SEARCH = Phrase("🔔 Simpan sebagai peringatan")
PAUSED = Phrase("dijeda")
UNNAMED = Phrase("Peringatan")
RESTS = Phrase("Dijeda.")
GOES_ON = Phrase("Dilanjutkan.")
DELETED = Phrase("Dihapus.")
GONE_ALREADY = Phrase("Peringatan itu sudah tidak ada.")
ONLY_IN_PRIVATE = Phrase("Itu hanya bisa di obrolan pribadi dengan saya.")
TO_PRIVATE = Phrase("Buka obrolan pribadi")

STAY = Phrase("Simpan semuanya")
STAYS = Phrase("Baik, semuanya tetap tersimpan.")
FAREWELL_HOW = Phrase("Tekan tombol ini atau tulis apa saja, dan semuanya tetap tersimpan.")

PRIVACY_TITLE = Phrase("🔒 Data Anda")
KEPT_OF_YOU = Phrase("Ini yang saya simpan, hanya untuk mengirim peringatan yang Anda minta:")
NOTHING_OF_YOU = Phrase(
    "Tentang Anda tidak ada yang saya simpan. Jika Anda menyimpan peringatan atau memilih pengaturan, ini yang disimpan, "
    "hanya untuk mengirim yang Anda minta:"
)
KEPT = (
    Phrase("nomor akun Telegram Anda"),
    Phrase("peringatan dan langganan Anda, dengan namanya"),
    Phrase("bahasa, jam, dan zona waktu yang Anda pilih, dan bahasa Telegram Anda"),
    Phrase("berita mana yang dikirim kepada Anda, dan kapan"),
    Phrase("hari terakhir Anda menulis atau menekan tombol"),
)
NOT_KEPT_TITLE = Phrase("Yang tidak disimpan")
NOT_KEPT = (
    Phrase("apa yang Anda cari dan tulis, selain peringatan yang Anda simpan"),
    Phrase("nama, nama pengguna, nomor telepon, dan foto Anda"),
    Phrase("catatan (log) tentang siapa mencari apa"),
)
RIGHTS = Phrase("Hak Anda: minta semuanya sebagai berkas, hapus semuanya, atau ubah:")
EXPORTED = Phrase("Semua yang saya simpan tentang Anda.")
FORGET_ASK = Phrase(
    "Hapus semua data Anda: peringatan, langganan, pengaturan, dan catatan kiriman? Ini tidak bisa dibatalkan."
)
FORGET_YES = Phrase("🗑 Ya, hapus semuanya")
FORGET_NO = Phrase("Batal")
FORGOTTEN = Phrase("Semua data Anda sudah dihapus. Percakapan ini dapat Anda hapus sendiri di Telegram.")


def for_alerts(names: Sequence[str], more: int) -> str:
    """Above a post or a round-up in a private chat: which saved searches it is for."""
    listed = ", ".join(names)
    if more:
        return say("🔔 Untuk peringatan Anda: {names} dan {more} lainnya", names=listed, more=more)
    return say("🔔 Untuk peringatan Anda: {names}", names=listed)


def saved(name: str) -> str:
    """A search was saved."""
    return say("🔔 Disimpan: {name}", name=name)


def there(name: str) -> str:
    """It was saved before."""
    return say("🔔 Sudah tersimpan: {name}", name=name)


def full(most: int) -> str:
    """There are as many as anybody may have."""
    return counted("Anda sudah punya {n} peringatan, itu batasnya. Hapus satu dulu: /mine", most)


def not_saved(asked: str) -> str:
    """What was asked cannot be saved."""
    return say("Belum bisa disimpan: {asked}", asked=asked)


def recently(number: int) -> str:
    """How many articles it would have brought within the last week."""
    return counted("Dalam 7 hari terakhir ada {n} berita yang cocok.", number)


def list_title(number: int) -> str:
    """Above the list of a person's alerts."""
    return counted("🔔 Peringatan Anda ({n})", number)


def unknown_subscription(asked: str) -> str:
    """Neither topic nor source nor country."""
    return say("Saya tidak mengenal topik, sumber, atau negara {asked}. Contoh:", asked=asked)


def deleted(name: str) -> str:
    """An alert was deleted by its name."""
    return say("Dihapus: {name}", name=name)


def nothing_of_that(asked: str) -> str:
    """There is no such alert to delete."""
    return say("Tidak ada peringatan {asked}.", asked=asked)


def digest_button(times: str) -> str:
    """Chooses round-ups at these times; each alert at once where there are none."""
    return say("📰 {times}", times=times) if times else say("⚡ Langsung")


def quiet_button(span: str) -> str:
    """Chooses these quiet hours."""
    return say("🌙 {span}", span=span) if span else say("🔔 Tanpa jam tenang")


def digest_at(times: str) -> str:
    """Alerts come as round-ups at these times."""
    return say("rangkuman pukul {times}", times=times)


def quiet_until(span: str) -> str:
    """Alerts of these hours come together at their end."""
    return say("{span}, lalu sekaligus", span=span)


def not_understood(asked: str) -> str:
    """A setting in words that cannot be read."""
    return say("Saya tidak mengerti {asked}. Contoh:", asked=asked)


def farewell(days: int, left: int) -> str:
    """To somebody who was not heard for long: what will happen, and when."""
    return say(
        "👋 Sudah lama Anda tidak menulis. Yang tersimpan tentang Anda dihapus setelah {days} hari tanpa kabar: "
        "{left} hari lagi.",
        days=days,
        left=left,
    )


def content_kept(days: int) -> str:
    """For how long the words of what was sent are kept."""
    return counted("isi kiriman selama {n} hari, agar tidak terkirim dua kali", days)


def idle(days: int) -> str:
    """After how long of silence all is deleted."""
    return counted(
        "semuanya paling lama sampai {n} hari sesudah Anda terakhir terdengar; sebelumnya Anda diberi tahu", days
    )


def contact(address: str) -> str:
    """How the operator is reached."""
    return say("Pengelola: {address}", address=address)
