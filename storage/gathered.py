"""What a transaction has gathered and not yet written, as far as other articles of the same batch ask for it.

A batch of articles asks for story candidates article by article. Writing each article before the next one asks would
cost more than all the rest, so candidates of the same batch are answered from here.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from newsdesk.stories import Candidate
from storage.rows import Values
from storage.stories import LEAD, Sharing


@dataclass
class Gathered:
    """New articles of a transaction: their rows, the keys they have, the stories they tell."""

    articles: dict[int, Values] = field(default_factory=dict)
    keys: dict[int, list[str]] = field(default_factory=dict)
    stories: dict[int, int] = field(default_factory=dict)
    _indexed: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    _articles_indexed: int = 0

    @property
    def by_key(self) -> dict[str, list[int]]:
        """The articles that have a key; brought up to date only when somebody asks."""
        for article, keys in islice(self.keys.items(), self._articles_indexed, None):
            for key in keys:
                self._indexed[key].append(article)
        self._articles_indexed = len(self.keys)
        return self._indexed

    def sharing(self, keys: Sequence[str], since: datetime, limit: int) -> list[Sharing]:
        """Those that share keys and tell a story, in order of rank."""
        having = self.by_key
        shared = Counter(article for key in keys for article in having.get(key, ()) if article in self.stories)
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
