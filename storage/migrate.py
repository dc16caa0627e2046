"""Bring a database up to date in a process of its own, which takes the migration tool's memory with it when it ends."""

from __future__ import annotations

import subprocess
import sys

from newsdesk.errors import SchemaOutdated, StoreError
from storage.store import is_current, open_store

_OUTDATED = 3


def bring_up_to_date(url: str) -> None:
    """Make the schema at the URL this program's, in one transaction; does nothing where it is.

    Raises what `open_store` raises.
    """
    if is_current(url):
        return
    # The URL may hold a password: it travels through a pipe, not on a command line that everybody can read.
    done = subprocess.run(
        [sys.executable, "-m", "storage.migrate"], input=url.encode(), capture_output=True, check=False
    )
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip() or f"migrating ended with exit {done.returncode}"
        raise SchemaOutdated(said) if done.returncode == _OUTDATED else StoreError(said)


def main() -> int:
    """The child's side: the URL on standard input, what is wrong on standard error."""
    try:
        open_store(sys.stdin.read()).close()
    except StoreError as error:
        sys.stderr.write(str(error))
        return _OUTDATED if isinstance(error, SchemaOutdated) else 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
