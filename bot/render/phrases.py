"""The words that people read in posts and answers, and what operators are told; further words stand in the modules
beside this one that are named after what they speak of. Nothing else holds a sentence for people.

They are written in Indonesian and said in the language of whoever is spoken with (see catalogues.py). Names, dates and
numbers follow CLDR.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_time, get_timezone_name
from babel.lists import format_list
from babel.numbers import format_decimal

from bot.render import ownphrases
from bot.render.catalogues import HOME, Phrase, counted, locale, say, spoken
from bot.render.text import shorten
from newsdesk.language.countries import country_name
from newsdesk.messages import NotSent

PRODUCT = "Lintas Layar"

TOPIC_NAMES = {"film": Phrase("Film"), "ai": Phrase("AI"), "collaboration": Phrase("Kolaborasi")}
TOPIC_TAGS = {"film": "film", "ai": "AI", "collaboration": "kolaborasi"}
TOPIC_ICONS = {"film": "🎬", "ai": "🤖", "collaboration": "🤝"}

ALSO_AT = Phrase("Juga di: ")
FOLLOWS = Phrase("Terkait: ")
FIRST_SEEN = Phrase("terlihat")
EDITED = Phrase("diperbarui")
POST_READ = Phrase("Baca")
POST_RELATED = Phrase("Terkait")
POST_WHY = Phrase("Mengapa?")
"""Below a post, in one row: short, so that a phone shows them whole."""
UNTITLED = Phrase("Tanpa judul")
DIGEST = Phrase("Rangkuman")
DIGEST_MORE = Phrase("Rangkuman (lanjutan)")
SEVERAL = Phrase("Beberapa topik")


def home_zone() -> ZoneInfo:
    """The zone of the readers: WIB. A function, since naming a zone opens its file."""
    return ZoneInfo("Asia/Jakarta")


def topic_name(topic: str) -> str:
    """The topic as people call it."""
    return str(TOPIC_NAMES[topic]) if topic in TOPIC_NAMES else topic.replace("-", " ").capitalize()


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
    """Flag and name of an ISO 3166 alpha-2 code, by CLDR; the code itself where there is none."""
    name = country_name(code, spoken())
    if name == code or len(code) != 2 or not (code.isascii() and code.isalpha() and code.isupper()):
        return code
    return "".join(chr(0x1F1E6 + ord(letter) - ord("A")) for letter in code) + f" {name}"


def moment(at: datetime, zone: ZoneInfo) -> str:
    """Day and time with the zone's Indonesian name: ``Sabtu 7 Feb 2026, 17.55 WIB``."""
    local = at.astimezone(zone)
    # Patterns are CLDR's (UTS 35, part 4); a catalogue orders and parts them as its language does.
    when = format_datetime(local, say("EEEE d MMM y, HH.mm"), tzinfo=zone, locale=locale())
    return f"{when} {_zone_name(local)}"


