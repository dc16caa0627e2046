"""What is kept: tables, migrations, search index and outbox, for SQLite and PostgreSQL."""
