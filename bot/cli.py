"""The command line: options in, one use case called, an exit code out. Nothing heavy is imported before it is needed.

Exit codes: 0; 1 the work failed; 2 usage or configuration; 3 another instance holds the store; 4 Telegram refuses the
token.
"""

from __future__ import annotations

import gc
import io
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, NoReturn

import typer

from newsdesk.errors import ConfigError, DeskError, StoreHeld, TokenRefused
from newsdesk.people import is_private

if TYPE_CHECKING:
    from rich.console import Console

    from bot.config.settings import Settings
    from classifiers.judge import Judge
    from newsdesk.ports import Store
    from newsdesk.sources import SourceBook, SourceState

app = typer.Typer(
    name="lintas",
    help="A news desk in a box: Indonesian feeds in, one attributed Telegram post per story out, and search over all "
    "of it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

ROLES = ("poll", "deliver", "commands", "web")

SourcesOption = Annotated[
    Path | None, typer.Option("--sources", metavar="FILE", help="the operator's file (default: LINTAS_SOURCES)")
]
JsonOption = Annotated[bool, typer.Option("--json", help="lines of JSON on stdout, for scripts")]
InputArgument = Annotated[str, typer.Argument(metavar="[FILE or -]", help="JSON Lines; - is standard input")]


def main() -> NoReturn:
    """Run the program and leave with its exit code; what a person did wrong never shows a traceback."""
    # Imports and rules make half a million objects that stay; looking through them again and again is a sixth of a start.
    gc.set_threshold(20_000)
    for stream in (sys.stdout, sys.stderr):
        # Our output is UTF-8 wherever it goes, and no odd character in it ends the program.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        app()
    except ConfigError as error:
        _fail("\n".join(error.lines()), 2)
    except StoreHeld as error:
        _fail(str(error), 3)
    except TokenRefused as error:
        _fail(str(error), 4)
    except DeskError as error:
        _fail(str(error), 1)
    except BrokenPipeError:
        sys.stderr.close()
        raise SystemExit(1) from None
    raise SystemExit(0)


def _fail(text: str, code: int) -> NoReturn:
    from bot.logs import hide

    print(hide(text), file=sys.stderr)
    raise SystemExit(code)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"lintas-layar {version('lintas-layar')}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="print the version and end")
    ] = False,
) -> None:
    """Options that stand before a command."""


@app.command()
def run(
    sources: SourcesOption = None,
    roles: Annotated[str, typer.Option(metavar="LIST", help="what this process does")] = ",".join(ROLES),
    once: Annotated[bool, typer.Option("--once", help="one round over every enabled source, then end")] = False,
    now: Annotated[str | None, typer.Option(metavar="ISO8601", help="with --once: take this as the time")] = None,
    json: JsonOption = False,
) -> None:
    """Watch the feeds, post the stories, answer in chat. Without a Telegram token posts go to the preview."""
    chosen = _roles(roles)
    moment = _moment(now)
    if (moment or json) and not once:
        raise typer.BadParameter("--now and --json go with --once")
    if not once:
        _end_when_told()
    settings = _settings()
    from bot import service

    path = sources or settings.sources
    code = service.run_once(settings, path, now=moment, as_json=json) if once else service.serve(settings, path, chosen)
    raise typer.Exit(code)


@app.command()
def demo() -> None:
    """The real pipeline over loopback HTTP, on sample feeds that ship with the program."""
    from bot.demo.show import show_demo

    raise typer.Exit(show_demo())


@app.command()
def check(
    file: Annotated[Path | None, typer.Argument(help="default: LINTAS_SOURCES or sources.yaml")] = None,
    accept: Annotated[
        bool, typer.Option("--accept", help="confirm that a good file may remove many sources; the service asks for it")
    ] = False,
) -> None:
    """Check the operator's file: every problem at once, with line and column."""
    from bot.config.book import parse_book, read_bytes

    try:
        path = file or _settings().sources
        raw = read_bytes(path)
        book = parse_book(raw, file=str(path))
    except ConfigError as error:
        print("\n".join(error.lines()))
        raise typer.Exit(2) from None
    enabled = len(book.enabled())
    print(f"{path}: good: {enabled} sources polled, {len(book.sources) - enabled} not, {len(book.routes)} routes")
    if accept:
        from bot.livebook import accept as accept_book

        with _store(_settings()) as store:
            print(accept_book(store, book, raw))


