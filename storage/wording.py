"""Queries and articles as the words that both search indexes hold, and the queries in either database's language.

An article is indexed under the words of its title, the words of its text, and its *marks*: `t:film` (a topic that
matched), `t:` (any topic), `c:CN` (a country), `s:antara` (its source), `all`. Filters are marks, so a whole query,
filters and negations included, is one lookup in one index, and what is rare is found as fast as what is common.

Every word is quoted, so no text of a person is ever syntax. SQLite splits at ASCII white space only (storage/fts5.py) and
PostgreSQL gets ready-made lexemes, so both know the very same words.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from newsdesk.search import WORD, Clause, SearchQuery, index_words
from storage.rows import clean

CLAUSES, ALTERNATIVES, PHRASE = 32, 32, 32
"""How much of a query is heeded."""

EVERYTHING = "all"
SOME_TOPIC = "t:"


def words_of(text: str) -> list[str]:
    """The words of an already prepared text, as both databases take them."""
    return index_words(clean(text))


def _mark(kind: str, value: str) -> str:
    return f"{kind}:{'_'.join(clean(value).lower().split())}"[:WORD]


def marks_of(source: str, topics: Collection[str], countries: Collection[str]) -> list[str]:
    """The marks of an article, by which filters find it."""
    marks = [EVERYTHING, _mark("s", source)]
    if topics:
        marks.append(SOME_TOPIC)
    marks += [_mark("t", topic) for topic in topics]
    marks += [_mark("c", country) for country in countries]
    return marks


KEYS, KEY = 64, WORD
"""Story keys of an article that are heeded, and letters of one."""


def usable_keys(keys: Collection[str]) -> list[str]:
    """Story keys as both databases keep them: single words of bounded length and number, in an order of their own."""
    joined = words_of(" ".join(keys))
    if len(joined) != len(keys):  # blanks in a key, or empty ones
        joined = ["_".join(words_of(key))[:KEY] for key in keys]
    return sorted({*joined} - {""})[:KEYS]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A query as an index takes it: phrases that must (or must not) occur, and sets of marks of which one must."""

    phrases: tuple[Clause, ...]
    marks: tuple[tuple[str, ...], ...]


def _plain(clause: Clause) -> Clause | None:
    """The clause in index words; None when nothing is left of it."""
    any_of = _runs(clause.any_of[:ALTERNATIVES])
    nearly = _runs(clause.nearly[: ALTERNATIVES - len(any_of)])
    return Clause(any_of, clause.negated, clause.prefix, nearly) if any_of else None


def _runs(phrases: Sequence[Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    found = (words_of(" ".join(phrase))[:PHRASE] for phrase in phrases)
    return tuple(tuple(words) for words in found if words)


def wanted(query: SearchQuery) -> Wanted:
    """What the index is asked for; clauses without a word ask for nothing."""
    marks: list[tuple[str, ...]] = []
    for kind, values in (("t", query.topics), ("s", query.sources), ("c", query.countries)):
        if values:
            marks.append(tuple(_mark(kind, value) for value in values))
    return Wanted(_phrases(query.clauses), tuple(marks))


def wanted_topics(topics: Collection[str]) -> Wanted:
    """Articles of any of these topics; of any topic at all when none is named."""
    return Wanted((), (tuple(_mark("t", topic) for topic in topics) or (SOME_TOPIC,),))


def _phrases(clauses: Iterable[Clause]) -> tuple[Clause, ...]:
    plain = (_plain(clause) for clause in clauses)
    return tuple(clause for clause in plain if clause is not None)[:CLAUSES]


# SQLite: https://www.sqlite.org/fts5.html#full_text_query_syntax


def fts5_string(words: Iterable[str]) -> str:
    """Words one after another, as FTS5 takes them without looking for syntax."""
    return '"' + " ".join(words).replace('"', '""') + '"'


def _fts5_clause(clause: Clause) -> str:
    star = " *" if clause.prefix else ""
    return "({title text} : (" + " OR ".join(fts5_string(phrase) + star for phrase in clause.alternatives) + "))"


def _fts5_marks(marks: Iterable[str]) -> str:
    return "({marks} : (" + " OR ".join(fts5_string((mark,)) for mark in marks) + "))"


def fts5_query(want: Wanted) -> str:
    """The query in FTS5's language."""
    needed = [_fts5_clause(clause) for clause in want.phrases if not clause.negated]
    needed += [_fts5_marks(marks) for marks in want.marks]
    refused = [_fts5_clause(clause) for clause in want.phrases if clause.negated]
    text = " AND ".join(needed or [_fts5_marks((EVERYTHING,))])
    return f"({text}) NOT ({' OR '.join(refused)})" if refused else text


# PostgreSQL: https://www.postgresql.org/docs/current/datatype-textsearch.html


def _lexeme(word: str) -> str:
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"


def _mark_lexeme(mark: str) -> str:
    """A mark among the words: the blank in it keeps it apart from every word."""
    return _lexeme(" " + mark)


def _tsquery_phrase(phrase: tuple[str, ...], prefix: bool) -> str:
    return "(" + " <-> ".join(_lexeme(word) for word in phrase) + (":*" if prefix else "") + ")"


def _tsquery_clause(clause: Clause) -> str:
    text = "(" + " | ".join(_tsquery_phrase(phrase, clause.prefix) for phrase in clause.alternatives) + ")"
    return f"!{text}" if clause.negated else text


def tsquery(want: Wanted) -> str:
    """The query as the text of a tsquery."""
    parts = [_tsquery_clause(clause) for clause in want.phrases]
    parts += ["(" + " | ".join(_mark_lexeme(mark) for mark in marks) + ")" for marks in want.marks]
    if not any(not clause.negated for clause in want.phrases) and not want.marks:
        parts.append(_mark_lexeme(EVERYTHING))
    return " & ".join(parts)


def tsvector(title: Iterable[str], text: Iterable[str], marks: Iterable[str]) -> str:
    """The words of an article as the text of a tsvector; a gap keeps phrases from running from the title into the text."""
    entries = []
    position = 0
    for position, word in enumerate(title, 1):
        entries.append(f"{_lexeme(word)}:{position}")
    entries += [f"{_lexeme(word)}:{at}" for at, word in enumerate(text, position + 2)]
    entries += [_mark_lexeme(mark) for mark in marks]
    return " ".join(entries)
