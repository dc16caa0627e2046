"""Whole files: of a hundred sources, and such as are made to cost much."""

from __future__ import annotations


def hundred_sources(sources: int = 100) -> bytes:
    """A file of so many sources, as people write it: with remarks, notes, and routes at the end."""
    listed = "".join(
        f"\n  # ---- Outlet {number}, read since 20{number % 26:02}.\n"
        f"  - id: s{number}\n    name: Outlet {number}\n    url: https://s{number}.example/rss\n    every: {number + 1}m\n"
        f"    note: Carries everything; {number + 10} items that cover {number + 90} minutes at midday.\n"
        for number in range(sources)
    )
    rest = "\nroutes:\n  - {id: r, chat: preview, when: 'any of [film]'}\n"
    return f"# What is read here.\nsources:\n{listed}{rest}".encode()


def bombs() -> dict[str, bytes]:
    """What unfolds, nests or floods: each is to be refused at once."""
    return {
        "aliases unfolding to billions": b"a: &a [x]\n"
        + b"".join(b"b%d: &b%d [*a, *a, *a]\n" % (n, n) for n in range(60)),
        "lists in lists": b"[" * 500_000,
        "mappings in mappings": b"{a: " * 200_000,
        "deeper and deeper": b"".join(b" " * n + b"a:\n" for n in range(1400)),
        "a million dashes": b"- " * 500_000,
        "fifty megabytes": b"#" * 50_000_000,
        "tags that build objects": b"a: !!python/object/apply:os.system ['true']\n" * 20_000,
        "tag directives": b"".join(b"%%TAG !%d! x\n" % n for n in range(50_000)),
        "anchors": b"".join(b"- &a%d x\n" % n for n in range(50_000)),
        "one key again and again": b"k: v\n" * 200_000,
        "keys without end": b"".join(b"k%d: v\n" % n for n in range(90_000)),
        "tabs": b"a:\n" + b"\tb: c\n" * 140_000,
        "tokens": b"# 1234567890:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n" * 20_000,
        "a zone that is a path of packages": b"sources: [{id: a, timezone: '" + b"Asia/Jakart" * 50_000 + b"'}]",
        "a rule of brackets": b"sources: [{id: a}]\nroutes: [{when: 'any of [[" + b" " * 900_000 + b"'}]",
        "one endless word": b"sources: [{id: '" + b"a" * 1_000_000 + b"'}]",
        "an endless folded text": b"sources:\n  - id: a\n    note: >\n" + b"      words and words\n" * 45_000,
        "an endless quotation": b'sources: [{id: "' + b"\\u0041" * 170_000 + b'"}]',
    }