@app.command()
def classify(
    file: InputArgument = "-",
    json: JsonOption = False,
    sources: SourcesOption = None,
) -> None:
    """Judge articles: topics with evidence, foreign parties, and whether the highlights rule takes them."""
    from bot.offline import classify as classify_lines
    from bot.offline import show_classified

    judge = _judge(sources)
    with _input(file) as lines:
        good = classify_lines(lines, judge, sys.stdout) if json else show_classified(lines, judge, _console())
    raise typer.Exit(0 if good else 1)


@app.command()
def cluster(file: InputArgument = "-", json: JsonOption = False) -> None:
    """Group articles into stories, as the pipeline does."""
    from bot.offline import cluster as cluster_lines
    from bot.offline import show_clusters

    with _input(file) as lines:
        good = cluster_lines(lines, sys.stdout) if json else show_clusters(lines, _console())
    raise typer.Exit(0 if good else 1)


@app.command()
def search(
    query: Annotated[list[str], typer.Argument(metavar="QUERY", help='words, "phrases", -without, topic:film …')],
    limit: Annotated[int, typer.Option(min=1, max=1000, help="at most so many")] = 10,
    json: JsonOption = False,
) -> None:
    """Search everything that was read, as /search does."""
    from bot import reading
    from newsdesk.search import parse_query

    with _store(_settings()) as store, store.read() as view:
        asked = parse_query(
            " ".join(query), now=datetime.now(UTC), zone=reading.zone(), sources=list(view.source_states())
        )
        hits = view.search(asked, limit)
    if json:
        for hit in hits:
            print(reading.hit_json(hit, asked))
        return
    console = _console()
    for note in asked.notes:
        console.print(note, style="yellow", markup=False)
    reading.show_hits(console, hits, asked)
    if not hits:
        console.print("nothing found; try fewer or more general words", markup=False)


@app.command()
def explain(
    article: Annotated[str, typer.Argument(metavar="ID_OR_URL", help="an article's number or address")],
    json: JsonOption = False,
) -> None:
    """Why was it posted, or why not? The whole trace of one article."""
    from bot import reading

    settings = _settings()
    with _store(settings) as store, store.read() as view:
        found = view.article(article)
        trace = view.trace(found.id) if found else None
        states = view.source_states()
    book = _book_or_states(settings.sources, states)
    if trace is None:
        _fail(f"no article {article!r} is kept; `lintas search` shows numbers and addresses", 1)
    source = book.source(trace.article.source)
    state = states.get(trace.article.source)
    if json:
        print(reading.trace_json(trace, source, state))
    else:
        reading.show_trace(_console(), trace, source, state)


@app.command()
def backtest(
    since: Annotated[str, typer.Option(metavar="SPAN", help="how far back: 12h, 30d")] = "30d",
    sources: Annotated[
        Path | None, typer.Option("--sources", metavar="NEW", help="compare the rules in force with this file's")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="print at most so many changes (default: 200; with --json all)")
    ] = None,
    json: JsonOption = False,
) -> None:
    """What other rules would have decided about the articles that are kept. Writes nothing.

    Without --sources the stored verdicts are compared with the rules as they are on disk now.
    """
    from bot import backtest as test
    from bot.config import load_book
    from bot.wiring import compile_rules

    now = datetime.now(UTC)
    start = now - _span(since)
    settings = _settings()
    book = load_book(settings.sources)
    new = book if sources is None else load_book(sources)
    before = test.rules_of(book, None if sources is None else compile_rules(book.topics))
    after = test.rules_of(new, compile_rules(new.topics))
    totals = test.Totals()
    with _store(settings, migrate=False) as store, store.read() as view:
        stored = view.judged_since(start)
        if sys.stderr.isatty() and not (json and sys.stdout.isatty()):
            stored = test.watched(stored, totals, start, now)
        found = test.compared(stored, before, after, totals)
        if json:
            test.print_json(found, totals, sys.stdout, limit)
        else:
            test.show(found, totals, _console(), limit or test.SHOWN)
    if not totals.articles:
        print(
            f"nothing is kept since {start:%Y-%m-%d %H:%M} UTC; name a longer span (--since 90d), "
            "or let `lintas run` gather first",
            file=sys.stderr,
        )


