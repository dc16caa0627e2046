"""The home of python-telegram-bot: the publisher, the room where commands are answered, and what Telegram's errors mean."""
