"""The operator's files and environment: the one place that reads YAML and settings."""

from bot.config.book import load_book
from bot.config.rules import load_rules
from bot.config.settings import Settings, WebAddress, load_settings

__all__ = ["Settings", "WebAddress", "load_book", "load_rules", "load_settings"]