@app.command()
def sources(sources: SourcesOption = None, json: JsonOption = False) -> None:
    """How each source is doing. Without the operator's file: those that were polled so far."""
    from bot import reading

    settings = _settings()
    with _store(settings) as store, store.read() as view:
        states = view.source_states()
    book = _book_or_states(sources or settings.sources, states)
    now = datetime.now(UTC)
    if json:
        print("\n".join(reading.sources_json(book, states, now)))
    else:
        reading.show_sources(_console(), book, states, now)


@app.command()
def backup(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="default: backups/ beside the database, named by the time")
    ] = None,
) -> None:
    """Copy the database to a file, also while the service runs; the copy is looked through before it gets its name."""
    from bot.backup import backup as make

    make(_settings().database.get_secret_value(), file, datetime.now(UTC), _console())


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="what `lintas backup` made")],
) -> None:
    """Put a backup in the place of the database, which is kept beside it. The service must not be running."""
    from bot.backup import restore as put

    put(_settings().database.get_secret_value(), file, datetime.now(UTC), _console())


@app.command()
def doctor(
    telegram: Annotated[
        bool, typer.Option("--telegram", help="prove in each chat that looking works: a silent message, deleted again")
    ] = False,
    sources: SourcesOption = None,
) -> None:
    """Look at everything the program stands on, one line each; exit 1 when something is to be mended."""
    import asyncio

    from bot.doctor import show

    settings = _settings()
    raise typer.Exit(asyncio.run(show(settings, sources or settings.sources, _console(), live=telegram)))


@app.command()
def uncertain(
    sent: Annotated[int | None, typer.Option(metavar="ID", help="it stands in the chat: count it as sent")] = None,
    resend: Annotated[int | None, typer.Option(metavar="ID", help="it does not: send it again")] = None,
    drop: Annotated[int | None, typer.Option(metavar="ID", help="give it up")] = None,
    json: JsonOption = False,
) -> None:
    """Messages of unknown fate that wait for a person: list them, or decide about one. Works beside the service."""
    from bot import reading
    from bot.uncertain import Resolution, headline, held, resolve

    decisions = {Resolution.SENT: sent, Resolution.RESEND: resend, Resolution.DROP: drop}
    chosen = [(resolution, number) for resolution, number in decisions.items() if number is not None]
    if len(chosen) > 1 or (chosen and json):
        raise typer.BadParameter("decide about one message at a time, and without --json")
    with _store(_settings(), migrate=False) as store:
        for resolution, number in chosen:
            with store.write() as tx:
                message = resolve(tx, number, resolution, datetime.now(UTC))
            done = {"sent": "counted as sent", "resend": "queued again", "drop": "given up"}[resolution.value]
            print(f"message {number} to {message.chat}: {done}")
        if chosen:
            return
        with store.read() as view:
            waiting = [(message, headline(view, message)) for message in held(view)]
    if json:
        for message, title in waiting:
            print(reading.held_json(message, title))
    else:
        reading.show_held(_console(), waiting)


