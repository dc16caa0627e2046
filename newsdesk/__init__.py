"""The core: nouns, decisions, ports and errors. Knows no HTTP, SQL, Telegram, clock or log."""
