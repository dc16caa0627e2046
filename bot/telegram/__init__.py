"""The one home of python-telegram-bot: publishing and chat commands."""