@app.command()
def retract(
    target: Annotated[
        str, typer.Argument(metavar="ID_OR_URL", help="the article, or a post's https://t.me/c/… address")
    ],
    yes: Annotated[bool, typer.Option("--yes", help="do not ask back")] = False,
) -> None:
    """Take a story back from every chat that has it, or is to get it. Works beside the service, which deletes the posts."""
    from bot import retracting

    with _store(_settings(), migrate=False) as store:
        with store.read() as view:
            found = retracting.find(view, target.strip(), None, datetime.now(UTC))
        if found.article is None or found.story is None:
            print(f"nothing is known by {target!r}", file=sys.stderr)
            raise typer.Exit(1)
        print(found.article.title)
        for step in found.steps:
            where = "a person's chat" if is_private(step.chat) else step.chat
            print(f"{where}: {_STEPS[step.step.value]}")
        if not found.steps:
            print("it is in no chat, and waits for none")
        elif yes or typer.confirm("take it back?"):
            with store.write() as tx:
                retracting.take_back(tx, found.story, 0, datetime.now(UTC))
            print("taken back")


_STEPS = {
    "drop": "not sent yet: dropped",
    "delete": "sent: the message is deleted",
    "edit": "in a round-up: its line is taken out",
    "by-hand": "sent, under a number that is not known: delete it by hand",
}
"""What is done in a chat, by newsdesk.retraction.Step."""


def _settings() -> Settings:
    import logging
    import os

    from bot import logs
    from bot.config import load_settings

    settings = load_settings(os.environ, Path.cwd())
    # The service says more later on; here it is about what must not be said.
    logs.configure(settings.log, logging.WARNING, settings.secrets())
    return settings


def _judge(sources: Path | None) -> Judge:
    """The judge with the shipped rules, and the operator's topics when a file is named."""
    from bot.wiring import compile_rules

    if sources is None:
        return compile_rules({})
    from bot.config import load_book

    return compile_rules(load_book(sources).topics)


def _end_when_told() -> None:
    """End with 0 on SIGTERM and Ctrl-C already while all is being imported; the service has its own way later."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(0))


@contextmanager
def _store(settings: Settings, *, migrate: bool = True) -> Iterator[Store]:
    from storage import open_store

    store = open_store(settings.database.get_secret_value(), migrate=migrate, beside=True)
    try:
        yield store
    finally:
        store.close()


def _book_or_states(path: Path, states: Mapping[str, SourceState]) -> SourceBook:
    """The operator's file; where there is none, what the store remembers of sources will do for reading."""
    from bot.config import load_book
    from newsdesk.sources import Source, SourceBook

    if path.exists() or not states:
        return load_book(path)
    return SourceBook(sources=tuple(Source(id=name, name=name, url="") for name in states))


@contextmanager
def _input(file: str) -> Iterator[BinaryIO]:
    if file == "-":
        yield sys.stdin.buffer
        return
    try:
        with open(file, "rb") as lines:
            yield lines
    except OSError as error:
        _fail(f"{file}: {error.strerror}; name a file of JSON Lines, or - for standard input", 2)


def _roles(text: str) -> tuple[str, ...]:
    chosen = tuple(part.strip() for part in text.split(",") if part.strip())
    unknown = [role for role in chosen if role not in ROLES]
    if unknown or not chosen:
        raise typer.BadParameter(f"--roles knows {', '.join(ROLES)}; not {', '.join(unknown) or 'nothing'}")
    return chosen


def _moment(text: str | None) -> datetime | None:
    """A time given on the command line; one without a zone is UTC."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"--now {text!r} is no ISO 8601 time; write 2026-02-07T12:00:00Z") from None
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)


def _span(text: str) -> timedelta:
    """A length of time as people write it in sources.yaml: 90m, 12h, 30d."""
    from bot.config.fields import Wrong, duration

    try:
        return duration(timedelta(minutes=1), timedelta(days=3650))(text)
    except Wrong as wrong:
        raise typer.BadParameter(f"--since: {wrong.message}; {wrong.remedy}") from None


def _console() -> Console:
    from rich.console import Console

    # A pipe has no width of its own; tables are then as wide as they need to be read.
    return Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 160)
