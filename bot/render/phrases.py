"""Every word that people read in messages and answers, in Indonesian, in one place; those of the operators' commands
and of /trend stand in orderphrases.py and trendphrases.py beside it.

Message catalogues can take the place of all three: nothing else holds a sentence for readers.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_time, get_timezone_name

from newsdesk.language.countries import country_name

LANGUAGE = "id"
PRODUCT = "Lintas Layar"
_LOCALE = Locale(LANGUAGE)

TOPIC_NAMES = {"film": "Film", "ai": "AI", "collaboration": "Kolaborasi"}
TOPIC_TAGS = {"film": "film", "ai": "AI", "collaboration": "kolaborasi"}
TOPIC_ICONS = {"film": "🎬", "ai": "🤖", "collaboration": "🤝"}

ALSO_AT = "Juga di: "
FOLLOWS = "Terkait: "
FIRST_SEEN = "terlihat"
EDITED = "diperbarui"
POST_READ = "Baca"
POST_RELATED = "Terkait"
POST_WHY = "Mengapa?"
"""Below a post, in one row: short, so that a phone shows them whole."""
UNTITLED = "Tanpa judul"
DIGEST = "Rangkuman"
DIGEST_MORE = "Rangkuman (lanjutan)"
SEVERAL = "Beberapa topik"


def home_zone() -> ZoneInfo:
    """The zone of the readers: WIB. A function, since naming a zone opens its file."""
    return ZoneInfo("Asia/Jakarta")


def topic_name(topic: str) -> str:
    """The topic as people call it."""
    return TOPIC_NAMES.get(topic, topic.replace("-", " ").capitalize())


def topic_tag(topic: str) -> str:
    """The topic's hashtag, without #."""
    return TOPIC_TAGS.get(topic, topic)


def topic_called(name: str, topics: Sequence[str]) -> str | None:
    """Which of the topics people mean by an id, a name or a hashtag; None for one that is not known."""
    wanted = name.strip().removeprefix("#").casefold()
    for topic in topics:
        if wanted in (topic, topic_name(topic).casefold(), topic_tag(topic).casefold()):
            return topic
    return None


def topic_icon(topic: str) -> str:
    """A sign that stands for the topic in headings."""
    return TOPIC_ICONS.get(topic, "📌")


def country(code: str) -> str:
    """Flag and Indonesian name of an ISO 3166 alpha-2 code, by CLDR; the code itself where there is none."""
    name = country_name(code)
    if name == code or len(code) != 2 or not (code.isascii() and code.isalpha() and code.isupper()):
        return code
    return "".join(chr(0x1F1E6 + ord(letter) - ord("A")) for letter in code) + f" {name}"


def moment(at: datetime, zone: ZoneInfo) -> str:
    """Day and time with the zone's Indonesian name: ``Sabtu 7 Feb 2026, 17.55 WIB``."""
    local = at.astimezone(zone)
    day = format_datetime(local, "EEEE d MMM y, HH.mm", tzinfo=zone, locale=_LOCALE)
    return f"{day} {_zone_name(local)}"


