"""The web console: health, metrics and the preview of what would be posted."""
