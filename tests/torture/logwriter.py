"""Log odd texts in every way that a program logs: `python -m tests.torture.logwriter STYLE COUNT [raw] < TEXTS.json`.

Each text makes four events. With `raw` nothing is cleaned: the proof that the cleaning does it.
"""

from __future__ import annotations

import json
import logging
import sys
import warnings

import structlog

from bot import logs


def main() -> None:
    """Read texts, log them."""
    style, *raw = sys.argv[1:]
    if raw:
        logs.redact = lambda text: text
    logs.configure(style, logging.DEBUG)
    log = structlog.get_logger()
    for text in json.load(sys.stdin):
        log.info(text, title=text, nested={"user": [text, {"name": text}]}, error=ValueError(text))
        logging.getLogger("library").warning("said %s", text)
        warnings.warn(text or "nothing", UserWarning, stacklevel=1)
        try:
            raise ValueError(text)
        except ValueError:
            log.exception("failed", query=text)


if __name__ == "__main__":
    warnings.simplefilter("always")
    main()
