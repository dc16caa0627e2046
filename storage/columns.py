"""Column types that both databases treat alike."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, String, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

NUMBER = BigInteger().with_variant(Integer(), "sqlite")
"""Row numbers: 64 bits on both (SQLite's INTEGER PRIMARY KEY must be called INTEGER)."""


class JsonList(TypeDecorator[list[Any]]):
    """A list as JSON text; most lists of the hot path are empty, and cost nothing."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: list[Any] | None, dialect: Dialect) -> str | None:
        """To JSON, which stays readable: letters are not escaped."""
        if value is None:
            return None
        return json.dumps(value, ensure_ascii=False) if value else "[]"

    def process_result_value(self, value: str | None, dialect: Dialect) -> list[Any] | None:
        """Back to a list."""
        if value is None:
            return None
        return list(json.loads(value)) if value != "[]" else []


class UtcTime(TypeDecorator[datetime]):
    """An aware UTC time: timestamptz on PostgreSQL; on SQLite ISO 8601 text of one width, so that text order is time order."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """What the column is on this database."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(String(32))
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Aware to UTC; a naive time is a mistake of the caller (ValueError)."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone cannot be kept: {value!r}")
        moment = value.astimezone(UTC)
        return moment.isoformat(timespec="microseconds") if dialect.name == "sqlite" else moment

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Back to an aware UTC time."""
        if value is None:
            return None
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        return moment if moment.tzinfo is UTC else moment.astimezone(UTC)
