"""Chat as use cases: what people ask, and the answers as message trees.

Nothing here knows Telegram: a question is text, an answer is a tree, a button carries a short code that this package
wrote and reads again.
"""

from bot.chat.codes import Code, Codes
from bot.chat.desk import ChatDesk

__all__ = ["ChatDesk", "Code", "Codes"]
