"""A port on loopback where nobody answers: connections neither come about nor are refused."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

_MOST = 16


@contextmanager
def black_hole() -> Iterator[int]:
    """The port, for as long as the block lasts.

    A listener that accepts nobody and whose queue is full: the kernel drops whatever else knocks, as a firewall does.
    """
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(_MOST):
            knock = stack.enter_context(socket.socket())
            knock.settimeout(0.1)
            try:
                knock.connect(listener.getsockname())
            except TimeoutError:
                break
        else:
            raise AssertionError("the queue of the listener never fills; the hole is none")
        yield listener.getsockname()[1]
