"""The web console: the channel as its readers see it, the health of the sources, and pages for machines."""

from bot.web.app import Console, build_app
from bot.web.server import open_socket, serve

__all__ = ["Console", "build_app", "open_socket", "serve"]
