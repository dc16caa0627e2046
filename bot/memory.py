"""Keep the process small on a small server: glibc's allocator is asked to hold on to less.

A feed with full texts needs a few MiB for a moment; by default each thread's arena keeps what it once needed. Where the
C library is another one, nothing is done.
"""

from __future__ import annotations

import ctypes
import gc

_M_ARENA_MAX = -8
"""The name of mallopt's parameter in glibc's malloc.h."""


def few_arenas() -> None:
    """Let all threads share two arenas. To be called before threads are started."""
    mallopt = _glibc("mallopt")
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, 2)


def settled() -> None:
    """What stands now, stays: looking for garbage leaves it out from here on, and so takes milliseconds instead of a tenth
    of a second. To be called when everything is loaded.
    """
    gc.collect()
    gc.freeze()


async def give_back() -> None:
    """Return freed memory to the system, with what only garbage in circles holds: a broken connection leaves its buffers in
    such, and in a quiet process nothing looks for it. Takes a few milliseconds.
    """
    gc.collect()
    trim = _glibc("malloc_trim")
    if trim is not None:
        trim(0)


def _glibc(name: str) -> ctypes._NamedFuncPointer | None:
    try:
        function: ctypes._NamedFuncPointer = getattr(ctypes.CDLL("libc.so.6"), name)
    except (OSError, AttributeError):
        return None
    return function
