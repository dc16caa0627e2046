"""The publisher for the chat `preview`: prints each message as Telegram would show it, and always succeeds.

A new version is printed under the number that the message has. The web console shows the same messages from the store.
"""

from __future__ import annotations

from typing import TextIO

from bot.render import Tree, from_json, phrases, retractphrases, to_console
from newsdesk.ports import Confirm


class PreviewPublisher:
    """A ports.Publisher that prints to `stream`. Numbers count up from `last_id`, the newest that the store knows."""

    def __init__(self, stream: TextIO, last_id: int = 0) -> None:
        self._stream = stream
        self._last_id = last_id

    async def send(self, chat: str, content: str, confirm: Confirm | None = None) -> int:
        """Print it; returns the next number."""
        if confirm is not None:
            await confirm()
        self._last_id += 1
        tree = from_json(content)
        self._print(tree, f"{chat} #{self._last_id}" + (f" ↩ #{tree.answers}" if tree.answers is not None else ""))
        return self._last_id

    async def edit(self, chat: str, number: int, content: str, confirm: Confirm | None = None) -> None:
        """Print the new version."""
        if confirm is not None:
            await confirm()
        self._print(from_json(content), f"{chat} #{number} · {phrases.EDITED}")

    async def delete(self, chat: str, number: int, confirm: Confirm | None = None) -> None:
        """Say that it is taken back."""
        if confirm is not None:
            await confirm()
        self._stream.write(f"{chat} #{number} · {retractphrases.TAKEN_BACK}\n")
        self._stream.flush()

    def _print(self, tree: Tree, title: str) -> None:
        text = to_console(tree, title=title, colour=self._stream.isatty())
        self._stream.write(
            text.encode(self._stream.encoding or "utf-8", "replace").decode(self._stream.encoding or "utf-8")
        )
        self._stream.flush()

    async def find(self, chat: str, content: str, after: int | None) -> int | None:
        """Nothing printed is remembered: a message whose printing was cut off is printed again."""
        return None
