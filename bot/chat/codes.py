"""What buttons carry: sealed codes of at most 64 bytes."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections import OrderedDict
from dataclasses import dataclass

from bot.render.tree import MOST_CALLBACK

_REMEMBERED = 10_000
_SEAL = 5
"""Bytes of a button's seal: a forger who may press twenty times a minute needs a thousand centuries."""
_SHORT = (("sort:newest", "¹"), ("topic:collaboration", "²"), ("topic:", "³"), ("country:", "ª"), ("source:", "º"))
"""Filters are written short, so that more searches fit into their buttons and outlive the process."""
_LONGEST_LINK = 64
_LINK = re.compile(r"(why|rel)_(\d{1,18})|s_([\w-]+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Code:
    """What a button asks for: `kind` of list, page from 0, and the words that were asked."""

    kind: str
    page: int
    words: str


class Codes:
    """Writes codes of at most 64 bytes for buttons, and reads them again.

    Each is sealed with `key`, so that what was not written here, or was changed by a single byte, is no code. Short
    words stand in the code itself, and its button lives as long as the key; longer ones are remembered here under a
    hash, and the button expires with the process or after many others.
    """

    def __init__(self, key: bytes | None = None) -> None:
        self._key = key or secrets.token_bytes(32)
        self._remembered: OrderedDict[str, str] = OrderedDict()

    def write(self, code: Code) -> str:
        """The code as callback data."""
        short = _shorter(code)
        plain = self._sealed(f"{short.kind}|{short.page}|{short.words}")
        if len(plain.encode()) <= MOST_CALLBACK:
            return plain
        name = hashlib.blake2b(code.words.encode(), digest_size=12).hexdigest()
        self._remembered[name] = code.words
        self._remembered.move_to_end(name)
        if len(self._remembered) > _REMEMBERED:
            self._remembered.popitem(last=False)
        return self._sealed(f"{code.kind}#|{code.page}|{name}")

    def read(self, data: str) -> Code | None:
        """The code, or None when it is not one of ours or is forgotten."""
        seal, _, plain = data.partition("|")
        if not hmac.compare_digest(seal.encode("utf-8", "replace"), self._seal(plain).encode()):
            return None
        kind, page, words = (*plain.split("|", 2), "", "")[:3]
        if not (page.isascii() and page.isdigit() and len(page) <= 4):
            return None
        if kind.endswith("#"):
            remembered = self._remembered.get(words)
            return None if remembered is None else Code(kind[:-1], int(page), remembered)
        return _longer(Code(kind, int(page), words))

    def _sealed(self, plain: str) -> str:
        return f"{self._seal(plain)}|{plain}"

    def _seal(self, plain: str) -> str:
        return hashlib.blake2b(plain.encode("utf-8", "replace"), key=self._key, digest_size=_SEAL).hexdigest()


def _shorter(code: Code) -> Code:
    """The code with its filters written short; itself where that could not be told from what a person wrote."""
    words = code.words
    if not any(sign in words for _, sign in _SHORT):
        for long, sign in _SHORT:
            words = words.replace(long, sign)
    return code if words == code.words else Code(f"{code.kind}~", code.page, words)


def _longer(code: Code) -> Code:
    if not code.kind.endswith("~"):
        return code
    words = code.words
    for long, sign in _SHORT:
        words = words.replace(sign, long)
    return Code(code.kind[:-1], code.page, words)


def read_link(payload: str) -> Code | None:
    """What a deep link asks for: ``why_123``, ``rel_123`` or ``s_`` with a search; None when it is none of these.

    Such links may be made by anybody: they ask for no more than what anybody may ask in words.
    """
    found = _LINK.fullmatch(payload)
    if found is None:
        return None
    if found[1]:
        return Code({"why": "w", "rel": "r"}[found[1]], 0, found[2])
    coded = found[3]
    try:
        words = base64.urlsafe_b64decode(coded + "=" * (-len(coded) % 4)).decode()
    except (binascii.Error, ValueError):
        return None
    return Code("s", 0, words) if words.strip() else None


def search_link(words: str) -> str:
    """The payload of a deep link to that search; "" where it would be too long."""
    payload = "s_" + base64.urlsafe_b64encode(words.encode("utf-8", "replace")).decode().rstrip("=")
    return payload if len(payload) <= _LONGEST_LINK else ""
