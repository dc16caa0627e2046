"""Where everything is kept: tables, migrations, search and the outbox, for SQLite and PostgreSQL.

`open_store` (storage/store.py) is the way in for whoever reads; the one instance that works comes in by `held_store`
(storage/holding.py). Everything else here is behind newsdesk.ports.Store.
"""

from storage.store import open_store

__all__ = ["open_store"]
