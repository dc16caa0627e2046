"""The words around the samples of the web console, in Indonesian (see phrases.py)."""

from __future__ import annotations

from bot.render.catalogues import Phrase

TITLE = Phrase("Contoh")
ABOUT = Phrase("Semua jenis pesan, dibuat dari berita contoh oleh bagian yang juga membuat pesan sungguhan.")
CHANNEL = Phrase("Kanal")
CHAT = Phrase("Obrolan")
OWN = Phrase("Peringatan pribadi")
ORDERS = Phrase("Perintah operator")
NOTICES = Phrase("Pemberitahuan operator")

SHORT = Phrase("Pendek, tanpa ringkasan")
LONG = Phrase("Dengan ringkasan dan negara mitra")
QUOTED = Phrase("Ringkasan panjang, terlipat")
FOREIGN = Phrase("Dalam bahasa lain")
CORRECTED = Phrase("Diperbarui, juga di media lain")
FOLLOW_UP = Phrase("Lanjutan sebuah cerita")
PLAIN = Phrase("Teks polos")
ROUND_UP = Phrase("Rangkuman")
ROUND_UP_MORE = Phrase("Rangkuman (lanjutan)")
WEEKLY = Phrase("Sepekan")
THEMES = {"": Phrase("Otomatis"), "light": Phrase("Terang"), "dark": Phrase("Gelap")}
