"""Where the stories of a soak go."""

from __future__ import annotations

from datetime import time

from newsdesk.routes import Digest, Route, TopicRule
from tests.doubles.botapi import CHANNEL


def routes() -> tuple[Route, ...]:
    """Crossings at once, the rest in two round-ups a day."""
    return (
        Route(id="highlights", chat=str(CHANNEL), when=TopicRule(2, ("film", "ai"))),
        Route(
            id="roundup", chat=str(CHANNEL), when=TopicRule(1, ("film", "ai")), digest=Digest((time(7), time(17)), 50)
        ),
    )