def short_moment(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    """The time alone today, else day and month, with the year when it is another one."""
    local, today = at.astimezone(zone), now.astimezone(zone)
    if local.date() == today.date():
        return f"{clock_time(at, zone)} {_zone_name(local)}"
    return format_date(local, "d MMM" if local.year == today.year else "d MMM y", locale=_LOCALE)


def clock_time(at: datetime, zone: ZoneInfo) -> str:
    """``17.55``."""
    return format_time(at.astimezone(zone), "HH.mm", tzinfo=zone, locale=_LOCALE)


def _zone_name(local: datetime) -> str:
    return get_timezone_name(local, width="short", locale=_LOCALE)


def stories(number: int) -> str:
    """``3 berita``: Indonesian has no plural ending."""
    return f"{number} berita"


def outlets_more(number: int) -> str:
    """Further outlets that are not named."""
    return f" (+{number})"


def updated(at: datetime, zone: ZoneInfo, published: datetime) -> str:
    """``diperbarui 14.05 WIB``, with the day where it is not that of the publication."""
    local = at.astimezone(zone)
    day = "" if local.date() == published.astimezone(zone).date() else format_date(local, "d MMM ", locale=_LOCALE)
    return f"{EDITED} {day}{clock_time(at, zone)} {_zone_name(local)}"


def listed(words: Sequence[str]) -> str:
    """``a, b dan c``."""
    return " dan ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


# --- Answers in chat -------------------------------------------------------------------------------------------

START = "Selamat datang di Lintas Layar."
START_WHAT = (
    "Saya membaca kantor berita dan media Indonesia sepanjang hari, memilih kabar tentang film, AI, dan kerja sama "
    "lintas negara, lalu meringkasnya dengan sumbernya."
)
HELP_TITLE = "Yang bisa Anda minta"
HELP_TIPS_TITLE = "Mencari dengan tepat"
HELP_TIPS = (
    ("film korea", "semua kata harus ada; imbuhan dan padanan (Tiongkok = China, Korsel) ikut dicari"),
    ('"rumah produksi"', "kata-kata yang berurutan"),
    ("-sepak", "tanpa kata itu"),
    ("drama OR serial", "salah satu dari keduanya"),
    ("topic:ai source:antara-terkini country:KR", "hanya topik, sumber, atau negara itu"),
    ("since:2026-01-01 until:2026-01-31", "rentang tanggal; 7d = tujuh hari terakhir"),
)
COMMANDS: tuple[tuple[str, str], ...] = (
    ("search", "Cari berita: /search film korea"),
    ("latest", "Berita terbaru: /latest atau /latest film"),
    ("trend", "Tren sebagai gambar: /trend atau /trend film 30d"),
    ("topics", "Topik yang dipantau"),
    ("sources", "Sumber yang dibaca dan keadaannya"),
    ("why", "Mengapa sebuah berita dipilih: /why nomor atau tautan"),
    ("help", "Cara memakai bot ini"),
    ("start", "Mulai"),
)
"""Command names with what Telegram's menu says of each."""

SEARCH_EMPTY = "Cari apa? Tulis kata-katanya di belakang perintah, misalnya:"
SEARCH_EXAMPLES = ("/search film korea", '/search "kecerdasan buatan" sutradara', "/search topic:collaboration 7d")
SEARCH_NOTHING = "Tidak ada berita yang cocok dengan"
SEARCH_NOTHING_TIPS = (
    "Periksa ejaannya, atau coba kata lain; padanan Indonesia dan Inggris sudah ikut dicari.",
    "Lihat yang terbaru: /latest",
)
SEE_SOURCES = "Daftarnya: /sources"
SEARCH_ODD = "Tidak ada kata yang bisa dicari di"
SEARCH_TOO_LONG = "Pertanyaan itu terlalu panjang. Beberapa kata saja sudah cukup."
SEARCH_NOTES = {
    "only the beginning was read": "hanya bagian awal yang dibaca",
    "too many words, these were left out": "terlalu banyak kata, ini tidak dihitung",
    "unknown topic": "topik tidak dikenal",
    "unknown source": "sumber tidak dikenal",
    "unknown country": "negara tidak dikenal",
    "cannot exclude a topic": "topik tidak bisa dikecualikan",
    "cannot exclude a source": "sumber tidak bisa dikecualikan",
    "cannot exclude a country": "negara tidak bisa dikecualikan",
    "not a date": "bukan tanggal",
    "since is later than until, so they were exchanged": "since lebih akhir daripada until, jadi ditukar",
    "unknown order": "urutan tidak dikenal",
}
"""What a reading of a query may remark, as newsdesk.search words it."""
LATEST = "Berita terbaru"
LATEST_NOTHING = "Belum ada berita"
TOPICS_TITLE = "Topik yang dipantau"
UNKNOWN_TOPIC = "Topik itu tidak dikenal:"
SOURCES_TITLE = "Sumber"
SOURCES_NONE = "Belum ada sumber yang terdaftar."
WHY_HOW = "Kirim nomor atau tautan beritanya, atau balas sebuah kiriman dengan /why. Contoh:"
WHY_UNKNOWN = "Berita itu tidak ada dalam arsip:"
WHY_TITLE = "Mengapa berita ini?"
WHY_MATCHED = "cocok"
WHY_NOT_MATCHED = "tidak cocok"
WHY_IGNORED = "diabaikan"
WHY_STORY = "Juga diberitakan oleh: "
WHY_FOLLOWS = "Lanjutan dari: "
WHY_POSTS = "Kiriman: "
WHY_NO_POST = "Tidak dikirim ke kanal mana pun."
WHY_COUNTRIES = "Negara mitra: "
NO_LONGER = "Tombol ini sudah kedaluwarsa. Ulangi pencariannya."
NOT_YET = "Belum dibaca"
TROUBLE = "Maaf, ada gangguan. Coba lagi sebentar lagi."
ASKED_TOO_OFTEN = (
    "Pertanyaan Anda terlalu cepat bagi saya: paling banyak lima per menit. Tunggu sebentar, lalu tanyakan lagi."
)
ASKED_BY_MANY = "Sedang banyak sekali pertanyaan. Coba lagi sebentar lagi."
SEARCH_TOO_SLOW = "Pencarian itu terlalu lama. Tambahkan kata atau saringan, misalnya:"
UNKNOWN_COMMAND = "Perintah itu tidak saya kenal. Lihat /help."
NEWER = "‹ Sebelumnya"
OLDER = "Berikutnya ›"
EVERYTHING = "semua berita"
SORT_BEST = "Terbaik"
SORT_NEWEST = "Terbaru"
NEWEST_FIRST = "terbaru dulu"
PERIOD_NAMES = {"7d": "7 hari", "30d": "30 hari"}
DID_YOU_MEAN = "Mungkin maksud Anda:"
LET_GO = "Ada yang cocok jika satu syarat dilepas:"
TYPED_NOTHING = "Tidak ada yang cocok. Lihat saran"
TYPED_TOO_SLOW = "Terlalu lama. Tambahkan kata, atau cari di sini"
TYPED_TOO_OFTEN = "Terlalu cepat. Tunggu sebentar, lalu ketik lagi"
START_UNKNOWN = "Tautan itu tidak saya kenal, mungkin terpotong. Ini yang bisa Anda minta:"
RELATED_TITLE = "Berita terkait"
RELATED_ALSO = "Juga diberitakan oleh"
RELATED_BEFORE = "Lanjutan dari"
RELATED_AFTER = "Perkembangan berikutnya"
RELATED_NONE = "Belum ada media lain yang memberitakannya, dan belum ada lanjutannya."
RELATED_BUTTON = "🔗 Berita terkait"
WHY_BUTTON = "❓ Mengapa berita ini"

FIELD_NAMES = {"title": "judul", "summary": "ringkasan", "body": "isi"}
POST_STATES = {
    "waiting": "menunggu rangkuman",
    "queued": "dalam antrean",
    "sent": "terkirim",
    "failed": "gagal",
    "dropped": "tidak dikirim",
}


def search_title(text: str) -> str:
    """The heading of an answer to a search."""
    return f"🔎 {text}"


def found(total: int, at_most: int) -> str:
    """How many were found; counting stops somewhere."""
    return f"lebih dari {at_most} berita" if total >= at_most else stories(total)


def search_note(note: str, topics: Sequence[str] = ()) -> str:
    """What could not be used of a query, and what there is: ``topik tidak dikenal: olahraga. Yang ada: film dan ai.``"""
    what, _, part = note.partition(": ")
    said = f"{SEARCH_NOTES.get(what, what)}: {part}" if part else SEARCH_NOTES.get(what, what)
    instead = {"unknown topic": known_topics(topics), "unknown source": SEE_SOURCES}.get(what, "")
    return f"{said}. {instead}" if instead else said


def chosen(filters: Sequence[str]) -> str:
    """To what a search is narrowed: ``Hanya: Film · ANTARA · sejak 31 Jan``."""
    return f"Hanya: {' · '.join(filters)}"


def period(since: datetime | None, until: datetime | None, zone: ZoneInfo, now: datetime) -> str:
    """The days that a search is about; `until` is the moment behind the last."""
    first = "" if since is None else f"sejak {_day(since, zone, now)}"
    last = "" if until is None else f"sampai {_day(until - timedelta(seconds=1), zone, now)}"
    return " ".join(part for part in (first, last) if part)


def _day(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    local, today = at.astimezone(zone), now.astimezone(zone)
    return format_date(local, "d MMM" if local.year == today.year else "d MMM y", locale=_LOCALE)


def offered(search: str, number: int, at_most: int) -> str:
    """Another search and how much it finds: ``film korea (12)``."""
    return f"{search} ({number}{'+' if number >= at_most else ''})"


def without(part: str) -> str:
    """A search without one of its conditions."""
    return f"tanpa {part}"


def without_quotes(part: str) -> str:
    """A search for the words of a phrase, wherever they stand."""
    return f"{part} tanpa tanda kutip"


def typed_meant(search: str) -> str:
    """Above results for words that were put right."""
    return f"Mungkin maksud Anda: {search[:40]}"


def rest(number: int) -> str:
    """Behind a list that shows only its first: how many more there are."""
    return f" (dan {number} lagi)" if number > 0 else ""


def page_of(page: int, pages: int) -> str:
    """Where in the pages a reader is; `page` counts from 0."""
    return f"halaman {page + 1} dari {pages}"


def known_topics(topics: Sequence[str]) -> str:
    """What may stand behind /latest."""
    return f"Yang ada: {listed(topics)}." if topics else ""


# --- What the operator is told ----------------------------------------------------------------------------------


LISTENED_ELSEWHERE = (
    "Program lain memakai token bot ini dan menerima perintah orang: mungkin server lama masih berjalan. Saya berhenti "
    "mendengarkan dan mencoba lagi nanti; kiriman ke kanal tetap jalan. Matikan program lain itu, atau ganti tokennya "
    "lewat BotFather."
)


def webhook_elsewhere(host: str) -> str:
    """Updates go to a webhook, so none can be polled."""
    return (
        f"Perintah untuk bot ini dikirim ke webhook di {host}, jadi saya tidak menerimanya; kiriman ke kanal tetap "
        "jalan. Jika program di sana tidak dipakai lagi, panggil deleteWebhook dengan token bot ini; saya mencoba lagi "
        "nanti."
    )


def chat_gone(chat: str, reason: str) -> str:
    """A chat takes nothing now."""
    return (
        f"Kanal {chat} tidak menerima kiriman: {reason}. Antrean disimpan dan dicoba lagi nanti. "
        "Periksa apakah bot masih admin di sana."
    )


def chat_moved(chat: str, new: str) -> str:
    """A group became a supergroup and has a new number."""
    return f"Grup {chat} kini bernomor {new}. Tulis nomor baru itu sebagai chat di sources.yaml."


def poll_overruns(source: str, minutes: int) -> str:
    """A source's poll that does not end."""
    return (
        f"Pembacaan sumber {source} belum selesai setelah {minutes} menit; giliran berikutnya dilewati. "
        "Periksa log dan situs itu."
    )


RESOLUTIONS = {"sent": "Sudah terkirim", "resend": "Kirim ulang", "drop": "Buang"}
RESOLVED = {
    "sent": "✅ Dicatat sebagai sudah terkirim.",
    "resend": "🔁 Akan dikirim ulang.",
    "drop": "🗑 Dibuang, tidak dikirim lagi.",
}
OPERATORS_ONLY = "Hanya operator yang boleh memutuskan ini."
DECISION_EXPIRED = "Tombol ini sudah kedaluwarsa. Di server: lintas uncertain"


def message_held(number: int, chat: str, reason: str, headline: str = "", *, buttons: bool = False) -> str:
    """A message of unknown fate that a person must look at, and how to decide about it."""
    what = f"\n«{headline}»" if headline else ""
    how = (
        "Periksa kanalnya, lalu pilih (berlaku 72 jam):"
        if buttons
        else f"Periksa kanalnya, lalu di server: lintas uncertain --sent {number}, --resend {number} atau "
        f"--drop {number}. Dengan LINTAS_ADMINS tombolnya muncul di sini."
    )
    return f"Kiriman {number} ke {chat} mungkin sudah sampai, mungkin belum: {reason}.{what}\n{how}"


def settled(state: str) -> str:
    """Somebody, or the program, was quicker."""
    return f"Sudah diputuskan: {POST_STATES.get(state, state)}."


def message_failed(number: int, chat: str, reason: str) -> str:
    """A message that Telegram will never take."""
    return f"Kiriman {number} ke {chat} ditolak Telegram: {reason}."


def book_held(why: str, gone: str) -> str:
    """A changed sources.yaml takes much away, so it waits for a person."""
    said = f" Yang akan hilang: {gone}." if gone else ""
    return (
        f"sources.yaml yang baru belum dipakai ({why}); berkas lama tetap berlaku.{said} "
        "Perbaiki berkasnya, atau setujui dengan: lintas check --accept"
    )


def book_wrong(problems: Sequence[str]) -> str:
    """A changed sources.yaml has mistakes or cannot be read."""
    more = f" (dan {len(problems) - 3} lagi)" if len(problems) > 3 else ""
    return "sources.yaml yang baru tidak dipakai; berkas lama tetap berlaku.\n" + "\n".join(problems[:3]) + more


def book_removed(gone: str) -> str:
    """Sources that a new sources.yaml lists no more. What was read of them is still sent."""
    return f"sources.yaml diperbarui. Tidak lagi dibaca: {gone}. Yang sudah dibaca tetap dikirim."


def source_moved(source: str, old: str, new: str) -> str:
    """A source answers from another address, again and again."""
    return (
        f"{source} pindah untuk seterusnya dari {old[:500]} ke {new[:500]}. Berita tetap dibaca; tulis alamat baru itu "
        "di sources.yaml."
    )


def source_gone(source: str, address: str) -> str:
    """A source's server says that it was taken away for good."""
    return (
        f"{source} sudah dihapus untuk seterusnya, kata servernya (410): {address[:500]}. Mulai sekarang dilihat sekali "
        "sehari; hapus atau ganti sumber itu di sources.yaml."
    )


def identities_changed(source: str, held: int, why: str) -> str:
    """A source shows what it showed before as if it were new."""
    return (
        f"{source} tiba-tiba menampilkan berita lama sebagai berita baru ({why}). {held} berita disimpan dan bisa "
        "dicari, tetapi tidak dikirim; berita yang benar-benar baru tetap dikirim. Periksa sumber itu di sources.yaml."
    )
