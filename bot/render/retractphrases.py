"""The words about posts that are taken back, in Indonesian (see phrases.py)."""

from __future__ import annotations

from bot.render.catalogues import Phrase, counted, say
from bot.render.tree import post_url

HOW = Phrase(
    "Kiriman mana? Tulis nomor atau tautan beritanya, atau balas kirimannya (juga yang diteruskan) dengan /retract:"
)
EXAMPLES = ("/retract 123", "/retract https://…")
NONE = Phrase("Berita itu tidak ada dalam arsip.")
NOWHERE = Phrase("Cerita itu tidak ada di kanal mana pun, dan tidak menunggu dikirim.")
SEVERAL = Phrase("Kiriman itu memuat beberapa cerita. Yang mana?")
STRANGE = Phrase("Kiriman itu bukan dari saya, atau nomornya tidak saya kenal. Tulis nomor atau tautan beritanya.")
YES = Phrase("Tarik")
FOR_GOOD = Phrase("Cerita ini tidak dikirim lagi ke sana, kecuali dengan /post.")
TAKEN_BACK = Phrase("ditarik kembali")
DONE = Phrase("🗑 Ditarik kembali.")
MAY_REFUSE = Phrase("lebih tua dari 48 jam, jadi Telegram mungkin menolak")


def ask(title: str) -> str:
    """Before a story is taken back."""
    return say("Tarik kembali “{title}”?", title=title)


def dropped(chat: str) -> str:
    """Of a post that is not out yet."""
    return say("{chat}: belum terkirim; dibatalkan", chat=chat)


def deleted(chat: str, when: str) -> str:
    """Of a message that is to be deleted."""
    return say("{chat}: terkirim {when}; dihapus", chat=chat, when=when)


def struck(chat: str, when: str) -> str:
    """Of a round-up that tells other stories, too."""
    return say("{chat}: dalam rangkuman {when}; barisnya dihapus", chat=chat, when=when)


def by_hand(chat: str) -> str:
    """Of a message whose number nobody knows."""
    return say("{chat}: terkirim, tetapi nomornya tidak saya ketahui; hapuslah sendiri di sana", chat=chat)


def from_people(number: int) -> str:
    """Of the private chats of people whose alerts it was for."""
    return counted("dari {n} percakapan pribadi", number)


def left_standing(chat: str, number: int | None, title: str, reason: str, *, whole: bool, old: bool) -> str:
    """A message that could not be deleted, or a line that could not be taken out of a round-up."""
    address = post_url(chat, number)
    where = f"{chat} ({address})" if address else chat
    said = (
        say("Kiriman di {where} tidak bisa dihapus: {reason}.", where=where, reason=reason)
        if whole
        else say("Rangkuman di {where} tidak bisa disunting: {reason}.", where=where, reason=reason)
    )
    age = " " + say("Umurnya lebih dari 48 jam.") if old else ""
    how = say("Hapuslah sendiri di kanal itu, atau beri bot hak menghapus pesan lalu ulangi /retract.")
    return f"{said}{age}\n«{title}»\n{how}" if title else f"{said}{age}\n{how}"
