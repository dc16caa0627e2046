"""One message tree, and the printers that show it: Telegram, console, web. Escaping happens here and nowhere else."""

from bot.render.console import to_console
from bot.render.post import digest_tree, digest_trees, plain_tree, post_tree
from bot.render.telegram import TelegramText, to_telegram
from bot.render.tree import Tree, from_json, to_json
from bot.render.web import to_html
from bot.render.weekly import weekly_tree

__all__ = [
    "TelegramText",
    "Tree",
    "digest_tree",
    "digest_trees",
    "from_json",
    "plain_tree",
    "post_tree",
    "to_console",
    "to_html",
    "to_json",
    "to_telegram",
    "weekly_tree",
]