def short_moment(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    """The time alone today, else day and month, with the year when it is another one."""
    local, today = at.astimezone(zone), now.astimezone(zone)
    if local.date() == today.date():
        return f"{clock_time(at, zone)} {_zone_name(local)}"
    return _day(at, zone, now)


def clock_time(at: datetime, zone: ZoneInfo) -> str:
    """``17.55``."""
    return format_time(at.astimezone(zone), say("HH.mm"), tzinfo=zone, locale=locale())


def day_and_month(day: date) -> str:
    """``7 Feb``."""
    return format_date(day, say("d MMM"), locale=locale())


def number(value: float, digits: int = 0) -> str:
    """A number with the language's own marks: ``1.234`` or, with a digit behind the comma, ``4,5``."""
    return format_decimal(round(value, digits), "#,##0" + ("." + "0" * digits if digits else ""), locale=locale())


def _zone_name(local: datetime) -> str:
    return get_timezone_name(local, width="short", locale=HOME)  # WIB, WITA, WIT: the names that are used


def stories(number: int) -> str:
    """``3 berita``."""
    return counted("{n} berita", number)


def outlets_more(number: int) -> str:
    """Further outlets that are not named."""
    return f" (+{number})"


def updated(at: datetime, zone: ZoneInfo, published: datetime) -> str:
    """``diperbarui 14.05 WIB``, with the day where it is not that of the publication."""
    local = at.astimezone(zone)
    same = local.date() == published.astimezone(zone).date()
    when = f"{'' if same else f'{day_and_month(local)} '}{clock_time(at, zone)} {_zone_name(local)}"
    return say("diperbarui {when}", when=when)


def listed(words: Sequence[str]) -> str:
    """``a, b, dan c``."""
    return format_list(list(words), locale=locale())


# --- Answers in chat -------------------------------------------------------------------------------------------

ABOUT = Phrase(
    "Kabar film, AI, dan kerja sama lintas negara dari media Indonesia: diringkas, dengan sumbernya. Cari berita, dan "
    "lihat mengapa sebuah berita dipilih."
)
ABOUT_BRIEF = Phrase("Kabar film, AI, dan kerja sama lintas negara dari media Indonesia")
"""The bot's profile in Telegram: at most 512 and 120 characters."""
START = Phrase("Selamat datang di Lintas Layar.")
START_WHAT = Phrase(
    "Saya membaca kantor berita dan media Indonesia sepanjang hari, memilih kabar tentang film, AI, dan kerja sama "
    "lintas negara, lalu meringkasnya dengan sumbernya."
)
HELP_TITLE = Phrase("Yang bisa Anda minta")
HELP_TIPS_TITLE = Phrase("Mencari dengan tepat")
HELP_TIPS = (
    ("film korea", Phrase("semua kata harus ada; imbuhan dan padanan (Tiongkok = China, Korsel) ikut dicari")),
    ('"rumah produksi"', Phrase("kata-kata yang berurutan")),
    ("-sepak", Phrase("tanpa kata itu")),
    ("drama OR serial", Phrase("salah satu dari keduanya")),
    ("topic:ai source:antara-terkini country:KR", Phrase("hanya topik, sumber, atau negara itu")),
    ("since:2026-01-01 until:2026-01-31", Phrase("rentang tanggal; 7d = tujuh hari terakhir")),
)
COMMANDS: tuple[tuple[str, Phrase], ...] = (
    ("search", Phrase("Cari berita: /search film korea")),
    ("latest", Phrase("Berita terbaru: /latest atau /latest film")),
    ("trend", Phrase("Tren sebagai gambar: /trend atau /trend film 30d")),
    ("topics", Phrase("Topik yang dipantau")),
    ("sources", Phrase("Sumber yang dibaca dan keadaannya")),
    ("why", Phrase("Mengapa sebuah berita dipilih: /why nomor atau tautan")),
    *ownphrases.COMMANDS,
    ("language", Phrase("Bahasa jawaban: Indonesia, English, 中文")),
    ("help", Phrase("Cara memakai bot ini")),
    ("start", Phrase("Mulai")),
)
"""Command names with what Telegram's menu says of each."""
_PRIVATE = {name for name, _ in ownphrases.COMMANDS} | {"language", "start"}
GROUP_COMMANDS = tuple((name, what) for name, what in COMMANDS if name not in _PRIVATE)
"""Those that are answered in groups."""

LANGUAGE_ASK = Phrase("Dalam bahasa apa saya menjawab Anda?")
LANGUAGE_CHOSEN = Phrase("Baik, saya menjawab dalam bahasa Indonesia.")
LANGUAGE_FOLLOWS = Phrase("Baik, saya mengikuti bahasa Telegram Anda.")
LANGUAGE_OF_TELEGRAM = Phrase("Ikuti bahasa Telegram")
SEARCH_EMPTY = Phrase("Cari apa? Tulis kata-katanya di belakang perintah, misalnya:")
SEARCH_EXAMPLES = ("/search film korea", '/search "kecerdasan buatan" sutradara', "/search topic:collaboration 7d")
SEARCH_NOTHING = Phrase("Tidak ada berita yang cocok dengan")
SEARCH_NOTHING_TIPS = (
    Phrase("Periksa ejaannya, atau coba kata lain; padanan Indonesia dan Inggris sudah ikut dicari."),
    Phrase("Lihat yang terbaru: /latest"),
)
SEE_SOURCES = Phrase("Daftarnya: /sources")
SEARCH_ODD = Phrase("Tidak ada kata yang bisa dicari di")
SEARCH_TOO_LONG = Phrase("Pertanyaan itu terlalu panjang. Beberapa kata saja sudah cukup.")
SEARCH_NOTES = {
    "only the beginning was read": Phrase("hanya bagian awal yang dibaca"),
    "too many words, these were left out": Phrase("terlalu banyak kata, ini tidak dihitung"),
    "unknown topic": Phrase("topik tidak dikenal"),
    "unknown source": Phrase("sumber tidak dikenal"),
    "unknown country": Phrase("negara tidak dikenal"),
    "cannot exclude a topic": Phrase("topik tidak bisa dikecualikan"),
    "cannot exclude a source": Phrase("sumber tidak bisa dikecualikan"),
    "cannot exclude a country": Phrase("negara tidak bisa dikecualikan"),
    "not a date": Phrase("bukan tanggal"),
    "since is later than until, so they were exchanged": Phrase("since lebih akhir daripada until, jadi ditukar"),
    "unknown order": Phrase("urutan tidak dikenal"),
}
"""What a reading of a query may remark, as newsdesk.search words it."""
LATEST = Phrase("Berita terbaru")
LATEST_NOTHING = Phrase("Belum ada berita")
TOPICS_TITLE = Phrase("Topik yang dipantau")
UNKNOWN_TOPIC = Phrase("Topik itu tidak dikenal:")
SOURCES_TITLE = Phrase("Sumber")
SOURCES_NONE = Phrase("Belum ada sumber yang terdaftar.")
WHY_HOW = Phrase("Kirim nomor atau tautan beritanya, atau balas sebuah kiriman dengan /why. Contoh:")
WHY_UNKNOWN = Phrase("Berita itu tidak ada dalam arsip:")
WHY_TITLE = Phrase("Mengapa berita ini?")
WHY_MATCHED = Phrase("cocok")
WHY_NOT_MATCHED = Phrase("tidak cocok")
WHY_IGNORED = Phrase("diabaikan")
WHY_STORY = Phrase("Juga diberitakan oleh: ")
WHY_FOLLOWS = Phrase("Lanjutan dari: ")
WHY_POSTS = Phrase("Kiriman: ")
WHY_NO_POST = Phrase("Tidak dikirim ke kanal mana pun.")
WHY_COUNTRIES = Phrase("Negara mitra: ")
NO_LONGER = Phrase("Tombol ini sudah kedaluwarsa. Ulangi pencariannya.")
NOT_YET = Phrase("Belum dibaca")
TROUBLE = Phrase("Maaf, ada gangguan. Coba lagi sebentar lagi.")
ASKED_TOO_OFTEN = Phrase(
    "Pertanyaan Anda terlalu cepat bagi saya: paling banyak lima per menit. Tunggu sebentar, lalu tanyakan lagi."
)
ASKED_BY_MANY = Phrase("Sedang banyak sekali pertanyaan. Coba lagi sebentar lagi.")
SEARCH_TOO_SLOW = Phrase("Pencarian itu terlalu lama. Tambahkan kata atau saringan, misalnya:")
UNKNOWN_COMMAND = Phrase("Perintah itu tidak saya kenal. Lihat /help.")
NEWER = Phrase("‹ Sebelumnya")
OLDER = Phrase("Berikutnya ›")
EVERYTHING = Phrase("semua berita")
SORT_BEST = Phrase("Terbaik")
SORT_NEWEST = Phrase("Terbaru")
NEWEST_FIRST = Phrase("terbaru dulu")
PERIOD_NAMES = {"7d": Phrase("7 hari"), "30d": Phrase("30 hari")}
DID_YOU_MEAN = Phrase("Mungkin maksud Anda:")
LET_GO = Phrase("Ada yang cocok jika satu syarat dilepas:")
TYPED_NOTHING = Phrase("Tidak ada yang cocok. Lihat saran")
TYPED_TOO_SLOW = Phrase("Terlalu lama. Tambahkan kata, atau cari di sini")
TYPED_TOO_OFTEN = Phrase("Terlalu cepat. Tunggu sebentar, lalu ketik lagi")
START_UNKNOWN = Phrase("Tautan itu tidak saya kenal, mungkin terpotong. Ini yang bisa Anda minta:")
RELATED_TITLE = Phrase("Berita terkait")
RELATED_ALSO = Phrase("Juga diberitakan oleh")
RELATED_BEFORE = Phrase("Lanjutan dari")
RELATED_AFTER = Phrase("Perkembangan berikutnya")
RELATED_NONE = Phrase("Belum ada media lain yang memberitakannya, dan belum ada lanjutannya.")
RELATED_BUTTON = Phrase("🔗 Berita terkait")
WHY_BUTTON = Phrase("❓ Mengapa berita ini")

FIELD_NAMES = {"title": Phrase("judul"), "summary": Phrase("ringkasan"), "body": Phrase("isi")}
POST_STATES = {
    "waiting": Phrase("menunggu rangkuman"),
    "queued": Phrase("dalam antrean"),
    "sent": Phrase("terkirim"),
    "failed": Phrase("gagal"),
    "dropped": Phrase("tidak dikirim"),
}


NOT_SENT: dict[str, Phrase] = {
    NotSent.TAKEN_BACK: Phrase("ditarik kembali oleh operator"),
    NotSent.GIVEN_UP: Phrase("dilepas oleh operator"),
    NotSent.LOWER: Phrase("berita lain di rangkuman lebih utama"),
    NotSent.ARTICLE_GONE: Phrase("artikelnya tidak ada lagi"),
}


def not_sent(reason: str) -> str:
    """Why a post was not sent: in words of ours, or Telegram's own."""
    known = NOT_SENT.get(reason)
    return shorten(reason, 120) if known is None else str(known)


def language_unknown(name: str) -> str:
    """None of ours."""
    return say("Bahasa “{name}” belum saya kuasai. Yang ada:", name=name)


def scored(score: float, threshold: float) -> str:
    """A topic's score and what it takes to match."""
    return say("{score}; batas {threshold}", score=number(score, 1), threshold=number(threshold, 1))


def search_title(text: str) -> str:
    """The heading of an answer to a search."""
    return f"🔎 {text}"


def found(total: int, at_most: int) -> str:
    """How many were found; counting stops somewhere."""
    return say("lebih dari {n} berita", n=number(at_most)) if total >= at_most else stories(total)


def search_note(note: str, topics: Sequence[str] = ()) -> str:
    """What could not be used of a query, and what there is: ``topik tidak dikenal: olahraga. Yang ada: film dan ai.``"""
    what, _, part = note.partition(": ")
    said = str(SEARCH_NOTES.get(what, what)) + (f": {part}" if part else "")
    instead = {"unknown topic": known_topics(topics), "unknown source": str(SEE_SOURCES)}.get(what, "")
    return f"{said}. {instead}" if instead else said


def chosen(filters: Sequence[str]) -> str:
    """To what a search is narrowed: ``Hanya: Film · ANTARA · sejak 31 Jan``."""
    return say("Hanya: {filters}", filters=" · ".join(filters))


def period(since: datetime | None, until: datetime | None, zone: ZoneInfo, now: datetime) -> str:
    """The days that a search is about; `until` is the moment behind the last."""
    first = "" if since is None else _day(since, zone, now)
    last = "" if until is None else _day(until - timedelta(seconds=1), zone, now)
    if first and last:
        return say("sejak {first} sampai {last}", first=first, last=last)
    return say("sejak {day}", day=first) if first else say("sampai {day}", day=last) if last else ""


def _day(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    local, today = at.astimezone(zone), now.astimezone(zone)
    return day_and_month(local) if local.year == today.year else format_date(local, say("d MMM y"), locale=locale())


def offered(search: str, number: int, at_most: int) -> str:
    """Another search and how much it finds: ``film korea (12)``."""
    return f"{search} ({number}{'+' if number >= at_most else ''})"


def without(part: str) -> str:
    """A search without one of its conditions."""
    return say("tanpa {part}", part=part)


def without_quotes(part: str) -> str:
    """A search for the words of a phrase, wherever they stand."""
    return say("{part} tanpa tanda kutip", part=part)


def typed_meant(search: str) -> str:
    """Above results for words that were put right."""
    return f"{DID_YOU_MEAN} {search[:40]}"


def rest(number: int) -> str:
    """Behind a list that shows only its first: how many more there are."""
    return counted(" (dan {n} lagi)", number) if number > 0 else ""


def page_of(page: int, pages: int) -> str:
    """Where in the pages a reader is; `page` counts from 0."""
    return say("halaman {page} dari {pages}", page=page + 1, pages=pages)


def known_topics(topics: Sequence[str]) -> str:
    """What may stand behind /latest."""
    return say("Yang ada: {topics}.", topics=listed(topics)) if topics else ""


# --- What the operator is told ----------------------------------------------------------------------------------


LISTENED_ELSEWHERE = Phrase(
    "Program lain memakai token bot ini dan menerima perintah orang: mungkin server lama masih berjalan. Saya berhenti "
    "mendengarkan dan mencoba lagi nanti; kiriman ke kanal tetap jalan. Matikan program lain itu, atau ganti tokennya "
    "lewat BotFather."
)


def webhook_elsewhere(host: str) -> str:
    """Updates go to a webhook, so none can be polled."""
    return say(
        "Perintah untuk bot ini dikirim ke webhook di {host}, jadi saya tidak menerimanya; kiriman ke kanal tetap "
        "jalan. Jika program di sana tidak dipakai lagi, panggil deleteWebhook dengan token bot ini; saya mencoba lagi "
        "nanti.",
        host=host,
    )


def chat_gone(chat: str, reason: str) -> str:
    """A chat takes nothing now."""
    return say(
        "Kanal {chat} tidak menerima kiriman: {reason}. Antrean disimpan dan dicoba lagi nanti. "
        "Periksa apakah bot masih admin di sana.",
        chat=chat,
        reason=reason,
    )


NO_PLACE = Phrase("bot tidak boleh menulis di sana lagi")


def chat_opened(chat: str) -> str:
    """A chat that took nothing takes posts again."""
    return say("Kanal {chat} menerima kiriman lagi; antreannya dikirim sekarang.", chat=chat)


def chat_offered(title: str, chat: str) -> str:
    """An operator let the bot into a chat that no route names."""
    return say(
        "Bot kini boleh menulis di {title}. Untuk mengirim berita ke sana, tulis nomor ini sebagai chat sebuah rute di "
        "sources.yaml: {chat}",
        title=shorten(title, 80),
        chat=chat,
    )


def chat_moved(chat: str, new: str) -> str:
    """A group became a supergroup and has a new number."""
    return say(
        "Grup {chat} kini bernomor {new}. Tulis nomor baru itu sebagai chat di sources.yaml.", chat=chat, new=new
    )


def poll_overruns(source: str, minutes: int) -> str:
    """A source's poll that does not end."""
    return counted(
        "Pembacaan sumber {source} belum selesai setelah {n} menit; giliran berikutnya dilewati. "
        "Periksa log dan situs itu.",
        minutes,
        source=source,
    )


def checking_myself(sign: str) -> str:
    """What stands in a channel for a moment while it is proved that messages can be looked up."""
    return say("Lintas Layar memeriksa diri, kiriman ini segera dihapus {sign}", sign=sign)


RESOLUTIONS = {"sent": Phrase("Sudah terkirim"), "resend": Phrase("Kirim ulang"), "drop": Phrase("Buang")}
RESOLVED = {
    "sent": Phrase("✅ Dicatat sebagai sudah terkirim."),
    "resend": Phrase("🔁 Akan dikirim ulang."),
    "drop": Phrase("🗑 Dibuang, tidak dikirim lagi."),
}
OPERATORS_ONLY = Phrase("Hanya operator yang boleh memutuskan ini.")
DECISION_EXPIRED = Phrase("Tombol ini sudah kedaluwarsa. Di server: lintas uncertain")


def message_held(number: int, chat: str, reason: str, headline: str = "", *, buttons: bool = False) -> str:
    """A message of unknown fate that a person must look at, and how to decide about it."""
    how = (
        say("Periksa kanalnya, lalu pilih (berlaku 72 jam):")
        if buttons
        else say(
            "Periksa kanalnya, lalu di server: lintas uncertain --sent {number}, --resend {number} atau "
            "--drop {number}. Dengan LINTAS_ADMINS tombolnya muncul di sini.",
            number=number,
        )
    )
    what = say(
        "Kiriman {number} ke {chat} mungkin sudah sampai, mungkin belum: {reason}.",
        number=number,
        chat=chat,
        reason=reason,
    )
    return "\n".join([what, *([f"«{headline}»"] if headline else []), how])


def settled(state: str) -> str:
    """Somebody, or the program, was quicker."""
    return say("Sudah diputuskan: {state}.", state=POST_STATES.get(state, state))


def message_failed(number: int, chat: str, reason: str) -> str:
    """A message that Telegram will never take."""
    return say("Kiriman {number} ke {chat} ditolak Telegram: {reason}.", number=number, chat=chat, reason=reason)


def book_held(why: str, gone: str) -> str:
    """A changed sources.yaml takes much away, so it waits for a person."""
    parts = [
        say("sources.yaml yang baru belum dipakai ({why}); berkas lama tetap berlaku.", why=why),
        *([say("Yang akan hilang: {gone}.", gone=gone)] if gone else []),
        say("Perbaiki berkasnya, atau setujui dengan: lintas check --accept"),
    ]
    return " ".join(parts)


def book_wrong(problems: Sequence[str]) -> str:
    """A changed sources.yaml has mistakes or cannot be read."""
    said = say("sources.yaml yang baru tidak dipakai; berkas lama tetap berlaku.")
    return "\n".join([said, *problems[:3]]) + rest(len(problems) - 3)


def book_removed(gone: str) -> str:
    """Sources that a new sources.yaml lists no more. What was read of them is still sent."""
    return say("sources.yaml diperbarui. Tidak lagi dibaca: {gone}. Yang sudah dibaca tetap dikirim.", gone=gone)


def source_moved(source: str, old: str, new: str) -> str:
    """A source answers from another address, again and again."""
    return say(
        "{source} pindah untuk seterusnya dari {old} ke {new}. Berita tetap dibaca; tulis alamat baru itu di "
        "sources.yaml.",
        source=source,
        old=old[:500],
        new=new[:500],
    )


def source_gone(source: str, address: str) -> str:
    """A source's server says that it was taken away for good."""
    return say(
        "{source} sudah dihapus untuk seterusnya, kata servernya (410): {address}. Mulai sekarang dilihat sekali "
        "sehari; hapus atau ganti sumber itu di sources.yaml.",
        source=source,
        address=address[:500],
    )


def identities_changed(source: str, held: int, why: str) -> str:
    """A source shows what it showed before as if it were new."""
    return counted(
        "{source} tiba-tiba menampilkan berita lama sebagai berita baru ({why}). {n} berita disimpan dan bisa dicari, "
        "tetapi tidak dikirim; berita yang benar-benar baru tetap dikirim. Periksa sumber itu di sources.yaml.",
        held,
        source=source,
        why=why,
    )
