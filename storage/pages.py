"""Statements about looks at articles' pages. Their text is for verdicts only: neither shown nor found by search."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from newsdesk.articles import PageLook
from storage import tables as t
from storage.rows import clean

_OF = select(t.pages).where(t.pages.c.article.in_(bindparam("ids", expanding=True)))


def pages_of(connection: Connection, ids: Collection[int]) -> dict[int, PageLook]:
    """The last look at the page of each article, where somebody looked."""
    return {
        row.article: PageLook(status=row.status, at=row.at, reason=row.reason, text=row.text)
        for row in connection.execute(_OF, {"ids": list(ids)})
    }


def save(connection: Connection, article_id: int, look: PageLook) -> None:
    """Keep a look in place of the one before."""
    values = {"at": look.at, "status": clean(look.status), "reason": clean(look.reason), "text": clean(look.text)}
    connection.execute(delete(t.pages).where(t.pages.c.article == article_id))
    connection.execute(insert(t.pages), {"article": article_id, **values})


def forget(connection: Connection, before: datetime) -> None:
    """Empty the texts of looks before that time; that somebody looked is still known."""
    connection.execute(update(t.pages).where(t.pages.c.at < before, t.PAGE_TEXT_KEPT).values(text=""))
