"""What a transaction has gathered and not yet written, as far as other articles of the same batch ask for it.

A batch of articles asks for story candidates article by article. Writing each article before the next one asks would
cost more than all the rest, so candidates of the same batch are answered from here.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from newsdesk.stories import Candidate
from storage.rows import Values
from storage.stories import LEAD, Sharing


@dataclass
class Gathered:
    """New articles of a transaction: their rows, the keys they have, the stories they tell."""

    articles: dict[int, Values] = field(default_factory=dict)
    keys: dict[int, list[str]] = field(default_factory=dict)
    by_key: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    stories: dict[int, int] = field(default_factory=dict)

    def give_keys(self, article: int, keys: list[str]) -> None:
        """The article, new or revised, has these keys."""
        self.keys[article] = keys
        for key in keys:
            self.by_key[key].append(article)

    def sharing(self, keys: Sequence[str], since: datetime, limit: int) -> list[Sharing]:
        """Those that share keys and tell a story, in order of rank."""
        shared = Counter(article for key in keys for article in self.by_key.get(key, ()) if article in self.stories)
        ranked = sorted(
            (-number, -article) for article, number in shared.items() if self.articles[article]["at"] >= since
        )
        return [Sharing(-number, self._candidate(-article)) for number, article in ranked[:limit]]

    def _candidate(self, article: int) -> Candidate:
        row = self.articles[article]
        return Candidate(
            article=article,
            story=self.stories[article],
            title=row["title"],
            lead=(row["summary"] or row["body"])[:LEAD],
            at=row["at"],
            outlet=row["outlet"],
            url=row["url"],
            language=row["language"],
        )
