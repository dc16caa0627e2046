"""What a fruitless search may have meant: words put right from the archive's own, and conditions to let go of.

Nothing is offered that finds nothing: every offer was counted in the store.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from newsdesk.language.rewriting import Easing, Spot, corrected, easings, spots
from newsdesk.language.spelling import Vocabulary
from newsdesk.ports import Reading
from newsdesk.search import SearchQuery

COUNT_AT_MOST = 1000
_TEXTS = 3_000
"""So many of the newest articles lend their words."""
_FRESH = timedelta(hours=1)
_UNKNOWN = 3
"""Words of a query that are put right, at most."""
_OFFERS = 4

Parse = Callable[[str], SearchQuery]


class Wordbook:
    """The words of the newest articles, read again when an hour has passed."""

    def __init__(self) -> None:
        self._kept: tuple[datetime, Vocabulary] | None = None

    def vocabulary(self, view: Reading, now: datetime) -> Vocabulary:
        """The words as they are at about that time."""
        kept = self._kept
        if kept is None or not timedelta() <= now - kept[0] < _FRESH:
            kept = self._kept = (now, Vocabulary(view.newest_texts(_TEXTS)))
        return kept[1]


@dataclass(frozen=True, slots=True)
class Offer:
    """Another search and how much it finds; `easing` tells what is let go of, None where words were put right."""

    text: str
    found: int
    easing: Easing | None = None


def offers(view: Reading, text: str, parse: Parse, words: Wordbook, now: datetime) -> list[Offer]:
    """The best searches in place of one that found nothing: respelled, else with one condition less."""
    respelled = _respelled(view, text, parse, words, now)
    found = [offer for one in respelled if (offer := _counted(view, one, parse))]
    if found:
        return found
    basis = respelled[0] if respelled else text
    eased = [offer for easing in easings(basis) if (offer := _counted(view, easing.text, parse, easing)) is not None]
    return _most_alike(eased)


def _counted(view: Reading, text: str, parse: Parse, easing: Easing | None = None) -> Offer | None:
    query = parse(text)
    number = view.count(query, COUNT_AT_MOST) if query.asks else 0
    return Offer(text, number, easing) if number else None


def _most_alike(eased: list[Offer]) -> list[Offer]:
    """At most a few, in the order of what is let go of; of single words, first those that leave the most to find."""
    return sorted(eased, key=lambda offer: -offer.found if _of_word(offer) else -COUNT_AT_MOST - 1)[:_OFFERS]


def _of_word(offer: Offer) -> bool:
    return offer.easing is not None and offer.easing.ease == "word"


def _respelled(view: Reading, text: str, parse: Parse, words: Wordbook, now: datetime) -> list[str]:
    """The query with the words that nothing contains put right; the likeliest first, at most two."""
    unknown = [spot for spot in spots(text) if not _known(view, spot, parse)][:_UNKNOWN]
    if not unknown:
        return []
    vocabulary = words.vocabulary(view, now)
    near = {spot: found for spot in unknown if (found := vocabulary.nearest(spot.word))}
    if not near:
        return []
    best = {spot: found[0] for spot, found in near.items()}
    first = next(iter(near))
    second = {**best, first: near[first][1]} if len(near[first]) > 1 else best
    return list(dict.fromkeys((corrected(text, best), corrected(text, second))))


def _known(view: Reading, spot: Spot, parse: Parse) -> bool:
    query = parse(spot.word)
    return not query.asks or view.count(query, 1) > 0
