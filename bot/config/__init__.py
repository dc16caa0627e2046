"""The operator's files and environment: the one place that reads YAML and settings."""
