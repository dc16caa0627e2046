"""Poll sources: look, take in, report. One source's failure is a value; the round goes on."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from bot.intake import Desk, Intake, promising, take_in
from bot.notices import Tell, in_the_log
from bot.render import phrases
from bot.threads import StoreThreads
from newsdesk.errors import SourceError
from newsdesk.ports import Gatherer, Pages, Writing
from newsdesk.reports import PollReport
from newsdesk.schedule import GONE, after_failure, due
from newsdesk.sources import PageText, Source

log = structlog.get_logger()


@dataclass(slots=True)
class Poller:
    """What a poll needs. `jitter` draws a number in [0, 1), `tell` reaches an operator.

    `desk` is replaced when the operator's file changes; a poll under way ends with the one that it began with.
    """

    store: StoreThreads
    gatherer: Gatherer
    pages: Pages
    desk: Desk
    clock: Callable[[], datetime]
    jitter: Callable[[], float] = random.random
    tell: Tell = in_the_log

    async def poll(self, source: Source) -> PollReport:
        """Look at one source, keep what it gave, and say what happened.

        A SourceError becomes a report; a StoreError and every bug are the caller's.
        """
        begun, desk = time.monotonic(), self.desk
        state = await self.store.read(lambda view: view.source_state(source.id))
        now = self.clock()
        try:
            harvest = await self.gatherer.gather(source, state, now)
        except SourceError as error:
            report = await self.failed(source, error)
        else:
            intake = await self._with_pages(desk, Intake(source, state, harvest), now)
            report = await self.store.write(lambda tx: take_in(tx, desk, intake, now, self.jitter()))
        report = replace(report, seconds=round(time.monotonic() - begun, 3))
        _tell(report)
        if report.notice:
            await self.tell(phrases.identities_changed(source.name, report.withheld, report.notice))
        if report.moved_to:
            await self.tell(phrases.source_moved(source.name, source.url, report.moved_to))
        if report.gone:
            await self.tell(phrases.source_gone(source.name, source.url))
        return report

    async def _with_pages(self, desk: Desk, intake: Intake, now: datetime) -> Intake:
        """Look at the pages that promise something, outside of any transaction: that may take its time."""
        if intake.source.page_text is PageText.NEVER or not intake.harvest.entries:
            return intake
        urls = await self.store.read(lambda view: promising(view, desk, intake, now))
        looks = {url: await self.pages.look(url, now) for url in urls}
        for url, look in looks.items():
            log.info(
                "looked at a page", source=intake.source.id, status=look.status, reason=look.reason or None, url=url
            )
        return replace(intake, pages=looks)

    async def poll_all(self, sources: Sequence[Source]) -> list[PollReport]:
        """Poll these at the same time; reports in their order."""
        return list(await asyncio.gather(*(self.poll(source) for source in sources)))

    async def due(self, sources: Sequence[Source]) -> list[Source]:
        """Which of these should be looked at now."""
        states = await self.store.read(lambda view: view.source_states())
        return due(sources, states, self.clock())

    async def failed(self, source: Source, error: SourceError) -> PollReport:
        """Remember that the source could not be read this time."""
        now, jitter = self.clock(), self.jitter()

        def remember(tx: Writing) -> bool:
            state = tx.source_state(source.id)
            tx.save_source_state(after_failure(source, state, error, now, jitter=jitter))
            return error.status == GONE and state.status != GONE

        gone = await self.store.write(remember)
        return PollReport(source=source.id, status=error.status, reason=error.reason, gone=gone)


def _tell(report: PollReport) -> None:
    """One line a poll: what the operator wants to see go by."""
    level = log.warning if report.failed or report.gap or report.withheld else log.info
    level(
        "polled",
        source=report.source,
        status=report.status,
        reason=report.reason or None,
        items=report.items,
        stored=report.stored,
        changed=report.changed,
        known=report.known,
        refused=len(report.refused),
        queued=report.queued,
        withheld=report.withheld or None,
        gap=report.gap,
        seconds=report.seconds,
    )
