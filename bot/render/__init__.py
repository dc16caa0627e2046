"""One message tree, printed for Telegram, the console and the web. Escaping happens here and nowhere else."""
