"""The process: command line, configuration, wiring, ticks, use cases, Telegram, web and rendering."""
