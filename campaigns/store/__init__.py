"""The store: PostgreSQL tables, migrations, and the adapters that read and write them."""
