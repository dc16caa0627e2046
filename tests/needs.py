"""What a test needs of the machine beside Python. Missing programs fail in CI, which must have them; people are told."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def lacking(what: str) -> NoReturn:
    """Skip for want of `what`, with what to install; in CI that is a failure."""
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)
